"""What a study of break-even finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal["at", "always", "never"]
"""Break-even is at some value; even the worst value considered is enough; even the best is not."""

Curve: TypeAlias = tuple[tuple[float, float], ...]
"""Points ``(x, fidelity)``, x ascending."""


@dataclass(frozen=True)
class BreakEvenPoint:
    """Where the distributed machine draws level with one big machine.

    Attributes
    ----------
    name, source
        The big machine, and where its numbers come from.
    fidelity
        Its fidelity, by the method of :class:`BreakEven`.
    stderr
        The standard error of that; 0.0 if it is estimated and not simulated.
    gates_2q
        Multi-qubit operations that the big machine executes.
    bell_fidelity, rate_hz
        Least fidelity of all pairs, at the network's rates, and least rate of all links, at the network's fidelities,
        with which the distributed machine is as good. None unless the verdict is ``at``.
    bell_verdict, rate_verdict
        ``always``: even a fidelity of 0.25, or 0.01 pairs/s, is enough. ``never``: not even perfect pairs, or 1e9
        pairs/s, are enough.
    bell_first_order
        The Bell fidelity needed if two-qubit gates and pairs were all that goes wrong, to first order: distribution
        wins if ebits (1 - F) + G e < G' e' with G gates of error e on the QPUs and G' of error e' on the big machine.
        Above 1, no pair is good enough.
    bell_stderr, rate_stderr
        Standard errors of the points, if they are simulated.
    """

    name: str
    source: str
    fidelity: float
    gates_2q: int
    bell_fidelity: float | None
    bell_verdict: Verdict
    rate_hz: float | None
    rate_verdict: Verdict
    bell_first_order: float
    stderr: float = 0.0
    bell_stderr: float | None = None
    rate_stderr: float | None = None


@dataclass(frozen=True)
class BreakEven:
    """The distributed fidelity as it is, the break-even points, and the curves of the picture.

    Attributes
    ----------
    circuit, network, scenario, ebits
        What was compiled, for what, on which assumed numbers, and its Bell pairs.
    fidelity, stderr
        Of the distributed circuit on the network as it is.
    method
        What the fidelities are, in words.
    points
        One for each big machine that can take the circuit.
    by_infidelity, by_rate
        The distributed fidelity over the infidelity of all pairs, and over the rate of all links.
    left_out
        Names of machines that cannot take the circuit, each with the reason.
    approximated
        Operations that the distributed circuit lacks, where that was allowed; the big machines execute them.
    """

    circuit: str
    network: str
    scenario: str | None
    ebits: int
    fidelity: float
    stderr: float
    method: str
    points: tuple[BreakEvenPoint, ...]
    by_infidelity: Curve
    by_rate: Curve
    left_out: tuple[tuple[str, str], ...]
    approximated: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return vars(self) | {
            "points": [vars(point) for point in self.points],
            "left_out": dict(self.left_out),
        }
