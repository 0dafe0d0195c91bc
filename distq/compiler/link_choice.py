"""Compilation on distilled and on swapped pairs, everywhere or only where the estimated fidelity rises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from distq.compiler import Compilation, compile
from distq.compiler.compilation import Progress
from distq.errors import InfeasiblePlanError, InputError, UnknownNameError
from distq.ir.plan import Plan
from distq.networks.distilled_links import CHOICES, NONE, best_distillation, distilled, idle_cost
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.networks.swapped_links import with_swapping
from distq.planning.infidelity_model import ErrorRates, total_infidelity
from distq.planning.resource_use import resource_use
from distq.planning.strategies.registry import PlanningOptions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

AUTO = "auto"
ALL = "all"
SWAPS = (NONE, ALL, AUTO)
"""Relays alone; swapped pairs wherever no link joins two QPUs; whichever is estimated to be better."""


class _Extra(TypedDict):
    options: PlanningOptions | None
    approximation_budget: float | None
    progress: Progress


def compile_distilled(
    circuit: QuantumCircuit | str | Path,
    network: Network | str,
    strategy: str | Plan = "auto",
    seed: int = 0,
    *,
    options: PlanningOptions | None = None,
    distill: str = AUTO,
    swap: str | None = None,
    approximation_budget: float | None = None,
    progress: Progress = lambda stage: None,
) -> Compilation:
    """Compile for a network whose pairs are distilled, and swapped where no link joins two QPUs.

    With ``distill="auto"`` it compiles for the raw pairs, chooses per link by the pairs that the plan uses
    (:func:`distq.networks.distilled_links.best_distillation`), compiles again, since distillation takes memory ions and
    time, and returns whichever of the two has the higher estimate: the product of the fidelities of all pairs and local
    operations (:mod:`distq.planning.infidelity_model`) and of the survival of the qubits over the mean makespan.
    ``swap="auto"`` compares so what relays and what swapped pairs (:func:`distq.networks.swapped_links.with_swapping`)
    give.

    Parameters
    ----------
    circuit, network, strategy, seed, options, approximation_budget, progress
        As for :func:`distq.compiler.compile`.
    distill
        ``auto`` or one of :data:`distq.networks.distilled_links.CHOICES`.
    swap
        One of :data:`SWAPS`; None: ``auto`` if ``distill`` is, else ``none``.

    Raises
    ------
    UnknownNameError
        No such method.
    NetworkError
        A method was named that some link does not permit; ``all`` is to be swapped, and a QPU has too few ions.
    """
    if distill not in (AUTO, *CHOICES):
        raise UnknownNameError("distillation", distill, (AUTO, *CHOICES))
    wanted = swap or (AUTO if distill == AUTO else NONE)
    if wanted not in SWAPS:
        raise UnknownNameError("swapping", wanted, SWAPS)
    extra: _Extra = {"options": options, "approximation_budget": approximation_budget, "progress": progress}
    real = parse_network(network) if isinstance(network, str) else network
    if wanted != AUTO:
        chosen = with_swapping(real) if wanted == ALL else real
        return _distilled(circuit, chosen, strategy, seed, distill, extra)
    relayed = _distilled(circuit, real, strategy, seed, distill, extra)
    swapping = with_swapping(real, where_possible=True)
    if swapping is real:
        return relayed
    progress("compiling for swapped pairs")
    try:
        found = _distilled(relayed.source, swapping, strategy, seed, distill, extra)
    except (InfeasiblePlanError, InputError):  # the memory ions set aside are missing
        return relayed
    idle_hz = idle_cost(real, relayed.program.num_qubits)
    return found if _estimate(found, idle_hz) > _estimate(relayed, idle_hz) else relayed


def _distilled(
    circuit: QuantumCircuit | str | Path, real: Network, strategy: str | Plan, seed: int, distill: str, extra: _Extra
) -> Compilation:
    """Compiled for pairs distilled as asked, or (auto) for those with the higher estimate."""
    if distill != AUTO:
        return compile(circuit, distilled(real, distill), strategy, seed, **extra)
    raw = compile(circuit, real, strategy, seed, **extra)
    idle_hz = idle_cost(real, raw.program.num_qubits)
    choice = best_distillation(real, raw.tally.link_ebits, idle_hz)
    if all(method == NONE for method in choice):
        return raw
    extra["progress"]("compiling for distilled pairs")
    try:
        better = compile(raw.source, distilled(real, choice), strategy, seed, **extra)
    except (InfeasiblePlanError, InputError):  # the memory ions set aside are missing
        return raw
    return better if _estimate(better, idle_hz) > _estimate(raw, idle_hz) else raw


def _estimate(done: Compilation, idle_hz: float) -> float:
    """Logarithm of the estimated fidelity: pairs and local operations, and waiting over the mean makespan."""
    used = resource_use(done.program, done.network, done.plan)
    failing = total_infidelity(ErrorRates.of(done.network), replace(used, waiting=0.0 * used.waiting, idling=0.0))
    return -failing - idle_hz * (done.report.makespan_mean_s or 0.0)
