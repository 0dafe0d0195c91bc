"""Reading circuits: formats, metadata, and what damaged files say."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import pytest
from qiskit import QuantumCircuit, qasm2, qasm3, qpy

from distq.errors import CircuitError
from distq.frontend import normalise, read_circuit
from distq.ir.program import Kind
from helpers.circuits import DYNAMIC, random_circuit

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\n'


def as_qpy(*circuits: QuantumCircuit) -> bytes:
    buffer = io.BytesIO()
    qpy.dump(list(circuits), buffer)
    return buffer.getvalue()


def test_all_formats_from_files(tmp_path: Path) -> None:
    circuit = random_circuit(3, 12, seed=1, mix=("h", "cx", "rz", "u", "measure"), clbits=2)
    (tmp_path / "two.qasm").write_text(qasm2.dumps(circuit))
    (tmp_path / "three.qasm").write_text("// a comment\n\n" + qasm3.dumps(circuit))
    (tmp_path / "exact.qpy").write_bytes(as_qpy(circuit))
    for name in ("two.qasm", "three.qasm", "exact.qpy"):
        found = read_circuit(tmp_path / name)
        assert found.count_ops() == circuit.count_ops()
        assert [i.name for i in found.data] == [i.name for i in circuit.data]
    assert read_circuit(tmp_path / "two.qasm").name == "two"
    assert read_circuit(str(tmp_path / "exact.qpy")).name == circuit.name
    assert read_circuit(tmp_path / "two.qasm", name="mine").name == "mine"


@pytest.mark.parametrize("data", [QASM2.encode() + b"cx q[0],q[1];", QASM3.encode() + b"cx q[0],q[1];", None])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes | None) -> None:
    if data is None:
        circuit = QuantumCircuit(2)
        circuit.cx(0, 1)
        data = as_qpy(circuit)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read_circuit("-").count_ops() == {"cx": 1}


def test_streams_of_bytes_and_text() -> None:
    text = QASM2 + "h q[0];"
    assert read_circuit(io.StringIO(text)).count_ops() == {"h": 1}
    assert read_circuit(io.BytesIO(text.encode())).count_ops() == {"h": 1}


def test_metadata_comes_back_from_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "made.qasm"
    path.write_text('// distq: {"layout": {"output": [1, 0]}}\n' + QASM3 + "h q[0];\n")
    assert read_circuit(path).metadata["distq"] == {"layout": {"output": [1, 0]}}
    path.write_text(QASM2.replace("qreg", '// distq: {"a": }\nqreg'))
    with pytest.raises(CircuitError, match=r"made\.qasm:3:17: damaged distq metadata"):
        read_circuit(path)


def test_legacy_gates_and_conditions_of_openqasm_2() -> None:
    body = "creg c[2];\nrzz(0.3) q[0],q[1];\nu0(1) q[0];\ncsx q[0],q[1];\nif(c==2) x q[0];\nif(c==2) u3(1,2,3) q[1];\n"
    program = normalise(read_circuit(io.StringIO(QASM2 + body)))
    assert program.gates_2q == 1  # q[0] controls both gates
    assert [op.condition.value for op in program.operations if op.condition is not None] == [2, 2]


def test_own_gate_of_a_standard_name_keeps_its_own_meaning() -> None:
    text = "OPENQASM 2.0;\ngate h a { U(0,0,pi) a; }\nqreg q[1];\nh q[0];\n"
    (local,) = normalise(read_circuit(io.StringIO(text))).operations
    assert abs(local.factors[0][0, 1]) < 1e-12  # type: ignore[index]


def test_own_definition_of_a_standard_gate_is_recognised() -> None:
    names = "gate h a { U(pi/2,0,pi) a; } gate t a { U(0,0,pi/4) a; } gate tdg a { U(0,0,-pi/4) a; }\n"
    names += "gate cx a,b { CX a,b; }\n"
    toffoli = "h c; cx b,c; tdg c; cx a,c; t c; cx b,c; tdg c; cx a,c; t b; t c; h c; cx a,b; t a; tdg b; cx a,b;"
    text = f"OPENQASM 2.0;\n{names}gate ccx a,b,c {{ {toffoli} }}\nqreg q[3];\nccx q[0],q[1],q[2];\n"
    program = normalise(read_circuit(io.StringIO(text)))
    assert [program.operations[i].kind for i in program.multi_qubit] == [Kind.PHASE]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (QASM2 + "foo q[0];\n", ":4:1: 'foo' is not defined"),
        (QASM2 + "h q[5];\n", ":4:5: index 5 is out-of-range"),
        (QASM2 + "h q[0]\ncx q[0],q[1];\n", ":5:1: needed ';'"),
        (QASM2 + "cx q[0],q[0];\n", ":4:1: duplicate qubits"),
        (QASM2 + 'include "absent.inc";\n', "absent.inc"),
        (QASM3 + "foo q[0];\n", ":4:1: gate 'foo' is not defined"),
        (QASM3 + "h q[0]\nx q[1];\n", ":5:1: unexpected 'x'"),
        (QASM3 + "float[64] a = b;\n", ":4:15: 'b' is not defined"),
        (QASM3 + "gate g a { h a;\n", "unexpected end of file"),
        ("\n// only\nh q[2];\n", ":3:1: no OPENQASM version line"),
        ("OPENQASM 4.0;\n", "OPENQASM 4 is not a version"),
        ("", "is empty"),
        ("  \n", "is empty"),
    ],
)
def test_malformed_text_is_located(text: str, said: str) -> None:
    with pytest.raises(CircuitError) as caught:
        read_circuit(io.StringIO(text))
    assert said in str(caught.value)


def test_excerpt_points_at_the_column() -> None:
    with pytest.raises(CircuitError) as caught:
        read_circuit(io.StringIO(QASM2 + "h q[5];\n"))
    row, caret = caught.value.message.splitlines()[1:3]
    assert row[caret.index("^")] == "5"


@pytest.mark.parametrize("data", [b"\x00\x01\xff\xfe", b"abc\x00def", b"QISKIT", b"QISKIT\x63" + bytes(80)])
def test_binary_rubbish(data: bytes) -> None:
    with pytest.raises(CircuitError, match=r"neither text nor QPY|damaged or unknown QPY"):
        read_circuit(io.BytesIO(data))


def test_truncated_qpy_at_every_length() -> None:
    data = as_qpy(random_circuit(2, 4, seed=0, mix=("h", "cx", "rz")))
    for length in range(6, len(data), 7):
        with pytest.raises(CircuitError):
            read_circuit(io.BytesIO(data[:length]))


@pytest.mark.parametrize("version", [13, qpy.common.QPY_VERSION])
@pytest.mark.parametrize(("qubits", "clbits"), [(1 << 24, 2), (3, 1 << 24)])
def test_qpy_that_claims_too_many_bits(version: int, qubits: int, clbits: int) -> None:
    """Qiskit would make all of these bits first."""
    buffer = io.BytesIO()
    qpy.dump(QuantumCircuit(3, 2), buffer, version=version)
    data = buffer.getvalue()
    assert read_circuit(io.BytesIO(data)).num_qubits == 3
    counts = struct.pack("!II", 3, 2)
    assert data.count(counts) == 1
    damaged = data.replace(counts, struct.pack("!II", qubits, clbits))
    with pytest.raises(CircuitError, match=f"claims {qubits:,} qubits and {clbits:,} classical bits"):
        read_circuit(io.BytesIO(damaged))


def test_several_circuits_in_one_qpy() -> None:
    with pytest.raises(CircuitError, match="holds 2 circuits"):
        read_circuit(io.BytesIO(as_qpy(QuantumCircuit(1), QuantumCircuit(1))))


def test_missing_files_and_directories(tmp_path: Path) -> None:
    (tmp_path / "circuit.qasm").write_text(QASM2)
    with pytest.raises(CircuitError, match="no such file") as caught:
        read_circuit(tmp_path / "circiut.qasm")
    assert "circuit.qasm" in str(caught.value.hint)
    with pytest.raises(CircuitError, match="no such file"):
        read_circuit(tmp_path / "absent" / "x.qasm")
    with pytest.raises(CircuitError, match="is a directory"):
        read_circuit(tmp_path)


@pytest.mark.parametrize("seed", range(5))
def test_dynamic_circuits_survive_qpy(seed: int) -> None:
    circuit = random_circuit(3, 10, seed, DYNAMIC, clbits=2)
    found = read_circuit(io.BytesIO(as_qpy(circuit)))
    assert [op.kind for op in normalise(found).operations] == [op.kind for op in normalise(circuit).operations]
