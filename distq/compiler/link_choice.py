"""Which pairs the links deliver: raw or distilled, relayed or swapped; fixed, or chosen where fidelity should rise.

``auto`` compiles for both and keeps the compilation with the higher estimated fidelity: the product of the fidelities
of all pairs and local operations (:mod:`distq.planning.infidelity_model`), times the survival of the qubits over the
mean makespan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from distq.compiler.compilation import Compilation
from distq.compiler.notes import about_choice, about_raw_pairs, impossible
from distq.compiler.options import ALL, AUTO, CompileOptions
from distq.errors import InfeasiblePlanError, InputError
from distq.ir.tally import Tally
from distq.networks.distilled_links import (
    MIN_MEMORY,
    NO_DISTILLATION,
    best_distillation,
    idle_infidelity_hz,
    pair_fidelities,
    raw_pairs,
    with_distillation,
)
from distq.networks.network import Network
from distq.networks.swapped_links import with_swapping
from distq.planning.infidelity_model import ErrorRates, total_infidelity
from distq.planning.resource_use import resource_use
from distq.util.note import Note

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
        why = "links join all QPUs" if network.complete else "QPUs on the way have too few ions for it"
        return _noting(relayed, impossible("swapping", why)) if options.swap == AUTO else relayed
    options.progress("compiling for swapped pairs")
    how = _Choice("swapping", ("swapped pairs", "relayed copies"))
    return _better(network, how, relayed, lambda: _with_distillation(swapping, options, compile_for))


def _with_distillation(network: Network, options: CompileOptions, compile_for: CompileFor) -> Compilation:
    """Compile for pairs distilled as asked; ``auto``: for those with the higher estimate.

    What to distil is chosen per link by the pairs that the plan for raw pairs uses
    (:func:`distq.networks.distilled_links.best_distillation`). It is planned again then, as distillation takes memory
    ions and time.
    """
    if options.distill != AUTO:
        return _distilled(network, options.distill, compile_for)
    raw = compile_for(network)
    idle_hz = idle_infidelity_hz(network, raw.program.num_qubits)
    methods = best_distillation(network, raw.tally.link_ebits, idle_hz)
    if all(method == NO_DISTILLATION for method in methods):
        return _noting(raw, _not_distilled(network, raw.tally, idle_hz))
    options.progress("compiling for distilled pairs")
    how = _Choice("distillation", ("distilled pairs", "raw pairs"))
    return _better(network, how, raw, lambda: _distilled(network, methods, compile_for))


def _distilled(network: Network, method: str | Sequence[str], compile_for: CompileFor) -> Compilation:
    """Compile for pairs distilled by this method, or by these, one per link."""
    done = compile_for(with_distillation(network, method))
    if method == NO_DISTILLATION or not done.tally.ebits:
        return done
    return _noting(done, about_raw_pairs(raw_pairs(network, method), done.tally))


def _not_distilled(network: Network, cost: Tally, idle_hz: float) -> Note:
    """Why no link is distilled: its pairs and the waits for them, by their estimates."""
    if not cost.ebits:
        return impossible("distillation", "no Bell pair is needed")
    found = pair_fidelities(network, cost.link_ebits, idle_hz)
    if found is None:
        return impossible("distillation", f"it takes {MIN_MEMORY} memory ions at either end, and pairs above 0.5")
    raw, distilled = found
    return about_choice("distillation", ("distilled pairs alone", "raw pairs alone"), False, distilled, raw)


class _Choice(NamedTuple):
    """What is tried, and the two alternatives in words, the one tried first."""

    what: str
    names: tuple[str, str]


def _noting(done: Compilation, note: Note) -> Compilation:
    """The compilation with one more note in its report."""
    return replace(done, report=done.report.noting(note))


def _better(
    network: Network, choice: _Choice, plain: Compilation, compile_other: Callable[[], Compilation]
) -> Compilation:
    """The compilation with the higher estimate; ``plain`` if the ions set aside leave the other one too few."""
    try:
        other = compile_other()
    except (InfeasiblePlanError, InputError) as error:
        return _noting(plain, impossible(choice.what, error.message))
    idle_hz = idle_infidelity_hz(network, plain.program.num_qubits)
    estimate, before = _log_fidelity(other, idle_hz), _log_fidelity(plain, idle_hz)
    note = about_choice(*choice, estimate > before, math.exp(estimate), math.exp(before))
    return _noting(other if estimate > before else plain, note)


def _log_fidelity(done: Compilation, idle_hz: float) -> float:
    """Logarithm of the estimated fidelity: pairs and local operations, and waiting over the mean makespan."""
    used = resource_use(done.program, done.network, done.plan)
    failing = total_infidelity(ErrorRates.of(done.network), replace(used, waiting=0.0 * used.waiting, idling=0.0))
    return -failing - idle_hz * (done.report.makespan_mean_s or 0.0)
