"""Gates of vendors' dialects, against the matrices that their documentation prints; the first qubit is the high one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from distq.errors import CircuitError
from distq.frontend import normalise, read_circuit, to_circuit
from helpers.openqasm3 import HEAD, angle, assert_reads_as, read

Matrix = NDArray[np.complex128]
I2, X, Y, Z = np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
ROOT_X = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2


def phases(*angles: float) -> Matrix:
    return np.diag(np.exp(1j * np.array(angles)))


def turn(theta: float, pauli: Matrix) -> Matrix:
    return np.cos(theta / 2) * np.eye(len(pauli)) - 1j * np.sin(theta / 2) * pauli


def controlled(matrix: Matrix) -> Matrix:
    return np.block([[np.eye(len(matrix)), np.zeros_like(matrix)], [np.zeros_like(matrix), matrix]])


def equator(phi: float) -> Matrix:
    return np.cos(phi) * X + np.sin(phi) * Y


def exchange(inside: Matrix) -> Matrix:
    out = np.eye(4, dtype=complex)
    out[1:3, 1:3] = inside
    return out


def molmer_sorensen(a: float, b: float, theta: float = np.pi / 2) -> Matrix:
    return turn(theta, np.kron(equator(a), equator(b)))


BRAKET: dict[str, Callable[..., Matrix]] = {
    "i": lambda: I2,
    "si": lambda: np.diag([1, -1j]),
    "ti": lambda: phases(0, -np.pi / 4),
    "v": lambda: ROOT_X,
    "vi": lambda: ROOT_X.conj(),
    "phaseshift": lambda t: phases(0, t),
    "prx": lambda t, p: turn(t, equator(p)),
    "gpi": lambda p: np.array([[0, np.exp(-1j * p)], [np.exp(1j * p), 0]]),
    "gpi2": lambda p: np.array([[1, -1j * np.exp(-1j * p)], [-1j * np.exp(1j * p), 1]]) / np.sqrt(2),
    "cnot": lambda: controlled(X),
    "cv": lambda: controlled(ROOT_X),
    "ccnot": lambda: controlled(controlled(X)),
    "cphaseshift": lambda t: phases(0, 0, 0, t),
    "cphaseshift00": lambda t: phases(t, 0, 0, 0),
    "cphaseshift01": lambda t: phases(0, t, 0, 0),
    "cphaseshift10": lambda t: phases(0, 0, t, 0),
    "iswap": lambda: exchange(1j * X),
    "pswap": lambda t: exchange(np.exp(1j * t) * X),
    "xy": lambda t: exchange(np.cos(t / 2) * I2 + 1j * np.sin(t / 2) * X),
    "xx": lambda t: turn(t, np.kron(X, X)),
    "yy": lambda t: turn(t, np.kron(Y, Y)),
    "zz": lambda t: turn(t, np.kron(Z, Z)),
    "ecr": lambda: np.array([[0, 0, 1, 1j], [0, 0, 1j, 1], [1, -1j, 0, 0], [-1j, 1, 0, 0]]) / np.sqrt(2),
    "ms": molmer_sorensen,
}
IONQ: dict[str, Callable[..., Matrix]] = {
    "gpi": lambda p: BRAKET["gpi"](2 * np.pi * p),
    "gpi2": lambda p: BRAKET["gpi2"](2 * np.pi * p),
    "ms": lambda a, b, t: molmer_sorensen(2 * np.pi * a, 2 * np.pi * b, 2 * np.pi * t),
    "zz": lambda t: phases(-np.pi * t, np.pi * t, np.pi * t, -np.pi * t),
}
QUANTINUUM: dict[str, Callable[..., Matrix]] = {
    "U1q": lambda t, p: turn(t, equator(p)),
    "ZZ": lambda: np.diag([1, 1j, 1j, 1]),
    "RZZ": lambda t: turn(t, np.kron(Z, Z)),
    "Rz": lambda t: phases(0, t),
}


def assert_gate(head: str, name: str, matrix: Callable[..., Matrix], rng: np.random.Generator) -> None:
    """A call of the gate, under control too, is its matrix up to a global phase."""
    angles = [angle(rng) for _ in range(matrix.__code__.co_argcount - len(matrix.__defaults__ or ()))]
    expected = matrix(*angles)
    qubits = len(expected).bit_length() - 1
    call = f"{name}({', '.join(map(str, angles))})" if angles else name
    operands = ", ".join(f"q[{i}]" for i in range(qubits))
    circuit = read(f"{head}qreg q[{qubits}];\n{call} {operands};\n")
    assert Operator(circuit.reverse_bits()).equiv(Operator(expected)), name
    assert Operator(to_circuit(normalise(circuit)).reverse_bits()).equiv(Operator(expected)), name


@pytest.mark.parametrize("name", BRAKET)
def test_gates_of_braket(name: str) -> None:
    assert_gate("OPENQASM 3.0;\n", name, BRAKET[name], np.random.default_rng(1))


@pytest.mark.parametrize("name", IONQ)
def test_native_gates_of_ionq(name: str) -> None:
    assert_gate(HEAD, name, IONQ[name], np.random.default_rng(2))


@pytest.mark.parametrize("name", QUANTINUUM)
def test_native_gates_of_quantinuum(name: str) -> None:
    assert_gate('OPENQASM 2.0;\ninclude "hqslib1.inc";\n', name, QUANTINUUM[name], np.random.default_rng(3))


@pytest.mark.parametrize("seed", range(10))
def test_braket_file(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t, target = angle(rng), int(rng.integers(1, 3))
    text = f"""OPENQASM 3.0;
bit[3] b;
qubit[3] q;
#pragma braket verbatim
box {{ h q[0]; cnot q[0], q[{target}]; }}
#pragma braket unitary([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 0, -1im], [0, 0, 1.0im, 0]]) q[0], q[2]
xy({t}) q[0], q[1];
b[0] = measure q[0];
b[{target}] = measure q[{target}];
#pragma braket result probability q[0]
"""
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, target)
    circuit.cy(0, 2)
    circuit.rxx(-t / 2, 0, 1)
    circuit.ryy(-t / 2, 0, 1)
    circuit.measure(0, 0)
    circuit.measure(target, target)
    found = assert_reads_as(text, circuit, seed)
    assert any("cnot" in note for note in found.metadata["distq-notes"])


@pytest.mark.parametrize("seed", range(10))
def test_quantinuum_file_that_defines_its_gates(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t, p = angle(rng), angle(rng)
    text = f"""OPENQASM 2.0;
include "qelib1.inc";
gate U1q(th,ph) q {{ u3(th, ph-pi/2, pi/2-ph) q; }}
gate ZZ a,b {{ rzz(pi/2) a,b; }}
qreg q[3]; creg c[2];
U1q({t}*pi,{p}*pi) q[0]; ZZ q[0],q[1]; measure q[0]->c[0]; if(c==1) ZZ q[1],q[2]; measure q[1]->c[1];
"""
    circuit = QuantumCircuit(3, 2)
    circuit.r(t * np.pi, p * np.pi, 0)
    circuit.rzz(np.pi / 2, 0, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.rzz(np.pi / 2, 1, 2)
    circuit.measure(1, 1)
    assert_reads_as(text, circuit, seed)


def test_angles_of_ionq_and_noise_are_said() -> None:
    (note,) = read(f"{HEAD}qubit q;\ngpi(0.5) q;\n").metadata["distq-notes"]
    assert "turns" in note
    with pytest.raises(CircuitError, match=r":3:1: noise of the file's own"):
        read("OPENQASM 3.0;\nqubit q;\n#pragma braket noise bit_flip(0.2) q\n")


@pytest.mark.parametrize("seed", range(10))
def test_own_includes(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    b, version = angle(rng), 2 + seed % 2
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.inc").write_text("gate bar(t) a { ry(t / 2) a; }")
    (tmp_path / "my.inc").write_text(
        f'// a comment\ninclude "sub/inner.inc"; gate foo(a) x1,x2 {{ rz(a*{b}) x1; bar(a) x2; cx x1,x2; }}'
    )
    library = ("qelib1.inc", "stdgates.inc")[version - 2]
    path = tmp_path / "main.qasm"
    path.write_text(
        f'OPENQASM {version}.0; include "{library}"; include "my.inc";\nqreg q[2];\nh q[0]; foo(0.2+{b}) q[0],q[1];\n'
    )
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.rz((0.2 + b) * b, 0)
    circuit.ry((0.2 + b) / 2, 1)
    circuit.cx(0, 1)
    assert Operator(read_circuit(path)).equiv(Operator(circuit))


@pytest.mark.parametrize("version", [2, 3])
def test_errors_in_included_files_name_them(version: int, tmp_path: Path) -> None:
    library = ("qelib1.inc", "stdgates.inc")[version - 2]
    (tmp_path / "bad.inc").write_text("gate ok a { x a; }\n\ngate foo a,b { cx a,c; }\n")
    path = tmp_path / "main.qasm"
    path.write_text(f'OPENQASM {version}.0;\ninclude "{library}";\ninclude "bad.inc";\nqreg q[2];\nfoo q[0],q[1];\n')
    with pytest.raises(CircuitError) as caught:
        read_circuit(path)
    assert f"{tmp_path / 'bad.inc'}:3:21: 'c' is not defined" in str(caught.value)
    path.write_text(f'OPENQASM {version}.0;\ninclude "absent.inc";\n')
    with pytest.raises(CircuitError, match=r"main\.qasm:2:1: the included file .*absent\.inc' cannot be read"):
        read_circuit(path)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('include "stdgates.inc";\nqubit[2] q; h q[0]; cx q[0],q[1];', 3),
        ('include "qelib1.inc";\nqreg q[2]; h q[0]; cx q[0],q[1];', 2),
        ("gate g a { U(pi/2, 0, pi) a; }\nqubit[2] q; g q[0]; CX q[0], q[1];".replace("CX", "ctrl @ U(pi, 0, pi)"), 3),
        ("h $0; cnot $0, $1;", 3),
        ("qreg q[2]; U(pi/2,0,pi) q[0]; CX q[0],q[1];", 2),
    ],
)
def test_files_without_a_version(text: str, version: int) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    found = read(text)
    assert Operator(found).equiv(Operator(circuit))
    assert f"no version line: read as OpenQASM {version}" in found.metadata["distq-notes"]
