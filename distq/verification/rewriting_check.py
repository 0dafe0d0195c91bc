"""Is a rewritten program the one that it was made from? A numerical check of small unitary programs.

The plan checker and the circuit checker start from the rewritten program. Here both programs act on one random state,
with ancillas that the rewriting added in |0>: what they make of it must agree up to a phase, each qubit of the source
on the line that the program says it ends on, and ancillas back in |0>.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distq.errors import InternalError
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.verification.unitary_check import TOLERANCE, apply_operations, is_unitary

MAX_LINES = 12
"""Qubits and ancillas up to which programs are compared: a state has 2^12 amplitudes then."""
MAX_WORK = 40_000_000
"""Amplitudes times operations, at most: about half a second."""


def check_rewriting(original: Program, rewritten: Program, rewriting: Rewriting | None) -> None:
    """Compare the programs where they are small and unitary, and nothing was left out.

    Raises
    ------
    InternalError
        The programs act differently.
    """
    if rewriting is None or not _is_comparable(original, rewritten, rewriting):
        return
    rng = np.random.default_rng(0)
    shape = (2,) * original.num_qubits
    state = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    state /= np.linalg.norm(state)
    ancillas = rewritten.num_qubits - original.num_qubits
    expected = _with_ancillas(_as_source(original, apply_operations(original.operations, state)), ancillas)
    found = _as_source(rewritten, apply_operations(rewritten.operations, _with_ancillas(state, ancillas)))
    overlap = np.vdot(expected, found)
    if abs(overlap) < 0.5 or np.abs(found - expected * (overlap / abs(overlap))).max() > TOLERANCE:
        raise InternalError("the rewritten program is not the original: they make different states of a random one")


def _as_source(program: Program, state: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The state with axis i for qubit i of the source, and lines that hold none of them behind."""
    rest = [line for line in range(program.num_qubits) if line not in program.output]
    return state.transpose(*program.output, *rest)


def _with_ancillas(state: NDArray[np.complex128], ancillas: int) -> NDArray[np.complex128]:
    """The state, shape (2, ..., 2), with so many more lines behind it, all in |0>."""
    out = np.zeros((state.size, 2**ancillas), dtype=np.complex128)
    out[:, 0] = state.reshape(-1)
    return out.reshape((2,) * (state.ndim + ancillas))


def _is_comparable(original: Program, rewritten: Program, rewriting: Rewriting) -> bool:
    operations = len(original.operations) + len(rewritten.operations)
    return (
        original.num_qubits <= rewritten.num_qubits <= MAX_LINES
        and operations << rewritten.num_qubits <= MAX_WORK
        and _leaves_nothing_out(rewriting)
        and is_unitary(original.operations)
        and is_unitary(rewritten.operations)
    )


def _leaves_nothing_out(rewriting: Rewriting) -> bool:
    return not rewriting.drop and (rewriting.before is None or _leaves_nothing_out(rewriting.before))
