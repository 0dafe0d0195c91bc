"""Idle qubits of whole machines need no ion."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

import distq
from distq.errors import NetworkError
from distq.frontend.idle_qubits import without_idle_qubits
from helpers.circuits import random_circuit
from helpers.coherent import assert_equivalent


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_hardware_exports(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inner = random_circuit(3, 10, seed, ("h", "cx", "rz", "sx", "measure", "if"), clbits=2)
    where = sorted(int(q) for q in rng.choice(60, 3, replace=False))
    wide = QuantumCircuit(QuantumRegister(40, "a"), QuantumRegister(20, "b"), ClassicalRegister(2, "c"))
    wide.delay(100, 59, "ns")
    for item in inner.data:
        qubits = [where[inner.find_bit(q).index] for q in item.qubits]
        wide.append(item.operation, qubits, [wide.clbits[inner.find_bit(c).index] for c in item.clbits])
    for q in where:
        wide.x(q)
    wide.barrier()
    done = distq.compile(wide, "2x2+1", "kl")
    assert (done.source.num_qubits, done.report.verified) == (3, True)
    assert_equivalent(done.source, done.circuit)
    assert any("57 of 60 qubits are idle" in str(note) for note in done.report.details.notes)


def test_nothing_changes_where_all_qubits_fit_or_are_used() -> None:
    circuit = QuantumCircuit(3)
    circuit.cx(0, 1)
    assert without_idle_qubits(circuit, 3) is circuit
    circuit.h(2)
    assert without_idle_qubits(circuit, 2) is circuit
    with pytest.raises(NetworkError, match="3 qubits"):
        distq.compile(circuit, "2x1+1")
