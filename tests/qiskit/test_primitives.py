"""Sampler and Estimator: right without noise, within their error bars, one compilation for many values."""

from __future__ import annotations

import time

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector

from distq.errors import InputError
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.qiskit import Estimator, NetworkBackend, Sampler

PERFECT = {"error_1q": 0, "error_2q": 0, "error_measure": 0, "error_reset": 0, "error_transfer": 0, "t2_s": np.inf}
NETWORK = Network(
    name="perfect",
    qpus=[QPU(name=name, data=2, memory=2, **PERFECT) for name in ("alice", "bob")],
    links=[Link(a=0, b=1, weights=(1, 0, 0, 0), rate_hz=100)],
)


def ansatz(layers: int = 1) -> QuantumCircuit:
    angles = iter(ParameterVector("angle", 8 * layers))
    circuit = QuantumCircuit(4)
    for _ in range(layers):
        for qubit in range(4):
            circuit.ry(next(angles), qubit)
            circuit.rz(next(angles) * 2, qubit)
        for qubit in range(3):
            circuit.cx(qubit, qubit + 1)
    return circuit


def values(circuit: QuantumCircuit, sets: int) -> np.ndarray:
    return np.random.default_rng(5).uniform(-3, 3, (sets, circuit.num_parameters))


def test_estimates_are_within_their_error_bars() -> None:
    circuit = ansatz()
    observables = [SparsePauliOp(["ZZII", "XIIX", "IYYI", "IIII"], [1, 0.5, -0.3, 0.2]), SparsePauliOp("IIXZ")]
    points = values(circuit, 3)
    estimator = Estimator(NETWORK, "kl", seed=2, monolithic=True)
    result = estimator.run([(circuit, [[o] for o in observables], points)], precision=0.02).result()[0]
    assert result.data.evs.shape == (2, 3)
    for i, observable in enumerate(observables):
        for j, point in enumerate(points):
            exact = Statevector(circuit.assign_parameters(point)).expectation_value(observable).real
            for kind in ("", "_monolithic"):
                mean, error = (result.data[f"{name}{kind}"][i, j] for name in ("evs", "stds"))
                assert error <= 0.0205
                assert abs(mean - exact) < 4 * error + 1e-12
    assert result.metadata["distq"]["ebits"] > 0
    again = Estimator(NETWORK, "kl", seed=2).run([(circuit, observables[1], points)], precision=0.02)
    same = Estimator(NETWORK, "kl", seed=2).run([(circuit, observables[1], points)], precision=0.02)
    assert np.array_equal(again.result()[0].data.evs, same.result()[0].data.evs)


def test_noise_of_links_shows_and_the_twin_has_none_of_it() -> None:
    circuit = QuantumCircuit(4)
    circuit.h(0)
    for qubit in range(3):
        circuit.cx(qubit, qubit + 1)
    found = Estimator("2x2+1", "contiguous", monolithic=True).run([(circuit, SparsePauliOp("XXXX"))]).result()[0].data
    assert found.evs < 0.98 < 0.99 < found.evs_monolithic


def test_samples_of_several_registers() -> None:
    circuit = QuantumCircuit(QuantumRegister(4), ClassicalRegister(3, "a"), ClassicalRegister(10, "b"))
    circuit.x(0)
    circuit.h(1)
    circuit.cx(1, 3)
    circuit.measure([0, 1, 3], [0, 2, 12])
    result = Sampler(NETWORK, "contiguous", monolithic=True).run([circuit], shots=200).result()[0]
    for data in (result.data, result.metadata["monolithic"]):
        together = set(zip(data.a.get_bitstrings(), data.b.get_bitstrings(), strict=True))
        assert together == {("001", "0000000000"), ("101", "1000000000")}
    assert result.metadata["shots"] == 200


def test_compiled_once_for_all_values() -> None:
    circuit = ansatz(6)
    assert circuit.num_parameters == 48
    circuit.measure_all()
    sampler = Sampler(NETWORK, "kl")
    pair = sampler._compiler.compiled(circuit)
    assert sampler._compiler.compiled(circuit.copy()) is pair
    (point,) = values(circuit, 1)
    start = time.process_time()
    bound = pair.distributed.bound(dict(zip(circuit.parameters, point, strict=True)))
    assert time.process_time() - start < 0.05
    assert not bound.program.parameters
    circuit.x(0)
    assert sampler._compiler.compiled(circuit) is not pair


def test_refusals() -> None:
    circuit = QuantumCircuit(4)
    circuit.cx(0, 3)
    with pytest.raises(InputError, match="no classical register"):
        Sampler(NETWORK).run([circuit])
    isa = transpile(circuit, backend=NetworkBackend(NETWORK, "contiguous"))
    with pytest.raises(InputError, match="distributed already"):
        Estimator(NETWORK).run([(isa, SparsePauliOp("Z" * 8))]).result()
    with pytest.raises(InputError, match="precision is 0"):
        Estimator(NETWORK).run([(circuit, SparsePauliOp("ZZZZ"))], precision=0.0)
