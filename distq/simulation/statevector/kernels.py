"""Compiled kernels on state vectors. All work in place on a contiguous complex array whose length is a power of two.

Bit q of an index is qubit q. ``.py_func`` of each function is its plain Python twin, with which tests compare it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.util.jit import njit

State: TypeAlias = NDArray[np.complex128]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


LOCAL, ROTATION, PHASE, PROJECT, RESET, BRANCH, TRACE = range(7)
"""Kinds of operation in the arrays of a :class:`distq.simulation.statevector.op_arrays.Flat`.

BRANCH multiplies ``qubit`` by the matrix in row ``value`` + (toggle >> 1); if the lowest bit of the toggle is 1, with
|0> and |1> exchanged. TRACE is one of the Kraus operators in the rows ``value`` to ``mask`` - 1, drawn with the
probability that the state gives it, then the Pauli X^mask Z^value of that row.
"""


@njit
def apply_1q(state: State, qubit: int, m00: complex, m01: complex, m10: complex, m11: complex) -> None:
    """2x2 matrix on one qubit."""
    step = 1 << qubit
    for base in range(0, state.size, 2 * step):
        for i in range(base, base + step):
            a = state[i]
            b = state[i + step]
            state[i] = m00 * a + m01 * b
            state[i + step] = m10 * a + m11 * b


@njit
def parity(x: int) -> int:
    """Parity of the number of ones of a 64-bit integer."""
    x ^= x >> 32
    x ^= x >> 16
    x ^= x >> 8
    x ^= x >> 4
    x ^= x >> 2
    x ^= x >> 1
    return x & 1


@njit
def rotate(state: State, mask: int, angle: float) -> None:
    """exp(-i angle/2 Z x ... x Z) on the qubits of ``mask``.

    Row p of the table holds the factors of a chunk whose higher index bits have parity p.
    """
    even = complex(np.cos(angle / 2), -np.sin(angle / 2))
    odd = complex(even.real, -even.imag)
    chunk = min(64, state.size)
    table = np.empty((2, chunk), dtype=state.dtype)
    for i in range(chunk):
        p = parity(i & mask)
        table[0, i] = odd if p else even
        table[1, i] = even if p else odd
    for base in range(0, state.size, chunk):
        row = table[parity(base & mask)]
        for i in range(chunk):
            state[base + i] *= row[i]


@njit
def phase(state: State, mask: int, value: int, angle: float) -> None:
    """exp(i angle) where the bits of ``mask`` are ``value``."""
    factor = complex(np.cos(angle), np.sin(angle))
    for i in range(state.size):
        if i & mask == value:
            state[i] *= factor


@njit
def pauli(state: State, x: int, z: int) -> None:
    """Z on the qubits of ``z``, then X on those of ``x``."""
    if x == 0:
        for i in range(state.size):
            if parity(i & z):
                state[i] = -state[i]
        return
    top = x & -x
    swap = parity(x & z)
    for i in range(state.size):
        if i & top == 0:
            j = i ^ x
            p = parity(i & z)
            a = -state[i] if p else state[i]
            b = -state[j] if p ^ swap else state[j]
            state[i] = b
            state[j] = a


@njit
def project(state: State, qubit: int, outcome: int, restore: bool) -> None:
    """Project ``qubit`` on ``outcome``; with ``restore`` it is |0> afterwards."""
    step = 1 << qubit
    for base in range(0, state.size, 2 * step):
        for i in range(base, base + step):
            if outcome == 0:
                state[i + step] = 0.0
            else:
                if restore:
                    state[i] = state[i + step]
                    state[i + step] = 0.0
                else:
                    state[i] = 0.0


@njit
def overlap(left: State, right: State) -> complex:
    """<left|right>."""
    re = 0.0
    im = 0.0
    for i in range(left.size):
        a = left[i]
        b = right[i]
        re += a.real * b.real + a.imag * b.imag
        im += a.real * b.imag - a.imag * b.real
    return complex(re, im)


@njit
def mix(source: State, out: State, flips: Ints, table: Floats, z0: int, z1: int) -> None:
    """Pauli channel on a density matrix: ``out[k] = sum_a table[a, d] source[k ^ flips[a]]``.

    ``flips`` are the index bits that each X part turns over, and d = d0 + 2 d1 with d0, d1 the parities of k on ``z0``
    and ``z1`` (a line's row and column bit), which give the signs of the Z parts.
    """
    for k in range(source.size):
        d = parity(k & z0) + 2 * parity(k & z1)
        total = table[0, d] * source[k]
        for a in range(1, flips.size):
            total += table[a, d] * source[k ^ flips[a]]
        out[k] = total


@njit
def step(
    state: State, k: int, toggle: int, kind: Any, qubit: Ints, mask: Ints, value: Ints, angle: Floats, matrix: State
) -> None:
    """Op number ``k`` of the arrays, its operands inverted by ``toggle`` (``x`` of a ``FaultEvent``)."""
    if kind[k] == LOCAL:
        apply_1q(state, qubit[k], matrix[k, 0], matrix[k, 1], matrix[k, 2], matrix[k, 3])
    elif kind[k] == ROTATION:
        rotate(state, mask[k], -angle[k] if toggle else angle[k])
    elif kind[k] == PHASE:
        phase(state, mask[k], value[k] ^ toggle, angle[k])
    elif kind[k] == BRANCH:
        m = matrix[value[k] + (toggle >> 1)]
        if toggle & 1:
            apply_1q(state, qubit[k], m[3], m[2], m[1], m[0])
        else:
            apply_1q(state, qubit[k], m[0], m[1], m[2], m[3])
    else:
        project(state, qubit[k], value[k] ^ toggle, kind[k] == RESET)


@njit
def step_back(
    state: State, k: int, toggle: int, kind: Any, qubit: Ints, mask: Ints, value: Ints, angle: Floats, matrix: State
) -> None:
    """The inverse of :func:`step`, for all ops but measurements and resets."""
    if kind[k] == BRANCH:
        m = matrix[value[k] + (toggle >> 1)]
        scale = 1.0 / (m[0] * m[3] - m[1] * m[2])
        if toggle & 1:
            apply_1q(state, qubit[k], scale * m[0], -scale * m[2], -scale * m[1], scale * m[3])
        else:
            apply_1q(state, qubit[k], scale * m[3], -scale * m[1], -scale * m[2], scale * m[0])
    elif kind[k] == LOCAL:
        m = matrix[k]
        apply_1q(state, qubit[k], np.conj(m[0]), np.conj(m[2]), np.conj(m[1]), np.conj(m[3]))
    elif kind[k] == ROTATION:
        rotate(state, mask[k], angle[k] if toggle else -angle[k])
    else:
        phase(state, mask[k], value[k] ^ toggle, -angle[k])


@njit
def step_adjoint(
    state: State, k: int, toggle: int, kind: Any, qubit: Ints, mask: Ints, value: Ints, angle: Floats, matrix: State
) -> None:
    """The adjoint of :func:`step`, for all ops but measurements and resets: the inverse, where they are unitary."""
    if kind[k] == BRANCH:
        m = matrix[value[k] + (toggle >> 1)]
        if toggle & 1:
            apply_1q(state, qubit[k], np.conj(m[3]), np.conj(m[1]), np.conj(m[2]), np.conj(m[0]))
        else:
            apply_1q(state, qubit[k], np.conj(m[0]), np.conj(m[2]), np.conj(m[1]), np.conj(m[3]))
    else:
        step_back(state, k, toggle, kind, qubit, mask, value, angle, matrix)


@njit
def run_adjoint(
    state: State,
    start: int,
    end: int,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> None:
    """Adjoints of ops ``start`` - 1 down to ``end``."""
    for k in range(start - 1, end - 1, -1):
        step_adjoint(state, k, 0, kind, qubit, mask, value, angle, matrix)


@njit
def run(
    state: State,
    start: int,
    end: int,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> None:
    """Ops ``start`` to ``end`` - 1; backwards, inverted, if ``end`` < ``start``."""
    for k in range(start, end):
        step(state, k, 0, kind, qubit, mask, value, angle, matrix)
    for k in range(start - 1, end - 1, -1):
        step_back(state, k, 0, kind, qubit, mask, value, angle, matrix)


@njit
def transition(left: State, right: State, low: int, high: int) -> State:
    """4x4 matrix sum over the other qubits of conj(left[a, rest]) right[b, rest]; a, b = bit low + 2 bit high."""
    out = np.zeros((4, 4), dtype=np.complex128)
    s0 = 1 << low
    s1 = 1 << high
    offsets = (0, s0, s1, s0 | s1)
    for i in range(left.size):
        if i & (s0 | s1) == 0:
            for a in range(4):
                u = np.conj(left[i | offsets[a]])
                for b in range(4):
                    out[a, b] += u * right[i | offsets[b]]
    return out


@njit
def pauli_overlap(left: State, right: State, x: int, z: int) -> complex:
    """<left| X^x Z^z |right>."""
    re = 0.0
    im = 0.0
    for i in range(left.size):
        a = left[i ^ x]
        b = right[i]
        if parity(i & z):
            b = -b
        re += a.real * b.real + a.imag * b.imag
        im += a.real * b.imag - a.imag * b.real
    return complex(re, im)


@njit
def sweep(
    psi: State,
    marks: Ints,
    checkpoints: State,
    first: Ints,
    last: Ints,
    pointer: Ints,
    at: Ints,
    what: Ints,
    x: Ints,
    z: Ints,
    out: Floats,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> None:
    """Overlap probabilities of trajectories with the noiseless output.

    ``psi`` is the input; ``checkpoints[c]`` is the noiseless output taken back to op ``marks[c]`` by the adjoints of
    the ops. Trajectory t leaves the run without faults before op ``first[t]`` (ascending in t), has its last event
    before or at op ``last[t]``, and is compared at the next mark. Its events are ``pointer[t]`` to
    ``pointer[t + 1]`` - 1, ascending in ``at``: a Pauli (``x``, ``z``) before an op (``what`` 0), or toggle ``x`` of
    the op itself (``what`` 1).
    """
    phi = np.empty_like(psi)
    now = 0
    for t in range(first.size):
        run(psi, now, first[t], kind, qubit, mask, value, angle, matrix)
        now = first[t]
        phi[:] = psi
        c = np.searchsorted(marks, last[t])
        e = pointer[t]
        for k in range(now, marks[c] + 1):
            toggle = 0
            while e < pointer[t + 1] and at[e] == k:
                if what[e] == 0:
                    pauli(phi, x[e], z[e])
                else:
                    toggle ^= x[e]
                e += 1
            if k < marks[c]:
                step(phi, k, toggle, kind, qubit, mask, value, angle, matrix)
        amplitude = overlap(checkpoints[c], phi)
        out[t] = amplitude.real**2 + amplitude.imag**2
