"""Primitives of Qiskit on linked QPUs, with the fast engines of distq.

Circuits are given as they are; each is compiled once, for all values of its parameters. The protocols are removed
exactly before the simulation (:mod:`distq.simulation.reduction`), and the engine is chosen as by ``distq run --shots``:
state vectors of the circuit's own qubits, or stim for wide Clifford circuits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.primitives import (
    BaseEstimatorV2,
    BaseSamplerV2,
    BitArray,
    DataBin,
    PrimitiveJob,
    PrimitiveResult,
    PubResult,
    SamplerPubResult,
)
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.containers.sampler_pub import SamplerPub

from distq.compiler import CompileOptions
from distq.compiler.intake import as_network
from distq.errors import InputError
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.qiskit.compiled import DistributeOptions
from distq.qiskit.executable import Bits, Compiler, Executable, Pair
from distq.qiskit.observables import Observable, groups_of, shots_for, values_of

DEFAULT_SHOTS = 1024
DEFAULT_PRECISION = 1 / 64
"""Standard error where none is asked for, as of Qiskit's BackendEstimatorV2."""


class _Primitive:
    """What both primitives have in common."""

    def __init__(
        self, network: Network | str | Path, strategy: str | Plan, seed: int, monolithic: bool, **options: Any
    ) -> None:
        compiling = CompileOptions(strategy, seed, **options)
        self._compiler = Compiler(as_network(network), DistributeOptions(compiling, keep_measured=True))
        self.seed, self.monolithic = seed, monolithic

    def _metadata(self, pair: Pair, circuit: Any) -> dict[str, Any]:
        row = pair.compilation.report.row()
        cost = {name: value for name, value in row.items() if value is not None and not name.startswith("seconds_")}
        return {"circuit_metadata": circuit.metadata, "distq": cost}

    def _seed_of(self, *place: int) -> int:
        """A seed for one run of many."""
        return int(np.random.SeedSequence([self.seed, *place]).generate_state(1)[0])


class Sampler(_Primitive, BaseSamplerV2):
    """Samples of what linked QPUs measure.

    Parameters
    ----------
    network
        A network, its shorthand, or the path of a TOML file.
    strategy
        Name of a strategy, or a plan.
    seed
        Everything random follows from it.
    monolithic
        True: the result's metadata also have the samples of one trap with the same errors, under ``monolithic``.
    default_shots
        Shots where none are asked for.
    ``**options``
        Further options of :class:`distq.compiler.CompileOptions`, e.g. ``objective``, ``distill``, ``swap``.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
    >>> result = Sampler("2x1+1", seed=1).run([bell], shots=100).result()
    >>> sorted(result[0].data.meas.get_counts())[0]
    '00'
    """

    def __init__(
        self,
        network: Network | str | Path,
        strategy: str | Plan = "auto",
        seed: int = 0,
        *,
        monolithic: bool = False,
        default_shots: int = DEFAULT_SHOTS,
        **options: Any,
    ) -> None:
        super().__init__(network, strategy, seed, monolithic, **options)
        self.default_shots = default_shots

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> PrimitiveJob:
        """Sample circuits; see :meth:`qiskit.primitives.BaseSamplerV2.run`.

        Raises
        ------
        InputError
            A circuit has no classical register, or is distributed already.
        """
        found = [SamplerPub.coerce(pub, self.default_shots if shots is None else shots) for pub in pubs]
        for pub in found:
            if not pub.circuit.cregs:
                raise InputError(f"{pub.circuit.name!r} has no classical register", "end it with measure_all()")
        job = PrimitiveJob(lambda: PrimitiveResult([self._sampled(i, pub) for i, pub in enumerate(found)]))
        job._submit()
        return job

    def _sampled(self, number: int, pub: SamplerPub) -> SamplerPubResult:
        pair = self._compiler.compiled(pub.circuit)
        metadata = {**self._metadata(pair, pub.circuit), "shots": pub.shots}
        if self.monolithic:
            metadata["monolithic"] = self._data(pair.monolithic, pub, number)
        return SamplerPubResult(self._data(pair.distributed, pub, number), metadata)

    def _data(self, executable: Executable, pub: SamplerPub, number: int) -> DataBin:
        """Per classical register the bits of all shots, for every set of parameter values."""
        shape = pub.parameter_values.shape
        places = dict(executable.program.clbit_registers)
        rows: dict[str, NDArray[Any]] = {}
        for run, index in enumerate(np.ndindex(*shape)):
            bits = executable.bound(_values(pub, index)).draw(pub.shots, self._seed_of(number, run))
            for register in pub.circuit.cregs:
                packed = _aligned(bits[:, list(places[register.name])])
                target = rows.setdefault(register.name, np.zeros((*shape, *packed.shape), dtype=np.uint8))
                target[index] = packed
        arrays = {register.name: BitArray(rows[register.name], register.size) for register in pub.circuit.cregs}
        return DataBin(**arrays, shape=shape)


def _aligned(bits: Bits) -> NDArray[np.uint8]:
    """Bits (shots, size), lowest first, as Qiskit packs them: highest first, the last byte full."""
    size = bits.shape[1]
    padded = np.pad(bits[:, ::-1], ((0, 0), (-size % 8, 0)))
    return np.packbits(padded.astype(np.uint8), axis=1)


def _values(pub: Any, index: tuple[int, ...]) -> dict[Any, float]:
    """The values of one set of parameters."""
    if not pub.circuit.parameters:
        return {}
    array = pub.parameter_values.as_array(pub.circuit.parameters)
    return dict(zip(pub.circuit.parameters, [float(value) for value in array[index]], strict=True))


class Estimator(_Primitive, BaseEstimatorV2):
    """Expectation values on linked QPUs, from shots, with their standard errors.

    Parameters
    ----------
    network, strategy, seed, ``**options``
        As of :class:`Sampler`.
    monolithic
        True: the result's data also have ``evs_monolithic`` and ``stds_monolithic``, of one trap with the same errors.
    default_precision
        Standard error where none is asked for.
    """

    def __init__(
        self,
        network: Network | str | Path,
        strategy: str | Plan = "auto",
        seed: int = 0,
        *,
        monolithic: bool = False,
        default_precision: float = DEFAULT_PRECISION,
        **options: Any,
    ) -> None:
        super().__init__(network, strategy, seed, monolithic, **options)
        self.default_precision = default_precision

    def run(self, pubs: Iterable[Any], *, precision: float | None = None) -> PrimitiveJob:
        """Estimate expectation values; see :meth:`qiskit.primitives.BaseEstimatorV2.run`.

        As many shots are drawn as make the standard error of every observable at most ``precision``.

        Raises
        ------
        InputError
            The precision is not above 0, or a circuit is distributed already.
        """
        wanted = self.default_precision if precision is None else precision
        found = [EstimatorPub.coerce(pub, wanted) for pub in pubs]
        for pub in found:
            if not pub.precision > 0.0:
                raise InputError(f"the precision is {pub.precision:g}: it is a standard error and above 0", "try 0.01")
        job = PrimitiveJob(lambda: PrimitiveResult([self._estimated(i, pub) for i, pub in enumerate(found)]))
        job._submit()
        return job

    def _estimated(self, number: int, pub: EstimatorPub) -> PubResult:
        pair = self._compiler.compiled(pub.circuit)
        metadata = {**self._metadata(pair, pub.circuit), "target_precision": pub.precision}
        data = dict(zip(("evs", "stds"), self._values_on(pair.distributed, pub, number), strict=True))
        if self.monolithic:
            twin = self._values_on(pair.monolithic, pub, number)
            data |= dict(zip(("evs_monolithic", "stds_monolithic"), twin, strict=True))
        return PubResult(DataBin(**data, shape=pub.shape), metadata)

    def _values_on(
        self, executable: Executable, pub: EstimatorPub, number: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Expectation values and standard errors in the shape of the pub."""
        sets = np.arange(max(1, math.prod(pub.parameter_values.shape))).reshape(pub.parameter_values.shape)
        sets, observables = np.broadcast_arrays(sets, pub.observables)
        evs, stds = np.zeros(pub.shape), np.zeros(pub.shape)
        for run in np.unique(sets):
            places = [index for index in np.ndindex(*pub.shape) if sets[index] == run]
            wanted: list[Any] = [observables[index] for index in places]
            at = np.unravel_index(int(run), pub.parameter_values.shape) if pub.parameter_values.shape else ()
            bound = executable.bound(_values(pub, tuple(int(i) for i in at)))
            for index, (mean, variance) in zip(
                places, self._moments(bound, wanted, pub.precision, (number, int(run))), strict=True
            ):
                evs[index], stds[index] = mean, math.sqrt(variance)
        return evs, stds

    def _moments(
        self, executable: Executable, observables: list[Observable], precision: float, place: tuple[int, int]
    ) -> list[tuple[float, float]]:
        """Mean and squared standard error of every observable."""
        found = [(sum(c for term, c in o.items() if set(term) == {"I"}), 0.0) for o in observables]
        groups = groups_of(observables)
        for g, (group, shots) in enumerate(zip(groups, shots_for(groups, precision), strict=True)):
            basis = ["Z" if letter == "I" else letter for letter in group.basis]
            bits = executable.measured(basis).draw(shots, self._seed_of(*place, g))[:, -len(basis) :]
            values = {term: values_of(term, bits) for term in group.terms}
            for k, observable in enumerate(observables):
                total = sum((c * values[t] for t, c in observable.items() if t in values), np.zeros(shots))
                mean, variance = found[k]
                found[k] = (mean + float(total.mean()), variance + float(total.var(ddof=1)) / shots)
        return found
