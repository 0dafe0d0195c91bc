"""DistributePass inside Qiskit's PassManager."""

from __future__ import annotations

import io

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import HamiltonianGate, WeightedSumGate
from qiskit.quantum_info import Operator, Pauli, Statevector, random_pauli_list
from qiskit.transpiler import CouplingMap, Layout, PassManager, generate_preset_pass_manager
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes import CommutativeCancellation, Optimize1qGatesDecomposition, SetLayout, TrivialLayout

import distq
from distq.errors import NetworkError
from distq.qiskit import DistributePass, for_aer
from distq.reporting.report import ROW
from helpers.circuits import DYNAMIC, random_circuit
from helpers.coherent import assert_equivalent
from helpers.expectation import expectations, with_product_input


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
    assert set(ROW) - set(row) == {"seconds_compile", "seconds_total"}
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


def test_idempotent():
    source = random_circuit(4, 12, 5)
    manager = PassManager([DistributePass("2x2+1", "kl")])
    once = manager.run(source)
    twice = manager.run(once)
    assert twice == once
    assert twice.metadata == once.metadata
    assert PassManager([DistributePass("2x2+1", "kl"), DistributePass("2x2+1", "contiguous")]).run(source) == once
    again = PassManager([DistributePass("2x2+1", "kl")]).run(source)
    assert again.metadata == once.metadata


def test_metadata_are_no_proof():
    source = random_circuit(4, 12, 5)
    manager = PassManager([DistributePass("2x2+1", "kl")])
    once = manager.run(source)
    other = once.copy()
    other.h(0)
    assert manager.run(other).metadata["distq"]["verified"] is False
    plain = random_circuit(4, 12, 6)
    plain.metadata = once.metadata
    out = manager.run(plain)
    assert out.metadata["distq"]["verified"] is True
    assert_equivalent(plain, out)
    across = once.copy()
    across.cx(0, 3)
    with pytest.raises(TranspilerError, match="'cx' on qubits 0, 3 joins QPUs"):
        manager.run(across)
    with pytest.raises(TranspilerError, match="distributed already"):
        PassManager([DistributePass("4x1+1", "kl")]).run(once)


def permuting() -> QuantumCircuit:
    """A circuit with a 3-cycle of qubits inside, which permutations elided in front of it must not confuse."""
    circuit = with_product_input(random_circuit(4, 10, 8), 1)
    circuit.swap(0, 1)
    circuit.swap(1, 2)
    return circuit.compose(random_circuit(4, 10, 9))


STAGES = ("init", "layout", "routing", "translation", "optimization", "scheduling")


@pytest.mark.parametrize("level", range(4))
def test_layout_is_true_in_every_stage(level):
    source = permuting()
    paulis = list(random_pauli_list(4, 5, seed=level, phase=False))
    expected = [Statevector(source).expectation_value(pauli).real for pauli in paulis]
    for stage in STAGES:
        manager = generate_preset_pass_manager(level)
        before = getattr(manager, stage) or PassManager()
        setattr(manager, stage, before + PassManager([DistributePass("2x2+2", "contiguous")]))
        assert expectations(manager.run(source), paulis) == pytest.approx(expected, abs=1e-9)


def test_layout_goes_on_from_one_that_was_applied():
    source = permuting()
    first = generate_preset_pass_manager(1, coupling_map=CouplingMap.from_line(7), basis_gates=["cx", "u"])
    first.scheduling = PassManager([DistributePass("3x2+1", "contiguous")])
    out = first.run(source)
    paulis = list(random_pauli_list(4, 5, seed=3, phase=False))
    expected = [Statevector(source).expectation_value(pauli).real for pauli in paulis]
    assert expectations(out, paulis) == pytest.approx(expected, abs=1e-9)


def test_initial_layout_that_was_not_applied():
    source = permuting()
    wanted = Layout.from_intlist([4, 0, 3, 1], *source.qregs)
    out = PassManager([SetLayout(wanted), DistributePass("2x2+1", "kl")]).run(source)
    assert out.layout.initial_index_layout(filter_ancillas=True) == [4, 0, 3, 1]
    paulis = list(random_pauli_list(4, 5, seed=3, phase=False))
    expected = [Statevector(source).expectation_value(pauli).real for pauli in paulis]
    assert expectations(out, paulis) == pytest.approx(expected, abs=1e-9)
    with pytest.raises(TranspilerError, match="qubit 2 on ion 2, a memory or communication ion of QPU 'qpu0'"):
        PassManager([TrivialLayout(CouplingMap.from_full(4)), DistributePass("2x2+1")]).run(source)


def test_bell_pairs_are_opaque():
    out = PassManager([DistributePass("2x2+1", "kl")]).run(random_circuit(4, 12, 5))
    pairs = out.count_ops()["epr"]
    assert transpile(out, optimization_level=3).count_ops()["epr"] == pairs
    with pytest.raises(TranspilerError, match="epr"):
        transpile(out, basis_gates=["cx", "u"], optimization_level=1)
    plain = for_aer(out)
    assert "epr" not in plain.count_ops()
    assert plain.layout == out.layout


def test_compiled_circuits_have_a_layout():
    source = permuting()
    done = distq.compile(source, "2x2+1", "kl")
    paulis = list(random_pauli_list(4, 5, seed=3, phase=False))
    expected = [Statevector(source).expectation_value(pauli).real for pauli in paulis]
    assert expectations(done.circuit, paulis) == pytest.approx(expected, abs=1e-9)
    file = io.BytesIO()
    qpy.dump(done.circuit, file)
    file.seek(0)
    assert qpy.load(file)[0].layout.final_index_layout() == done.circuit.layout.final_index_layout()


def test_several_circuits_and_an_unchanged_argument():
    sources = [random_circuit(4, 12, seed) for seed in (1, 2)]
    copies = [s.copy() for s in sources]
    outs = PassManager([DistributePass("2x2+1", "kl")]).run(sources)
    assert [o.metadata["distq"]["strategy"] for o in outs] == ["kl", "kl"]
    assert sources == copies
    assert Operator(sources[0]) == Operator(copies[0])


def test_qiskit_synthesises_what_needs_ancillas():
    gate = WeightedSumGate(2, [1, 2])
    source = QuantumCircuit(gate.num_qubits + 2)
    source.x([0, 1])
    source.append(gate, range(gate.num_qubits))
    out = PassManager([DistributePass("2x3+2", "contiguous")]).run(source)
    found = expectations(out, [Pauli("I" * (5 - q) + "Z" + "I" * q) for q in range(6)])
    assert found == pytest.approx([-1, -1, -1, -1, 1, 1])  # 1 + 2 = 3


def test_errors_are_one_sentence():
    unbound = QuantumCircuit(2)
    unbound.append(HamiltonianGate(np.eye(4), Parameter("t")), [0, 1])
    with pytest.raises(TranspilerError, match="bind its parameters"):
        PassManager([DistributePass("2x1+1")]).run(unbound)
    source = random_circuit(4, 12, 1)
    with pytest.raises(TranspilerError, match="too few") as caught:
        PassManager([DistributePass("2x1+1")]).run(source)
    assert isinstance(caught.value.__cause__, NetworkError)
    assert "\n" not in str(caught.value)
    with pytest.raises(NetworkError):
        DistributePass("2x")
