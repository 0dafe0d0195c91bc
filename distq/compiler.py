"""The whole flow on one screen: circuit in, checked distributed circuit and report out.

::

    circuit --read, normalise--> Program --strategy--> Plan --lower--> Events --schedule--> Schedule
                                    |                    |                |
                                 Network             check_plan         emit --> QuantumCircuit --> verify_program
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from distq.approximate import approximate
from distq.bounds import lower_bound
from distq.check import PlanFacts, PlanViolation, check_plan
from distq.collector import uncollected
from distq.describe import approximation_of, cost_report, with_counts, with_estimate, with_row
from distq.dispatch import FRAMES, Machine
from distq.emit import assert_local, emit
from distq.errors import InputError, InternalError
from distq.frontend import normalise, read_circuit
from distq.lower import lower
from distq.network import Network
from distq.output import save
from distq.plan import Plan, Tally, tally
from distq.rewrite import check_budget, dropped, require_within, rewrite, write_rewriting
from distq.schedule import Schedule, schedule
from distq.strategies import get_strategy
from distq.strategies.base import NONE_YET, Options
from distq.verify import verify_program

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.events import Events
    from distq.program import Program
    from distq.report import Report
    from distq.simulate.asked import Asked

Progress = Callable[[str], None]

CHECKED_EVENTS = 500_000
"""Up to this many protocol events the emitted circuit is checked too, beyond them only the plan; the report says so."""

SAMPLED_RUNS = 200
"""Runs with random waits behind the makespans of the report."""

BOUND_TIME_S = 0.5
"""Time for the lower bound's integer program, which only small circuits get."""


@dataclass(frozen=True)
class Compilation:
    """A circuit compiled for a network. Immutable; what is not asked for is not computed.

    Attributes
    ----------
    source
        The circuit as it was given.
    original
        Its normal form.
    program, network, plan, events, schedule
        The values that the stages exchanged; ``program`` is what was planned: ``original`` rewritten as the plan says,
        which leaves out something only if that was allowed.
    tally
        What the plan costs, counted from it and confirmed by the independent check.
    report
        The report row without fidelities; :meth:`simulate` gives one with them.
    """

    source: QuantumCircuit
    original: Program
    program: Program
    network: Network
    plan: Plan
    tally: Tally
    events: Events
    schedule: Schedule
    report: Report
    emitted: QuantumCircuit | None = None

    @cached_property
    def circuit(self) -> QuantumCircuit:
        """The distributed circuit; its layout and report row are in ``metadata["distq"]``."""
        circuit = self.emitted
        if circuit is None:
            circuit = _written(self.program, self.plan, self.network, self.events, self.tally)
        return with_row(circuit, self.report)

    @cached_property
    def asked(self) -> Asked | None:
        """What ``program`` lacks, for simulations; None if it lacks nothing."""
        from distq.simulate.asked import Asked

        return Asked.of(self.original, self.plan.rewriting, self.network)

    def save(self, path: str | Path) -> None:
        """Write the distributed circuit (``.qasm``, ``.qpy``) or the plan (``.json``) to a file."""
        save(self, Path(path))

    def simulate(
        self,
        *,
        inputs: Sequence[str] | None = None,
        monolithic: str = "same-trap",
        engine: str = "auto",
        precision: float | None = None,
        shots: int | None = None,
        outcome: str | None = None,
        process: bool = False,
        seed: int | None = None,
        workers: int | None = 1,
        device: str = "cpu",
        scheduler: str | None = None,
        waits: str = "random",
        twirl: bool = False,
        progress: Progress = lambda stage: None,
    ) -> Report:
        """The report with fidelities: of the distributed circuit, of monolithic execution, and their ratio.

        See :func:`distq.simulate.estimate.estimate` for the parameters; ``seed`` is that of the compilation if None.
        With ``shots``, ``details`` has the counts of so many noisy runs from |0..0> too, and how often they read
        ``outcome``; see :func:`distq.simulate.shots.sample`. With ``outcome`` alone there are OUTCOME_SHOTS of them.
        Where the circuit is too large to simulate, fidelities are None and ``details`` has bounds under their own
        names.

        Raises
        ------
        SimulationError, UnknownNameError, InputError
            Unbound parameters, an engine that cannot take the program, an unknown input, engine or model, a GPU or a
            scheduler that is not there, an outcome that is no string of as many bits as the circuit writes.
        """
        from distq.simulate.estimate import default_workers, estimate
        from distq.simulate.shots import OUTCOME_SHOTS, check_shots, sample

        shots = OUTCOME_SHOTS if shots is None and outcome is not None else shots
        workers = default_workers() if workers is None else workers
        if shots is not None:
            check_shots(self.program, shots, outcome, workers)
        seed = self.report.seed if seed is None else seed
        start = time.perf_counter()
        found = estimate(
            self.program,
            self.events,
            self.schedule,
            self.network,
            inputs=inputs,
            monolithic=monolithic,
            engine=engine,
            precision=precision,
            process=process,
            seed=seed,
            workers=workers,
            device=device,
            scheduler=scheduler,
            waits=waits,
            twirl=twirl,
            asked=self.asked,
            progress=progress,
        )
        report = with_estimate(self.report, found, time.perf_counter() - start)
        if shots is None or found.interrupted:
            return report
        start = time.perf_counter()
        counts = sample(
            self.program,
            self.events,
            self.schedule,
            self.network,
            shots=shots,
            outcome=outcome,
            seed=seed,
            workers=workers,
            scheduler=scheduler,
            waits=waits,
            twirl=twirl,
            asked=self.asked,
            progress=progress,
        )
        return with_counts(report, counts, shots, time.perf_counter() - start)


@uncollected
def compile(
    circuit: QuantumCircuit | str | Path,
    network: Network | str | Path,
    strategy: str | Plan = "auto",
    seed: int = 0,
    *,
    options: Options | None = None,
    approximation_budget: float | None = None,
    progress: Progress = lambda stage: None,
) -> Compilation:
    """Compile ``circuit`` for ``network`` and check the result.

    Parameters
    ----------
    circuit
        A Qiskit circuit, or the path of an OpenQASM 2, OpenQASM 3 or QPY file (``"-"``: standard input).
    network
        A network, its shorthand such as ``"4x16+2@ring:oxford-2025"``, or the path of a TOML file.
    strategy
        Name of a strategy (``distq strategies`` lists them), or a plan, which is then checked and used.
    seed
        Everything random follows from it: equal arguments give equal results.
    options
        How hard a searching strategy tries; see :class:`distq.strategies.base.Options`.
    approximation_budget
        Remote rotations may be left out that cost less infidelity than the Bell pairs that serve them: the output may
        differ from that of ``circuit`` by so much infidelity at most, for every input; 0 to below 1. None: never. A
        plan that is given loses packets, and no other one is looked for. ``report.details.approximation`` says what was
        left out. See :mod:`distq.approximate`.
    progress
        Is called with the name of each stage as it starts.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; the strategy found no plan within the memory ions.
    InternalError
        A check found distq at fault.
    """
    start = time.perf_counter()
    if approximation_budget is not None:
        check_budget(approximation_budget)
    network = as_network(network)
    if not isinstance(seed, Integral) or seed < 0:
        raise InputError(f"the seed is {seed!r}: it is a whole number, 0 or more")
    name = strategy.strategy if isinstance(strategy, Plan) else get_strategy(strategy).name
    progress("reading the circuit")
    source, original = read_program(circuit, network)
    progress(f"planning {original.name}")
    options = options or Options()
    if options.progress is None:
        options = replace(options, progress=partial(_searching, progress, original.name))
    plan = (
        strategy
        if isinstance(strategy, Plan)
        else get_strategy(strategy).plan(original, network, seed=seed, options=options)
    )
    require_within(original, plan.rewriting, network, approximation_budget)
    program = rewrite(original, plan.rewriting, network)
    facts = _checked(program, plan, network, given=isinstance(strategy, Plan))
    approximation = None
    if approximation_budget is not None:
        progress("leaving out what costs less than its Bell pairs")
        exact = facts.ebits if plan.rewriting is None or plan.rewriting.exact else None
        again = None if isinstance(strategy, Plan) else strategy
        plan = approximate(original, network, plan, approximation_budget, again, options)
        program = rewrite(original, plan.rewriting, network)
        facts = check_plan(program, plan, network)
        approximation = approximation_of(dropped(original, plan.rewriting, network), approximation_budget, exact)
    cost = tally(plan, program, network)
    _agree(cost, facts)

    progress("lowering and scheduling")
    events = lower(program, plan, network)
    times = schedule(events, program, network)
    machine = Machine(events, program, network, FRAMES)
    makespans_s = machine.sample(SAMPLED_RUNS, seed).makespan_s
    bell_wait_s = float(makespans_s.mean()) - machine.run(0.0 * machine.means).makespan_s if cost.ebits else 0.0

    progress("checking the distributed circuit")
    emitted, checks = _emitted(program, plan, network, events, cost)
    bound = _bound(program, network, cost)
    report = cost_report(
        program, network, plan, cost, bell_wait_s, makespans_s, bound, name, seed, checks, approximation
    )
    report = report.compiled(time.perf_counter() - start)
    return Compilation(source, original, program, network, plan, cost, events, times, report, emitted)


def as_network(network: Network | str | Path) -> Network:
    """The network that was given, or is described, as :func:`compile` takes it."""
    if isinstance(network, Network):
        return network
    if isinstance(network, str | Path):
        return Network.parse(str(network))
    hint = 'give a distq.Network, its shorthand such as "4x16+2", or the path of a TOML file'
    raise InputError(f"no network: {network!r}", hint)


def read_program(circuit: QuantumCircuit | str | Path, network: Network) -> tuple[QuantumCircuit, Program]:
    """The circuit, read if it is a path, and its normal form. Raises NetworkError unless the network has room."""
    from qiskit import QuantumCircuit

    source = read_circuit(circuit) if isinstance(circuit, str | Path) else circuit
    if not isinstance(source, QuantumCircuit):
        hint = "give a qiskit.QuantumCircuit, or the path of an OpenQASM or QPY file"
        raise InputError(f"no circuit: {source!r}", hint)
    program = normalise(source)
    _require_room(program, network)
    return source, program


def _require_room(program: Program, network: Network) -> None:
    """Raise NetworkError unless the qubits fit and can meet."""
    network.require_capacity(program.num_qubits)
    if _must_span(program, network):
        network.require_connected()


def _must_span(program: Program, network: Network) -> bool:
    """True if some qubits that interact, directly or through others, do not fit into one QPU together."""
    root = list(range(program.num_qubits))

    def find(qubit: int) -> int:
        while root[qubit] != qubit:
            root[qubit] = root[root[qubit]]
            qubit = root[qubit]
        return qubit

    for index in program.multi_qubit:
        first, *others = program.operations[index].qubits
        for other in others:
            root[find(other)] = find(first)
    groups = Counter(map(find, range(program.num_qubits)))
    return max(groups.values(), default=0) > max(qpu.data for qpu in network.qpus)


def _searching(progress: Progress, name: str, share: float, ebits: int) -> None:
    """Tell how far a search is: a bar and the best plan so far."""
    bar = "━" * round(20 * share) + "─" * (20 - round(20 * share))
    progress(f"planning {name} {bar} " + ("no plan yet" if ebits == NONE_YET else f"{ebits} Bell pairs so far"))


def _checked(program: Program, plan: Plan, network: Network, *, given: bool) -> PlanFacts:
    """Check the plan; a fault in one that the user has given is the user's."""
    try:
        return check_plan(program, plan, network)
    except PlanViolation as violation:
        if not given:
            raise
        hint = "use it with the circuit and the network that it was made for"
        raise InputError(f"the plan does not fit: {violation.message}", hint) from violation


def _agree(cost: Tally, facts: PlanFacts) -> None:
    """Raise InternalError unless the tally and the independent replay counted the same."""
    counted = (cost.ebits, cost.link_ebits, cost.peak_memory_by_qpu)
    replayed = (facts.ebits, facts.link_ebits, facts.peak_memory_by_qpu)
    if counted != replayed:
        raise InternalError(f"the plan's cost was counted as {counted}, but its replay gives {replayed}")


def _bound(program: Program, network: Network, cost: Tally) -> int:
    """The proven lower bound on the Bell pairs, for the normal form that was planned."""
    bound = lower_bound(program, network, time_limit_s=BOUND_TIME_S, reached=cost.ebits)
    if bound.ebits > cost.ebits:
        raise InternalError(f"a plan of {cost.ebits} Bell pairs, but {bound.ebits} are needed by {bound.method}")
    return bound.ebits


def _emitted(
    program: Program, plan: Plan, network: Network, events: Events, cost: Tally
) -> tuple[QuantumCircuit | None, str]:
    """The checked circuit and what was checked; None, and the plan alone, if there are too many events."""
    if len(events.events) > CHECKED_EVENTS:
        return None, f"plan replayed; with over {CHECKED_EVENTS} events, the circuit itself was not compared"
    circuit = _written(program, plan, network, events, cost)
    verdict = verify_program(program, circuit, network)
    if not verdict.equal:
        raise InternalError(f"the distributed circuit is not the original: {verdict.reason}")
    less = "" if plan.rewriting is None or plan.rewriting.exact else " less what was left out"
    return circuit, f"plan replayed, distributed circuit compared with the original{less}"


def _written(program: Program, plan: Plan, network: Network, events: Events, cost: Tally) -> QuantumCircuit:
    """The distributed circuit; its metadata tell how the program was rewritten before it was planned."""
    circuit = emit(events, program, network)
    assert_local(circuit, network, sum(cost.link_ebits))
    if plan.rewriting is not None:
        circuit.metadata["distq"]["rewriting"] = write_rewriting(plan.rewriting)
    return circuit
