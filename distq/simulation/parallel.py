"""Where chunks of random work run: in threads here, or on the workers of a Dask cluster.

A chunk's random numbers follow from its number alone and results come back in the order of the numbers, so that every
pool gives the same sums. Threads use all cores, as the kernels release the interpreter lock.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import pickle
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from hashlib import blake2b
from typing import Any, Protocol
from urllib.parse import urlsplit

from numpy.typing import NDArray

from distq._version import __version__
from distq.errors import SimulationError

CONNECT_S = 5.0
"""How long a cluster may take to be connected, and its first worker to appear."""
ANSWER_S = 1.0
"""How long a scheduler may take to accept a connection, and then to greet: a wrong address is told at once."""
RETRIES = 3
"""How often a chunk is run again, each time on another worker if its own has died."""


class Job(Protocol):
    """Random work that is done in chunks. It can be pickled."""

    def chunk(self, size: int, number: int) -> NDArray[Any]:
        """``size`` results, from the random stream ``number``."""


class Pool(Protocol):
    """Runs the chunks of a job."""

    def run(self, job: Job, sizes: Sequence[int], first: int) -> Iterator[NDArray[Any]]:
        """Results of the chunks ``first``, ``first`` + 1, ... of these sizes, in this order."""


class Threads:
    """Threads of this process."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(self, job: Job, sizes: Sequence[int], first: int) -> Iterator[NDArray[Any]]:
        """See :class:`Pool`."""
        executor = ThreadPoolExecutor(self._workers)
        try:
            futures = [executor.submit(job.chunk, size, first + k) for k, size in enumerate(sizes)]
            for future in futures:
                yield future.result()
        finally:  # a user who interrupts does not wait for chunks under way
            executor.shutdown(wait=False, cancel_futures=True)


class Cluster:
    """Workers of a Dask cluster. If one dies, another one does again what it was doing."""

    def __init__(self, address: str, client: Any) -> None:
        self._address, self._client = address, client

    def run(self, job: Job, sizes: Sequence[int], first: int) -> Iterator[NDArray[Any]]:
        """See :class:`Pool`.

        Raises
        ------
        SimulationError
            The scheduler has gone away, or every worker that ran one of the chunks has died.
        """
        blob = pickle.dumps(job)
        name = f"distq-{blake2b(blob, digest_size=16).hexdigest()}"
        # The job is a task of its own, which Dask repeats where needed; scattered data would die with its worker.
        prepared = self._client.submit(pickle.loads, blob, key=name, retries=RETRIES)
        futures = [
            self._client.submit(_chunk, prepared, size, first + k, key=f"{name}-{first + k}-{size}", retries=RETRIES)
            for k, size in enumerate(sizes)
        ]
        try:
            for future in futures:
                yield self._result(future)
        finally:
            self._client.cancel([future for future in futures if not future.done()])

    def _result(self, future: Any) -> NDArray[Any]:
        try:
            result: NDArray[Any] = future.result()
        except importlib.import_module("distributed").KilledWorker as error:
            raise SimulationError(
                f"the cluster at {self._address} lost every worker that ran one chunk of trajectories",
                "their memory may be too small for the circuit; see the logs of the workers",
            ) from error
        except (CancelledError, OSError) as error:
            raise SimulationError(f"the Dask scheduler at {self._address} has gone away") from error
        return result


def _chunk(job: Job, size: int, number: int) -> NDArray[Any]:
    return job.chunk(size, number)


def _version() -> str:
    """The version of distq, where this runs."""
    return __version__


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to the Dask scheduler at ``address``, e.g. ``tcp://10.0.0.1:8786``.

    Raises
    ------
    SimulationError
        dask.distributed is not installed here, nothing answers there, there is no worker, or one has no distq of this
        version.
    """
    if importlib.util.find_spec("distributed") is None:
        raise SimulationError("--scheduler needs dask.distributed", "pip install 'distq[cluster]'")
    _require_scheduler(address)
    distributed = importlib.import_module("distributed")
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _no_scheduler(address) from error
    try:
        _check_workers(client, address)
        yield Cluster(address, client)
    finally:
        client.close(timeout=CONNECT_S)


def require_cluster(address: str) -> None:
    """Raise SimulationError, as :func:`cluster` does, unless trajectories can run there."""
    with cluster(address):
        pass


def _require_scheduler(address: str) -> None:
    """Raise SimulationError unless a scheduler answers there; Dask's client would go on trying for long.

    Over plain TCP a scheduler greets whoever connects (:mod:`distributed.comm.core`); anything else that listens waits.
    """
    found = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        if found.hostname is None or found.port is None:
            raise ValueError("neither host nor port may be missing")
        with socket.create_connection((found.hostname, found.port), ANSWER_S) as connection:
            if found.scheme == "tcp" and not connection.recv(1):
                raise OSError("the connection was closed")
    except (OSError, ValueError) as error:
        raise _no_scheduler(address) from error


def _no_scheduler(address: str) -> SimulationError:
    return SimulationError(
        f"no Dask scheduler answers at {address}",
        "start one with `dask scheduler` and `dask worker`, e.g. at tcp://127.0.0.1:8786, or leave out --scheduler "
        "to run here",
    )


def _check_workers(client: Any, address: str) -> None:
    """Raise SimulationError unless there are workers, and all of them have this distq."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except TimeoutError as error:
        raise SimulationError(f"the Dask scheduler at {address} has no workers", f"dask worker {address}") from error
    try:
        versions = set(client.run(_version).values())
    except Exception as error:  # whatever the worker's own import has raised
        raise SimulationError(f"the workers of {address} cannot import distq: {error}") from error
    if versions != {__version__}:
        found = ", ".join(sorted(versions))
        raise SimulationError(f"the workers of {address} have distq {found}, and here is {__version__}")
