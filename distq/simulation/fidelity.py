"""What a simulation found: fidelities per input, their averages and errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from distq.simulation.result import MeanWithError

LABELS = {
    "link": "links",
    "local": "local gates",
    "measurement": "measurement",
    "preparation": "preparation",
    "waiting": "waiting",
    "approximation": "approximation",
}


@dataclass(frozen=True)
class InputFidelity:
    """State fidelity on one declared input."""

    kind: str
    fidelity: float
    stderr: float


@dataclass(frozen=True)
class Estimate:
    """Fidelities of a distributed circuit and of monolithic execution.

    Attributes
    ----------
    fidelity, stderr
        State fidelity with the noiseless output, mean over the declared inputs, and its standard error (0.0 if exact),
        which is that of the random faults for these inputs. None if no engine can take the program.
    interval
        95 % confidence interval of ``fidelity``.
    inputs
        The same for every input; empty if not simulated.
    process_fidelity, process_stderr
        Process (entanglement) fidelity and its standard error, if it was asked for and could be simulated.
    process_product
        Product of the process survivals of all faults, an estimate of the process (entanglement) fidelity that needs no
        simulation; see :func:`distq.simulation.engines.bounds.process_product`.
    lower_bound
        Probability that nothing goes wrong: the state fidelity is nowhere below it.
    monolithic
        Model compared with.
    fidelity_monolithic, monolithic_stderr
        Its fidelity on the same inputs.
    ratio, ratio_stderr
        ``fidelity / fidelity_monolithic``.
    method
        What was computed and how.
    shots
        Random trajectories drawn (of the distributed circuit); None if exact or not simulated.
    losses
        ``(kind of source, index of link or QPU, infidelity)``, the last with the standard error of the runs with
        this source alone. Every source's own first-order loss, scaled so that all together they are ``1 - fidelity``;
        index -1 stands for all links or QPUs together.
    notes
        What a reader should know, e.g. why a field is None.
    interrupted
        True if the user stopped the simulation: what was found so far stands.
    clifford_proxy, clifford_proxy_stderr
        Where the program itself is not simulated: state fidelity of its Clifford proxy; see
        :func:`distq.simulation.engines.clifford.proxy.clifford_proxy`.
    """

    fidelity: float | None
    stderr: float | None
    interval: tuple[float, float] | None
    inputs: tuple[InputFidelity, ...]
    process_fidelity: float | None
    process_stderr: float | None
    process_product: float
    lower_bound: float
    monolithic: str
    fidelity_monolithic: float | None
    monolithic_stderr: float | None
    ratio: float | None
    ratio_stderr: float | None
    method: str
    shots: int | None
    losses: tuple[tuple[str, int, MeanWithError], ...]
    notes: tuple[str, ...]
    interrupted: bool = False
    clifford_proxy: float | None = None
    clifford_proxy_stderr: float | None = None

    @property
    def shares(self) -> tuple[tuple[str, MeanWithError], ...]:
        """``(source, share of the infidelity)`` for links, local gates, ..., largest first; sums to 1 or is empty."""
        total = sum(loss.mean for _, _, loss in self.losses)
        if total <= 0.0:
            return ()
        whole = math.hypot(*[loss.stderr for _, _, loss in self.losses])
        found = []
        for name in dict.fromkeys(LABELS[kind] for kind, _, _ in self.losses):
            mine = [loss for kind, _, loss in self.losses if LABELS[kind] == name]
            found.append((name, _part(sum(v.mean for v in mine), math.hypot(*[v.stderr for v in mine]), total, whole)))
        return tuple(sorted(found, key=lambda pair: -pair[1].mean))


def _part(mine: float, error: float, total: float, whole: float) -> MeanWithError:
    """``mine / total`` with ``error`` in ``mine``, which is part of the ``whole`` error, that of the total."""
    share = mine / total
    rest = math.sqrt(max(0.0, whole**2 - error**2))
    return MeanWithError(share, math.hypot((1.0 - share) * error, share * rest) / total)
