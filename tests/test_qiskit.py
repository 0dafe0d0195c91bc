"""DistributePass inside Qiskit's PassManager."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, PassManager
from qiskit.transpiler.passes import CommutativeCancellation, Optimize1qGatesDecomposition, TrivialLayout

from distq.errors import InputError, NetworkError
from distq.qiskit import DistributePass
from distq.reporting.report import ROW
from helpers.circuits import DYNAMIC, random_circuit
from helpers.coherent import assert_equivalent


def before():
    return [Optimize1qGatesDecomposition(["rz", "sx", "x"]), CommutativeCancellation()]


@pytest.mark.parametrize("seed", range(3))
def test_after_qiskits_own_passes(seed):
    source = random_circuit(4, 30, seed, DYNAMIC, clbits=3)
    source.metadata = {"mine": 1}
    manager = PassManager([*before(), DistributePass("2x2+2", strategy="contiguous", seed=seed)])
    out = manager.run(source)
    assert_equivalent(source, out, branches=3)
    row = out.metadata["distq"]
    assert out.metadata["mine"] == 1
    assert set(ROW) <= set(row)
    assert row["verified"] is True
    assert row["ebits"] == out.count_ops().get("epr", 0)
    assert manager.property_set["distq"] == row
    assert [r.name for r in out.qregs] == ["qpu0_data", "qpu0_memory", "qpu1_data", "qpu1_memory"]


def test_parameters_are_kept():
    theta = Parameter("theta")
    source = QuantumCircuit(4)
    source.h(range(4))
    for i in range(3):
        source.rzz(theta, i, i + 1)
    source.rx(2 * theta, range(4))
    out = PassManager([DistributePass("2x2+1")]).run(source)
    assert out.parameters == source.parameters
    assert_equivalent(source.assign_parameters([0.3]), out.assign_parameters([0.3]))


@pytest.mark.slow
def test_idempotent():
    source = random_circuit(4, 12, 5)
    manager = PassManager([DistributePass("2x2+1")])
    once = manager.run(source)
    twice = manager.run(once)
    assert twice == once
    assert twice.metadata == once.metadata
    assert PassManager([DistributePass("2x2+1"), DistributePass("4x1+1")]).run(source) == once


def test_several_circuits_and_an_unchanged_argument():
    sources = [random_circuit(4, 12, seed) for seed in (1, 2)]
    copies = [s.copy() for s in sources]
    outs = PassManager([DistributePass("2x2+1", "kl")]).run(sources)
    assert [o.metadata["distq"]["strategy"] for o in outs] == ["kl", "kl"]
    assert sources == copies
    assert Operator(sources[0]) == Operator(copies[0])


def test_errors_say_how_to_mend():
    source = random_circuit(4, 12, 1)
    with pytest.raises(InputError, match="layout"):
        PassManager([TrivialLayout(CouplingMap.from_full(4)), DistributePass("2x2+1")]).run(source)
    with pytest.raises(NetworkError, match="too few"):
        PassManager([DistributePass("2x1+1")]).run(source)
    with pytest.raises(NetworkError):
        DistributePass("2x")
