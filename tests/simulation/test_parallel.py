"""The same chunks give the same results in threads and on a Dask cluster, also when workers die."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distq.errors import SimulationError
from distq.simulation.counts import sample
from distq.simulation.estimate import estimate
from distq.simulation.options import SimulationOptions
from distq.simulation.parallel import Threads, cluster
from helpers.executions import small_case


@dataclass
class Mortal:
    """A job whose chunk 3 kills the process that runs it, the first time."""

    marker: str

    def chunk(self, size: int, number: int) -> Any:
        if number == 3:
            try:
                Path(self.marker).touch(exist_ok=False)
                os._exit(1)
            except FileExistsError:
                pass
        return np.random.default_rng(number).random(size)


class Harmless:
    """What a job that kills nobody gives."""

    def chunk(self, size: int, number: int) -> Any:
        return np.random.default_rng(number).random(size)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a cluster of two processes."""
    import distributed

    with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as local:
        yield local.scheduler_address


@pytest.mark.slow
def test_a_cluster_gives_the_results_of_threads(address: str) -> None:
    given = small_case()
    here = estimate(*given, SimulationOptions(engine="trajectories", trajectories=1500, seed=4, workers=2))
    there = estimate(*given, SimulationOptions(engine="trajectories", trajectories=1500, seed=4, scheduler=address))
    assert here == there
    assert sample(*given, SimulationOptions(shots=2000, seed=4)) == sample(
        *given, SimulationOptions(shots=2000, seed=4, scheduler=address)
    )


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_chunk_only(address: str, tmp_path: Path) -> None:
    marker = tmp_path / "died"
    with cluster(address) as pool:
        found = np.concatenate(list(pool.run(Mortal(str(marker)), [5] * 8, 0)))
    assert marker.exists()
    np.testing.assert_array_equal(found, np.concatenate(list(Threads(2).run(Harmless(), [5] * 8, 0))))


def test_an_address_where_nobody_answers() -> None:
    start = time.perf_counter()
    with pytest.raises(SimulationError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1\b"):
        estimate(*small_case(), SimulationOptions(engine="trajectories", scheduler="tcp://127.0.0.1:1"))
    assert time.perf_counter() - start < 6.0


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(SimulationError, match=r"distq\[cluster\]"):
        estimate(*small_case(), SimulationOptions(engine="trajectories", scheduler="tcp://127.0.0.1:1"))
