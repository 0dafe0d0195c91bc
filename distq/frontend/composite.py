"""Instructions that need to be looked into: controlled gates, Pauli exponentials, diagonals, unitaries.

In: a Qiskit gate. Out: primitives, appended to a :class:`distq.frontend.primitive_builder.PrimitiveBuilder`, or the
answer that only its definition says what it does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import AnnotatedOperation, ControlledGate, ControlModifier, Gate, InverseModifier, PowerModifier
from qiskit.circuit.library import (
    CUGate,
    DiagonalGate,
    PauliEvolutionGate,
    PauliGate,
    PermutationGate,
    SwapGate,
    UGate,
    UnitaryGate,
)
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import SparsePauliOp

from distq.errors import CircuitError
from distq.frontend import matrix2
from distq.frontend.primitive_builder import PrimitiveBuilder
from distq.frontend.standard_gates import RULES
from distq.frontend.weyl import decompose_any
from distq.ir.program import Angle

ToAngle = Callable[[Any], Angle]


def expand_composite(builder: PrimitiveBuilder, operation: Any, qubits: tuple[int, ...], to_angle: ToAngle) -> bool:
    """Write ``operation`` to ``builder``; False, and nothing written, if it must go through its definition."""
    match operation:
        case ControlledGate():
            return _controlled(builder, operation, qubits, to_angle)
        case PauliEvolutionGate():
            return _evolution(builder, operation, qubits, to_angle)
        case PauliGate():
            for q, letter in zip(qubits, reversed(operation.params[0].lower()), strict=True):
                if letter != "i":
                    builder.one_qubit_gate(q, matrix2.FIXED[letter])
            return True
        case DiagonalGate():
            _diagonal(builder, qubits, np.angle(np.asarray(operation.params, dtype=np.complex128)))
            return True
        case PermutationGate():
            _permute(builder, qubits, [int(i) for i in operation.pattern])
            return True
        case Gate() if operation.name == "pauli_product_rotation":  # of Qiskit >= 2.6
            pauli = operation.pauli()  # its sign is in the angle
            letters = "".join("izxy"[z + 2 * x] for z, x in zip(pauli.z.astype(int), pauli.x.astype(int), strict=True))
            _pauli(builder, qubits, letters, to_angle(operation.params[0]))
            return True
        case Gate() if operation.name in RULES and is_standard(operation):
            RULES[operation.name](builder, qubits, [to_angle(p) for p in operation.params])
            return True
        case Gate() if len(qubits) <= 2:
            return _small(builder, operation, qubits)
    return False


class Unmodified(NamedTuple):
    """An annotated operation, taken apart.

    ``base``, raised to each of ``powers`` in turn, where controls hold ``pattern``. An inverse is the power -1.
    """

    base: Any
    powers: tuple[float, ...]
    pattern: tuple[int, ...]


def unmodified(operation: AnnotatedOperation) -> Unmodified:
    """An annotated operation without its modifiers; the outermost control comes first.

    Controls may be taken out first, since inverses and powers act on what is controlled: (controlled U)^p is
    controlled (U^p).
    """
    base: Any = operation
    pattern: tuple[int, ...] = ()
    powers: tuple[float, ...] = ()
    while isinstance(base, AnnotatedOperation):
        for modifier in reversed(base.modifiers):
            match modifier:
                case InverseModifier():
                    powers = (-1.0, *powers)
                case PowerModifier():
                    powers = (float(modifier.power), *powers)
                case ControlModifier():
                    pattern += tuple([modifier.ctrl_state >> i & 1 for i in range(modifier.num_ctrl_qubits)])
                case _:
                    raise CircuitError(f"the modifier {modifier} is not supported")
        base = base.base_op
    while isinstance(base, ControlledGate) and (parts := controls_of(base)) is not None:
        base, inner = parts
        pattern += inner
    return Unmodified(base, powers, pattern)


def controls_of(gate: ControlledGate) -> tuple[Gate, tuple[int, ...]] | None:
    """What a controlled gate controls, and the pattern of its controls; None if only its definition says that.

    Several layers of controls are taken off together. Ancillas, and phases that the base gate leaves out (those of
    ``CUGate``), are in the definition alone.
    """
    base, pattern = gate, tuple[int, ...]()
    while isinstance(base, ControlledGate) and not isinstance(base, CUGate):
        if base.num_qubits != base.num_ctrl_qubits + base.base_gate.num_qubits:
            break
        if isinstance(base.base_gate, UGate) and len(base.base_gate.params) != 3:
            break  # Qiskit gives a further controlled CUGate a "u" with four angles as its base
        pattern += tuple([base.ctrl_state >> i & 1 for i in range(base.num_ctrl_qubits)])
        base = base.base_gate
    return (base, pattern) if pattern else None


def _controlled(builder: PrimitiveBuilder, gate: ControlledGate, qubits: tuple[int, ...], to_angle: ToAngle) -> bool:
    """Controls on a one-qubit gate or a SWAP of Qiskit's own, any control state.

    A gate is what its class says, never what its name says: anybody may call a gate ``t``.
    """
    parts = controls_of(gate)
    if parts is None:
        return False
    base, pattern = parts
    if isinstance(base, SwapGate):
        builder.controlled_swap(qubits[: len(pattern)], pattern, qubits[-2], qubits[-1])
        return True
    if base.num_qubits != 1:
        return False
    controls, target = qubits[: len(pattern)], qubits[-1]
    if not is_standard(base):
        matrix = _matrix(base) if isinstance(base, UnitaryGate) else None
        if matrix is None:
            return False
        builder.controlled(controls, pattern, target, matrix2.from_array(matrix2.nearest_unitary(matrix)))
        return True
    angles = [to_angle(p) for p in base.params]
    if base.name in ("rx", "ry", "rz"):
        builder.controlled_rotation(controls, pattern, target, base.name[1], angles[0])
    elif base.name in ("p", "u1"):
        builder.controlled_phase(qubits, angles[0], (*pattern, 1))
    elif base.name in matrix2.FIXED:
        builder.controlled(controls, pattern, target, matrix2.FIXED[base.name])
    elif all(isinstance(angle, float) for angle in angles):
        builder.controlled(controls, pattern, target, matrix2.from_array(_matrix(base)))
    else:
        return False
    return True


def is_standard(gate: Any) -> bool:
    """True for a gate of Qiskit's own standard library, whatever it is called."""
    return getattr(gate, "_standard_gate", None) is not None


def _matrix(gate: Gate) -> Any:
    """Matrix of a gate: its own, or that of its definition."""
    from qiskit.quantum_info import Operator

    try:
        return gate.to_matrix()
    except QiskitError:
        return Operator(gate).data


def _small(builder: PrimitiveBuilder, gate: Gate, qubits: tuple[int, ...]) -> bool:
    """A gate on one or two qubits that knows its matrix."""
    try:
        unitary = matrix2.nearest_unitary(np.asarray(gate.to_matrix(), dtype=np.complex128))
    except (QiskitError, TypeError, AttributeError):
        return False
    if len(qubits) == 1:
        builder.one_qubit_gate(qubits[0], matrix2.from_array(unitary))
        return True
    if len(qubits) != 2:
        return False
    swapped = unitary.reshape(2, 2, 2, 2).transpose(1, 0, 3, 2).reshape(4, 4)  # Qiskit's first qubit is the last factor
    found = decompose_any(swapped)
    if found is None:
        return False
    for q, local in zip(qubits, found.before, strict=True):
        builder.change_basis(q, local)
    for axis, angle in found.rotations:
        builder.pauli_rotation(qubits, axis * 2, angle)
    after = found.after
    if not builder.certain:  # undo the change of basis always, and do the rest where it is to happen
        for q, local in zip(qubits, found.before, strict=True):
            builder.change_basis(q, matrix2.dagger(local))
        after = (matrix2.multiply(after[0], found.before[0]), matrix2.multiply(after[1], found.before[1]))
    for q, local in zip(qubits, after, strict=True):
        builder.one_qubit_gate(q, local)
    builder.add_global_phase(found.phase)
    return True


def _evolution(builder: PrimitiveBuilder, gate: PauliEvolutionGate, qubits: tuple[int, ...], to_angle: ToAngle) -> bool:
    """exp(-i t H) exactly if the terms of H commute."""
    operators = gate.operator if isinstance(gate.operator, list) else [gate.operator]
    if not all(isinstance(o, SparsePauliOp) for o in operators):
        return False
    if not all(_commuting(o) for o in operators):
        return False
    time = gate.params[0]
    for operator in operators:
        for pauli, where, weight in operator.to_sparse_list():
            if isinstance(weight, complex | np.complexfloating):
                weight = float(weight.real)
            _pauli(builder, tuple([qubits[i] for i in where]), pauli.lower(), to_angle(time * weight * 2.0))
    return True


def _pauli(builder: PrimitiveBuilder, qubits: tuple[int, ...], letters: str, angle: Angle) -> None:
    """exp(-i angle/2 P) for a product of letters i, x, y, z, one per qubit."""
    where = [(q, letter) for q, letter in zip(qubits, letters, strict=True) if letter != "i"]
    if where:
        builder.pauli_rotation(tuple([q for q, _ in where]), "".join(letter for _, letter in where), angle)
    else:
        builder.add_global_phase(-angle / 2)


def _permute(builder: PrimitiveBuilder, qubits: tuple[int, ...], pattern: list[int]) -> None:
    """Swaps that bring the state of qubit ``pattern[i]`` to qubit i."""
    at = list(range(len(qubits)))
    for target, wanted in enumerate(pattern):
        place = at.index(wanted)
        if place != target:
            builder.swap(qubits[place], qubits[target])
            at[place], at[target] = at[target], at[place]


def _commuting(operator: SparsePauliOp) -> bool:
    """True if all terms of an operator commute."""
    return len(operator) == 1 or len(operator.paulis.group_commuting()) == 1


def _diagonal(builder: PrimitiveBuilder, qubits: tuple[int, ...], phases: NDArray[np.float64]) -> None:
    """diag(exp(i phases)) by its Walsh transform: one rotation per parity; or few phases on basis states, if fewer."""
    walsh = phases.copy()
    for bit in range(len(qubits)):
        even = walsh.reshape(-1, 2, 1 << bit)
        walsh = np.stack([even[:, 0] + even[:, 1], even[:, 0] - even[:, 1]], axis=1).reshape(-1)
    walsh /= len(phases)
    members = [[q for i, q in enumerate(qubits) if index >> i & 1] for index in range(len(phases))]
    noise = 1e-15 * len(phases)
    wide = sum(abs(w) > noise and len(m) > 1 for w, m in zip(walsh, members, strict=True))
    common = phases[np.argmax([np.sum(np.abs(phases - p) < noise) for p in phases])]
    odd = [i for i, p in enumerate(phases) if abs(p - common) > noise]
    if len(odd) < wide:
        builder.add_global_phase(float(common))
        for index in odd:
            pattern = tuple([index >> i & 1 for i in range(len(qubits))])
            builder.controlled_phase(qubits, matrix2.wrap(float(phases[index] - common)), pattern)
        return
    for weight, member in zip(walsh, members, strict=True):
        if abs(weight) > noise:
            builder.parity_rotation(tuple(member), -2 * float(weight))
