"""Compiled kernels for trajectories with measurements, resets and conditions inside."""

from __future__ import annotations

from typing import Any

import numpy as np

from distq.simulation.statevector.kernels import (
    BRANCH,
    PROJECT,
    RESET,
    TRACE,
    Floats,
    Ints,
    State,
    apply_1q,
    pauli,
    run,
    step,
)
from distq.util.jit import njit

UNCONDITIONAL = -1
"""Stands in ``when`` for an event that happens whatever the classical bits are."""


@njit
def holds(bits: Any, number: int, start: Ints, clbit: Ints, wanted: Ints, negate: Ints) -> bool:
    """True if condition ``number`` holds: its bits are as ``wanted``, or, with ``negate``, not all of them are."""
    equal = True
    for k in range(start[number], start[number + 1]):
        if bits[clbit[k]] != wanted[k]:
            equal = False
    inverted: bool = negate[number] == 1
    return equal != inverted


@njit
def collapse(state: State, qubit: int, uniform: float) -> int:
    """Measure ``qubit``: its outcome, drawn with a uniform random number; the state is projected and normalised."""
    step = 1 << qubit
    one = 0.0
    total = 0.0
    for i in range(state.size):
        p = state[i].real ** 2 + state[i].imag ** 2
        total += p
        if i & step:
            one += p
    outcome = 1 if uniform * total < one else 0
    scale = 1.0 / np.sqrt(one if outcome else total - one)
    for i in range(state.size):
        state[i] *= scale if (i & step != 0) == (outcome == 1) else 0.0
    return outcome


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
def norm(state: State) -> float:
    """<state|state>."""
    total = 0.0
    for i in range(state.size):
        total += state[i].real ** 2 + state[i].imag ** 2
    return total


@njit
def jump(phi: State, k: int, toggle: int, uniform: float, arrays: Any) -> bool:
    """The Kraus operator of BRANCH k that ``toggle`` proposes, with the probability that the state gives it.

    If not, the first one is applied, and False returned.
    """
    trial = phi.copy()
    step(trial, k, toggle, *arrays)
    if uniform * norm(phi) < norm(trial):
        phi[:] = trial
        return True
    step(phi, k, toggle & 1, *arrays)
    return False


@njit
def discard(phi: State, qubit: int, first: int, end: int, uniform: float, x: Ints, z: Ints, matrix: State) -> None:
    """One of the Kraus operators ``first`` to ``end`` - 1 on ``qubit``, drawn as the state has it, and its Pauli."""
    left = uniform * norm(phi)
    trial = np.empty_like(phi)
    found = 1.0
    row = first
    for row in range(first, end):
        trial[:] = phi
        apply_1q(trial, qubit, matrix[row, 0], matrix[row, 1], matrix[row, 2], matrix[row, 3])
        found = norm(trial)
        left -= found
        if left < 0.0 or row == end - 1:
            break
    pauli(trial, x[row], z[row])
    phi[:] = trial / np.sqrt(found)


@njit
def follow(
    phi: State,
    now: int,
    at: Ints,
    what: Ints,
    x: Ints,
    z: Ints,
    when: Ints,
    owner: Ints,
    luck: Floats,
    uniforms: Floats,
    bits: Any,
    start: Ints,
    clbit: Ints,
    wanted: Ints,
    negate: Ints,
    written: Ints,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> None:
    """One trajectory from place ``now`` to the end, with its events; see :func:`shoot`."""
    ops = kind.size
    arrays = (kind, qubit, mask, value, angle, matrix)
    happens = np.ones(ops + 1, dtype=np.bool_)
    dead = np.zeros(at.size, dtype=np.bool_)
    e = draw = 0
    for k in range(now, ops + 1):
        toggle = 0
        proposed = -1
        if k < ops:
            happens[k] = holds(bits, k, start, clbit, wanted, negate)
        while e < at.size and at[e] == k:
            if not dead[e] and (when[e] == UNCONDITIONAL or happens[when[e]]):
                if what[e] == 0:
                    pauli(phi, x[e], z[e])
                else:
                    toggle ^= x[e]
                    if kind[k] == BRANCH and x[e] > 1:
                        proposed = e
            e += 1
        if k == ops or not happens[k]:
            continue
        if kind[k] == PROJECT or kind[k] == RESET:
            outcome = collapse(phi, qubit[k], uniforms[draw])
            draw += 1
            if kind[k] == PROJECT:
                bits[written[k]] = outcome ^ toggle
            elif outcome == 1:
                pauli(phi, 1 << qubit[k], 0)
        elif kind[k] == TRACE:
            discard(phi, qubit[k], value[k], mask[k], uniforms[draw], mask, value, matrix)
            draw += 1
        elif proposed >= 0:
            if not jump(phi, k, toggle, luck[proposed], arrays):
                dead |= owner == owner[proposed]
        else:
            step(phi, k, toggle, kind, qubit, mask, value, angle, matrix)


@njit
def shoot(
    psi: State,
    first: Ints,
    pointer: Ints,
    at: Ints,
    what: Ints,
    x: Ints,
    z: Ints,
    when: Ints,
    owner: Ints,
    luck: Floats,
    uniforms: Floats,
    bits: Any,
    index: Ints,
    start: Ints,
    clbit: Ints,
    wanted: Ints,
    negate: Ints,
    written: Ints,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> None:
    """Runs to the end, measurements inside included.

    As :func:`distq.simulation.statevector.kernels.sweep`, but every trajectory t runs to the end: its classical bits
    are left in ``bits[t]`` and a basis state drawn from its final state in ``index[t]``. Op k happens if condition k
    holds (``start``, ``clbit``, ``wanted``, ``negate``), an event e only if op ``when[e]`` did or does, or always.
    A measurement writes bit ``written[k]``. ``uniforms[t]`` has one number for each measurement, reset and TRACE, and
    one for the last draw. An event that proposes a Kraus operator is accepted with a probability that the state
    decides, by ``luck[e]``; otherwise all events of its fault ``owner[e]`` are left out.
    """
    phi = np.empty_like(psi)
    now = 0
    for t in range(first.size):
        run(psi, now, first[t], kind, qubit, mask, value, angle, matrix)
        now = first[t]
        phi[:] = psi
        events = slice(pointer[t], pointer[t + 1])
        chances = luck[events] if luck.size else luck
        one = at[events], what[events], x[events], z[events], when[events], owner[events], chances, uniforms[t], bits[t]
        follow(phi, now, *one, start, clbit, wanted, negate, written, kind, qubit, mask, value, angle, matrix)
        index[t] = pick(phi, uniforms[t, -1])


@njit
def select(state: State, qubit: int, outcome: int) -> float:
    """Project ``qubit`` on ``outcome`` and normalise; the probability of it, and the state left alone if that is 0."""
    step = 1 << qubit
    found = total = 0.0
    for i in range(state.size):
        p = state[i].real ** 2 + state[i].imag ** 2
        total += p
        if (i & step != 0) == (outcome == 1):
            found += p
    if found < 1e-12 * total:
        return 0.0
    scale = 1.0 / np.sqrt(found)
    for i in range(state.size):
        state[i] *= scale if (i & step != 0) == (outcome == 1) else 0.0
    return found / total


@njit
def replay(
    chi: State,
    bits: Any,
    start: Ints,
    clbit: Ints,
    wanted: Ints,
    negate: Ints,
    written: Ints,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> float:
    """The noiseless run that reads ``bits``; its probability. Every reset qubit must be in a basis state."""
    known = np.zeros_like(bits)
    chance = 1.0
    for k in range(kind.size):
        if not holds(known, k, start, clbit, wanted, negate):
            continue
        if kind[k] == PROJECT:
            known[written[k]] = bits[written[k]]
            chance *= select(chi, qubit[k], bits[written[k]])
            if chance == 0.0:
                return 0.0
        elif kind[k] == RESET:
            if collapse(chi, qubit[k], 0.5) == 1:
                pauli(chi, 1 << qubit[k], 0)
        else:
            step(chi, k, 0, kind, qubit, mask, value, angle, matrix)
    for b in range(bits.size):
        if bits[b] != known[b]:
            return 0.0
    return chance


@njit
def joint(
    psi: State,
    first: Ints,
    pointer: Ints,
    at: Ints,
    what: Ints,
    x: Ints,
    z: Ints,
    when: Ints,
    owner: Ints,
    luck: Floats,
    uniforms: Floats,
    bits: Any,
    out: Floats,
    kept: State,
    perfect: Any,
    start: Ints,
    clbit: Ints,
    wanted: Ints,
    negate: Ints,
    written: Ints,
    kind: Any,
    qubit: Ints,
    mask: Ints,
    value: Ints,
    angle: Floats,
    matrix: State,
) -> None:
    """Trajectories compared with the noiseless run that reads the same bits.

    As :func:`shoot`, but ``out[t]`` gets the noiseless probability of ``bits[t]``, and the overlap probability of the
    final state with the noiseless one that goes with them. ``kept`` has room for a few of these, to be used again;
    ``perfect`` are the last arguments for the program without noise.
    """
    phi = np.empty_like(psi)
    holder = np.full(len(kept), -1)
    turn = 0
    begin = psi.copy()
    now = 0
    for t in range(first.size):
        run(psi, now, first[t], kind, qubit, mask, value, angle, matrix)
        now = first[t]
        phi[:] = psi
        events = slice(pointer[t], pointer[t + 1])
        chances = luck[events] if luck.size else luck
        one = at[events], what[events], x[events], z[events], when[events], owner[events], chances, uniforms[t], bits[t]
        follow(phi, now, *one, start, clbit, wanted, negate, written, kind, qubit, mask, value, angle, matrix)
        row = -1
        for r in range(len(kept)):
            if holder[r] >= 0 and np.array_equal(bits[holder[r]], bits[t]):
                row = r
        if row < 0:
            row, turn = turn, (turn + 1) % len(kept)
            holder[row] = t
            kept[row] = begin
            out[t, 0] = replay(kept[row], bits[t], *perfect)
        else:
            out[t, 0] = out[holder[row], 0]
        if out[t, 0] > 0.0:
            overlap = 0j
            for i in range(phi.size):
                overlap += kept[row, i].conjugate() * phi[i]
            out[t, 1] = (overlap.real**2 + overlap.imag**2) / norm(phi)
