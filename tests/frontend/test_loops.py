"""Loops whose end depends on measured bits: compiled for so many rounds, each on the runs that reach it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from qiskit import QuantumCircuit

import distq
from distq.errors import CircuitError
from distq.frontend import prepared, read_circuit
from distq.frontend.places import NOTES
from distq.verification.compare_files import compare
from helpers.circuits import chosen_bits, random_state, run_exactly, same_branches
from helpers.coherent import assert_equivalent

Body = Callable[[QuantumCircuit], None]


def _again(circuit: QuantumCircuit) -> None:
    circuit.h(0)
    circuit.cp(0.7, 0, 1)
    circuit.measure(0, 0)


def _two_bits(circuit: QuantumCircuit) -> None:
    circuit.ry(1.1, 0)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    circuit.ry(0.4, 1)
    circuit.measure(1, 1)


def _active_reset(circuit: QuantumCircuit) -> None:
    circuit.reset(0)
    circuit.h(0)
    circuit.cx(0, 2)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)


CASES = {
    "one bit": (_again, lambda c: (c.clbits[0], 1)),
    "one bit that is 0": (_again, lambda c: (c.clbits[0], 0)),
    "a register": (_two_bits, lambda c: (c.cregs[0], 1)),
    "with reset and a branch inside": (_active_reset, lambda c: (c.clbits[0], 1)),
}


def _with_loop(body: Body, condition: Callable[[QuantumCircuit], object]) -> QuantumCircuit:
    circuit = _begun()
    with circuit.while_loop(condition(circuit)):
        body(circuit)
    return _ended(circuit)


def _nested(body: Body, condition: Callable[[QuantumCircuit], object], rounds: int) -> QuantumCircuit:
    """The same by hand: every further round inside the ``if`` of the one before."""
    circuit = _begun()

    def round_of(left: int) -> None:
        if left:
            with circuit.if_test(condition(circuit)):
                body(circuit)
                round_of(left - 1)

    round_of(rounds)
    return _ended(circuit)


def _begun() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 2)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.cx(0, 1)
    return circuit


def _ended(circuit: QuantumCircuit) -> QuantumCircuit:
    circuit.cx(1, 2)
    circuit.ry(0.3, 0)
    return circuit


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("name", CASES)
def test_loops_do_what_nested_branches_do(name: str, rounds: int) -> None:
    body, condition = CASES[name]
    state = random_state(3, 5)
    straight = prepared(_with_loop(body, condition), 3, rounds)
    unwritten = [bit for bit in range(2) if any(f"bit {bit} is computed" in note for note in straight.metadata[NOTES])]
    written = sum(1 << bit for bit in range(2) if bit not in unwritten)
    found = run_exactly(straight, state)
    expected = run_exactly(_nested(body, condition, rounds), state)
    assert same_branches(chosen_bits(found, written), chosen_bits(expected, written))
    assert not unwritten or name == "a register"


@pytest.mark.parametrize("name", CASES)
def test_loops_with_remote_gates_are_compiled_and_said_to_be_cut_off(name: str) -> None:
    body, condition = CASES[name]
    done = distq.compile(_with_loop(body, condition), "3x1+2", "kl", max_rounds=3)
    assert done.report.verified
    assert done.report.ebits > 0
    assert any("for at most 3 rounds" in note.text for note in done.report.notes)
    assert_equivalent(done.source, done.circuit, branches=3)


def _text(loop: str) -> str:
    return f"""OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit c; int i = 0;
h q[0]; c = measure q[0];
{loop}
cx q[0], q[1];"""


@pytest.mark.parametrize(
    ("loop", "rounds"),
    [
        ("while (c) { h q[0]; c = measure q[0]; }", 4),
        ("while (true) { if (!c) break; h q[0]; c = measure q[0]; }", 4),
        ("#pragma distq max_rounds 7\nwhile (c) { h q[0]; c = measure q[0]; }", 7),
    ],
)
def test_openqasm_loops_are_cut_off_with_a_note(loop: str, rounds: int) -> None:
    circuit = read_circuit(io.StringIO(_text(loop)), max_rounds=4)
    hand = read_circuit(io.StringIO(_text("".join(["if (c) { h q[0]; c = measure q[0]; }"] * rounds))))
    found, expected = (run_exactly(one, random_state(2, 3)) for one in (circuit, hand))
    assert same_branches(chosen_bits(found, 1), chosen_bits(expected, 1))
    (note,) = circuit.metadata["distq-notes"]
    assert f"for at most {rounds} rounds" in note


def test_a_condition_that_measures_does_so_only_in_runs_that_reach_it() -> None:
    begin = 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit c;'
    begin += "def again(qubit a) -> bit { bit b; h a; b = measure a; return b; }"
    loop = read_circuit(io.StringIO(begin + "while (again(q[0])) { x q[1]; c = measure q[1]; }"), max_rounds=2)
    once = "if (again(q[0])) { x q[1]; c = measure q[1]; "
    hand = read_circuit(io.StringIO(begin + once + once + "bit last = again(q[0]); } }"))
    found, expected = (run_exactly(one, random_state(2, 3)) for one in (loop, hand))
    assert same_branches(chosen_bits(found, 1), chosen_bits(expected, 1))


def test_a_loop_that_a_counter_ends_in_time_is_not_cut_off() -> None:
    text = _text("while (c && i < 3) { h q[0]; c = measure q[0]; i += 1; }")
    assert not (read_circuit(io.StringIO(text), max_rounds=3).metadata or {}).get("distq-notes")
    assert read_circuit(io.StringIO(text), max_rounds=2).metadata["distq-notes"]


@pytest.mark.parametrize("number", ["", "0", "-1", "two", "1 2"])
def test_a_wrong_number_of_rounds_is_refused(number: str) -> None:
    with pytest.raises(CircuitError, match="max_rounds takes one whole number from 1"):
        read_circuit(io.StringIO(_text(f"#pragma distq max_rounds {number}\n")))


def test_a_check_with_another_number_of_rounds_names_the_option(tmp_path: Path) -> None:
    original, compiled = tmp_path / "loop.qasm", tmp_path / "out.qasm"
    original.write_text(_text("while (c) { h q[0]; c = measure q[0]; }"))
    done = distq.compile(str(original), "2x1+1", "kl", max_rounds=3)
    done.save(compiled)
    assert compare(str(original), str(compiled), done.network, max_rounds=3).equal
    other = compare(str(original), str(compiled), done.network)
    assert not other.equal
    assert "taken for 10 rounds: compiled with another --max-rounds?" in str(other.reason)


def test_a_loop_that_never_ends_is_refused() -> None:
    circuit = QuantumCircuit(1, 1)
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.x(0)
    with pytest.raises(CircuitError, match=r"instruction 0 \('while_loop'\): the loop does not end within"):
        distq.compile(circuit, "2x1+1")
