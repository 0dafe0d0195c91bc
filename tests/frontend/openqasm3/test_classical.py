"""What an OpenQASM 3 program computes before it runs: constants, loops, subroutines, aliases, casts."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from distq.errors import CircuitError
from helpers.openqasm3 import HEAD, angle, assert_reads_as, read

SEEDS = range(10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_constants_are_evaluated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, n, b = int(rng.integers(1, 4)), int(rng.integers(2, 5)), angle(rng)
    text = f"""{HEAD}const int[32] n = {n};
const float x = {b} * sin(pi / {a + 1}) + n ** 2;
qubit[n] q;
rx(x / {a}) q[n - 1];
ry({a} % 2 + mod({a}, 3) - -x) q[0];
cp(arccos(3 / 5) + (n << 1)) q[0], q[n-1];
"""
    x = b * np.sin(np.pi / (a + 1)) + n**2
    circuit = QuantumCircuit(n)
    circuit.rx(x / a, n - 1)
    circuit.ry(a % 2 + a % 3 + x, 0)
    circuit.cp(np.arccos(0.6) + 2 * n, 0, n - 1)
    assert_reads_as(text, circuit)


@pytest.mark.parametrize("seed", SEEDS)
def test_loops_are_unrolled(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, step, stop = int(rng.integers(0, 3)), int(rng.choice([-2, -1, 1, 2])), int(rng.integers(0, 4))
    chosen = [int(i) for i in rng.integers(0, 4, 3)]
    b = angle(rng)
    text = f"""{HEAD}qubit[4] q;
for int i in [{start}:{step}:{stop}] {{ rx({b} * i) q[i]; for uint j in [0:i] {{ if (j != i) cx q[j], q[i]; }} }}
for int i in {{{", ".join(map(str, chosen))}}} {{ if (i == 2) continue; ry({b} + i) q[i]; }}
int[8] k = 1;
while (k < 20) {{ rz(k) q[0]; k *= 3; if (k == 9) break; }}
"""
    circuit = QuantumCircuit(4)
    for i in range(start, stop + (1 if step > 0 else -1), step):
        circuit.rx(b * i, i)
        for j in range(i):
            circuit.cx(j, i)
    for i in chosen:
        if i != 2:
            circuit.ry(b + i, i)
    circuit.rz(1, 0)
    circuit.rz(3, 0)
    assert_reads_as(text, circuit)


@pytest.mark.parametrize("seed", SEEDS)
def test_subroutines_are_inlined(seed: int) -> None:
    rng = np.random.default_rng(seed)
    b, k = angle(rng), int(rng.integers(1, 4))
    text = f"""{HEAD}const float b = {b};
def prepare(qubit a, qubit[2] r, float t) {{ h a; cx a, r[0]; rz(t * b) r[1]; }}
def total(int n) -> int {{ int s = 0; for int i in [1:n] {{ s += i; }} return s; }}
def early(qubit a, int n) {{ if (n > 2) {{ x a; return; }} y a; }}
qubit[4] q;
prepare(q[1], q[{{0, 3}}], total({k}));
early(q[2], {k});
"""
    circuit = QuantumCircuit(4)
    circuit.h(1)
    circuit.cx(1, 0)
    circuit.rz(b * k * (k + 1) / 2, 3)
    (circuit.x if k > 2 else circuit.y)(2)
    assert_reads_as(text, circuit)


@pytest.mark.parametrize("seed", SEEDS)
def test_aliases_and_slices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    i, j = (int(x) for x in rng.choice(4, 2, replace=False))
    text = f"""{HEAD}qubit[4] q;
qubit[2] r;
let both = q[1:-1:0] ++ r;
let odd = q[{{{i}, {j}}}];
let last = q[-1];
rx(0.3) both;
cx odd[0], odd[1];
ry(0.2) both[1:2];
cz last, r[0];
h q[:2:3];
"""
    circuit = QuantumCircuit(6)
    both = [1, 0, 4, 5]
    circuit.rx(0.3, both)
    circuit.cx(i, j)
    circuit.ry(0.2, both[1:3])
    circuit.cz(3, 4)
    circuit.h([0, 2])
    assert_reads_as(text, circuit)


@pytest.mark.parametrize("seed", SEEDS)
def test_casts_and_widths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = int(rng.integers(0, 16)), int(rng.integers(0, 16))
    text = f"""{HEAD}qubit[4] q;
uint[4] a = {a};
uint[4] b = {b};
a += b;
bit[4] sum = a ^ 5;
array[int[8], 2, 2] table = {{{{1, {a}}}, {{3, {b}}}}};
table[0, 1] += 1;
for int i in [0:3] {{ if (bool(a[i])) x q[i]; if (sum[i]) rz(table[0][1]) q[i]; }}
rx(sizeof(table, 1) + popcount(a)) q[0];
ry(float(int[4](b)) / 3) q[1];
angle[4] t = pi / 2;
t <<= 1;
p(t) q[2];
rz(int(2.9) + 2.5) q[3];
"""
    total = (a + b) % 16
    circuit = QuantumCircuit(4)
    for i in range(4):
        if total >> i & 1:
            circuit.x(i)
        if (total ^ 5) >> i & 1:
            circuit.rz(a + 1, i)
    circuit.rx(2 + total.bit_count(), 0)
    circuit.ry((b - 16 if b >= 8 else b) / 3, 1)
    circuit.p(np.pi, 2)
    circuit.rz(4.5, 3)
    assert_reads_as(text, circuit)


@pytest.mark.parametrize("seed", SEEDS)
def test_modifiers_in_any_combination(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words, matrix = [], None
    b, qubits = angle(rng), 2
    gate = QuantumCircuit(2)
    gate.rzz(b**2, 0, 1)
    gate.rx(b, 0)
    matrix = Operator(gate)
    for _ in range(3):
        word = str(rng.choice(["inv", "pow(2)", "pow(-1)", "pow(0.5)", "ctrl", "negctrl"]))
        if word.startswith("pow"):
            matrix = matrix.power(float(word[4:-1]))
        elif word == "inv":
            matrix = matrix.adjoint()
        else:
            block = np.eye(2 * matrix.dim[0], dtype=complex)
            where = np.arange(matrix.dim[0]) * 2 + (word == "ctrl")
            block[np.ix_(where, where)] = matrix.data
            matrix = Operator(block)
            qubits += 1
        words.insert(0, word)
    text = f"""{HEAD}gate g(t) a, b {{ rzz((t) ** 2) a, b; rx(t) a; }}
qubit[{qubits}] q;
{" @ ".join(words)} @ g({b}) {", ".join(f"q[{i}]" for i in range(qubits))};
"""
    from distq.frontend import normalise, to_circuit

    made = Operator(to_circuit(normalise(read(text))))
    assert made.equiv(matrix), text


def test_physical_qubits_and_parameters() -> None:
    circuit = read("OPENQASM 3.0;\ninput float theta;\nh $5;\nctrl @ rx(2 * theta) $5, $2;\nbit b;\nb = measure $2;\n")
    assert (circuit.num_qubits, circuit.num_clbits) == (2, 1)
    assert [p.name for p in circuit.parameters] == ["theta"]
    assert circuit.metadata["distq-notes"] == ["physical qubits $2, $5 are qubits 0 to 1 here"]


def test_delays_and_boxes_are_said() -> None:
    circuit = read(f"{HEAD}stretch s;\nqubit[2] q;\nbox [100ns] {{ delay[20ns] q[0]; x q; }}\ndelay[2 * s] q[1];\n")
    assert [i.name for i in circuit.data] == ["delay", "x", "x", "barrier"]
    assert len(circuit.metadata["distq-notes"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("for int i in [0:1000000] { x q[0]; }", ":4:15: a range of 1,000,001 values is too long"),
        ("x q[2 * 3];", ":4:5: the index 6 is out of range, there are 2"),
        ("x q[1 / 2];", "the index 0.5 is no integer"),
        ("cx q[0], q[0];", ":4:1: 'cx' acts twice on one qubit"),
        ("rx(1, 2) q[0];", "'rx' takes 1 parameters, not 2"),
        ("rx(1 / 0) q[0];", ":4:4: division by zero"),
        ("const int a = 1;\na = 2;", ":5:1: 'a' is a constant"),
        ("input int n;", "the input 'n' of type int has no value"),
        ("extern f(int) -> int;\nint a = f(1);", ":5:9: 'f' is an extern function"),
        ("defcal x $0 { play drive($0); }", "defcal describes pulses"),
        ("while (true) { x q[0]; }", "the loop does not end within 100,000 rounds"),
        ("def f(qubit a) { f(a); }\nf(q[0]);", "more than 64 calls deep"),
        ("qubit q;", ":4:7: 'q' is defined already"),
        ("bit[3] c = measure q;", "bit[2] is no bit[3]"),
        ("x pq;", ":4:3: 'pq' is not defined"),
        ("gate g p { x p; h q[0]; }", ":4:19: the body of the gate 'g' acts on its operands alone"),
        ("gate g p { barrier p, q; }", "the body of the gate 'g' acts on its operands alone"),
        ("int a = int(1e999);", ":4:9: a number cannot be computed: cannot convert float infinity to integer"),
        ("gate g p { g p; }", "the gate 'g' is part of its own definition"),
        ("gate g(a) p { g(a / 2) p; }\ng(1) q[0];", "the gate 'g' is part of its own definition"),
        ("let a = 5;", ":4:9: an alias names qubits or bits"),
        ("qubit[1000000000] r;", "a register of 1000000000 qubits"),
        ("rx(2 ** 99999999) q[0];", "the power 99999999 of an integer is too large"),
        ("break;", "'break' statement outside loop"),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_place(body: str, said: str) -> None:
    with pytest.raises(CircuitError) as caught:
        read(f"{HEAD}qubit[2] q;\n{body}\n")
    assert said in str(caught.value)
