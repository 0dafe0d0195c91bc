"""Passes that analyse, and the pass manager for those who compose."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector, random_pauli_list
from qiskit.transpiler import PassManager
from qiskit.transpiler.exceptions import TranspilerError

from distq.qiskit import ChoosePlacement, CountCost, DistributePass, pass_manager
from helpers.circuits import random_circuit
from helpers.expectation import expectations, with_product_input

NETWORK = "3x2+2@line"


def test_the_pass_manager_keeps_wide_gates_and_counts() -> None:
    source = QuantumCircuit(7)
    source.h(range(6))
    source.mcx(list(range(6)), 6)
    manager = pass_manager("2x4+2", "kl", seed=3)
    out = manager.run(source)
    cost = manager.property_set["distq_cost"]
    assert cost["bell_pairs"] == out.metadata["distq"]["ebits"] == 1
    assert cost["pairs_per_link"] == {"qpu0-qpu1": 1}
    assert cost["pair_depth"] == 1
    assert out.metadata["distq"]["seed"] == 3


def test_placement_alone_and_kept_by_distribution() -> None:
    source = with_product_input(random_circuit(6, 20, 4, ("h", "cx", "cp", "swap", "t")), 4)
    manager = PassManager([ChoosePlacement(NETWORK, "kl"), DistributePass(NETWORK), CountCost(NETWORK)])
    out = manager.run(source)
    placement = manager.property_set["distq_placement"]
    first = out.layout.initial_index_layout(filter_ancillas=True)
    assert [f"qpu{ion // 4}" for ion in first] == placement
    assert manager.property_set["distq_cost"]["bell_pairs"] == out.count_ops()["epr"]
    paulis = list(random_pauli_list(6, 4, seed=1, phase=False))
    expected = [Statevector(source).expectation_value(pauli).real for pauli in paulis]
    assert expectations(out, paulis) == pytest.approx(expected, abs=1e-9)


def test_cost_of_what_is_not_distributed() -> None:
    with pytest.raises(TranspilerError, match="not distributed for network '3x2"):
        PassManager([CountCost(NETWORK)]).run(random_circuit(6, 20, 4))
