"""Compilation on distilled pairs, on every link or only where the estimated fidelity of the circuit rises."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from distq.compiler import Compilation, Progress, compile
from distq.distillation import CHOICES, NONE, best_distillation, distilled, idle_cost
from distq.errors import InfeasiblePlanError, InputError, UnknownNameError
from distq.network import Network
from distq.plan import Plan
from distq.strategies.base import Options

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

AUTO = "auto"


class _Extra(TypedDict):
    options: Options | None
    approximation_budget: float | None
    progress: Progress


def compile_distilled(
    circuit: QuantumCircuit | str | Path,
    network: Network | str,
    strategy: str | Plan = "auto",
    seed: int = 0,
    *,
    options: Options | None = None,
    distill: str = AUTO,
    approximation_budget: float | None = None,
    progress: Progress = lambda stage: None,
) -> Compilation:
    """Compile for a network whose pairs are distilled.

    ``auto`` compiles for the raw pairs, chooses per link by the pairs that the plan uses
    (:func:`distq.distillation.best_distillation`), compiles again, since distillation takes memory ions and time, and
    returns whichever of the two has the higher estimate: the product of the fidelities of all pairs and of the survival
    of the qubits over the mean makespan.

    Parameters
    ----------
    circuit, network, strategy, seed, options, approximation_budget, progress
        As for :func:`distq.compiler.compile`.
    distill
        ``auto`` or one of :data:`distq.distillation.CHOICES`.

    Raises
    ------
    UnknownNameError
        No such method.
    NetworkError
        A method was named that some link does not permit.
    """
    if distill not in (AUTO, *CHOICES):
        raise UnknownNameError("distillation", distill, (AUTO, *CHOICES))
    extra: _Extra = {"options": options, "approximation_budget": approximation_budget, "progress": progress}
    real = Network.parse(network) if isinstance(network, str) else network
    if distill != AUTO:
        return compile(circuit, distilled(real, distill), strategy, seed, **extra)
    raw = compile(circuit, real, strategy, seed, **extra)
    idle_hz = idle_cost(real, raw.program.num_qubits)
    choice = best_distillation(real, raw.tally.link_ebits, idle_hz)
    if all(method == NONE for method in choice):
        return raw
    progress("compiling for distilled pairs")
    try:
        better = compile(raw.source, distilled(real, choice), strategy, seed, **extra)
    except (InfeasiblePlanError, InputError):  # the memory ions set aside are missing
        return raw
    return better if _estimate(better, idle_hz) > _estimate(raw, idle_hz) else raw


def _estimate(done: Compilation, idle_hz: float) -> float:
    """Logarithm of the estimated fidelity, local operations left out."""
    pairs = zip(done.network.links, done.tally.link_ebits, strict=True)
    makespan_s = done.report.makespan_mean_s or 0.0
    return sum(count * math.log(link.fidelity) for link, count in pairs if count) - idle_hz * makespan_s
