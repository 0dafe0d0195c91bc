"""Compiled kernels on state vectors. All work in place on a contiguous complex array whose length is a power of two.

Bit q of an index is qubit q.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.util.jit import njit

State: TypeAlias = NDArray[np.complex128]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


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
def copy(source: State, target: State) -> None:
    """Copy a state; numba takes a second to compile ``target[:] = source``, with its checks of shapes."""
    for i in range(source.size):
        target[i] = source[i]


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
def weight(state: State, qubit: int, outcome: int) -> tuple[float, float]:
    """<state|P|state> with the projector of ``qubit`` on ``outcome``, and <state|state>."""
    step = 1 << qubit
    found = total = 0.0
    for i in range(state.size):
        p = state[i].real ** 2 + state[i].imag ** 2
        total += p
        if (i & step != 0) == (outcome == 1):
            found += p
    return found, total


@njit
def scale_outcome(state: State, qubit: int, outcome: int, found: float) -> None:
    """Project ``qubit`` on ``outcome``, of weight ``found``, and normalise."""
    step = 1 << qubit
    scale = 1.0 / np.sqrt(found)
    for i in range(state.size):
        state[i] *= scale if (i & step != 0) == (outcome == 1) else 0.0


@njit
def collapse(state: State, qubit: int, uniform: float) -> int:
    """Measure ``qubit``: its outcome, drawn with a uniform random number; the state is projected and normalised."""
    one, total = weight(state, qubit, 1)
    outcome = 1 if uniform * total < one else 0
    scale_outcome(state, qubit, outcome, one if outcome else total - one)
    return outcome


@njit
def select(state: State, qubit: int, outcome: int) -> float:
    """Project ``qubit`` on ``outcome`` and normalise; the probability of it, and the state left alone if that is 0."""
    found, total = weight(state, qubit, outcome)
    if found < 1e-12 * total:
        return 0.0
    scale_outcome(state, qubit, outcome, found)
    return found / total


@njit
def norm(state: State) -> float:
    """<state|state>."""
    total = 0.0
    for i in range(state.size):
        total += state[i].real ** 2 + state[i].imag ** 2
    return total


@njit
def pick(state: State, uniform: float) -> int:
    """An index drawn with probability proportional to |state|^2."""
    total = 0.0
    for i in range(state.size):
        total += state[i].real ** 2 + state[i].imag ** 2
    left = uniform * total
    for i in range(state.size):
        left -= state[i].real ** 2 + state[i].imag ** 2
        if left < 0.0:
            return i
    return state.size - 1


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
