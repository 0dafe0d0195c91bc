"""Exact output of a program, as density matrices of its qubits for every value of its classical bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.density.evolution import Bits, Evolution
from distq.simulation.reduction.frame_program import FrameProgram
from distq.simulation.statevector.input_states import InputState

Complex = NDArray[np.complex128]


def elements(framed: FrameProgram) -> int:
    """Complex numbers in the largest density matrix of one branch."""
    return int(4**framed.lines * 2**framed.peak_frames)


def final_states(framed: FrameProgram, state: InputState, *, noisy: bool = True) -> dict[Bits, Complex]:
    """Exact output of a program.

    Returns
    -------
    dict
        Values of all classical bits (of measurements with an effect inside the program) -> unnormalised density matrix
        of shape (2**n, 2**n). The traces sum to 1.
    """
    evolution = Evolution(framed, state, noisy=noisy)
    evolution.run()
    side, kept = 2**framed.lines, 2**framed.program.num_qubits  # lines of copies are |0>
    return {bits: branch.rho.reshape(side, side).T[:kept, :kept] for bits, branch in evolution.branches.items()}


def fidelity(framed: FrameProgram, state: InputState, wanted: Complex | None = None) -> float:
    """Fidelity of the noisy with the noiseless joint state of classical bits and qubits, exact.

    It is (sum_c tr sqrt(sqrt(s_c) r_c sqrt(s_c)))^2 over values c of the classical bits, with unnormalised noiseless
    and noisy states s_c and r_c; <psi|r|psi> where there are no bits and s is pure.

    Parameters
    ----------
    framed
        The program.
    state
        Its input.
    wanted
        For a unitary program: another state vector to compare with; None: the noiseless output.
    """
    noisy = final_states(framed, state)
    if wanted is not None:
        (rho,) = noisy.values()
        return float(np.clip(np.vdot(wanted, rho @ wanted).real, 0.0, 1.0))
    return joint_fidelity(final_states(framed, state, noisy=False), noisy)


def joint_fidelity(ideal: dict[Bits, Complex], noisy: dict[Bits, Complex]) -> float:
    """Fidelity of two joint states of classical bits and qubits; see :func:`fidelity`."""
    root = sum(_root_fidelity(ideal[c], noisy[c]) for c in ideal if c in noisy)
    return min(1.0, root**2)


def _root_fidelity(ideal: Complex, noisy: Complex) -> float:
    """Tr sqrt(sqrt(s) r sqrt(s)) of the ideal state s, which is often pure, and the noisy state r."""
    trace = float(np.trace(ideal).real)
    if trace <= 0.0:
        return 0.0
    column = int(np.argmax(np.diag(ideal).real))
    if abs(float(np.linalg.norm(ideal)) - trace) <= 1e-9 * trace:
        pure = ideal[:, column] / np.sqrt(ideal[column, column].real)  # carries the trace of the noiseless state
        return float(np.sqrt(max(0.0, np.vdot(pure, noisy @ pure).real)))
    values, vectors = np.linalg.eigh(ideal)
    keep = values > 1e-14 * trace
    root = vectors[:, keep] * np.sqrt(values[keep])
    inner = root.conj().T @ noisy @ root
    return float(np.sqrt(np.clip(np.linalg.eigvalsh(inner), 0.0, None)).sum())
