"""Rewritten programs are compared with the original on a random state."""

from dataclasses import replace

import pytest
from qiskit import QuantumCircuit

from distq.compiler import compile
from distq.errors import InternalError
from distq.frontend import normalise
from distq.ir.rewriting import Rewriting
from distq.networks import parse_network
from distq.rewrite import rewrite
from distq.rewrite.omit import removal_angle
from distq.verification.rewriting_check import check_rewriting
from helpers.circuits import qft

NETWORK = parse_network("3x2+2")


@pytest.fixture(scope="module")
def program():
    circuit = QuantumCircuit(6)
    circuit.h(range(6))
    for k in range(5):
        circuit.cx(k, k + 1)
        circuit.rz(0.3 + 0.1 * k, k + 1)
        circuit.cx(k, k + 1)
    circuit.mcp(0.7, [0, 2], 4)
    circuit.ccx(1, 3, 5)
    return normalise(circuit)


REWRITINGS = {
    "resynthesised": Rewriting(resynthesise=True),
    "cut down": Rewriting(limit=2),
    "gathered": Rewriting(gather=(0, 0, 1, 1, 2, 2)),
    "both": Rewriting(before=Rewriting(resynthesise=True), gather=(0, 0, 1, 1, 2, 2)),
}


@pytest.mark.parametrize("rewriting", REWRITINGS.values(), ids=REWRITINGS.keys())
def test_rewritings_pass_and_planted_faults_are_found(program, rewriting):
    rewritten = rewrite(program, rewriting, NETWORK)
    check_rewriting(program, rewritten, rewriting)
    operations = list(rewritten.operations)
    place = next(i for i, op in enumerate(operations) if len(op.qubits) > 1)
    wrong = replace(rewritten, operations=(*operations[:place], *operations[place + 1 :]))
    with pytest.raises(InternalError, match="not the original"):
        check_rewriting(program, wrong, rewriting)


def test_a_qubit_may_end_on_another_line_only_if_the_program_says_so():
    circuit = QuantumCircuit(3)
    circuit.rxx(-1.5, 1, 0)
    circuit.cu(0.8, 5.0, 3.1, 0.0, 2, 0)
    circuit.cswap(1, 2, 0)
    program, rewriting = normalise(circuit), Rewriting(limit=2)
    rewritten = rewrite(program, rewriting, NETWORK)
    assert rewritten.output != program.output
    check_rewriting(program, rewritten, rewriting)
    with pytest.raises(InternalError, match="not the original"):
        check_rewriting(program, replace(rewritten, output=program.output), rewriting)


def test_qubits_exchanged_by_gates_are_compared():
    done = compile(qft(5), parse_network("5x1+1@line"), "swap-routing")
    rewriting = done.plan.rewriting
    assert rewriting is not None
    wrong = replace(done.program, output=done.program.output[::-1])
    with pytest.raises(InternalError, match="not the original"):
        check_rewriting(done.original, wrong, rewriting)


def test_what_was_left_out_is_no_fault(program):
    place = next(i for i in range(len(program.operations)) if removal_angle(program.operations[i]) is not None)
    rewriting = Rewriting(drop=(place,))
    check_rewriting(program, rewrite(program, rewriting, NETWORK), rewriting)


def test_programs_that_were_not_rewritten_are_not_compared(program):
    check_rewriting(program, replace(program, operations=()), None)
