"""The suite on a network and on big machines, up to the n that decides #AQ.

Circuits are run in the order in which the rule counts them: for n = 2, 3, ... those of at most n qubits and n^2 CX
gates that did not count before. The first n at which a machine fails decides its #AQ; wider circuits cannot raise it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from distq.compiler import Compilation, compile
from distq.compiler.intake import as_network
from distq.compiler.options import Progress, silent
from distq.errors import InfeasiblePlanError, InputError, SimulationError
from distq.networks.network import Network
from distq.planning.strategies.registry import PlanningOptions, get_strategy
from distq.simulation.counts import MAX_QUBITS, check_counts
from distq.simulation.monolithic.models import monolithic_model
from distq.simulation.options import SimulationOptions
from distq.studies.aq.machines import ideal_distribution, on_big_machine, on_network
from distq.studies.aq.result import NETWORK, AlgorithmicQubitStudy, RunCircuit
from distq.studies.aq.rule import classical_fidelity
from distq.studies.aq.suite import SUITE, SuiteCircuit, SuiteFamily, suite_circuits

DEFAULT_PRECISION = 0.015
"""Largest statistical error of a fidelity: about 1100 runs of each circuit."""


def algorithmic_qubit_study(
    network: Network | str,
    strategy: str = "auto",
    seed: int = 0,
    *,
    against: Sequence[str] = ("same-trap",),
    max_qubits: int | None = None,
    precision: float = DEFAULT_PRECISION,
    effort: float = 1.0,
    families: Sequence[SuiteFamily] = SUITE,
    progress: Progress = silent,
) -> AlgorithmicQubitStudy:
    """Find #AQ of a network and of big machines with as many qubits.

    Parameters
    ----------
    network, strategy, seed
        As for :func:`distq.compiler.compile`.
    against
        Names of big machines, of :data:`distq.studies.aq.machines.ALL_TO_ALL`.
    max_qubits
        Consider all n up to this. None: up to the first at which every machine fails, or the number of data ions.
    precision
        Largest statistical error of a fidelity; the number of runs follows.
    effort
        How hard a searching strategy tries.
    families
        The algorithms to run.
    progress
        Is called with what is being done.

    Raises
    ------
    InputError
        ``max_qubits`` is below 2 or above the number of data ions, or there are fewer than 2 of them.
    UnknownNameError
        No such strategy or big machine.
    """
    machine = as_network(network)
    get_strategy(strategy)
    data_ions = sum(qpu.data for qpu in machine.qpus)
    most = _most(max_qubits, data_ions)
    shots = math.ceil(0.25 / precision**2 * (1 - 1e-12))
    runner = _Runner(
        machine, strategy, seed, tuple(against), PlanningOptions(effort=effort),
        SimulationOptions(shots=shots, seed=seed, workers=None), progress,
    )  # fmt: skip

    def so_far(considered: int) -> AlgorithmicQubitStudy:
        sources = {NETWORK: machine.name, **runner.sources}
        return AlgorithmicQubitStudy(
            machine.name, machine.scenario, strategy, seed, data_ions, considered, sources,
            tuple(runner.found), tuple(runner.not_run),
        )  # fmt: skip

    for n, circuits in _by_first_width(families, most):
        for circuit in circuits:
            runner.run(circuit)
        found = so_far(n)
        if max_qubits is None and all(found.algorithmic_qubits(name).value < n for name in found.machines):
            return found
    return so_far(most)


def _most(max_qubits: int | None, data_ions: int) -> int:
    """The largest n to consider."""
    if data_ions < 2:
        raise InputError("the network has one data ion: the suite begins with 2 qubits", "for example -n 2x2+1")
    if max_qubits is not None and not 2 <= max_qubits <= data_ions:
        raise InputError(
            f"--max-qubits {max_qubits}: the suite begins with 2 qubits, and the network has {data_ions} data ions",
            f"give a number from 2 to {data_ions}",
        )
    return max_qubits or data_ions


def _by_first_width(families: Sequence[SuiteFamily], most: int) -> Iterator[tuple[int, list[SuiteCircuit]]]:
    """For every n the circuits that count from n on; a family ends where it has more than ``most``^2 CX gates."""
    waiting: defaultdict[int, list[SuiteCircuit]] = defaultdict(list)
    going_on = list(families)
    for n in range(2, most + 1):
        for family in [one for one in going_on if one.has(n)]:
            circuits = list(suite_circuits(family, n))
            for circuit in circuits:
                waiting[circuit.first_width].append(circuit)
            if min(circuit.cx for circuit in circuits) > most**2:
                going_on.remove(family)
        yield n, waiting.pop(n, [])


@dataclass
class _Runner:
    """Runs circuits on all machines and collects what comes out."""

    network: Network
    strategy: str
    seed: int
    against: tuple[str, ...]
    planning: PlanningOptions
    simulation: SimulationOptions
    progress: Progress
    found: list[RunCircuit] = field(default_factory=list)
    not_run: list[tuple[str, str]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sources = dict.fromkeys(self.against, "")

    def run(self, circuit: SuiteCircuit) -> None:
        """Compile a circuit, simulate it on all machines, and note what is not possible."""
        self.progress(f"{circuit.name}: {circuit.cx} CX gates")
        nothing: dict[str, float | None] = dict.fromkeys((NETWORK, *self.against))
        ebits, fidelities = None, nothing
        try:
            done = self._compiled(circuit)
            ebits, fidelities = done.tally.ebits, self._fidelities(done)
        except (SimulationError, InfeasiblePlanError) as error:
            self.not_run.append((circuit.name, error.message))
        shots = self.simulation.shots or 0
        one = RunCircuit(circuit.family.title, circuit.name, circuit.width, circuit.cx, ebits, fidelities, shots)
        self.found.append(one)

    def _compiled(self, circuit: SuiteCircuit) -> Compilation:
        if circuit.width > MAX_QUBITS:
            raise SimulationError(f"{circuit.width} qubits are too many to simulate: at most {MAX_QUBITS}")
        return compile(circuit.circuit, self.network, self.strategy, self.seed, options=self.planning)

    def _fidelities(self, done: Compilation) -> dict[str, float | None]:
        """Classical fidelity on every machine."""
        check_counts(done.program, self.simulation)
        ideal = ideal_distribution(done)
        found: dict[str, float | None] = {NETWORK: classical_fidelity(ideal, on_network(done, self.simulation))}
        for name in self.against:
            machine = monolithic_model(name, done.original, self.network)
            self.sources[name] = machine.source
            found[name] = classical_fidelity(ideal, on_big_machine(machine, self.simulation))
        return found
