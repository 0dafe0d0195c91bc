"""Two linked modules of one circuit and one network ion each, as in Main et al., Nature 638, 383 (2025).

Small and self-contained: density matrices of four ions, superoperators of the two circuit ions, composed from noisy
parts. It shares no code with the compiler or the simulator, so that it can check them.

Noise: Bell-diagonal pairs; after each local CZ, with its error probability, one of the 15 two-qubit Paulis; after each
teleported gate, with probability ``residual``, a Z on each circuit ion. One-qubit gates are perfect.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

_I = np.eye(2, dtype=np.complex128)
_X = np.array([[0, 1], [1, 0]], dtype=np.complex128)
_Y = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
_Z = np.diag([1.0 + 0j, -1.0])
_H = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)
_S = np.diag([1.0 + 0j, 1j])
_PAULIS = (_I, _Z, _X, _Y)
CZ: Matrix = np.diag([1.0 + 0j, 1, 1, -1])


def kron(*factors: Matrix) -> Matrix:
    """Tensor product, first factor most significant."""
    out: Matrix = np.eye(1, dtype=np.complex128)
    for factor in factors:
        out = np.asarray(np.kron(out, factor), dtype=np.complex128)
    return out


@dataclass(frozen=True)
class Modules:
    """Numbers of the two modules.

    Attributes
    ----------
    weights
        Bell-diagonal weights (I, Z, X, Y) of the pairs.
    local_fidelity
        Average gate fidelity of the local CZ between circuit and network ion, per module.
    residual
        Probability of a Z on each circuit ion per teleported gate: everything that is not itemised.
    depolarising
        The same as a depolarising error (X, Y, Z alike) in place of a Z.
    """

    weights: tuple[float, float, float, float]
    local_fidelity: tuple[float, float] = (1.0, 1.0)
    residual: float = 0.0
    depolarising: float = 0.0


def superoperator(channel: Callable[[Matrix], Matrix], dim: int = 4) -> Matrix:
    """Superoperator of a channel on row-major vectorised density matrices, shape (dim^2, dim^2)."""
    columns = []
    for row, column in itertools.product(range(dim), repeat=2):
        unit = np.zeros((dim, dim), dtype=np.complex128)
        unit[row, column] = 1.0
        columns.append(channel(unit).reshape(-1))
    return np.array(columns).T


def unitary_process(unitary: Matrix) -> Matrix:
    """Superoperator of a unitary."""
    return kron(unitary, unitary.conj())


def process_fidelity(process: Matrix, unitary: Matrix) -> float:
    """Tr(S_U^+ S) / d^2."""
    dim = len(unitary)
    return float(np.real(np.trace(unitary_process(unitary).conj().T @ process))) / dim**2


def average_fidelity(process: Matrix, unitary: Matrix) -> float:
    """F_avg = (d F_pro + 1)/(d + 1)."""
    dim = len(unitary)
    return (dim * process_fidelity(process, unitary) + 1.0) / (dim + 1.0)


def teleported_cz(modules: Modules) -> Matrix:
    """Process matrix (16, 16) of a CZ between the circuit ions through one pair.

    Ions in the order circuit A, network A, network B, circuit B. CX from circuit A to network A, measured, X on network
    B if 1; CZ of network B and circuit B; network B measured in the X basis, Z on circuit A if 1.
    """
    return superoperator(lambda rho: _run(rho, modules))


def _run(circuit: Matrix, modules: Modules) -> Matrix:
    rho = _with_pair(circuit, modules.weights)
    errors = [1.25 * (1.0 - fidelity) for fidelity in modules.local_fidelity]
    open_a = kron(_I, _H, _I, _I)  # a CX is a CZ between Hadamards on the network ion
    rho = _conjugate(rho, open_a)
    rho = _depolarise(_conjugate(rho, kron(CZ, _I, _I)), (0, 1), errors[0])
    rho = _conjugate(rho, open_a)
    rho = _measure(rho, 1, kron(_I, _I, _X, _I))
    rho = _depolarise(_conjugate(rho, kron(_I, _I, CZ)), (2, 3), errors[1])
    rho = _measure(_conjugate(rho, kron(_I, _I, _H, _I)), 2, kron(_Z, _I, _I, _I))
    out: Matrix = np.einsum("abcdebcf->adef", rho.reshape((2,) * 8)).reshape(4, 4)
    for ion in (0, 1):
        out = _residual(out, ion, modules)
    return out


def _with_pair(circuit: Matrix, weights: Sequence[float]) -> Matrix:
    """The circuit ions' operator (4, 4) with the network ions in the pair, shape (16, 16)."""
    bell = np.array([1, 0, 0, 1], dtype=np.complex128) / np.sqrt(2)
    pair = np.zeros((4, 4), dtype=np.complex128)
    for weight, pauli in zip(weights, _PAULIS, strict=True):
        state = kron(_I, pauli) @ bell
        pair += weight * np.outer(state, state.conj())
    joined = np.einsum("adef,bcgh->abcdeghf", circuit.reshape((2,) * 4), pair.reshape((2,) * 4))
    out: Matrix = joined.reshape(16, 16)
    return out


def _conjugate(rho: Matrix, operator: Matrix) -> Matrix:
    return operator @ rho @ operator.conj().T


def _depolarise(rho: Matrix, ions: tuple[int, int], error: float) -> Matrix:
    """One of the 15 Paulis on two ions of four with the total probability ``error``."""
    if error == 0.0:
        return rho
    out = (1.0 - 16.0 * error / 15.0) * rho
    for pair in itertools.product(_PAULIS, repeat=2):
        factors = [_I] * 4
        factors[ions[0]], factors[ions[1]] = pair
        out += error / 15.0 * _conjugate(rho, kron(*factors))
    return out


def _measure(rho: Matrix, ion: int, correction: Matrix) -> Matrix:
    """Measure an ion; apply the correction if 1."""
    out = np.zeros_like(rho)
    for outcome in (0, 1):
        factors = [_I] * 4
        factors[ion] = np.diag([1.0 - outcome, outcome]).astype(np.complex128)
        after = _conjugate(rho, kron(*factors))
        out += _conjugate(after, correction) if outcome else after
    return out


def _residual(rho: Matrix, ion: int, modules: Modules) -> Matrix:
    def on(pauli: Matrix) -> Matrix:
        return _conjugate(rho, kron(pauli, _I) if ion == 0 else kron(_I, pauli))

    each = modules.depolarising / 3.0
    keep = 1.0 - modules.residual - modules.depolarising
    return keep * rho + (modules.residual + each) * on(_Z) + each * (on(_X) + on(_Y))


Step = tuple[Matrix, Matrix] | None
"""Perfect gates on circuit ion A and B, or a CZ (None)."""


def _hadamard_on(ion: int) -> Step:
    return (_H, _I) if ion == 0 else (_I, _H)


def _cx(target: int) -> tuple[Step, ...]:
    return (_hadamard_on(target), None, _hadamard_on(target))


SWAP_STEPS: tuple[Step, ...] = (*_cx(1), *_cx(0), *_cx(1))
"""Three CZ."""

ISWAP_STEPS: tuple[Step, ...] = ((_S, _S), (_H, _I), *_cx(1), *_cx(0), (_I, _H))
"""Two CZ."""


def grover_steps(marked: int) -> tuple[Step, ...]:
    """Grover's search for one of four from |00>, two CZ; perfect gates give the marked one with certainty."""
    flips = (_I if marked & 2 else _X, _I if marked & 1 else _X)
    both: Step = (_H, _H)
    return (both, flips, None, flips, both, (_X, _X), None, (_X, _X), both)


def compose(steps: Sequence[Step], cz: Matrix) -> Matrix:
    """Process matrix of steps whose CZ has the process matrix ``cz``."""
    total = np.eye(16, dtype=np.complex128)
    for step in steps:
        total = (cz if step is None else unitary_process(kron(*step))) @ total
    return total


def unitary_of(steps: Sequence[Step]) -> Matrix:
    """What the steps do with perfect gates, shape (4, 4)."""
    total = np.eye(4, dtype=np.complex128)
    for step in steps:
        total = (CZ if step is None else kron(*step)) @ total
    return total


@dataclass(frozen=True)
class Prediction:
    """Average gate fidelities; for Grover the probability of the marked outcome, averaged over the four."""

    cz: float
    grover: float
    iswap: float
    swap: float


def predict(modules: Modules) -> Prediction:
    """What this model predicts for the experiments of the paper."""
    cz = teleported_cz(modules)
    found = []
    for marked in range(4):
        start = np.zeros(16, dtype=np.complex128)
        start[0] = 1.0
        found.append(float(np.real((compose(grover_steps(marked), cz) @ start).reshape(4, 4)[marked, marked])))
    return Prediction(
        cz=average_fidelity(cz, CZ),
        grover=float(np.mean(found)),
        iswap=average_fidelity(compose(ISWAP_STEPS, cz), unitary_of(ISWAP_STEPS)),
        swap=average_fidelity(compose(SWAP_STEPS, cz), unitary_of(SWAP_STEPS)),
    )


def fitted_residual(modules: Modules, fidelity: float, *, depolarising: bool = False) -> float:
    """The residual error at which the teleported CZ has that average gate fidelity, by root finding.

    Parameters
    ----------
    modules
        Everything else.
    fidelity
        The reported one.
    depolarising
        Fit that error in place of a Z.

    Raises
    ------
    ValueError
        Without any residual the gate is already worse, or no residual makes it so bad.
    """
    from scipy.optimize import brentq

    def excess(error: float) -> float:
        noisy = replace(modules, depolarising=error) if depolarising else replace(modules, residual=error)
        return average_fidelity(teleported_cz(noisy), CZ) - fidelity

    return float(brentq(excess, 0.0, 0.5, xtol=1e-12))
