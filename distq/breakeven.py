"""From which Bell fidelity, and which pair rate, on does the distributed machine beat one big one?

Machines are compared by an estimate of their process fidelity that needs no simulation, and so takes circuits of any
size: the product of the process survivals of all faults (:func:`distq.simulate.bracket.process_product`, within about
1 % of the exact value). The plan is kept; its schedule follows the pair rate. Break-even points are found by bisection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distq.compiler import Compilation
from distq.errors import InputError, SimulationError
from distq.network import Network
from distq.schedule import schedule
from distq.simulate.bracket import process_product
from distq.simulate.comparators import COMPARATORS, Comparator, comparator
from distq.simulate.copies import CopyProgram, reduce_events
from distq.simulate.flat import require_bound
from distq.simulate.result import Execution

if TYPE_CHECKING:
    from distq.events import Events
    from distq.program import Program

METHOD = "product of the process survivals of all faults: an estimate of the process fidelity, no simulation"
INFIDELITIES = (1e-7, 0.75)
RATES_HZ = (1e-2, 1e9)
ALWAYS, NEVER = "always", "never"
STEPS = 14
"""Halvings of the decades between the ends: to about 0.1 %."""
CURVE = 25
"""Points of each curve of the picture."""


@dataclass(frozen=True)
class Point:
    """Where the distributed machine draws level with one comparator.

    Attributes
    ----------
    name, source
        The comparator and where its numbers come from.
    fidelity
        Its estimated process fidelity.
    gates_2q
        Multi-qubit operations that it executes.
    bell_fidelity, rate_hz
        Least fidelity of all pairs at the network's rates, least rate of all links at its fidelities, at which the
        distributed machine is as good; None if none is enough or even the worst considered is.
    bell_verdict, rate_verdict
        ``at``, ``always`` (even 0.25; even 0.01 pairs/s) or ``never`` (not even perfect pairs; not even 1e9 pairs/s).
    """

    name: str
    source: str
    fidelity: float
    gates_2q: int
    bell_fidelity: float | None
    bell_verdict: str
    rate_hz: float | None
    rate_verdict: str


@dataclass(frozen=True)
class BreakEven:
    """The distributed estimate as it is, the points, and the curves ``(x, estimate)`` of the picture.

    ``left_out``: comparators that cannot take the circuit, with the reason.
    """

    circuit: str
    network: str
    scenario: str | None
    ebits: int
    fidelity: float
    points: tuple[Point, ...]
    by_infidelity: tuple[tuple[float, float], ...]
    by_rate: tuple[tuple[float, float], ...]
    left_out: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return vars(self) | {
            "method": METHOD,
            "points": [vars(point) for point in self.points],
            "left_out": dict(self.left_out),
        }


def break_even(done: Compilation, names: Sequence[str] = COMPARATORS) -> BreakEven:
    """Compare a compiled circuit with the comparators of these names.

    Raises
    ------
    InputError
        The plan uses no Bell pairs.
    SimulationError
        The circuit has unbound parameters.
    """
    require_bound(done.program)
    if done.tally.ebits == 0:
        raise InputError("the plan uses no Bell pairs: there is nothing to break even", "use smaller QPUs")
    swept = _Swept(done.events, done.program, done.network)
    points, left_out = [], []
    for name in names:
        try:
            found = comparator(name, done.program, done.network)
        except SimulationError as error:
            left_out.append((name, error.message))
            continue
        points.append(_point(found, swept))
    return BreakEven(
        circuit=done.program.name,
        network=done.network.name,
        scenario=done.network.scenario,
        ebits=done.tally.ebits,
        fidelity=estimated(reduce_events(done.program, done.events, done.schedule, done.network)),
        points=tuple(points),
        by_infidelity=tuple([(x, swept.at_infidelity(x)) for x in _logspace(1e-5, 0.5)]),
        by_rate=tuple([(x, swept.at_rate(x)) for x in _logspace(1e0, 1e7)]),
        left_out=tuple(left_out),
    )


def estimated(reduced: CopyProgram) -> float:
    """Estimate of the process fidelity; see METHOD."""
    run = Execution(reduced)
    return process_product(run)


class _Swept:
    """The plan on networks with other pairs; every value is computed once."""

    def __init__(self, events: Events, program: Program, network: Network) -> None:
        self.events, self.program, self.network = events, program, network
        self.times = schedule(events, program, network)
        self.known: dict[tuple[str, float], float] = {}

    def at_infidelity(self, infidelity: float) -> float:
        """Estimate if all pairs have this infidelity, their errors in the links' own proportions."""
        key = "infidelity", infidelity
        if key not in self.known:
            links = []
            for link in self.network.links:
                lost = 1.0 - link.fidelity
                parts = [w / lost if lost > 0.0 else 1 / 3 for w in link.weights[1:]]
                z, x, y = (infidelity * part for part in parts)
                links.append(link.model_copy(update={"weights": (1.0 - infidelity, z, x, y)}))
            network = self.network.model_copy(update={"links": tuple(links)})
            self.known[key] = estimated(reduce_events(self.program, self.events, self.times, network))
        return self.known[key]

    def at_rate(self, rate_hz: float) -> float:
        """Estimate if all links herald so many pairs per second."""
        key = "rate", rate_hz
        if key not in self.known:
            links = tuple([link.model_copy(update={"rate_hz": rate_hz}) for link in self.network.links])
            network = self.network.model_copy(update={"links": links})
            times = schedule(self.events, self.program, network)
            self.known[key] = estimated(reduce_events(self.program, self.events, times, network))
        return self.known[key]


def _point(rival: Comparator, swept: _Swept) -> Point:
    mark = estimated(rival.execution())
    lost, bell = crossing(lambda x: swept.at_infidelity(1.0 / x), mark, 1 / INFIDELITIES[1], 1 / INFIDELITIES[0])
    rate, verdict = crossing(swept.at_rate, mark, *RATES_HZ)
    return Point(
        name=rival.name,
        source=rival.source,
        fidelity=mark,
        gates_2q=rival.program.gates_2q,
        bell_fidelity=None if lost is None else 1.0 - 1.0 / lost,
        bell_verdict=bell,
        rate_hz=rate,
        rate_verdict=verdict,
    )


def crossing(curve: Callable[[float], float], mark: float, low: float, high: float) -> tuple[float | None, str]:
    """Where a rising curve reaches ``mark`` between ``low`` and ``high`` (bisected by ratio), and the verdict."""
    if curve(low) >= mark:
        return None, ALWAYS
    if curve(high) < mark:
        return None, NEVER
    for _ in range(STEPS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if curve(middle) >= mark else (middle, high)
    return high, "at"


def _logspace(low: float, high: float) -> list[float]:
    return [low * (high / low) ** (i / (CURVE - 1)) for i in range(CURVE)]
