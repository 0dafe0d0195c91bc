"""Compiled kernels that run programs on state vectors: ops as arrays, forwards, backwards, and with faults."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.simulation.reduction.faults import PAULI
from distq.simulation.statevector.kernels import (
    Floats,
    Ints,
    State,
    apply_1q,
    copy,
    overlap,
    pauli,
    phase,
    project,
    rotate,
)
from distq.simulation.statevector.trajectory_batch import TrajectoryBatch
from distq.util.jit import njit

LOCAL, ROTATION, PHASE, PROJECT, RESET, BRANCH, TRACE = range(7)
"""Kinds of op."""

OP = np.dtype(
    [
        ("kind", np.int64),
        ("qubit", np.int64),
        ("mask", np.int64),
        ("value", np.int64),
        ("angle", np.float64),
        ("m00", np.complex128),
        ("m01", np.complex128),
        ("m10", np.complex128),
        ("m11", np.complex128),
        ("first_condition", np.int64),
        ("last_condition", np.int64),
        ("negate", np.int64),
        ("clbit", np.int64),
    ],
    align=True,
)
"""An op of a program.

``qubit`` is the line of all but ROTATION and PHASE; a matrix of entries m00, m01, m10, m11 acts on it. LOCAL multiplies
by the matrix. ROTATION is exp(-i angle/2 Z x ... x Z) on the qubits of ``mask``. PHASE is exp(i angle) where the bits
of ``mask`` are ``value``. PROJECT and RESET project on ``value``, and RESET leaves |0>.

Rows behind those of the ops are Kraus operators. BRANCH multiplies by the matrix in row ``value`` + (inversion >> 1),
each divided by the root of the probability with which it is drawn, with |0> and |1> exchanged if the lowest bit of the
inversion is 1. TRACE is one of the rows ``value`` to ``mask`` - 1, drawn with the probability that the state gives it,
and then the Pauli X^mask Z^value of that row.

The op happens if the conditions ``first_condition`` to ``last_condition`` - 1 hold, or with ``negate``, unless they do.
A PROJECT writes its outcome to ``clbit``.
"""

CONDITION = np.dtype([("clbit", np.int64), ("wanted", np.int64)], align=True)
"""A classical bit, and the value that it must have."""

Ops: TypeAlias = NDArray[np.void]
"""Array of OP."""


@njit
def step(state: State, ops: Ops, k: int, inversion: int) -> None:
    """Op number ``k``, its operands inverted by ``inversion`` (``x`` of a ``FaultEvent``)."""
    op = ops[k]
    if op.kind == LOCAL:
        apply_1q(state, op.qubit, op.m00, op.m01, op.m10, op.m11)
    elif op.kind == ROTATION:
        rotate(state, op.mask, -op.angle if inversion else op.angle)
    elif op.kind == PHASE:
        phase(state, op.mask, op.value ^ inversion, op.angle)
    elif op.kind == BRANCH:
        m = ops[op.value + (inversion >> 1)]
        if inversion & 1:
            apply_1q(state, op.qubit, m.m11, m.m10, m.m01, m.m00)
        else:
            apply_1q(state, op.qubit, m.m00, m.m01, m.m10, m.m11)
    else:
        project(state, op.qubit, op.value ^ inversion, op.kind == RESET)


@njit
def step_back(state: State, ops: Ops, k: int, inversion: int) -> None:
    """The inverse of :func:`step`, for all ops but measurements and resets."""
    op = ops[k]
    if op.kind == BRANCH:
        m = ops[op.value + (inversion >> 1)]
        scale = 1.0 / (m.m00 * m.m11 - m.m01 * m.m10)
        if inversion & 1:
            apply_1q(state, op.qubit, scale * m.m00, -scale * m.m10, -scale * m.m01, scale * m.m11)
        else:
            apply_1q(state, op.qubit, scale * m.m11, -scale * m.m01, -scale * m.m10, scale * m.m00)
    elif op.kind == LOCAL:
        apply_1q(state, op.qubit, np.conj(op.m00), np.conj(op.m10), np.conj(op.m01), np.conj(op.m11))
    elif op.kind == ROTATION:
        rotate(state, op.mask, op.angle if inversion else -op.angle)
    else:
        phase(state, op.mask, op.value ^ inversion, -op.angle)


@njit
def step_adjoint(state: State, ops: Ops, k: int, inversion: int) -> None:
    """The adjoint of :func:`step`, for all ops but measurements and resets: the inverse, where they are unitary."""
    op = ops[k]
    if op.kind == BRANCH:
        m = ops[op.value + (inversion >> 1)]
        if inversion & 1:
            apply_1q(state, op.qubit, np.conj(m.m11), np.conj(m.m01), np.conj(m.m10), np.conj(m.m00))
        else:
            apply_1q(state, op.qubit, np.conj(m.m00), np.conj(m.m10), np.conj(m.m01), np.conj(m.m11))
    else:
        step_back(state, ops, k, inversion)


@njit
def run(state: State, ops: Ops, start: int, end: int) -> None:
    """Ops ``start`` to ``end`` - 1; backwards, inverted, if ``end`` < ``start``."""
    for k in range(start, end):
        step(state, ops, k, 0)
    for k in range(start - 1, end - 1, -1):
        step_back(state, ops, k, 0)


@njit
def run_adjoint(state: State, ops: Ops, start: int, end: int) -> None:
    """Adjoints of ops ``start`` - 1 down to ``end``."""
    for k in range(start - 1, end - 1, -1):
        step_adjoint(state, ops, k, 0)


@njit
def leave(psi: State, phi: State, ops: Ops, now: int, place: int) -> int:
    """Take the state without faults from place ``now`` to ``place`` and copy it to ``phi``; returns ``place``."""
    run(psi, ops, now, place)
    copy(psi, phi)
    return place


@njit
def sweep(psi: State, ops: Ops, marks: Ints, checkpoints: State, batch: TrajectoryBatch, out: Floats) -> None:
    """Overlap probabilities of trajectories with the noiseless output.

    ``psi`` is the input; ``checkpoints[c]`` is the noiseless output taken back to op ``marks[c]`` by the adjoints of
    the ops. Trajectory t leaves the run without faults before op ``first[t]``, has its last event before or at op
    ``last[t]``, and is compared at the next mark.
    """
    phi = np.empty_like(psi)
    first, last, pointer = batch.first, batch.last, batch.pointer
    at, kind, x, z = batch.at, batch.kind, batch.x, batch.z
    now = 0
    for t in range(first.size):
        now = leave(psi, phi, ops, now, first[t])
        c = np.searchsorted(marks, last[t])
        e = pointer[t]
        for k in range(now, marks[c] + 1):
            inversion = 0
            while e < pointer[t + 1] and at[e] == k:
                if kind[e] == PAULI:
                    pauli(phi, x[e], z[e])
                else:
                    inversion ^= x[e]
                e += 1
            if k < marks[c]:
                step(phi, ops, k, inversion)
        amplitude = overlap(checkpoints[c], phi)
        out[t] = amplitude.real**2 + amplitude.imag**2
