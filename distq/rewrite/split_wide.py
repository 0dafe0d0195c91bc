"""Wide operations cut down to few operands, for memories that cannot hold all the copies which a whole one needs."""

from __future__ import annotations

from dataclasses import replace

from distq.errors import InputError
from distq.frontend.normalise import fold_and_merge, primitives_of
from distq.frontend.primitive_builder import PrimitiveBuilder
from distq.frontend.primitives import Primitive
from distq.frontend.standard_gates import RULES
from distq.ir.native_gates import native_gates
from distq.ir.program import Kind, Operation, Program


def expand_wide(program: Program, limit: int) -> Program:
    """An equal program, up to a global phase, whose operations have at most ``limit`` operands.

    Parameters
    ----------
    program
        Any program.
    limit
        At least 2. Operations on more qubits become their native gates on one and two.

    Returns
    -------
    Program
        The same lines; ``program`` itself if nothing is too wide. ``global_phase`` is 0.0 if a PHASE was expanded.

    Raises
    ------
    InputError
        For a limit below 2.
    """
    if limit < 2:
        raise InputError(f"operations on at most {limit} qubits cannot entangle any", "use a limit of 2 or more")
    wide = [op for op in program.operations if len(op.qubits) > limit]
    if not wide:
        return program
    primitives: list[Primitive] = []
    for op in program.operations:
        primitives += _native(op) if len(op.qubits) > limit else primitives_of([op])
    built = fold_and_merge(primitives, program.num_qubits)
    tracked = program.global_phase + built.global_phase
    return replace(
        program,
        operations=tuple(built.operations),
        output=tuple([built.lines[line] for line in program.output]),
        global_phase=0.0 if any(op.kind is Kind.PHASE for op in wide) or program.parameters else tracked,
    )


def _native(op: Operation) -> list[Primitive]:
    """The native gates of a diagonal operation as primitives, under its condition."""
    builder = PrimitiveBuilder()
    builder.condition = op.condition
    for gate in native_gates(op):
        RULES[gate.name](builder, tuple([op.qubits[i] for i in gate.operands]), list(gate.params))
    return builder.primitives
