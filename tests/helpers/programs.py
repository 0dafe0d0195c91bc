"""Random programs in normal form."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from distq.ir.program import Condition, Kind, Matrix, Operation, Program


def random_unitary(rng: Generator) -> Matrix:
    """Haar-random 2x2 unitary."""
    z = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    q, r = np.linalg.qr(z)
    return np.asarray(q * (np.diag(r) / np.abs(np.diag(r))), dtype=np.complex128)


def random_program(
    rng: Generator,
    qubits: int,
    operations: int,
    *,
    clbits: int = 0,
    measure: float = 0.0,
    reset: float = 0.0,
    condition: float = 0.0,
    local: float = 0.35,
    phase: float = 0.1,
    x_block: float = 0.0,
    final_measure: bool = False,
) -> Program:
    """Random program in normal form.

    ``measure``, ``reset``, ``local``, ``phase`` are the shares of operations of these kinds (the rest are rotations on
    two or three qubits, one in eight a conditioned rotation of one qubit if conditions are asked for); ``condition`` is
    the share of operations that get a classical condition. ``x_block`` is the share of draws that add an X-block, now
    and then with something else between its operations. ``final_measure`` measures every qubit at the end into a
    bit of its own, after the ``clbits`` others.
    """
    total = clbits + (qubits if final_measure else 0)
    ops: list[Operation] = []
    just_local = [False] * qubits
    while len(ops) < operations:
        if x_block and rng.random() < x_block:
            target = int(rng.integers(qubits))
            if not just_local[target]:
                ops += _random_x_block(rng, qubits, target)
                just_local = [False] * qubits
                just_local[target] = True
            continue
        op = _random_operation(rng, qubits, clbits, (measure, reset, local, phase), condition)
        plain_local = op.kind is Kind.LOCAL and op.condition is None
        if plain_local and just_local[op.qubits[0]]:
            continue
        for q in op.qubits:
            just_local[q] = plain_local
        ops.append(op)
    if final_measure:
        ops += [Operation(Kind.MEASURE, (q,), clbit=clbits + q) for q in range(qubits)]
    output = tuple(int(i) for i in rng.permutation(qubits))
    registers = (("c", tuple(range(total))),) if total else ()
    return Program("random", qubits, total, tuple(ops), output, registers)


def _random_x_block(rng: Generator, qubits: int, target: int) -> list[Operation]:
    """An X-block: any gate that turns Z to X or Y, CX up to phases, and what makes a permutation of the whole."""
    z_phase = np.diag(np.exp(1j * rng.uniform(-3, 3, size=2)))
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    first = np.diag([1, 1j ** int(rng.integers(4))]) @ hadamard @ z_phase
    angles = [float(rng.choice([-3, -1, 1, 3])) * np.pi / 2 for _ in range(int(rng.integers(1, 4)))]
    ops = [Operation(Kind.LOCAL, (target,), factors=(first,))]
    others = [q for q in range(qubits) if q != target]
    for angle in angles:
        other = int(rng.choice(others))
        ops.append(Operation(Kind.ROTATION, (target, other) if rng.random() < 0.5 else (other, target), angle=angle))
        if rng.random() < 0.3 and qubits > 2:
            ops.append(Operation(Kind.LOCAL, (other,), factors=(random_unitary(rng),)))
    left = np.diag(np.exp([-0.5j * sum(angles), 0.5j * sum(angles)]))
    permutation = np.diag(np.exp(1j * rng.uniform(-3, 3, size=2)))[:, :: int(rng.choice([-1, 1]))]
    last = permutation @ first.conj().T @ left.conj().T
    return [*ops, Operation(Kind.LOCAL, (target,), factors=(last,))]


def _random_operation(
    rng: Generator, qubits: int, clbits: int, shares: tuple[float, float, float, float], condition: float
) -> Operation:
    when = _random_condition(rng, clbits) if clbits and rng.random() < condition else None
    measure, reset, local, phase = shares
    draw = rng.random()
    one = (int(rng.integers(qubits)),)
    if clbits and draw < measure:
        return Operation(Kind.MEASURE, one, clbit=int(rng.integers(clbits)), condition=when)
    if draw < measure + reset:
        return Operation(Kind.RESET, one, condition=when)
    if draw < measure + reset + local or qubits == 1:
        return Operation(Kind.LOCAL, one, factors=(random_unitary(rng),), condition=when)
    angle = float(rng.uniform(-3, 3))
    order = [int(q) for q in rng.permutation(qubits)]
    if draw < measure + reset + local + phase and qubits > 2:
        width = int(rng.integers(3, min(qubits, 4) + 1))
        pattern = tuple(int(b) for b in rng.integers(0, 2, size=width))
        return Operation(Kind.PHASE, tuple(order[:width]), angle=angle, pattern=pattern, condition=when)
    width = 3 if qubits > 2 and rng.random() < 0.2 else 2
    if when is not None and rng.random() < 0.5:
        width = 1
    return Operation(Kind.ROTATION, tuple(order[:width]), angle=angle, condition=when)


def _random_condition(rng: Generator, clbits: int) -> Condition:
    width = int(rng.integers(1, min(clbits, 2) + 1))
    bits = tuple(int(b) for b in rng.permutation(clbits)[:width])
    return Condition(bits, int(rng.integers(2**width)), bool(rng.random() < 0.2))
