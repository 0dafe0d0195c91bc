"""Random programs with nested control flow, in two languages, and what they do.

A program is a list of nodes. It can be written as OpenQASM 3 and as a Qiskit circuit, and :func:`run_program` executes
it directly: on every branch, with the values of its bits and of its variable, knowing nothing of either language.

Nodes: ``("gate", name, qubits, angle)``, ``("measure", qubit, bit)``, ``("reset", qubit)``, ``("if", test, then,
otherwise)``, ``("switch", {label: body}, default)`` on the register, ``("for", rounds, body)``, ``("leave", word,
test)`` with ``break`` or ``continue``, ``("toggle", test)``: the variable v becomes v xor test.

Tests: ``("bit", i)``, ``("v",)``, ``("not", t)``, ``("and" | "or", t, u)``, ``("eq" | "lt", number)`` on the register.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import standard_gates as gates

from helpers.circuits import Branches, _apply

QUBITS, BITS = 3, 3
Node = tuple[Any, ...]

_GATES: dict[str, Any] = {
    "h": gates.HGate(),
    "x": gates.XGate(),
    "t": gates.TGate(),
    "cx": gates.CXGate(),
    "cz": gates.CZGate(),
}


def random_program(rng: Generator, size: int = 8) -> list[Node]:
    """A program that measures something before it tests it."""
    start: list[Node] = [("gate", "h", (q,), 0.0) for q in range(QUBITS)]
    start += [("gate", "cx", (0, 1), 0.0), ("measure", 0, int(rng.integers(BITS)))]
    return start + _block(rng, size, depth=0, loop=False)


def _block(rng: Generator, size: int, depth: int, loop: bool) -> list[Node]:
    return [_node(rng, depth, loop) for _ in range(int(rng.integers(1, size + 1)))]


def _node(rng: Generator, depth: int, loop: bool) -> Node:
    kinds = ["gate", "gate", "gate", "measure", "reset", "toggle"]
    kinds += ["if", "if", "switch", "for"] if depth < 2 else []
    kinds += ["leave"] if loop else []
    match str(rng.choice(kinds)):
        case "gate":
            name = str(rng.choice([*_GATES, "ry", "rzz"]))
            count = 2 if name in ("cx", "cz", "rzz") else 1
            return "gate", name, tuple(int(q) for q in rng.permutation(QUBITS)[:count]), round(float(rng.normal()), 3)
        case "measure":
            return "measure", int(rng.integers(QUBITS)), int(rng.integers(BITS))
        case "reset":
            return "reset", int(rng.integers(QUBITS))
        case "toggle":
            return "toggle", _test(rng, 1)
        case "leave":
            return "leave", str(rng.choice(["break", "continue"])), _test(rng, 1)
        case "if":
            otherwise = _block(rng, 2, depth + 1, loop) if rng.random() < 0.5 else []
            return "if", _test(rng, 2), _block(rng, 3, depth + 1, loop), otherwise
        case "switch":
            labels = rng.permutation(2**BITS)[:2]
            cases = {int(label): _block(rng, 2, depth + 1, loop) for label in labels}
            return "switch", cases, _block(rng, 2, depth + 1, loop)
    return "for", int(rng.integers(1, 4)), _block(rng, 3, depth + 1, loop=True)


def _test(rng: Generator, depth: int) -> Node:
    kinds = ["bit", "bit", "v", "eq", "lt"] + (["not", "and", "or"] if depth else [])
    match str(rng.choice(kinds)):
        case "bit":
            return "bit", int(rng.integers(BITS))
        case "v":
            return ("v",)
        case "not":
            return "not", _test(rng, depth - 1)
        case "and" | "or" as word:
            return word, _test(rng, depth - 1), _test(rng, depth - 1)
        case word:
            return word, int(rng.integers(2**BITS))


# ---- OpenQASM 3 -----------------------------------------------------------------------------------------------------


def as_text(program: list[Node]) -> str:
    """The program in OpenQASM 3."""
    head = f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[{QUBITS}] q;\nbit[{BITS}] c;\nbool v = false;\n'
    return head + "gate rzz(t) a, b { cx a, b; rz(t) b; cx a, b; }\n" + "\n".join(map(_text, program)) + "\n"


def _text(node: Node) -> str:
    match node:
        case "gate", name, qubits, angle:
            call = f"{name}({angle})" if name in ("ry", "rzz") else name
            return f"{call} {', '.join(f'q[{q}]' for q in qubits)};"
        case "measure", qubit, bit:
            return f"c[{bit}] = measure q[{qubit}];"
        case "reset", qubit:
            return f"reset q[{qubit}];"
        case "toggle", test:
            return f"v = v != ({_condition(test)});"
        case "leave", word, test:
            return f"if ({_condition(test)}) {word};"
        case "if", test, then, otherwise:
            rest = f" else {_braces(otherwise)}" if otherwise else ""
            return f"if ({_condition(test)}) {_braces(then)}{rest}"
        case "switch", cases, default:
            arms = " ".join(f"case {label} {_braces(body)}" for label, body in cases.items())
            return f"switch (int(c)) {{ {arms} default {_braces(default)} }}"
        case "for", rounds, body:
            return f"for int i in [1:{rounds}] {_braces(body)}"
    raise AssertionError(node)


def _braces(body: list[Node]) -> str:
    return "{ " + " ".join(map(_text, body)) + " }"


def _condition(test: Node) -> str:
    match test:
        case "bit", i:
            return f"c[{i}]"
        case ("v",):
            return "v"
        case "not", inner:
            return f"!({_condition(inner)})"
        case "and" | "or" as word, left, right:
            return f"({_condition(left)}) {'&&' if word == 'and' else '||'} ({_condition(right)})"
        case "eq", number:
            return f"c == {number}"
        case "lt", number:
            return f"uint(c) < {number}"
    raise AssertionError(test)


# ---- Qiskit ---------------------------------------------------------------------------------------------------------


def as_circuit(program: list[Node]) -> QuantumCircuit:
    """The program as a Qiskit circuit."""
    circuit = QuantumCircuit(QuantumRegister(QUBITS, "q"), ClassicalRegister(BITS, "c"))
    circuit.add_var("v", expr.lift(False, types.Bool()))
    for node in program:
        _append(circuit, node)
    return circuit


def _append(circuit: QuantumCircuit, node: Node) -> None:
    match node:
        case "gate", name, qubits, angle:
            named = {"ry": gates.RYGate(angle), "rzz": gates.RZZGate(angle)} | _GATES
            circuit.append(named[name], qubits)
        case "measure", qubit, bit:
            circuit.measure(qubit, bit)
        case "reset", qubit:
            circuit.reset(qubit)
        case "toggle", test:
            var = circuit.get_var("v")
            circuit.store(var, expr.not_equal(var, _expression(circuit, test)))
        case "leave", word, test:
            with circuit.if_test(_expression(circuit, test)):
                circuit.break_loop() if word == "break" else circuit.continue_loop()
        case "if", test, then, otherwise:
            with circuit.if_test(_expression(circuit, test)) as rest:
                _append_all(circuit, then)
            if otherwise:
                with rest:
                    _append_all(circuit, otherwise)
        case "switch", cases, default:
            with circuit.switch(circuit.cregs[0]) as case:
                for label, body in cases.items():
                    with case(label):
                        _append_all(circuit, body)
                with case(case.DEFAULT):
                    _append_all(circuit, default)
        case "for", rounds, body:
            with circuit.for_loop(range(rounds)):
                _append_all(circuit, body)


def _append_all(circuit: QuantumCircuit, body: list[Node]) -> None:
    for node in body:
        _append(circuit, node)


def _expression(circuit: QuantumCircuit, test: Node) -> expr.Expr:
    match test:
        case "bit", i:
            return expr.lift(circuit.clbits[i])
        case ("v",):
            return circuit.get_var("v")
        case "not", inner:
            return expr.logic_not(_expression(circuit, inner))
        case "and", left, right:
            return expr.logic_and(_expression(circuit, left), _expression(circuit, right))
        case "or", left, right:
            return expr.logic_or(_expression(circuit, left), _expression(circuit, right))
        case "eq", number:
            return expr.equal(circuit.cregs[0], number)
        case "lt", number:
            return expr.less(circuit.cregs[0], number)
    raise AssertionError(test)


# ---- what it does ---------------------------------------------------------------------------------------------------

_State = tuple[int, bool, str]
"""Bits, variable, and how control goes on: ``""``, or the word by which a loop was left."""


def run_program(program: list[Node], state: np.ndarray) -> Branches:
    """Unnormalised density matrix per value of the bits at the end."""
    runs = {(0, False, ""): np.outer(state, state.conj())}
    out: Branches = {}
    for (bits, _, _), rho in _run(program, runs).items():
        out[bits] = out.get(bits, 0) + rho
    return out


def _run(body: list[Node], runs: dict[_State, np.ndarray]) -> dict[_State, np.ndarray]:
    for node in body:
        after: dict[_State, np.ndarray] = {}
        for key, rho in runs.items():
            found = {key: rho} if key[2] else _step(node, key, rho)
            for new, part in found.items():
                after[new] = after.get(new, 0) + part
        runs = {key: rho for key, rho in after.items() if np.trace(rho).real > 1e-14}
    return runs


def _step(node: Node, key: _State, rho: np.ndarray) -> dict[_State, np.ndarray]:
    bits, v, _ = key
    match node:
        case "gate", name, qubits, angle:
            named = {"ry": gates.RYGate(angle), "rzz": gates.RZZGate(angle)} | _GATES
            return {key: _apply(named[name].to_matrix(), list(qubits), rho, QUBITS)}
        case "measure", qubit, bit:
            parts = [_apply(np.diag([1.0 - one, one]), [qubit], rho, QUBITS) for one in (0, 1)]
            return {(bits & ~(1 << bit) | one << bit, v, ""): parts[one] for one in (0, 1)}
        case "reset", qubit:
            low, high = np.diag([1.0, 0.0]), np.array([[0.0, 1.0], [0.0, 0.0]])
            return {key: _apply(low, [qubit], rho, QUBITS) + _apply(high, [qubit], rho, QUBITS)}
        case "toggle", test:
            return {(bits, v != _holds(test, bits, v), ""): rho}
        case "leave", word, test:
            return {(bits, v, word if _holds(test, bits, v) else ""): rho}
        case "if", test, then, otherwise:
            return _run(then if _holds(test, bits, v) else otherwise, {key: rho})
        case "switch", cases, default:
            return _run(cases.get(bits, default), {key: rho})
        case "for", rounds, body:
            return _loop(rounds, body, {key: rho})
    raise AssertionError(node)


def _loop(rounds: int, body: list[Node], runs: dict[_State, np.ndarray]) -> dict[_State, np.ndarray]:
    for _ in range(rounds):
        after: dict[_State, np.ndarray] = {}
        for (bits, v, word), rho in _run(body, runs).items():
            key = (bits, v, "break" if word == "break" else "")
            after[key] = after.get(key, 0) + rho
        runs = after
    out: dict[_State, np.ndarray] = {}
    for (bits, v, _), rho in runs.items():
        out[bits, v, ""] = out.get((bits, v, ""), 0) + rho
    return out


def _holds(test: Node, bits: int, v: bool) -> bool:
    match test:
        case "bit", i:
            return bool(bits >> i & 1)
        case ("v",):
            return v
        case "not", inner:
            return not _holds(inner, bits, v)
        case "and", left, right:
            return _holds(left, bits, v) and _holds(right, bits, v)
        case "or", left, right:
            return _holds(left, bits, v) or _holds(right, bits, v)
        case "eq", number:
            return bits == number
        case "lt", number:
            return bits < number
    raise AssertionError(test)
