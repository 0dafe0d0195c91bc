"""Rewritings that a plan asks for, done again by whoever works with the plan.

In: the program as the frontend made it, and a :class:`distq.ir.rewriting.Rewriting`. Out: the program that the plan is
for.
"""

from __future__ import annotations

import math

from distq.errors import InputError
from distq.ir.program import Operation, Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.rewrite.gather_wide import gather
from distq.rewrite.omit import drop, infidelity_bound, removal_angles
from distq.rewrite.phase_polynomial import resynthesise
from distq.rewrite.split_wide import expand_wide
from distq.rewrite.swap_lines import insert_swaps


def rewrite(program: Program, rewriting: Rewriting | None, network: Network) -> Program:
    """The program that a plan with this ``rewriting`` is for: equal to ``program`` but for what it leaves out.

    Raises
    ------
    InputError
        If the rewriting does not fit the program and the network.
    """
    if rewriting is None:
        return program
    whole = before_dropping(program, rewriting, network)
    return drop(whole, rewriting.drop) if rewriting.drop else whole


def before_dropping(program: Program, rewriting: Rewriting, network: Network) -> Program:
    """The program of which ``rewriting.drop`` is left out. Raises as :func:`rewrite` does."""
    program = rewrite(program, rewriting.before, network)
    if rewriting.resynthesise:
        program = resynthesise(program)
    if rewriting.gather is not None:
        _require_homes(rewriting.gather, program, network)
        if rewriting.host is not None and not 0 <= rewriting.host < len(network.qpus):
            raise InputError(f"QPU {rewriting.host} hosts ancillas; the network has 0 to {len(network.qpus) - 1}")
        program = gather(program, rewriting.gather, network, host=rewriting.host, measured=rewriting.measured).program
    if rewriting.limit is not None:
        program = expand_wide(program, rewriting.limit)
    if rewriting.order or rewriting.swaps:
        program = insert_swaps(program, rewriting.order, rewriting.swaps)
    return program


def dropped(program: Program, rewriting: Rewriting | None, network: Network) -> tuple[Operation, ...]:
    """All operations that ``rewriting`` leaves out, at any stage. Raises as :func:`rewrite` does."""
    if rewriting is None or rewriting.exact:
        return ()
    earlier = dropped(program, rewriting.before, network)
    whole = before_dropping(program, rewriting, network) if rewriting.drop else program
    drop(whole, rewriting.drop)  # refuses what cannot be left out
    return (*earlier, *[whole.operations[index] for index in rewriting.drop])


def require_within(program: Program, rewriting: Rewriting | None, network: Network, budget: float | None) -> float:
    """The most infidelity that what ``rewriting`` leaves out of ``program`` can cost.

    Raises
    ------
    InputError
        If that is more than ``budget``, or anything is left out where the budget is None; or as :func:`rewrite`.
    """
    gone = dropped(program, rewriting, network)
    bound = infidelity_bound(removal_angles(gone))
    if gone and (budget is None or bound > budget * (1 + 1e-9)):
        are = "operation is" if len(gone) == 1 else "operations are"
        allowed = "which was not allowed" if budget is None else f"and the budget is {budget:g}"
        raise InputError(
            f"{len(gone)} {are} left out, at the cost of an infidelity of up to {bound:.3g}, {allowed}",
            f"an approximation budget of {_rounded_up(bound)} allows it",
        )
    return bound


def _rounded_up(value: float) -> str:
    """A positive number rounded up to two digits, as text."""
    digit = 10.0 ** (math.floor(math.log10(value)) - 1) if value > 0.0 else 1.0
    return f"{math.ceil(value / digit) * digit:.2g}"


def _require_homes(homes: tuple[int, ...], program: Program, network: Network) -> None:
    """Raise InputError unless there is a QPU with room for every qubit."""
    if len(homes) != program.num_qubits:
        raise InputError(f"operations are gathered for {len(homes)} qubits; the program has {program.num_qubits}")
    for s in homes:
        if not 0 <= s < len(network.qpus):
            raise InputError(f"operations are gathered at QPU {s}; the network has 0 to {len(network.qpus) - 1}")
