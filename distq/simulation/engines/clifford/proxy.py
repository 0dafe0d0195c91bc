"""A Clifford proxy of a program that is too large to simulate: the same protocols and noise around rounded gates."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import stim

from distq.ir.program import Kind, Matrix, Operation, Program
from distq.simulation.engines.clifford import clifford
from distq.simulation.execution import Execution
from distq.simulation.noise.matrices import local_matrix, number
from distq.simulation.result import EngineOptions, MeanWithError
from distq.simulation.statevector.input_states import input_states

INPUTS = ("zero", "stabilizer", "stabilizer")
MOST_STEPS = 300_000
"""Reduced steps up to which a proxy is made: beyond them stim's error model takes minutes."""


def clifford_proxy(execution: Execution, options: EngineOptions) -> MeanWithError | None:
    """State fidelity of the proxy, mean over INPUTS.

    It tells how much of the noise a circuit of this shape turns into errors. It is not the fidelity of the program:
    rotations by small angles are rounded to none, and so spread no fault.

    Returns
    -------
    MeanWithError or None
        None with measurements inside, noise that is no Pauli channel, or more than MOST_STEPS.
    """
    reduced = execution.copy_program
    if (
        not execution.unitary
        or execution.frame_program.has_non_pauli_noise
        or len(reduced.ops) + len(reduced.fault_sites) > MOST_STEPS
    ):
        return None
    rounded = Execution(replace(reduced, program=round_program(reduced.program)), execution.idle_times)
    states = input_states(INPUTS, execution.qubits, options.seed, reduced.program.ancillas)
    found = clifford.estimate_fidelity(rounded, states, options).fidelities
    stderr = math.sqrt(sum(value.stderr**2 for value in found)) / len(found)
    return MeanWithError(sum(value.mean for value in found) / len(found), stderr)


def round_program(program: Program) -> Program:
    """Every gate replaced by the nearest Clifford gate; phases on three and more qubits by none."""
    return replace(program, operations=tuple([_round(op) for op in program.operations]))


def _round(op: Operation) -> Operation:
    """The nearest Clifford operation."""
    match op.kind:
        case Kind.LOCAL:
            return replace(op, factors=(_nearest(local_matrix(op.factors)),))
        case Kind.ROTATION:
            return replace(op, angle=round(number(op.angle) / (math.pi / 2)) * math.pi / 2)
        case Kind.PHASE:
            return replace(op, angle=0.0)
        case _:
            return op


def _nearest(matrix: Matrix) -> Matrix:
    """The one-qubit Clifford gate of the largest overlap |tr(C^-1 U)|."""
    return max(_cliffords(), key=lambda gate: float(abs(np.vdot(gate, matrix))))


@lru_cache(maxsize=1)
def _cliffords() -> tuple[Matrix, ...]:
    """The one-qubit Clifford gates, by stim's names."""
    found = []
    for name, data in sorted(stim.gate_data().items()):
        if data.is_unitary and data.is_single_qubit_gate:
            matrix = np.asarray(data.unitary_matrix, dtype=np.complex128)
            # stim has single precision; entries are 0 or have modulus 1, 1/sqrt(2) and a phase of a multiple of pi/4.
            modulus = np.sqrt(np.round(2 * np.abs(matrix) ** 2) / 2)
            phase = np.exp(1j * np.pi / 4 * np.round(np.angle(matrix) / (np.pi / 4)))
            found.append((name, modulus * phase))
    return tuple([matrix for _, matrix in found])
