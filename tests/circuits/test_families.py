"""Families of benchmark circuits: each is what its name says, can be written and read, and follows from its name."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm2
from qiskit.quantum_info import Operator, Statevector

from distq.circuits import Family, build_circuit, families, parse_name, parse_names
from distq.circuits.physics import excitation
from distq.circuits.registry import RANGES
from distq.errors import InputError, UnknownNameError
from distq.frontend import normalise, read_circuit
from helpers.paths import CIRCUITS

SMALL = {"ucc": 4, "ising2d": 2, "multiplier": 2, "multiplier-qft": 2, "cuccaro": 2, "adder": 2, "draper": 2}


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_every_family_is_plain_deterministic_and_readable(family: Family) -> None:
    name = f"{family.name}:{SMALL.get(family.name, 6)}"
    circuit = build_circuit(name)
    assert circuit == build_circuit(f"@{name}")
    assert circuit.name == name.replace(":", "_")
    assert len(circuit.qregs) == 1
    assert set(family.parameters) <= set(RANGES)
    if "seed" in family.parameters:
        assert any(build_circuit(f"{name}:seed={seed}") != circuit for seed in (1, 2, 3))
    again = read_circuit(io.StringIO(qasm2.dumps(circuit)))
    if circuit.num_qubits <= 9:
        assert Operator(again).equiv(Operator(circuit))
    normalise(circuit)
    family.check(family.least, family.parameters)


def test_names() -> None:
    names = parse_names("@cp-fraction:8,12,8:fraction=0.3:seed=0")
    assert [str(name) for name in names] == ["@cp-fraction:8:fraction=0.3", "@cp-fraction:12:fraction=0.3"]
    assert parse_name("ghz").size == parse_name("ghz").family.default
    assert read_circuit("@ghz:3").name == "ghz_3"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qtf:16", "did you mean 'qft'"),
        ("qft:x", "no size"),
        ("qft:16:seed=1", "no parameter but its size"),
        ("qv:16:sed=1", "did you mean 'seed'"),
        ("qv:16:seed=x", "a whole number"),
        ("cp-fraction:8:fraction=2", "not from 0 to 1"),
        ("cp-fraction:8:fraction=nan", "not from 0 to 1"),
        ("ghz:1", "from 2 to"),
        ("qaoa-3reg:5", "an even number"),
        ("qft:4,8", "2 sizes"),
        ("qft:4:8", "KEY=VALUE"),
    ],
)
def test_wrong_names_are_refused_with_a_hint(name: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_circuit(f"@{name}")
    assert said in f"{caught.value.message} {caught.value.hint}"
    assert isinstance(caught.value, UnknownNameError) == said.startswith("did you mean")


def test_the_fourier_transform_is_that_of_the_folder() -> None:
    ours, file = build_circuit("qft:16"), read_circuit(CIRCUITS / "qft_16.qasm")
    assert ours.count_ops() == file.count_ops()
    for one, other in zip(ours.data, file.data, strict=True):
        assert {ours.find_bit(q).index for q in one.qubits} == {file.find_bit(q).index for q in other.qubits}
        assert one.operation.params == pytest.approx(other.operation.params)


def outcome(circuit: QuantumCircuit) -> str:
    """The bits that are read for certain, qubit 0 first."""
    (bits, probability), *_ = sorted(Statevector(circuit).probabilities_dict().items(), key=lambda item: -item[1])
    assert probability == pytest.approx(1.0)
    return bits[::-1]


def test_known_answers() -> None:
    w = np.abs(Statevector(build_circuit("w-state:5")).data) ** 2
    assert np.nonzero(w > 1e-12)[0].tolist() == [1, 2, 4, 8, 16]
    assert w[1] == pytest.approx(w[16]) == pytest.approx(0.2)
    secret = np.random.default_rng(3).integers(2, size=5)
    assert outcome(build_circuit("bv:6:seed=3"))[:5] == "".join(map(str, secret))
    shift = np.random.default_rng(3).integers(2, size=6)
    assert outcome(build_circuit("hidden-shift:6:seed=3")) == "".join(map(str, shift))
    marked = "".join(map(str, np.random.default_rng(3).integers(2, size=4)))[::-1]
    assert Statevector(build_circuit("grover:4:layers=3:seed=3")).probabilities_dict()[marked] > 0.95


def test_phase_estimation_finds_the_phase() -> None:
    phase = float(np.random.default_rng(5).random())
    found = Statevector(build_circuit("qpe:7:seed=5")).probabilities_dict()
    bits = max(found, key=lambda key: found[key])[1:]  # the eigenstate's qubit is the first character
    read = int(bits[::-1], 2) / 2**6
    assert abs(read - phase) <= 2**-7


@pytest.mark.parametrize("name", ["cuccaro:2", "draper:2", "adder:2", "multiplier:2", "multiplier-qft:2"])
def test_arithmetic(name: str) -> None:
    circuit = build_circuit(name)
    first = 1 if name.startswith("cuccaro") else 0
    start = QuantumCircuit(circuit.num_qubits)
    start.x([first, first + 1, first + 3])  # 3 and 2
    read = outcome(start.compose(circuit))[first + 2 :]
    value = int(read[:4][::-1], 2) if "multiplier" not in name else int(read[2:6][::-1], 2)
    assert value == (6 if "multiplier" in name else 5)


def test_excitations_move_electrons_and_lose_none() -> None:
    for emptied, filled in (((0,), (2,)), ((0, 1), (2, 3)), ((0, 1), (2, 4))):
        terms = dict(excitation(5, emptied, filled))
        assert len(terms) == 2 ** (2 * len(emptied) - 1)
        assert {abs(weight) for weight in terms.values()} == {math.ldexp(1.0, 1 - 2 * len(emptied))}
    state = np.abs(Statevector(build_circuit("ucc:6")).data) ** 2
    electrons = {index.bit_count() for index in np.nonzero(state > 1e-12)[0].tolist()}
    assert electrons == {3}
