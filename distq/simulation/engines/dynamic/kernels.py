"""Compiled kernels for runs with measurements, resets and conditions inside."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.simulation.reduction.faults import PAULI
from distq.simulation.statevector.kernels import (
    Floats,
    Ints,
    State,
    apply_1q,
    collapse,
    copy,
    norm,
    overlap,
    pauli,
    pick,
    select,
)
from distq.simulation.statevector.op_kernels import BRANCH, PROJECT, RESET, TRACE, Ops, leave, step
from distq.simulation.statevector.trajectory_batch import TrajectoryBatch
from distq.util.jit import njit

Bits: TypeAlias = NDArray[np.uint8]
Conditions: TypeAlias = NDArray[np.void]
"""Array of CONDITION."""

UNCONDITIONAL = -1
"""Stands in ``when`` for an event that happens whatever the classical bits are."""


class RunBatch(NamedTuple):
    """Events of a batch of runs and their random numbers.

    Attributes
    ----------
    events
        As in trajectories.
    when
        int64, per event: it happens only if this op does or did, or UNCONDITIONAL.
    acceptance
        float64, per event, empty if there are no BRANCH ops: a Kraus operator that the event proposes is accepted with
        a probability that the state decides, by this uniform random number; if not, no event of its fault happens.
    uniforms
        float64, (runs, draws): one for each measurement, reset and TRACE, and one for the basis state at the end.
    """

    events: TrajectoryBatch
    when: Ints
    acceptance: Floats
    uniforms: Floats


@njit
def holds(bits: Bits, op: Any, conditions: Conditions) -> bool:
    """True if an op happens given the bits so far."""
    equal = True
    for c in range(op.first_condition, op.last_condition):
        if bits[conditions[c].clbit] != conditions[c].wanted:
            equal = False
    inverted: bool = op.negate == 1
    return equal != inverted


@njit
def jump(phi: State, ops: Ops, k: int, inversion: int, uniform: float) -> bool:
    """The Kraus operator of BRANCH k that ``inversion`` proposes, with the probability that the state gives it.

    If not, the first one is applied, and False returned.
    """
    trial = phi.copy()
    step(trial, ops, k, inversion)
    if uniform * norm(phi) < norm(trial):
        copy(trial, phi)
        return True
    step(phi, ops, k, inversion & 1)
    return False


@njit
def discard(phi: State, ops: Ops, k: int, uniform: float) -> None:
    """One of the Kraus operators of TRACE k, drawn with the probability that the state gives it, and its Pauli."""
    op = ops[k]
    left = uniform * norm(phi)
    trial = np.empty_like(phi)
    found = 1.0
    row = op.value
    for row in range(op.value, op.mask):
        copy(phi, trial)
        apply_1q(trial, op.qubit, ops[row].m00, ops[row].m01, ops[row].m10, ops[row].m11)
        found = norm(trial)
        left -= found
        if left < 0.0 or row == op.mask - 1:
            break
    pauli(trial, ops[row].mask, ops[row].value)
    copy(trial / np.sqrt(found), phi)


@njit
def follow(
    phi: State, ops: Ops, conditions: Conditions, size: int, now: int, t: int, batch: RunBatch, bits: Bits
) -> None:
    """Run t of the ``size`` ops from place ``now`` to the end, with its events; its bits are left in ``bits``."""
    events, when, uniforms = batch.events, batch.when, batch.uniforms[t]
    at, kind, x, z, fault = events.at, events.kind, events.x, events.z, events.fault
    begin, end = events.pointer[t], events.pointer[t + 1]
    happens = np.ones(size + 1, dtype=np.bool_)
    dead = np.zeros(end - begin, dtype=np.bool_)
    e = begin
    draw = 0
    for k in range(now, size + 1):
        inversion = 0
        proposed = -1
        if k < size:
            happens[k] = holds(bits, ops[k], conditions)
        while e < end and at[e] == k:
            if not dead[e - begin] and (when[e] == UNCONDITIONAL or happens[when[e]]):
                if kind[e] == PAULI:
                    pauli(phi, x[e], z[e])
                else:
                    inversion ^= x[e]
                    if ops[k].kind == BRANCH and x[e] > 1:
                        proposed = e
            e += 1
        if k == size or not happens[k]:
            continue
        op = ops[k]
        if op.kind == PROJECT or op.kind == RESET:
            outcome = collapse(phi, op.qubit, uniforms[draw])
            draw += 1
            if op.kind == PROJECT:
                bits[op.clbit] = outcome ^ inversion
            elif outcome == 1:
                pauli(phi, 1 << op.qubit, 0)
        elif op.kind == TRACE:
            discard(phi, ops, k, uniforms[draw])
            draw += 1
        elif proposed >= 0:
            if not jump(phi, ops, k, inversion, batch.acceptance[proposed]):
                dead |= fault[begin:end] == fault[proposed]
        else:
            step(phi, ops, k, inversion)


@njit
def shoot(
    psi: State, ops: Ops, conditions: Conditions, size: int, batch: RunBatch, bits: Bits, basis_states: Ints
) -> None:
    """Runs to the end, measurements inside included.

    ``psi`` is the input, ``size`` the number of ops. Run t leaves its classical bits in ``bits[t]`` and a basis state
    drawn from its final state in ``basis_states[t]``.
    """
    phi = np.empty_like(psi)
    first = batch.events.first
    now = 0
    for t in range(first.size):
        now = leave(psi, phi, ops, now, first[t])
        follow(phi, ops, conditions, size, now, t, batch, bits[t])
        basis_states[t] = pick(phi, batch.uniforms[t, -1])


@njit
def _equal(one: Bits, other: Bits) -> bool:
    """True if all bits are equal."""
    equal = True
    for b in range(one.size):  # numba takes a second to compile np.array_equal
        if one[b] != other[b]:
            equal = False
    return equal


@njit
def replay(chi: State, ops: Ops, conditions: Conditions, size: int, bits: Bits) -> float:
    """The noiseless run that reads ``bits``; its probability. Every reset qubit must be in a basis state."""
    known = np.zeros_like(bits)
    probability = 1.0
    for k in range(size):
        op = ops[k]
        if not holds(known, op, conditions):
            continue
        if op.kind == PROJECT:
            known[op.clbit] = bits[op.clbit]
            probability *= select(chi, op.qubit, bits[op.clbit])
            if probability == 0.0:
                return 0.0
        elif op.kind == RESET:
            if collapse(chi, op.qubit, 0.5) == 1:
                pauli(chi, 1 << op.qubit, 0)
        else:
            step(chi, ops, k, 0)
    return probability if _equal(bits, known) else 0.0


class Perfect(NamedTuple):
    """The program without noise, and room for the final states of a few of its runs, to be used again."""

    ops: Ops
    conditions: Conditions
    size: int
    kept: State


@njit
def joint(
    psi: State,
    ops: Ops,
    conditions: Conditions,
    size: int,
    batch: RunBatch,
    bits: Bits,
    perfect: Perfect,
    out: Floats,
) -> None:
    """Runs compared with the noiseless run that reads the same bits.

    As :func:`shoot`, but ``out[t]`` gets the noiseless probability of ``bits[t]``, and the overlap probability of the
    final state with the noiseless one that goes with them.
    """
    phi = np.empty_like(psi)
    first, kept = batch.events.first, perfect.kept
    holder = np.full(len(kept), -1)
    turn = 0
    begin = psi.copy()
    now = 0
    for t in range(first.size):
        now = leave(psi, phi, ops, now, first[t])
        follow(phi, ops, conditions, size, now, t, batch, bits[t])
        row = -1
        for r in range(len(kept)):
            if holder[r] >= 0 and _equal(bits[holder[r]], bits[t]):
                row = r
        if row < 0:
            row, turn = turn, (turn + 1) % len(kept)
            holder[row] = t
            copy(begin, kept[row])
            out[t, 0] = replay(kept[row], perfect.ops, perfect.conditions, perfect.size, bits[t])
        else:
            out[t, 0] = out[holder[row], 0]
        if out[t, 0] > 0.0:
            amplitude = overlap(kept[row], phi)
            out[t, 1] = (amplitude.real**2 + amplitude.imag**2) / norm(phi)
