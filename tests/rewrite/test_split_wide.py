"""Wide operations become narrow ones, and the program stays what it is."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from distq.errors import InputError
from distq.frontend import normalise, to_circuit
from distq.rewrite import expand_wide
from helpers.circuits import DYNAMIC, random_circuit, random_state, run_exactly, same_branches

WIDE = ("ccx", "mcx", "mcx_o", "mcp", "pauli", "evolution", "h", "cx", "t", "rx")


def same_up_to_phase(a: QuantumCircuit, b: QuantumCircuit) -> bool:
    first, second = Operator(a).data, Operator(b).data
    overlap = np.vdot(first, second)
    return bool(np.abs(first * overlap / abs(overlap) - second).max() < 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [2, 3, 4])
@pytest.mark.parametrize("seed", range(6))
def test_random_circuits(seed: int, limit: int) -> None:
    circuit = random_circuit(5, 14, seed, WIDE)
    found = expand_wide(normalise(circuit), limit)
    assert all(len(op.qubits) <= limit for op in found.operations)
    assert same_up_to_phase(circuit, to_circuit(found))


@pytest.mark.parametrize("seed", range(4))
def test_conditions_and_measurements(seed: int) -> None:
    circuit = random_circuit(4, 16, seed, (*DYNAMIC, "mcx", "mcp", "if", "if"), clbits=2)
    found = expand_wide(normalise(circuit), 2)
    assert all(len(op.qubits) <= 2 for op in found.operations)
    state = random_state(4, seed)
    assert same_branches(run_exactly(circuit, state), run_exactly(to_circuit(found), state))


def test_unknown_angles() -> None:
    angle = Parameter("a")
    circuit = QuantumCircuit(4)
    circuit.mcp(angle, [0, 1, 2], 3)
    made = to_circuit(expand_wide(normalise(circuit), 2))
    bound = made.assign_parameters(dict.fromkeys(made.parameters, 0.7))
    assert same_up_to_phase(circuit.assign_parameters({angle: 0.7}), bound)


def test_narrow_programs_stay() -> None:
    program = normalise(random_circuit(4, 20, 0, ("ccx", "h", "cx")))
    assert expand_wide(program, 3) is program
    with pytest.raises(InputError, match="at most 1"):
        expand_wide(program, 1)
