"""From which Bell fidelity, and which pair rate, on does the distributed machine beat one big one?

Machines are compared by an estimate of their process fidelity that needs no simulation, and so takes circuits of any
size: the product of the process survivals of all faults (:func:`distq.simulation.engines.bounds.process_product`,
within about 1 % of the exact value), averaged over schedules with random waits. Small circuits may be simulated
instead, and compared by their mean state fidelity. The plan is kept; its schedules follow the pair rate. Break-even
points are found by bisection, with the same random numbers everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from distq.compiler import Compilation
from distq.errors import InputError, SimulationError
from distq.execution.schedule import Schedule, schedule
from distq.networks.network import Network
from distq.simulation.engines.bounds import process_product
from distq.simulation.engines.registry import ENGINES, choose
from distq.simulation.execution import Execution
from distq.simulation.monolithic.models import MONOLITHIC_MODELS, MonolithicModel, monolithic_model
from distq.simulation.monolithic_fidelity import monolithic_fidelity
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.options import DEFAULT_PRECISION
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions, MeanWithError, Progress
from distq.simulation.statevector.input_states import input_states
from distq.simulation.statevector.op_arrays import require_bound

METHOD = (
    "product of the process survivals of all faults, mean over random schedules: an estimate of the process fidelity, "
    "no simulation"
)
INFIDELITIES = (1e-7, 0.75)
RATES_HZ = (1e-2, 1e9)
ALWAYS, NEVER = "always", "never"
STEPS = 14
"""Halvings of the decades between the ends, to 0.1 %, before the rest is interpolated."""
COARSE_STEPS = 9
"""The same where every value is simulated and uncertain: to 3 %."""
WAITS_STDERR = 0.01
"""Standard error that the choice of schedules may add."""
CURVE = 25
"""Points of each curve of the picture."""
COARSE_CURVE = 9
"""The same where every value is simulated."""


@dataclass(frozen=True)
class Point:
    """Where the distributed machine draws level with one comparator.

    Attributes
    ----------
    name, source
        The comparator and where its numbers come from.
    fidelity
        Its fidelity, by the method of :class:`BreakEven`.
    stderr
        Its standard error, 0.0 if it is estimated and not simulated.
    gates_2q
        Multi-qubit operations that it executes.
    bell_fidelity, rate_hz
        Least fidelity of all pairs at the network's rates, least rate of all links at its fidelities, at which the
        distributed machine is as good; None if none is enough or even the worst considered is.
    bell_verdict, rate_verdict
        ``at``, ``always`` (even 0.25; even 0.01 pairs/s) or ``never`` (not even perfect pairs; not even 1e9 pairs/s).
    bell_first_order
        The Bell fidelity needed if two-qubit gates and pairs were all that goes wrong, to first order: distribution
        wins if ebits (1 - F) + G e < G' e' with G gates of error e there and G' of error e' on the big machine. Above 1
        no pair is good enough.
    bell_stderr, rate_stderr
        Standard errors of the points, if they are simulated.
    """

    name: str
    source: str
    fidelity: float
    gates_2q: int
    bell_fidelity: float | None
    bell_verdict: str
    rate_hz: float | None
    rate_verdict: str
    bell_first_order: float
    stderr: float = 0.0
    bell_stderr: float | None = None
    rate_stderr: float | None = None


@dataclass(frozen=True)
class BreakEven:
    """The distributed fidelity as it is, the points, and the curves ``(x, fidelity)`` of the picture.

    ``left_out``: comparators that cannot take the circuit, with the reason. ``method``: what the fidelities are.
    ``approximated``: how many operations the distributed circuit lacks, where that was allowed; comparators run them.
    """

    circuit: str
    network: str
    scenario: str | None
    ebits: int
    fidelity: float
    stderr: float
    method: str
    points: tuple[Point, ...]
    by_infidelity: tuple[tuple[float, float], ...]
    by_rate: tuple[tuple[float, float], ...]
    left_out: tuple[tuple[str, str], ...]
    approximated: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return vars(self) | {
            "points": [vars(point) for point in self.points],
            "left_out": dict(self.left_out),
        }


def break_even(
    done: Compilation,
    names: Sequence[str] = MONOLITHIC_MODELS,
    *,
    simulate: bool = False,
    precision: float = DEFAULT_PRECISION,
    workers: int = 1,
    progress: Progress = lambda stage: None,
) -> BreakEven:
    """Compare a compiled circuit with the comparators of these names.

    Parameters
    ----------
    done
        The compilation.
    names
        Of MONOLITHIC_MODELS.
    simulate
        Compare simulated state fidelities, mean over the usual inputs, with standard errors of about ``precision``
        from ``workers`` threads.
    progress
        Is called with what is being done.

    Raises
    ------
    InputError
        The plan uses no Bell pairs.
    SimulationError
        The circuit has unbound parameters, or is too large to simulate.
    """
    require_bound(done.program)
    if done.tally.ebits == 0:
        raise InputError("the plan uses no Bell pairs: there is nothing to break even", "use smaller QPUs")
    judge = _Simulated(done, precision, workers) if simulate else _Estimated()
    swept = _Swept(done, judge)
    points, left_out = [], []
    for name in names:
        progress(f"break-even with {name}")
        try:
            found = monolithic_model(name, done.program if done.target_program is None else done.original, done.network)
            points.append(_point(found, swept, done))
        except SimulationError as error:
            left_out.append((name, error.message))
    here = judge.plan(swept.execution(done.network))
    progress("drawing the curves")
    return BreakEven(
        circuit=done.program.name,
        network=done.network.name,
        scenario=done.network.scenario,
        ebits=done.tally.ebits,
        fidelity=here.mean,
        stderr=here.stderr,
        method=judge.method,
        points=tuple(points),
        by_infidelity=swept.curve("infidelity", 1e-5, 0.5),
        by_rate=swept.curve("rate", 1e0, 1e7),
        left_out=tuple(left_out),
        approximated=len(done.target_program.angles) if done.target_program is not None else 0,
    )


class _Judge(Protocol):
    """How machines are compared. ``curve``: points of each curve; ``steps``: halvings of a bisection."""

    @property
    def simulates(self) -> bool: ...
    @property
    def method(self) -> str: ...
    @property
    def curve(self) -> int: ...
    @property
    def steps(self) -> int: ...
    def plan(self, run: Execution) -> MeanWithError:
        """Fidelity of the distributed circuit."""

    def rival(self, found: MonolithicModel) -> MeanWithError:
        """Fidelity of one big machine. Raises SimulationError if it cannot be found."""


class _Estimated:
    simulates, method, curve, steps = False, METHOD, CURVE, STEPS

    def plan(self, run: Execution) -> MeanWithError:
        return MeanWithError(process_product(run))

    def rival(self, found: MonolithicModel) -> MeanWithError:
        return MeanWithError(process_product(Execution(found.execution())))


class _Simulated:
    simulates, curve, steps = True, COARSE_CURVE, COARSE_STEPS

    def __init__(self, done: Compilation, precision: float, workers: int) -> None:
        self.options = EngineOptions(precision, None, done.report.seed, workers)
        program = done.program
        run = Execution(
            reduce_events(program, done.events, done.schedule, done.network), target_program=done.target_program
        )
        engine = choose("auto", run, None, workers)
        if engine is None:
            raise SimulationError(f"{program.num_qubits} qubits are too many to simulate", "leave out --simulate")
        if engine.name == "density" and ENGINES["trajectories"].objection(run, (), workers) is None:
            engine = ENGINES["trajectories"]  # as good to a given error, and fast enough to be asked a hundred times
        self.engine = engine
        kinds = engine.inputs(run.qubits)
        self.states = input_states(kinds, program.num_qubits, self.options.seed, program.ancillas)
        self.method = f"simulated ({engine.name}): mean state fidelity over inputs {', '.join(dict.fromkeys(kinds))}"

    def plan(self, run: Execution) -> MeanWithError:
        return self.engine.run(run, self.states, self.options).mean

    def rival(self, found: MonolithicModel) -> MeanWithError:
        value, notes = monolithic_fidelity(found, self.engine, self.states, self.options)
        if value is None:
            raise SimulationError(notes[-1])
        return value


class _Swept:
    """The plan on networks with other pairs; every value is computed once."""

    def __init__(self, done: Compilation, judge: _Judge) -> None:
        self.done, self.judge = done, judge
        self.known: dict[tuple[str, float], MeanWithError] = {}
        self.idle = self.waits(done.network)

    def curve(self, what: str, low: float, high: float) -> tuple[tuple[float, float], ...]:
        """Fidelities between two ``infidelity`` or ``rate``: evenly spaced ones, and what the bisections found."""
        at = self.at_infidelity if what == "infidelity" else self.at_rate
        for i in range(self.judge.curve):
            at(low * (high / low) ** (i / (self.judge.curve - 1)))
        known = [(x, value.mean) for (of, x), value in self.known.items() if of == what]
        return tuple(sorted((x, y) for x, y in known if low * (1 - 1e-9) <= x <= high * (1 + 1e-9)))

    def waits(self, network: Network) -> Schedule | IdleTimes | None:
        """The waits of all ions in random schedules."""
        done = self.done
        times = schedule(done.events, done.program, network)
        return draw_idle_times(done.program, done.events, times, network, "random", done.report.seed, WAITS_STDERR)

    def execution(self, network: Network, idle: Schedule | IdleTimes | None = None) -> Execution:
        """The plan there; ``idle`` are its waits, if they are not those on the given network."""
        idle = self.idle if idle is None else idle
        reduced = reduce_events(self.done.program, self.done.events, idle, network)
        return Execution(reduced, idle if isinstance(idle, IdleTimes) else None, self.done.target_program)

    def at_infidelity(self, infidelity: float) -> MeanWithError:
        """Fidelity if all pairs have this infidelity, their errors in the links' own proportions."""
        key = "infidelity", infidelity
        if key not in self.known:
            links = []
            for link in self.done.network.links:
                lost = 1.0 - link.fidelity
                parts = [w / lost if lost > 0.0 else 1 / 3 for w in link.weights[1:]]
                z, x, y = (infidelity * part for part in parts)
                links.append(link.model_copy(update={"weights": (1.0 - infidelity, z, x, y)}))
            network = self.done.network.model_copy(update={"links": tuple(links)})
            self.known[key] = self.judge.plan(self.execution(network))
        return self.known[key]

    def at_rate(self, rate_hz: float) -> MeanWithError:
        """Fidelity if all links herald so many pairs per second."""
        key = "rate", rate_hz
        if key not in self.known:
            links = tuple([link.model_copy(update={"rate_hz": rate_hz}) for link in self.done.network.links])
            network = self.done.network.model_copy(update={"links": links})
            self.known[key] = self.judge.plan(self.execution(network, self.waits(network)))
        return self.known[key]


def _point(rival: MonolithicModel, swept: _Swept, done: Compilation) -> Point:
    mark, steps = swept.judge.rival(rival), swept.judge.steps
    ends = 1 / INFIDELITIES[1], 1 / INFIDELITIES[0]
    lost, bell = crossing(lambda x: swept.at_infidelity(1.0 / x).mean, mark.mean, *ends, steps)
    rate, verdict = crossing(lambda x: swept.at_rate(x).mean, mark.mean, *RATES_HZ, steps)
    small = float(np.mean([qpu.error_2q for qpu in done.network.qpus]))
    spared = rival.program.gates_2q * rival.qpu.error_2q - done.program.gates_2q * small
    simulated = swept.judge.simulates
    return Point(
        name=rival.name,
        source=rival.source,
        fidelity=mark.mean,
        stderr=mark.stderr,
        gates_2q=rival.program.gates_2q,
        bell_fidelity=None if lost is None else 1.0 - 1.0 / lost,
        bell_verdict=bell,
        bell_stderr=_stderr(swept.at_infidelity, 1.0 / lost, mark) if lost and simulated else None,
        bell_first_order=1.0 - spared / done.tally.ebits,
        rate_hz=rate,
        rate_verdict=verdict,
        rate_stderr=_stderr(swept.at_rate, rate, mark) if rate and simulated else None,
    )


def _stderr(curve: Callable[[float], MeanWithError], x: float, mark: MeanWithError) -> float:
    """Standard error of the place where a curve of uncertain values reaches an uncertain mark."""
    low, high = curve(x / 1.5), curve(x * 1.5)
    slope = abs(high.mean - low.mean) / (x * (1.5 - 1 / 1.5))
    return math.hypot(mark.stderr, low.stderr, high.stderr) / slope if slope > 0.0 else math.inf


def crossing(
    curve: Callable[[float], float], mark: float, low: float, high: float, steps: int = STEPS
) -> tuple[float | None, str]:
    """Where a rising curve reaches ``mark`` between ``low`` and ``high``, and the verdict.

    Bisected by ratio, so many ``steps``, then interpolated.
    """
    if curve(low) >= mark:
        return None, ALWAYS
    if curve(high) < mark:
        return None, NEVER
    for _ in range(steps):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if curve(middle) >= mark else (middle, high)
    below, above = curve(low), curve(high)
    return low * (high / low) ** ((mark - below) / (above - below)), "at"
