"""Which pairs the links deliver: raw or distilled, relayed or swapped; fixed, or chosen where fidelity should rise.

``auto`` compiles for both and keeps the compilation with the higher estimated fidelity: the product of the fidelities
of all pairs and local operations (:mod:`distq.planning.infidelity_model`), times the survival of the qubits over the
mean makespan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from distq.compiler.compilation import Compilation
from distq.compiler.options import ALL, AUTO, CompileOptions
from distq.errors import InfeasiblePlanError, InputError
from distq.networks.distilled_links import NO_DISTILLATION, best_distillation, idle_infidelity_hz, with_distillation
from distq.networks.network import Network
from distq.networks.swapped_links import with_swapping
from distq.planning.infidelity_model import ErrorRates, total_infidelity
from distq.planning.resource_use import resource_use

CompileFor: TypeAlias = Callable[[Network], Compilation]
"""Compiles the same circuit, with the same options, for a network."""


def compile_with_links(network: Network, options: CompileOptions, compile_for: CompileFor) -> Compilation:
    """Compile for ``network`` with the pairs that ``options`` ask for.

    ``swap="auto"`` compares what relays and what swapped pairs give; ``distill="auto"`` what raw and what distilled
    pairs give, in either case.

    Raises
    ------
    NetworkError
        A link does not permit the distillation that was named; ``swap="all"``, and a QPU has too few ions.
    DistqError
        What ``compile_for`` raises for the network as it is.
    """
    if options.swapping != AUTO:
        chosen = with_swapping(network) if options.swapping == ALL else network
        return _with_distillation(chosen, options, compile_for)
    relayed = _with_distillation(network, options, compile_for)
    swapping = with_swapping(network, where_possible=True)
    if swapping is network:
        return relayed
    options.progress("compiling for swapped pairs")
    return _better(network, relayed, lambda: _with_distillation(swapping, options, compile_for))


def _with_distillation(network: Network, options: CompileOptions, compile_for: CompileFor) -> Compilation:
    """Compile for pairs distilled as asked; ``auto``: for those with the higher estimate.

    What to distil is chosen per link by the pairs that the plan for raw pairs uses
    (:func:`distq.networks.distilled_links.best_distillation`). It is planned again then, as distillation takes memory
    ions and time.
    """
    if options.distill != AUTO:
        return compile_for(with_distillation(network, options.distill))
    raw = compile_for(network)
    methods = best_distillation(network, raw.tally.link_ebits, idle_infidelity_hz(network, raw.program.num_qubits))
    if all(method == NO_DISTILLATION for method in methods):
        return raw
    options.progress("compiling for distilled pairs")
    return _better(network, raw, lambda: compile_for(with_distillation(network, methods)))


def _better(network: Network, plain: Compilation, compile_other: Callable[[], Compilation]) -> Compilation:
    """The compilation with the higher estimate; ``plain`` if the ions set aside leave the other one too few."""
    try:
        other = compile_other()
    except (InfeasiblePlanError, InputError):
        return plain
    idle_hz = idle_infidelity_hz(network, plain.program.num_qubits)
    return other if _log_fidelity(other, idle_hz) > _log_fidelity(plain, idle_hz) else plain


def _log_fidelity(done: Compilation, idle_hz: float) -> float:
    """Logarithm of the estimated fidelity: pairs and local operations, and waiting over the mean makespan."""
    used = resource_use(done.program, done.network, done.plan)
    failing = total_infidelity(ErrorRates.of(done.network), replace(used, waiting=0.0 * used.waiting, idling=0.0))
    return -failing - idle_hz * (done.report.makespan_mean_s or 0.0)
