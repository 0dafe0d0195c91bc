"""A pair's state as a density matrix, and what its protocols leave of it: the weights of the Bell states.

Twirling, a random Pauli on one half and its conjugate on the other, leaves (|00> + |11>)/sqrt 2 as it is and removes
all coherence between Bell states (Bennett et al., PRA 54, 3824 (1996)). The protocols here twirl by themselves: the
outcome of the half and its X on the copy are a random X on both, that of the copy that is closed and its Z a random Z
on both, and nobody else learns them. So the weights are exact for gates and moves, but for the gate error of a
conditional correction, as that depends on an outcome that is not quite even; for distillation and swapping they are
those of a machine that twirls in software.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

from distq.networks.links.bell_diagonal import Weights, weights_of

TOLERANCE = 1e-6
RULE = (
    'must be a density matrix: four rows of four numbers (complex ones as text, e.g. "0.1-0.2j"), over |00>, |01>, '
    "|10>, |11>"
)
Matrix4: TypeAlias = tuple[tuple[complex, ...], ...]


def as_matrix(value: object) -> object:
    """Rows of numbers and texts as complex numbers; what is none stays as it is, for validation."""
    if hasattr(value, "tolist"):
        value = value.tolist()  # a NumPy array
    if not isinstance(value, list | tuple):
        return value
    return tuple([tuple(map(_number, row)) if isinstance(row, list | tuple) else row for row in value])


def _number(entry: object) -> object:
    """A number, or a text that is one, as a complex number; what is none stays as it is."""
    if isinstance(entry, str):
        try:
            return complex(entry.replace(" ", "").replace("i", "j"))
        except ValueError:
            return entry
    return complex(entry) if isinstance(entry, int | float | complex) and not isinstance(entry, bool) else entry


Row = tuple[complex, complex, complex, complex]
PairState = Annotated[tuple[Row, Row, Row, Row], BeforeValidator(as_matrix)]


def fault_of(state: Matrix4) -> str | None:
    """What is wrong with a matrix that should be a density matrix nearest to (|00> + |11>)/sqrt 2; None if nothing."""
    import numpy as np

    rho = np.array(state)
    if not np.all(np.isfinite(rho)):
        return "all its entries must be finite"
    if (apart := float(np.abs(rho - rho.conj().T).max())) > TOLERANCE:
        return f"must be Hermitian, and differs from its adjoint by {apart:.3g}"
    if abs(trace := float(np.trace(rho).real) - 1.0) > TOLERANCE:
        return f"must have trace 1, not {trace + 1.0:.6g}"
    if (lowest := float(np.linalg.eigvalsh(rho)[0])) < -TOLERANCE:
        return f"must be positive, and has the eigenvalue {lowest:.3g}"
    weights = bell_weights(state)
    best = max(range(4), key=lambda k: weights[k])
    if weights[best] > weights[0] + TOLERANCE:
        names = ("", "Z", "X", "Y")
        name = ("Phi+", "Phi-", "Psi+", "Psi-")[best]
        return (
            f"is nearest to {name}, with {weights[best]:.4g}, and must be to Phi+ = (|00> + |11>)/sqrt 2: turn one ion "
            f"by {names[best]}"
        )
    return None


def bell_weights(state: Matrix4) -> Weights:
    """Weights (I, Z, X, Y) of the Bell states Phi+, Phi-, Psi+, Psi-."""
    (a, _, _, b), (_, c, d, _), (_, e, f, _), (g, _, _, h) = state
    phi, psi = (a + h).real / 2, (c + f).real / 2
    outer, inner = (b + g).real / 2, (d + e).real / 2
    return weights_of([max(0.0, w) for w in (phi + outer, phi - outer, psi + inner, psi - inner)])


def coherence(state: Matrix4) -> float:
    """Trace distance between a pair and the Bell-diagonal pair of the same weights."""
    import numpy as np

    r = 2.0**-0.5
    bell = np.array([[r, 0, 0, r], [r, 0, 0, -r], [0, r, r, 0], [0, r, -r, 0]])
    rho = bell @ np.array(state) @ bell.T
    distance = float(np.abs(np.linalg.eigvalsh(rho - np.diag(np.diag(rho)))).sum() / 2)
    return distance if distance > 1e-12 else 0.0  # what is left of a Bell-diagonal pair is rounding


def as_rows(state: Matrix4) -> list[list[float | str]]:
    """The matrix as a network file has it."""
    return [[entry.real if entry.imag == 0.0 else str(entry).strip("()") for entry in row] for row in state]
