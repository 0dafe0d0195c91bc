"""Data ions of measured qubits hold other qubits, unless that is forbidden; fidelities compare the same either way."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager

import distq
from distq.cli import invoke
from distq.errors import InfeasiblePlanError, InputError
from distq.frontend import normalise
from distq.ir.events import Allocate, Execute, Ion, Transfer
from distq.ir.plan import Grow, HandOver, Shrink
from distq.ir.program import Kind
from distq.networks.parse import parse_network
from distq.planning.measured_ions import require_kept
from distq.planning.strategies.registry import PlanningOptions
from distq.qiskit import DistributePass
from distq.verification.plan_checker import check_plan
from distq.verification.plan_violation import PlanViolation

STRATEGIES = ("auto", "anneal", "burst", "contiguous", "exact", "greedy", "kl", "swap-routing")
MOVERS = ("teledata-routing", "time-sliced")
"""Strategies that run every gate at home, for which measured qubits that stay need some room."""


def ghz(qubits: int) -> QuantumCircuit:
    """A GHZ state, measured."""
    circuit = QuantumCircuit(qubits, qubits, name="ghz")
    circuit.h(0)
    for q in range(qubits - 1):
        circuit.cx(q, q + 1)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def measured_early(qubits: int, seed: int) -> QuantumCircuit:
    """Random gates, and every qubit measured as soon as it has had its share of them."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(qubits, qubits, name=f"early_{seed}")
    alive = list(range(qubits))
    while alive:
        circuit.ry(float(rng.uniform(0.1, 3.0)), int(rng.choice(alive)))
        if len(alive) > 1:
            a, b = rng.choice(alive, 2, replace=False).tolist()
            circuit.cx(a, b)
        if rng.random() < 0.4:
            gone = alive.pop(int(rng.integers(len(alive))))
            circuit.measure(gone, gone)
    return circuit


def put_on_measured_ions(done: distq.Compilation) -> int:
    """How often another qubit comes to an ion on which the circuit has measured one for the last time."""
    program, found = done.program, 0
    measured: dict[Ion, int] = {}
    for event in done.events.events:
        match event:
            case Execute(operation, ions):
                op = program.operations[operation]
                if op.kind is Kind.MEASURE and program.lines[op.qubits[0]][-1] == operation:
                    measured[ions[0]] = op.qubits[0]
            case Allocate(qubit, ion):
                found += measured.get(ion, qubit) != qubit
            case Transfer(qubit_a, a, qubit_b, b):
                found += qubit_b is not None and measured.get(a, qubit_b) != qubit_b
                found += qubit_a is not None and measured.get(b, qubit_a) != qubit_a
    return found


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES + MOVERS)
def test_no_ion_that_was_measured_holds_another_qubit(strategy: str) -> None:
    networks = ("2x4+2", "3x4+2") if strategy in MOVERS else ("2x2+2", "3x2+2")
    for circuit, network in zip((ghz(4), measured_early(6, 2)), networks, strict=True):
        done = distq.compile(circuit, network, strategy, options=PlanningOptions(effort=0.01), reuse=False)
        assert put_on_measured_ions(done) == done.events.used_again == 0
        assert None not in done.events.final
        assert done.report.ebits >= (done.report.ebits_lower_bound or 0)
        assert "ions-used-again" not in [note.kind for note in done.notes]


def test_ions_are_used_again_by_default() -> None:
    done = distq.compile(ghz(4), "2x2+1")
    assert done.report.ebits == done.report.ebits_lower_bound == 0
    assert put_on_measured_ions(done) == done.events.used_again == 2
    without = distq.compile(ghz(4), "2x2+1", reuse=False)
    assert without.report.ebits == without.report.ebits_lower_bound == 1


def test_a_plan_that_uses_ions_again_is_refused_where_that_is_forbidden() -> None:
    plan = distq.compile(ghz(4), "2x2+1").plan
    with pytest.raises(InputError, match="the plan does not fit"):
        distq.compile(ghz(4), "2x2+1", plan, reuse=False)


def test_the_pass_can_forbid_it() -> None:
    for reuse, ebits in ((True, 0), (False, 1)):
        out = PassManager([DistributePass("2x2+1", reuse=reuse)]).run(ghz(4))
        assert out.metadata["distq"]["ebits"] == ebits


def test_the_command_line_can_forbid_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from qiskit import qasm2

    monkeypatch.chdir(tmp_path)
    Path("ghz.qasm").write_text(qasm2.dumps(ghz(4)))
    assert invoke(["compile", "ghz.qasm", "-n", "2x2+1", "--no-reuse", "-o", "out.qasm"]) == 0
    assert "1 Bell pair (at least 1 needed)" in capsys.readouterr().out
    assert invoke(["check", "ghz.qasm", "out.qasm", "-n", "2x2+1"]) == 0


def test_both_machines_are_compared_in_the_same_state() -> None:
    """Without Bell pairs and waiting, used-again ions make no difference: every qubit is compared before it is read."""
    network = parse_network("2x2+1")
    qpus = tuple(qpu.model_copy(update={"t2_s": math.inf}) for qpu in network.qpus)
    done = distq.compile(ghz(4), network.model_copy(update={"qpus": qpus}))
    assert done.events.used_again == 2
    report = done.simulate(inputs=["zero", "basis", "product"], engine="density")
    assert report.fidelity == pytest.approx(report.fidelity_monolithic, abs=1e-12)
    assert report.fidelity is not None
    assert report.fidelity < 0.9999


def test_the_checker_refuses_to_take_a_measured_qubit_from_its_ion() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    program = normalise(circuit)
    network = parse_network("2x2+2")
    whole = distq.compile(circuit, network, "contiguous").plan
    home = whole.homes[0]
    away = (Grow(0, home, 1 - home), HandOver(((0, 1 - home),)), Shrink(0, home))
    moving = replace(whole, steps=(*whole.steps, *away))
    kept = replace(program, reuse=False)
    check_plan(kept, whole, network)
    require_kept(kept, kept, whole)
    with pytest.raises(PlanViolation, match="moves after its last measurement"):
        check_plan(kept, moving, network)
    with pytest.raises(InfeasiblePlanError, match="moves a measured qubit away"):
        require_kept(kept, kept, moving)
