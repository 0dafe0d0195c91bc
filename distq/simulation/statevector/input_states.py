"""Input states: what the fidelity is averaged over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Matrix
from distq.simulation.choices import INPUT_KINDS, check_choice

MANY_QUBITS = 18
"""Beyond so many, every input takes a state vector minutes."""

_PAULI_X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)


@dataclass(frozen=True, eq=False)
class InputState:
    """A product state, given by the one-qubit gates that prepare it from |0..0>.

    Attributes
    ----------
    kind
        ``zero``, ``basis``, ``product`` (Haar-random one-qubit states) or ``stabilizer`` (the six Pauli eigenstates).
    gates
        Per line a 2x2 unitary, None for the identity.
    seed
        Kind ``haar`` only: a Haar-random state of all lines together, which follows from this, is there from the start.
    """

    kind: str
    gates: tuple[Matrix | None, ...]
    seed: int | None = None

    def vector(self, lines: int | None = None) -> NDArray[np.complex128]:
        """State before the first operation: |0..0>, on which ``gates`` are still to act, or the ``haar`` state.

        With ``lines``, on so many: those beyond the gates' are |0>.
        """
        size = 1 << len(self.gates)
        out = np.zeros(size if lines is None else 1 << lines, dtype=np.complex128)
        if self.seed is None:
            out[0] = 1.0
        else:
            out[:size] = np.random.default_rng(self.seed).standard_normal(2 * size).view(np.complex128)
            out /= np.linalg.norm(out)
        return out


def haar_states(count: int, lines: int, seed: int) -> tuple[InputState, ...]:
    """Haar-random states of all lines together: the mean fidelity over them is the average gate fidelity."""
    seeds = np.random.SeedSequence(seed, spawn_key=(4,)).generate_state(count, np.uint64).tolist()
    return tuple([InputState("haar", (None,) * lines, s) for s in seeds])


def input_states(kinds: Sequence[str], lines: int, seed: int, ancillas: int = 0) -> tuple[InputState, ...]:
    """The declared input states.

    Parameters
    ----------
    kinds
        ``zero``, ``basis``, ``product`` or ``stabilizer``, as often as wanted.
    lines
        Number of qubits, ancillas included.
    seed
        The i-th random input depends on this and i only.
    ancillas
        The last so many lines are in |0>.

    Raises
    ------
    UnknownNameError
        For any other kind.
    """
    for kind in kinds:
        check_choice("input state", kind, INPUT_KINDS)
    states = []
    for index, kind in enumerate(kinds):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, index)))
        gates = [_gate(kind, rng) for _ in range(lines - ancillas)]
        states.append(InputState(kind, (*gates, *[None] * ancillas)))
    return tuple(states)


def balanced_set(kind: str, lines: int, seed: int, number: int, ancillas: int = 0) -> tuple[InputState, ...]:
    """Random product states whose mean over each single line is that over all states of that line.

    On every line the states of the set are, in random order, the corners of a tetrahedron in a random position
    (``product``) or the six Pauli eigenstates (``stabilizer``). Both are 2-designs (Renes et al., J. Math. Phys. 45,
    2171 (2004)), so that what a fidelity owes to single lines averages out within a set, as in a Latin hypercube
    (McKay et al., Technometrics 21, 239 (1979)). Every state alone is as likely as any other.

    Parameters as for :func:`input_states`; sets of different ``number`` are independent.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(8, number)))
    size = 4 if kind == "product" else len(_STABILIZERS)
    columns = [_balanced(kind, rng) for _ in range(lines - ancillas)]
    none = (None,) * ancillas
    return tuple([InputState(kind, (*[column[k] for column in columns], *none)) for k in range(size)])


def _balanced(kind: str, rng: np.random.Generator) -> list[Matrix]:
    """The states of one line in the inputs of a balanced set."""
    if kind != "product":
        return [_STABILIZERS[k] for k in rng.permutation(len(_STABILIZERS))]
    turn = _to_state(*(rng.normal(size=2) + 1j * rng.normal(size=2)))
    turn = turn @ np.diag([1.0, np.exp(2j * np.pi * rng.random())])
    return [_to_state(*(turn @ _TETRAHEDRON[k])) for k in rng.permutation(4)]


def _gate(kind: str, rng: np.random.Generator) -> Matrix | None:
    match kind:
        case "zero":
            return None
        case "basis":
            return _PAULI_X if rng.integers(2) else None
        case "product":
            return _to_state(*(rng.normal(size=2) + 1j * rng.normal(size=2)))
        case _:
            return _STABILIZERS[int(rng.integers(6))]


def _to_state(a: complex, b: complex) -> Matrix:
    """A unitary that takes |0> to the normalised (a, b)."""
    norm = np.hypot(abs(a), abs(b))
    a, b = a / norm, b / norm
    return np.array([[a, -np.conj(b)], [b, np.conj(a)]], dtype=np.complex128)


_STABILIZERS = tuple([_to_state(*ab) for ab in ((1, 0), (0, 1), (1, 1), (1, -1), (1, 1j), (1, -1j))])
_TETRAHEDRON = np.array(
    [(1, 0), *[(np.sqrt(1 / 3), np.sqrt(2 / 3) * np.exp(2j * np.pi * k / 3)) for k in range(3)]], dtype=np.complex128
)
