"""Time evolution of spins, and excitations of electrons."""

from __future__ import annotations

from itertools import combinations, pairwise

from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from distq.circuits.registry import family, random_numbers


@family("heisenberg", "Trotter steps of the Heisenberg chain; layers: steps", size="qubits", default=16, least=2)
def heisenberg(n: int, layers: int = 2, angle: float = 0.2) -> QuantumCircuit:
    """XX, YY and ZZ rotations on even bonds, then on odd ones."""
    circuit = QuantumCircuit(n)
    for _ in range(layers):
        for first in (0, 1):
            for q in range(first, n - 1, 2):
                circuit.rxx(angle, q, q + 1)
                circuit.ryy(angle, q, q + 1)
                circuit.rzz(angle, q, q + 1)
    return circuit


@family("ising", "Trotter steps of the Ising chain in a transverse field", size="qubits", default=16, least=2)
def ising(n: int, layers: int = 2, angle: float = 0.31) -> QuantumCircuit:
    """ZZ rotations on the bonds of a chain, X rotations on the spins."""
    return _ising(n, [(q, q + 1) for q in range(n - 1)], layers, angle)


@family(
    "ising2d", "Trotter steps of the Ising model on an n x n square; n^2 qubits", size="spins of a side", default=4,
    least=2, most=300,
)  # fmt: skip
def ising2d(n: int, layers: int = 2, angle: float = 0.31) -> QuantumCircuit:
    """ZZ rotations on the bonds of a square lattice, X rotations on the spins."""
    right = [(n * row + column, n * row + column + 1) for row in range(n) for column in range(n - 1)]
    down = [(n * row + column, n * (row + 1) + column) for row in range(n - 1) for column in range(n)]
    return _ising(n * n, right + down, layers, angle)


def _ising(n: int, bonds: list[tuple[int, int]], layers: int, angle: float) -> QuantumCircuit:
    """The field turns half as far as the bonds."""
    circuit = QuantumCircuit(n)
    for _ in range(layers):
        for a, b in bonds:
            circuit.rzz(angle, a, b)
        circuit.rx(angle / 2, range(n))
    return circuit


@family(
    "ucc", "unitary coupled cluster, singles and doubles, half filling, random amplitudes",
    size="spin orbitals (even)", default=8, least=4, most=20,
)  # fmt: skip
def ucc(n: int, seed: int = 0) -> QuantumCircuit:
    """One Trotter step under the Jordan-Wigner transformation; the first half of the orbitals is occupied."""
    rng = random_numbers(seed)
    half = n // 2
    lower, upper = range(half), range(half, n)
    circuit = QuantumCircuit(n)
    circuit.x(lower)
    singles = [((i,), (a,)) for i in lower for a in upper]
    doubles = [(ij, ab) for ij in combinations(lower, 2) for ab in combinations(upper, 2)]
    for emptied, filled in [*singles, *doubles]:
        amplitude = float(rng.normal(scale=0.1))
        for label, weight in excitation(n, emptied, filled):
            pauli_rotation(circuit, label, amplitude * weight)
    return circuit


def excitation(n: int, emptied: tuple[int, ...], filled: tuple[int, ...]) -> list[tuple[str, float]]:
    """Pauli strings P (qubit 0 first) and real weights w of T - T^dagger = sum of i w P, for one excitation T."""
    term = SparsePauliOp("I" * n)
    for orbital in filled:
        term = term @ _ladder(n, orbital, raising=True)
    for orbital in emptied:
        term = term @ _ladder(n, orbital, raising=False)
    generator = (term - term.adjoint()).simplify()
    return [(label[::-1], float(weight.imag)) for label, weight in sorted(generator.to_list())]


def _ladder(n: int, orbital: int, *, raising: bool) -> SparsePauliOp:
    """Creation or annihilation operator of an orbital; |1> is occupied."""
    before, after = "Z" * orbital, "I" * (n - orbital - 1)
    signs = (0.5, -0.5j if raising else 0.5j)
    return SparsePauliOp([(before + letter + after)[::-1] for letter in "XY"], signs)


def pauli_rotation(circuit: QuantumCircuit, label: str, weight: float) -> None:
    """Append exp(i ``weight`` P) of the Pauli string P (qubit 0 first): basis changes around a ladder of CX gates."""
    where = [q for q, letter in enumerate(label) if letter != "I"]
    for q in where:
        if label[q] != "Z":
            circuit.h(q) if label[q] == "X" else circuit.sx(q)
    for a, b in pairwise(where):
        circuit.cx(a, b)
    circuit.rz(-2 * weight, where[-1])
    for a, b in reversed(list(pairwise(where))):
        circuit.cx(a, b)
    for q in where:
        if label[q] != "Z":
            circuit.h(q) if label[q] == "X" else circuit.sxdg(q)
