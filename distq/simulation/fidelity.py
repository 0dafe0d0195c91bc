"""What a simulation found: fidelities per input, their averages and errors, or bounds alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from distq.simulation.result import MeanWithError
from distq.util.note import Note

LABELS = {
    "link": "links",
    "local": "local gates",
    "measurement": "measurement",
    "preparation": "preparation",
    "waiting": "waiting",
    "approximation": "approximation",
}
"""Kind of a source of errors -> the word for it in reports."""


@dataclass(frozen=True)
class InputFidelity:
    """State fidelity on one input."""

    kind: str
    fidelity: float
    stderr: float


class Loss(NamedTuple):
    """Infidelity that one source of errors causes.

    Attributes
    ----------
    kind
        One of LABELS.
    where
        Index of the link or QPU; -1: all of them together.
    infidelity
        With the standard error from the runs that have this source alone.
    """

    kind: str
    where: int
    infidelity: MeanWithError


class Share(NamedTuple):
    """Part of the infidelity that all sources of one label cause."""

    label: str
    share: MeanWithError


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is known of a distributed circuit, whether it was simulated or not.

    Attributes
    ----------
    monolithic
        Name of the machine to compare with.
    process_product
        Product of the process survivals of all faults, an estimate of the process (entanglement) fidelity that needs no
        simulation; see :func:`distq.simulation.engines.bounds.process_product`.
    lower_bound
        Probability that nothing goes wrong: the state fidelity is nowhere below it.
    notes
        What a reader should know, e.g. why something is not there.
    interrupted
        True if the user stopped the simulation: what was found until then stands.
    """

    monolithic: str
    process_product: float
    lower_bound: float
    notes: tuple[Note, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, kw_only=True)
class BoundsEstimate(Estimate):
    """Bounds of a circuit that was not simulated.

    ``clifford_proxy`` is the state fidelity of its Clifford proxy, where one can be simulated; see
    :func:`distq.simulation.engines.clifford.proxy.clifford_proxy`.
    """

    clifford_proxy: MeanWithError | None = None

    @property
    def method(self) -> str:
        """Says that nothing was simulated."""
        return "bracket (not simulated)"


@dataclass(frozen=True, kw_only=True)
class SimulatedEstimate(Estimate):
    """Fidelities of a distributed circuit and of the monolithic machine.

    Attributes
    ----------
    fidelity
        State fidelity with the noiseless output, mean over the inputs; its standard error is that of the random faults
        and schedules (0.0 if exact) and, if ``averaged``, of the choice of inputs.
    averaged
        True for the mean over all product states, estimated from ``inputs``; False for that over ``inputs`` alone.
    inputs
        The same for every input.
    fidelity_monolithic
        Fidelity of the monolithic machine on the same inputs; None if it cannot be simulated.
    process_fidelity
        Process (entanglement) fidelity; None if it was not asked for or cannot be simulated.
    method
        What was computed and how.
    shots
        Random trajectories of the distributed circuit; None if exact.
    losses
        Every source's own first-order loss, scaled so that all together they are ``1 - fidelity``.
    """

    fidelity: MeanWithError
    averaged: bool
    inputs: tuple[InputFidelity, ...]
    fidelity_monolithic: MeanWithError | None
    process_fidelity: MeanWithError | None
    method: str
    shots: int | None
    losses: tuple[Loss, ...]

    @property
    def ratio(self) -> MeanWithError | None:
        """``fidelity / fidelity_monolithic``; None without the latter, or where it is 0."""
        if self.fidelity_monolithic is None or self.fidelity_monolithic.mean <= 0.0:
            return None
        return self.fidelity.over(self.fidelity_monolithic)

    @property
    def shares(self) -> tuple[Share, ...]:
        """Shares of links, local gates, ... of the infidelity, largest first; they sum to 1, or there are none."""
        total = sum(loss.infidelity.mean for loss in self.losses)
        if total <= 0.0:
            return ()
        total_stderr = math.hypot(*[loss.infidelity.stderr for loss in self.losses])
        found = []
        for label in dict.fromkeys(LABELS[loss.kind] for loss in self.losses):
            parts = [loss.infidelity for loss in self.losses if LABELS[loss.kind] == label]
            part = MeanWithError(sum(v.mean for v in parts), math.hypot(*[v.stderr for v in parts]))
            found.append(Share(label, _share(part, total, total_stderr)))
        return tuple(sorted(found, key=lambda share: -share.share.mean))


def _share(part: MeanWithError, total: float, total_stderr: float) -> MeanWithError:
    """``part / total``, where the error of the part is contained in that of the total."""
    share = part.mean / total
    rest = math.sqrt(max(0.0, total_stderr**2 - part.stderr**2))
    return MeanWithError(share, math.hypot((1.0 - share) * part.stderr, share * rest) / total)
