"""Resynthesis: the rotations that Clifford gates hide are found, and the gates that hid them cancel.

In: a program. Out: an equal program, or the same one if nothing is saved. A circuit of Clifford gates and rotations is
a sequence of rotations about Pauli strings. A CX or CZ is itself such a rotation, by pi/2, up to one-qubit Clifford
gates, which move to the end. Two of these about the same string cancel if the rotations between them are conjugated by
it: exp(-i a/2 W) becomes exp(-i a/2 (i W P)), on one operand more, as many, or one less. That way CX-RZ-CX ladders
become one rotation on many qubits, the six CX of a Toffoli gate become the seven rotations of a CCZ, and these one
PHASE. Where the linear map of the CX gates is not the identity, those that make it remain.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from distq.frontend.merge import merge_primitives
from distq.frontend.normalise import fold_and_merge
from distq.ir.program import Kind, Operation, Program
from distq.rewrite.clifford_pass import CliffordPass, known_quarters
from distq.rewrite.cost import static_cost
from distq.rewrite.parity_phases import join_phases
from distq.rewrite.pauli_rotations import PauliRotation, items_of, primitives_of_item, weight

_ROUNDS = 4
"""Passes are repeated at most this often, as long as each leaves fewer rotations on several qubits."""


@lru_cache(maxsize=2)  # planner, compiler and verifier ask for the same one
def resynthesise(program: Program) -> Program:
    """An equal program, exact to 1e-9, in which operations that Clifford gates only carry about are placed directly.

    Parameters
    ----------
    program
        Any program in normal form.

    Returns
    -------
    Program
        The rewritten program, or ``program`` itself unless the former has a lower :func:`distq.rewrite.static_cost`
        (fewer incidences, or as many and fewer segments). Same lines, classical bits and measurements.
    """
    if not any(_is_clifford(program.operations[index]) for index in program.multi_qubit):
        return program
    found = rewritten(program)
    before, after = static_cost(program), static_cost(found)
    return found if after < before else program


def _is_clifford(op: Operation) -> bool:
    """True for a CX, CZ and their like on any number of qubits."""
    return op.kind is Kind.ROTATION and op.angle is not None and known_quarters(op.angle) is not None


def rewritten(program: Program) -> Program:
    """What :func:`resynthesise` finds, whether it is cheaper or not."""
    items, phase = list(items_of(program.operations)), program.global_phase
    size = len(items) + 1
    for _ in range(_ROUNDS):
        clifford_pass = CliffordPass(program.num_qubits)
        for item in items:
            clifford_pass.add(item)
        items = clifford_pass.finish()
        phase += clifford_pass.global_phase
        count = sum(isinstance(item, PauliRotation) and weight(item) > 1 for item in items)
        if count >= size:
            break
        size = count
    merged = merge_primitives([p for item in items for p in primitives_of_item(item)], program.num_qubits)
    primitives, extra = join_phases(replace(program, operations=tuple(merged.operations)))
    folded = fold_and_merge(primitives, program.num_qubits)
    unitary = all(op.condition is None and op.kind not in (Kind.MEASURE, Kind.RESET) for op in folded.operations)
    appeared = merged.global_phase + folded.global_phase + extra
    return replace(
        program,
        operations=tuple(folded.operations),
        output=tuple([folded.lines[merged.lines[line]] for line in program.output]),
        global_phase=phase + appeared if unitary and not program.parameters else 0.0,
    )
