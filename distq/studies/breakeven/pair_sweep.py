"""The fidelity of one plan on networks with other pairs."""

from __future__ import annotations

from typing import Literal, TypeAlias

from distq.compiler import Compilation
from distq.execution.schedule import Schedule, schedule
from distq.networks.network import Network
from distq.networks.parts import Link
from distq.simulation.execution import Execution
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import MeanWithError
from distq.studies.breakeven.measures import FidelityMeasure
from distq.studies.breakeven.result import Curve

WAITS_STDERR = 0.01
"""Standard error that the choice of random schedules may add."""

Quantity: TypeAlias = Literal["infidelity", "rate"]
"""What the pairs of all links have in common."""


class PairSweep:
    """The fidelity over the infidelity of all pairs, or over the rate of all links; every value is computed once.

    The plan is kept; its schedules follow the rate, with the same random numbers everywhere.
    """

    def __init__(self, done: Compilation, measure: FidelityMeasure) -> None:
        self.done, self.measure = done, measure
        self._known: dict[tuple[Quantity, float], MeanWithError] = {}
        self._idle = self._idle_times(done.network)

    def as_given(self) -> MeanWithError:
        """Fidelity on the network as it is."""
        return self._fidelity(self.done.network, self._idle)

    def at_infidelity(self, infidelity: float) -> MeanWithError:
        """Fidelity if all pairs have this infidelity, their errors in the links' own proportions."""
        key: tuple[Quantity, float] = ("infidelity", infidelity)
        if key not in self._known:
            links = [_with_infidelity(link, infidelity) for link in self.done.network.links]
            network = self.done.network.model_copy(update={"links": tuple(links)})
            self._known[key] = self._fidelity(network, self._idle)
        return self._known[key]

    def at_rate(self, rate_hz: float) -> MeanWithError:
        """Fidelity if all links herald so many pairs per second."""
        key: tuple[Quantity, float] = ("rate", rate_hz)
        if key not in self._known:
            links = tuple([link.model_copy(update={"rate_hz": rate_hz}) for link in self.done.network.links])
            network = self.done.network.model_copy(update={"links": links})
            self._known[key] = self._fidelity(network, self._idle_times(network))
        return self._known[key]

    def curve(self, quantity: Quantity, low: float, high: float) -> Curve:
        """Fidelities from ``low`` to ``high``: at places evenly spaced by ratio, and where bisections have been."""
        at = self.at_infidelity if quantity == "infidelity" else self.at_rate
        count = self.measure.curve_points
        for i in range(count):
            at(low * (high / low) ** (i / (count - 1)))
        known = [(x, value.mean) for (of, x), value in self._known.items() if of == quantity]
        return tuple(sorted((x, y) for x, y in known if low * (1 - 1e-9) <= x <= high * (1 + 1e-9)))

    def _idle_times(self, network: Network) -> Schedule | IdleTimes | None:
        """How long the ions idle in random schedules."""
        done = self.done
        times = schedule(done.events, done.program, network)
        return draw_idle_times(done.program, done.events, times, network, "random", done.report.seed, WAITS_STDERR)

    def _fidelity(self, network: Network, idle: Schedule | IdleTimes | None) -> MeanWithError:
        reduced = reduce_events(self.done.program, self.done.events, idle, network)
        random = idle if isinstance(idle, IdleTimes) else None
        return self.measure.distributed(Execution(reduced, random, self.done.target_program))


def _with_infidelity(link: Link, infidelity: float) -> Link:
    lost = 1.0 - link.fidelity
    z, x, y = (infidelity * (weight / lost if lost > 0.0 else 1 / 3) for weight in link.weights[1:])
    return link.model_copy(update={"weights": (1.0 - infidelity, z, x, y)})
