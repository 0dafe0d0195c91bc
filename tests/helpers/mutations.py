"""Files as people and disks spoil them: bytes, tokens and keys changed at random, from a seed."""

from __future__ import annotations

import io
import re

import numpy as np
from qiskit import QuantumCircuit, qpy

QASM2 = """OPENQASM 2.0;
include "qelib1.inc";
gate mine(a) p, q { cx p, q; rz(a/2) q; cx p, q; }
qreg q[4];
creg c[4];
creg d[2];
h q[0];
mine(pi/4) q[0], q[1];
cu1(pi/8) q[1], q[2];
barrier q;
measure q[0] -> c[0];
if (c == 1) x q[3];
ccx q[1], q[2], q[3];
reset q[0];
u3(0.1, 0.2, 0.3) q[0];
measure q[1] -> d[1];
"""
QASM3 = """OPENQASM 3.0;
include "stdgates.inc";
const int n = 4;
input float theta;
qubit[n] q;
bit[n] c;
def pair(qubit a, qubit b) { h a; cx a, b; }
gate mine(a) p, r { cx p, r; rz(a / 2) r; cx p, r; }
pair(q[0], q[1]);
for int i in [0:2] { cp(pi / 2 ** i) q[i], q[i + 1]; }
ctrl @ inv @ s q[0], q[2];
let half = q[0:1];
c[0] = measure half[0];
if (c[0] == 1) { x q[3]; mine(0.3) q[1], q[2]; } else { z q[3]; }
reset q[0];
c[1:2] = measure q[1:2];
"""
TOML = """[network]
name = "lab"
message_time_s = 1e-6

[defaults.qpu]
memory = 2
t2_s = 5.0

[[qpu]]
name = "alice"
data = 3
error_2q = 1e-3

[[qpu]]
name = "bob"
data = 2
zones = 1
communication = 2

[[qpu]]
count = 1
preset = "ionq-forte"
data = 2

[[hub]]
name = "switch"
analysers = 1

[[link]]
between = ["alice", "bob"]
hub = "switch"
fidelity = 0.97
rate_hz = 200.0

[[link]]
between = ["bob", "qpu2"]
weights = [0.97, 0.01, 0.01, 0.01]
rate_hz = 10.0
cutoff_s = 0.5
"""
WORDS = r"""; , ( ) { } [ ] -> = == @ * ** / + - . : " # // /* */ $0 \ q c d n theta pi 0 1 -1 99 4294967296 1e999 nan
inf 0.5 true if else for while in def gate qubit bit int cx h x ccx u3 measure reset barrier include OPENQASM 3.0 2.0
const let input output ctrl inv pow box stretch qreg creg opaque switch case return break alice bob name data memory
link qpu between [[qpu]] [network]"""
"""What a token may become: words of all the languages, and what belongs to none."""
_TOKEN = re.compile(r"\s+|\w+|\W")


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """``content`` with one to three changes, each to bytes, to tokens or to lines."""
    for _ in range(int(rng.integers(1, 4))):
        kind = int(rng.integers(3))
        content = (_other_bytes, _other_tokens, _other_lines)[kind](content, rng)
    return content


def _other_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes flipped, gone or new, or the end cut off."""
    at, size = int(rng.integers(len(content) + 1)), int(rng.integers(1, 5))
    match int(rng.integers(4)):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + content[at + size :]
        case 2:
            return content[:at] + rng.bytes(size) + content[at:]
        case _:
            return content[:at] + rng.bytes(size) + content[at + size :]


def _other_tokens(content: bytes, rng: np.random.Generator) -> bytes:
    """A token gone, doubled, exchanged with another one, replaced, or misspelt."""
    tokens = _TOKEN.findall(content.decode("latin-1"))
    if not tokens:
        return content
    a, b = rng.integers(len(tokens), size=2).tolist()
    match int(rng.integers(5)):
        case 0:
            del tokens[a]
        case 1:
            tokens.insert(a, tokens[a])
        case 2:
            tokens[a], tokens[b] = tokens[b], tokens[a]
        case 3:
            tokens[a] = str(rng.choice(WORDS.split()))
        case _:
            tokens[a] = tokens[a][::-1] if len(tokens[a]) > 1 else tokens[a] * 2
    return "".join(tokens).encode("latin-1")


def _other_lines(content: bytes, rng: np.random.Generator) -> bytes:
    """A line gone, doubled, or moved."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    a, b = rng.integers(len(lines), size=2).tolist()
    match int(rng.integers(3)):
        case 0:
            del lines[a]
        case 1:
            lines.insert(b, lines[a])
        case _:
            lines.insert(b, lines.pop(a))
    return b"".join(lines)


def qpy_bytes() -> bytes:
    """A circuit in QPY."""
    circuit = QuantumCircuit(3, 2, name="small")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rzz(0.3, 1, 2)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.x(2)
    stream = io.BytesIO()
    qpy.dump(circuit, stream)
    return stream.getvalue()
