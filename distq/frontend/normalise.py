"""The normal form of a circuit: flatten it, fold its two-qubit blocks, push one-qubit gates to the boundaries.

In: a Qiskit circuit. Out: a :class:`distq.ir.program.Program`, exact to 1e-9 on matrix entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from distq.frontend.flatten import flatten
from distq.frontend.fold_blocks import fold
from distq.frontend.matrix2 import from_array
from distq.frontend.merge import NormalForm, merge_primitives
from distq.frontend.primitives import Measure, OneQubitGate, OneQubitRotation, ParityRotation, Phase, Primitive, Reset
from distq.ir.program import AxisRotation, Kind, Operation, Program
from distq.util.gc_pause import gc_paused

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_ROUNDS = 4
"""Folding and merging are repeated at most this often."""


@gc_paused
def normalise(circuit: QuantumCircuit, name: str | None = None, *, fold_blocks: bool = True) -> Program:
    """Normal form of ``circuit``, exact to 1e-9 on matrix entries.

    Every multi-qubit operation becomes a Z-parity rotation or a multi-controlled phase between one-qubit gates;
    runs of gates on two qubits become the fewest rotations; SWAPs only relabel (``Program.output``).

    Parameters
    ----------
    circuit
        Gates, barriers, delays, measurements, resets and ``if``/``else`` on classical bits, of which none is written
        inside that a condition around it reads (:func:`distq.frontend.prepared` sees to that).
        Parameters may be unbound where only an angle of a rotation depends on them.
    name
        Name of the program; the circuit's own if None.
    fold_blocks
        False: leave runs of gates on two qubits as they are, which shows other rewritings what they are made of.

    Raises
    ------
    CircuitError
        For loops, switches, classical variables, opaque instructions and unknown angles that are no rotation's.
        Names the instruction and where it stands.
    """
    flat = flatten(circuit)
    make = fold_and_merge if fold_blocks else merge_primitives
    operations, lines, phase = make(flat.primitives, circuit.num_qubits)
    unitary = all(op.condition is None and op.kind not in (Kind.MEASURE, Kind.RESET) for op in operations)
    return Program(
        name=name if name is not None else circuit.name,
        num_qubits=circuit.num_qubits,
        num_clbits=circuit.num_clbits,
        operations=tuple(operations),
        output=tuple(lines),
        clbit_registers=flat.clbit_registers,
        global_phase=flat.global_phase + phase if flat.numeric and unitary else 0.0,
    )


def fold_and_merge(primitives: Sequence[Primitive], num_qubits: int) -> NormalForm:
    """Normal form of primitives on ``num_qubits`` lines, runs on two qubits folded to the fewest rotations."""
    phase = 0.0
    lines = list(range(num_qubits))
    operations: list[Operation] = []
    for attempt in range(_ROUNDS):  # what one round cancels or merges can bring gates of one pair together
        folded = fold(primitives, num_qubits)
        if attempt and not folded.shrunk:
            break
        merged = merge_primitives(folded.primitives, num_qubits)
        phase += folded.global_phase + merged.global_phase
        lines = [merged.lines[folded.labels[line]] for line in lines]
        operations = merged.operations
        primitives = primitives_of(operations)
    return NormalForm(operations, lines, phase)


def primitives_of(operations: Iterable[Operation]) -> list[Primitive]:
    """Operations of a normal form as primitives again."""
    out: list[Primitive] = []
    for op in operations:
        q = op.qubits[0]
        match op.kind:
            case Kind.LOCAL:
                for factor in op.factors:
                    if isinstance(factor, AxisRotation):
                        out.append(OneQubitRotation(q, factor.axis, factor.angle, op.condition))
                    else:
                        out.append(OneQubitGate(q, from_array(factor), op.condition))
            case Kind.ROTATION:
                assert op.angle is not None
                if len(op.qubits) == 1:
                    out.append(OneQubitRotation(q, "z", op.angle, op.condition))
                else:
                    out.append(ParityRotation(op.qubits, op.angle, op.condition))
            case Kind.PHASE:
                assert op.angle is not None
                out.append(Phase(op.qubits, op.pattern, op.angle, op.condition))
            case Kind.MEASURE:
                assert op.clbit is not None
                out.append(Measure(q, op.clbit, op.condition))
            case Kind.RESET:
                out.append(Reset(q, op.condition))
    return out
