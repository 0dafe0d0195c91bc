"""The circuits of the suite, from distq's own families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from distq.circuits import get_family, parse_name
from distq.studies.aq.rule import first_width

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

BASIS = ("cx", "rx", "ry", "rz")
"""The gates among which CX gates are counted (rule 2)."""
DIFFERENCES = (
    "circuits come from distq's families (`distq circuits`), whose constants and random choices are not QED-C's",
    "amplitude estimation and Monte Carlo control the two reflections of the Grover operator alone, which takes fewer "
    "gates than to control all of it",
    "VQE circuits are one Trotter step of unitary coupled cluster at half filling with random amplitudes, read in the "
    "Z basis, not a molecule's ansatz read in the bases of its Hamiltonian",
    "the Hamiltonian simulation is of an open Heisenberg chain in random fields",
    "CX gates are counted by the installed Qiskit at optimization level 1, not by Qiskit 0.34.2",
    "runs are simulated with the noise of the network, not executed",
)
"""How this suite differs from that of QED-C, on which #AQ version 1.0 is defined."""


class SuiteFamily(NamedTuple):
    """One algorithm of the suite.

    Attributes
    ----------
    title, letter
        Its name in tables and its mark in the picture.
    circuits
        distq's family of circuits.
    least, most, step
        Widths: from, to (None: any), and the step between them.
    instances
        Circuits per width.
    unread
        The last so many qubits are not read.
    """

    title: str
    letter: str
    circuits: str
    least: int
    most: int | None
    step: int
    instances: int
    unread: int

    def has(self, width: int) -> bool:
        """True if the suite has circuits of that width."""
        within = self.least <= width and (self.most is None or width <= self.most)
        return within and (width - self.least) % self.step == 0


SUITE = (
    SuiteFamily("Fourier transform", "F", "qft-increment", 3, None, 1, 3, 0),
    SuiteFamily("phase estimation", "P", "qpe-exact", 4, None, 1, 3, 1),
    SuiteFamily("amplitude estimation", "A", "amplitude", 4, None, 1, 3, 2),
    SuiteFamily("Monte Carlo", "M", "monte-carlo", 5, None, 1, 1, 2),
    SuiteFamily("VQE", "V", "ucc", 4, 12, 2, 3, 0),
    SuiteFamily("Hamiltonian simulation", "H", "heisenberg-field", 2, 20, 2, 1, 0),
)
"""Algorithms, widths and circuits per width as the rules list them."""


@dataclass(frozen=True)
class SuiteCircuit:
    """One circuit, measured, and its place on the volumetric plane."""

    family: SuiteFamily
    name: str
    width: int
    circuit: QuantumCircuit

    @cached_property
    def cx(self) -> int:
        """CX gates after compilation to CX, RX, RY and RZ (rule 2)."""
        from qiskit import transpile

        compiled = transpile(self.circuit, basis_gates=list(BASIS), seed_transpiler=0, optimization_level=1)
        return int(compiled.count_ops().get("cx", 0))

    @property
    def first_width(self) -> int:
        """The least n for which it counts."""
        return first_width(self.width, self.cx)


def suite_circuits(family: SuiteFamily, width: int) -> Iterator[SuiteCircuit]:
    """The different circuits of a family that have this width."""
    made: list[QuantumCircuit] = []
    seeded = "seed" in get_family(family.circuits).parameters
    for seed in range(family.instances):
        name = parse_name(f"{family.circuits}:{width}" + (f":seed={seed}" if seeded else ""))
        circuit = _measured(name.build(), width - family.unread)
        if all(circuit.data != other.data for other in made):
            made.append(circuit)
            yield SuiteCircuit(family, str(name), width, circuit)


def _measured(circuit: QuantumCircuit, read: int) -> QuantumCircuit:
    """The circuit with its first qubits measured."""
    from qiskit import ClassicalRegister

    circuit.add_register(ClassicalRegister(read, "c"))
    circuit.measure(range(read), range(read))
    return circuit
