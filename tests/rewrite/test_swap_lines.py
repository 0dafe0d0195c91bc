"""SWAPs carried out by gates, and operations in another order, leave a program what it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from distq.errors import InputError
from distq.frontend import normalise, to_circuit
from distq.ir.rewriting import Rewriting, read_rewriting, write_rewriting
from distq.networks.parse import parse_network
from distq.rewrite import SWAP_OPERATIONS, insert_swaps, rewrite
from helpers.circuits import COMMON, DYNAMIC, random_circuit, random_state, run_exactly, same_branches


def random_swaps(lines: int, operations: int, seed: int) -> list[tuple[int, int, int]]:
    rng = np.random.default_rng(seed)
    places = sorted(int(p) for p in rng.integers(operations + 1, size=3))
    return [(place, *map(int, rng.permutation(lines)[:2])) for place in places]


@pytest.mark.parametrize("seed", range(6))
def test_swaps_anywhere_give_the_same_unitary_and_global_phase(seed: int) -> None:
    circuit = random_circuit(3, 8, seed, (*COMMON, "ccx"))
    program = normalise(circuit)
    made = insert_swaps(program, (), random_swaps(3, len(program.operations), seed))
    assert len(made.operations) == len(program.operations) + 3 * SWAP_OPERATIONS
    assert np.abs(Operator(to_circuit(made)).data - Operator(circuit).data).max() < 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_swaps_between_measurements_and_conditions(seed: int) -> None:
    circuit = random_circuit(3, 10, seed, (*DYNAMIC, "if"), clbits=2)
    program = normalise(circuit)
    made = insert_swaps(program, (), random_swaps(3, len(program.operations), seed))
    state = random_state(3, seed)
    assert same_branches(run_exactly(circuit, state), run_exactly(to_circuit(made), state))


def test_every_order_that_is_taken_gives_the_same_unitary() -> None:
    circuit = QuantumCircuit(3)
    circuit.rzz(0.3, 0, 1)
    circuit.rzz(0.4, 1, 2)
    circuit.h(1)
    circuit.rzz(0.5, 0, 1)
    circuit.rzz(0.6, 0, 2)
    program, taken = normalise(circuit), 0
    for order in itertools.permutations(range(len(program.operations))):
        try:
            made = insert_swaps(program, order, [(2, 0, 2)])
        except InputError:
            continue
        taken += 1
        assert np.abs(Operator(to_circuit(made)).data - Operator(circuit).data).max() < 1e-9
    assert taken == 2 * 5  # the first two in either order, the last one anywhere among the other four
    with pytest.raises(InputError, match="does not commute"):
        insert_swaps(program, (2, 0, 1, 3, 4), ())


def test_unknown_angles_leave_the_phase_unknown() -> None:
    circuit = QuantumCircuit(2)
    circuit.rzz(Parameter("a"), 0, 1)
    assert insert_swaps(normalise(circuit), (), [(0, 0, 1)]).global_phase == 0.0


@pytest.mark.parametrize(
    "rewriting",
    [
        Rewriting(order=(0, 0)),
        Rewriting(order=(0,)),
        Rewriting(swaps=((0, 0, 0),)),
        Rewriting(swaps=((0, 0, 2),)),
        Rewriting(swaps=((0, -1, 1),)),
        Rewriting(swaps=((9, 0, 1),)),
        Rewriting(swaps=((-1, 0, 1),)),
        Rewriting(swaps=((1, 0, 1), (0, 0, 1))),
    ],
)
def test_what_does_not_fit_the_program_is_refused(rewriting: Rewriting) -> None:
    circuit = QuantumCircuit(2)
    circuit.rzz(0.3, 0, 1)
    circuit.h(0)
    circuit.measure_all()
    with pytest.raises(InputError):
        rewrite(normalise(circuit), rewriting, parse_network("2x1+1"))


def test_bits_keep_the_order_of_measurements_and_conditions() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    circuit.measure(1, 0)
    with pytest.raises(InputError, match="does not commute"):
        insert_swaps(normalise(circuit), (1, 0), ())


def test_files() -> None:
    rewriting = Rewriting(limit=2, order=(1, 0), swaps=((0, 1, 0), (2, 0, 1)))
    assert read_rewriting(write_rewriting(rewriting), "here") == rewriting
    for bad in ({"order": 1}, {"order": ["a"]}, {"swaps": [1]}, {"swaps": [[0, 1]]}, {"swaps": [[0, 1, True]]}):
        with pytest.raises(InputError, match="here"):
            read_rewriting(bad, "here")
