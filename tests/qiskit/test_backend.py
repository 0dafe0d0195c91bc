"""A network as a backend: transpiled circuits are legal and equal, options behave as of any backend, runs are right."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
from qiskit.quantum_info import SparsePauliOp, Statevector, random_pauli_list
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit.transpiler.exceptions import TranspilerError

import distq
from distq.errors import NetworkError, SimulationError, UnknownNameError
from distq.qiskit import DistributePass, NetworkBackend
from distq.qiskit.ions import objection
from helpers.circuits import DYNAMIC, random_circuit
from helpers.coherent import assert_equivalent
from helpers.expectation import expectations, with_product_input

MIX = ("h", "cx", "swap", "rzz", "unitary2", "t", "cp", "ccx", "mcx")
BACKEND = NetworkBackend("2x3+2", "contiguous")


def assert_right(source: QuantumCircuit, out: QuantumCircuit, backend: NetworkBackend = BACKEND) -> None:
    """Legal for the backend, and the same expectation values as the source."""
    assert objection(out, backend.target.ions, backend.network) is None
    for item in out.data:
        on = tuple(out.find_bit(qubit).index for qubit in item.qubits)
        if item.name != "if_else":
            assert backend.target.instruction_supported(item.name, on), (item.name, on)
    paulis = list(random_pauli_list(source.num_qubits, 4, seed=1, phase=False))
    expected = [Statevector(source).expectation_value(pauli).real for pauli in paulis]
    assert expectations(out, paulis) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("level", range(4))
def test_transpiled_circuits_are_legal_and_equal(level: int) -> None:
    source = with_product_input(random_circuit(5, 12, level, MIX), level)
    assert_right(source, transpile(source, backend=BACKEND, optimization_level=level))
    wanted = [5, 0, 6, 1, 2]
    out = generate_preset_pass_manager(level, backend=BACKEND, initial_layout=wanted).run(source)
    assert out.layout.initial_index_layout(filter_ancillas=True) == wanted
    assert_right(source, out)


def test_measured_circuits_with_conditions() -> None:
    backend = NetworkBackend("2x2+2", "contiguous")
    for seed in range(3):
        source = random_circuit(4, 20, seed, DYNAMIC, clbits=3)
        out = transpile(source, backend=backend, optimization_level=0)
        assert objection(out, backend.target.ions, backend.network) is None
        assert_equivalent(source, out, branches=2)


def test_wide_gates_reach_the_compiler_whole() -> None:
    source = QuantumCircuit(7)
    source.h(range(6))
    source.mcx(list(range(6)), 6)
    for level in range(3):
        out = transpile(source, backend=NetworkBackend("2x4+2", "kl"), optimization_level=level)
        assert out.count_ops()["epr"] == 1


def test_it_behaves_as_any_backend() -> None:
    source = with_product_input(random_circuit(5, 12, 3, MIX), 3)
    once = transpile(source, backend=BACKEND, seed_transpiler=7)
    assert once.metadata["distq"]["seed"] == 7
    assert once.metadata["distq"]["ebits"] == once.count_ops()["epr"]
    again = transpile(once, backend=BACKEND, optimization_level=1)
    assert again == once
    assert again.metadata == once.metadata
    for other in (pickle.loads(pickle.dumps(BACKEND)), copy.deepcopy(BACKEND)):
        assert transpile(source, backend=other, seed_transpiler=7) == once
    assert transpile(source, backend=BACKEND, seed_transpiler=7, dt=1e-9) == once
    names: list[str] = []
    transpile(source, backend=BACKEND, callback=lambda **told: names.append(type(told["pass_"]).__name__))
    assert names[-1] == "DistributeForTarget"
    before = PassManager([DistributePass("2x3+2", "contiguous")]).run(source)
    assert transpile(before, backend=BACKEND, optimization_level=2).count_ops() == before.count_ops()


@pytest.mark.slow
def test_lists_in_several_processes() -> None:
    source = with_product_input(random_circuit(5, 12, 3, MIX), 3)
    for out in transpile([source] * 2, backend=BACKEND, num_processes=2):
        assert_right(source, out)


@pytest.mark.filterwarnings("ignore:Providing `coupling_map`")
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"initial_layout": [5, 0, 6, 1, 3]}, "memory or communication ion of QPU 'qpu0'"),
        ({"scheduling_method": "alap"}, "scheduling_method='alap' takes the place"),
        ({"scheduling_method": "default"}, "scheduling_method='default' takes the place"),
        ({"translation_method": "translator"}, "translation_method='translator'"),
        ({"basis_gates": ["cx", "u"]}, "without basis_gates="),
        ({"coupling_map": [[0, 1], [1, 2], [2, 3], [3, 4]]}, "without basis_gates="),
    ],
)
def test_what_cannot_be_right_is_refused(options: dict[str, object], reason: str) -> None:
    with pytest.raises(TranspilerError, match=reason):
        transpile(random_circuit(5, 12, 3, MIX), backend=BACKEND, **options)


def test_other_refusals() -> None:
    once = transpile(random_circuit(5, 12, 3, MIX), backend=BACKEND)
    with pytest.raises(TranspilerError, match="distributed already"):
        transpile(once, backend=NetworkBackend("3x2+2"))
    with pytest.raises(NetworkError, match="any number of memory ions"):
        NetworkBackend("2x2+inf")
    with pytest.raises(TranspilerError, match="too few"):
        transpile(random_circuit(7, 30, 1, MIX), backend=BACKEND)
    crossing = QuantumCircuit(10)
    crossing.cx(0, 5)
    with pytest.raises(TranspilerError, match="joins QPUs"):
        BACKEND.run(crossing)
    with pytest.raises(UnknownNameError, match="shot"):
        BACKEND.run(once, shot=3)
    large = QuantumCircuit(24)
    large.h(range(24))
    backend = NetworkBackend("2x12+1", "contiguous")
    wide = transpile(large, backend=backend, optimization_level=0)
    with pytest.raises(SimulationError, match="at most 22"):
        backend.run(wide)


def distribution(backend: NetworkBackend, circuit: QuantumCircuit, **options: object) -> np.ndarray:
    counts = backend.run(circuit, seed_simulator=1, **options).result().get_counts()
    place = [register.name for register in reversed(circuit.cregs)].index("meas")
    found = np.zeros(2 ** next(r.size for r in circuit.cregs if r.name == "meas"))
    for key, number in counts.items():
        found[int(key.split()[place], 2)] += number
    return found / found.sum()


@pytest.mark.slow
def test_runs_agree_with_the_state_and_noisy_ones_with_distqs_simulation() -> None:
    source = random_circuit(4, 24, 6, ("h", "cx", "rzz", "t", "cp"))
    measured = source.copy()
    measured.measure_all()
    backend = NetworkBackend("2x2+1", "contiguous")
    isa = transpile(measured, backend=backend, optimization_level=1)
    exact = Statevector(source).probabilities()
    for options in ({"noise": False}, {"engine": "aer"}):
        assert np.abs(distribution(backend, isa, shots=2000, **options) - exact).sum() / 2 < 0.04
    noisy = distribution(backend, isa, shots=4000)
    done = distq.compile(measured, "2x2+1", "contiguous", reuse=False).simulate(shots=4000)
    other = np.zeros(16)
    for key, number in done.details.counts.items():
        other[int(key, 2)] = number / 4000
    assert np.abs(noisy - other).sum() / 2 < 0.03 < np.abs(noisy - exact).sum() / 2


def test_primitives_of_qiskit() -> None:
    theta = Parameter("theta")
    source = QuantumCircuit(4)
    source.h(0)
    source.cx(0, 3)
    source.rx(theta, 2)
    source.cx(2, 0)
    backend = NetworkBackend("2x2+1", "contiguous")
    backend.set_options(noise=False)
    isa = transpile(source, backend=backend)
    observable = SparsePauliOp(["ZZII", "IXXI", "ZIZI"])
    expected = [Statevector(source.assign_parameters([v])).expectation_value(observable).real for v in (0.3, 1.1)]
    estimator = BackendEstimatorV2(backend=backend, options={"default_precision": 0.03, "seed_simulator": 3})
    found = estimator.run([(isa, observable.apply_layout(isa.layout), [[0.3], [1.1]])]).result()[0].data.evs
    assert np.abs(found - expected).max() < 0.15
    source.measure_all()
    result = BackendSamplerV2(backend=backend).run([(transpile(source, backend=backend), [[0.3]])], shots=50).result()
    assert set(result[0].data.meas.get_counts()) <= {"0000", "1001", "0101", "1100"}
