"""Gates that vendors' files call without defining them.

Amazon Braket: files without an include. The matrices are those of the gates' pages in the documentation of the Braket
SDK, https://amazon-braket-sdk-python.readthedocs.io/en/latest/_apidoc/braket.circuits.gates.html; angles in radians.

IonQ's native gates gpi, gpi2, ms and zz: https://docs.ionq.com/guides/getting-started-with-native-gates, angles in
turns. Braket has gates of the same names whose angles are in radians. So these names are Braket's in files without an
include, and IonQ's in files with one; the report says which was taken.

Each gate is made of Qiskit's standard gates, so that parameters may stay open.
"""

from __future__ import annotations

import math
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Instruction
from qiskit.circuit.library import standard_gates as gates

from distq.frontend.openqasm3.scope import GateRule


def _gate(name: str, circuit: QuantumCircuit, *parameters: Any) -> Gate:
    """A gate that is defined by a circuit."""
    gate = Gate(name, circuit.num_qubits, list(parameters))
    gate.definition = circuit
    return gate


def gpi(phi: Any) -> Gate:
    """GPi: 0 and 1 exchanged, with phases exp(-i phi) above and exp(i phi) below the diagonal; ``phi`` in radians."""
    circuit = QuantumCircuit(1, global_phase=math.pi / 2)
    circuit.r(math.pi, phi, 0)
    return _gate("gpi", circuit, phi)


def gpi2(phi: Any) -> Gate:
    """GPi2: a quarter turn about the axis at the angle ``phi`` (radians) in the equator."""
    circuit = QuantumCircuit(1)
    circuit.r(math.pi / 2, phi, 0)
    return _gate("gpi2", circuit, phi)


def ms(phi0: Any, phi1: Any, theta: Any = math.pi / 2) -> Gate:
    """Mølmer-Sørensen gate exp(-i theta/2 P0 P1), Pi = cos(phi_i) X + sin(phi_i) Y; all angles in radians."""
    circuit = QuantumCircuit(2)
    for qubit, phi in enumerate((phi0, phi1)):
        circuit.rz(-phi, qubit)
    circuit.rxx(theta, 0, 1)
    for qubit, phi in enumerate((phi0, phi1)):
        circuit.rz(phi, qubit)
    return _gate("ms", circuit, phi0, phi1, theta)


def phase_on(pattern: str, angle: Any) -> Gate:
    """exp(i angle) on one basis state of two qubits; the first digit of ``pattern`` is the first qubit's."""
    circuit = QuantumCircuit(2)
    zeros = [qubit for qubit, digit in enumerate(pattern) if digit == "0"]
    if zeros:
        circuit.x(zeros)
    circuit.cp(angle, 0, 1)
    if zeros:
        circuit.x(zeros)
    return _gate(f"cphaseshift{pattern}", circuit, angle)


def pswap(angle: Any) -> Gate:
    """SWAP with the phase exp(i angle) on what it exchanges."""
    circuit = QuantumCircuit(2, global_phase=angle / 2)
    circuit.rzz(angle, 0, 1)
    circuit.swap(0, 1)
    return _gate("pswap", circuit, angle)


def _turns(make: Any) -> Any:
    """The same gate with its angles in turns."""
    return lambda *angles: make(*[2 * math.pi * angle for angle in angles])


def _braket(name: str, parameters: int, qubits: int, make: Any, optional: int = 0) -> GateRule:
    return GateRule(name, parameters, qubits, make, f"{name!r} is taken as Amazon Braket's gate", optional)


BRAKET = {
    rule.name: rule
    for rule in (
        _braket("i", 0, 1, gates.IGate),
        _braket("si", 0, 1, gates.SdgGate),
        _braket("ti", 0, 1, gates.TdgGate),
        _braket("v", 0, 1, gates.SXGate),
        _braket("vi", 0, 1, gates.SXdgGate),
        _braket("phaseshift", 1, 1, gates.PhaseGate),
        _braket("prx", 2, 1, gates.RGate),
        _braket("cnot", 0, 2, gates.CXGate),
        _braket("cv", 0, 2, gates.CSXGate),
        _braket("ccnot", 0, 3, gates.CCXGate),
        _braket("cphaseshift", 1, 2, gates.CPhaseGate),
        _braket("cphaseshift00", 1, 2, lambda angle: phase_on("00", angle)),
        _braket("cphaseshift01", 1, 2, lambda angle: phase_on("01", angle)),
        _braket("cphaseshift10", 1, 2, lambda angle: phase_on("10", angle)),
        _braket("pswap", 1, 2, pswap),
        _braket("xy", 1, 2, lambda angle: gates.XXPlusYYGate(-angle)),
        _braket("xx", 1, 2, gates.RXXGate),
        _braket("yy", 1, 2, gates.RYYGate),
        _braket("zz", 1, 2, gates.RZZGate),
        _braket("ecr", 0, 2, gates.ECRGate),
        _braket("iswap", 0, 2, gates.iSwapGate),
        _braket("gpi", 1, 1, gpi),
        _braket("gpi2", 1, 1, gpi2),
        _braket("ms", 3, 2, ms, optional=1),
    )
}
"""Amazon Braket's gates by name, but for those that stdgates.inc has as well."""


def _ionq(name: str, parameters: int, qubits: int, make: Any, optional: int = 0) -> GateRule:
    note = f"{name!r} is taken as IonQ's native gate, its angles in turns (Amazon Braket's are in radians)"
    return GateRule(name, parameters, qubits, _turns(make), note, optional)


IONQ = {
    rule.name: rule
    for rule in (
        _ionq("gpi", 1, 1, gpi),
        _ionq("gpi2", 1, 1, gpi2),
        _ionq("ms", 3, 2, ms, optional=1),
        _ionq("zz", 1, 2, gates.RZZGate),
    )
}
"""IonQ's native gates by name."""


def dialect_rule(name: str, includes: bool) -> GateRule | None:
    """The gate of a vendor with this name; None if there is none.

    ``includes`` says whether the file includes any other; Braket's own files never do.
    """
    if includes and name in IONQ:
        return IONQ[name]
    return BRAKET.get(name)


def unitary_pragma(matrix: Any) -> Instruction:
    """The gate of Braket's ``#pragma braket unitary``, whose first qubit is the most significant."""
    import numpy as np
    from qiskit.circuit.library import UnitaryGate

    array = np.asarray(matrix, dtype=np.complex128)
    count = int(math.log2(len(array)))
    order = [*range(count - 1, -1, -1), *range(2 * count - 1, count - 1, -1)]
    return UnitaryGate(array.reshape((2,) * (2 * count)).transpose(order).reshape(array.shape))
