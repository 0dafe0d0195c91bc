"""Ions with any role: plans use an ion for a qubit at one time and for a copy at another, within all of them."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit

import distq
from distq.execution.lower import lower
from distq.ir.events import Allocate, HeraldPair, Transfer, ions_of
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.strategies import get_strategy
from distq.planning.strategies.exact import optimal_plan
from distq.planning.strategies.ion_shares import ion_shares
from distq.planning.strategies.registry import PlanningOptions
from distq.verification.plan_checker import check_plan
from distq.verification.plan_violation import PlanViolation

QUICK = PlanningOptions(effort=0.02)


def program_of(*gates: tuple[int, ...], qubits: int) -> Program:
    """A controlled phase for each two qubits, a Hadamard gate for each single one."""
    h = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)
    operations = [
        Operation(Kind.PHASE, on, angle=0.5) if len(on) > 1 else Operation(Kind.LOCAL, on, factors=(h,)) for on in gates
    ]
    return Program("p", qubits, 0, tuple(operations), tuple(range(qubits)))


def random_gates(seed: int, qubits: int, count: int) -> Program:
    rng = np.random.default_rng(seed)
    gates = []
    for _ in range(count):
        a, b = (int(q) for q in rng.choice(qubits, 2, replace=False))
        gates += [(a, b), (a,)]
    return program_of(*gates, qubits=qubits)


def ebits(strategy: str, program: Program, network: Network) -> int:
    plan = get_strategy(strategy).plan(program, network, seed=1, options=QUICK)
    assert plan.rewriting is None
    return check_plan(program, plan, network).ebits


def test_all_ions_together_are_the_limit() -> None:
    network = parse_network("2x2c1")
    crowded = program_of((0, 2), (1, 2), qubits=3)
    steps = (Grow(2, 1, 0), RunOp(0, 0), RunOp(1, 0), Shrink(2, 0))
    with pytest.raises(PlanViolation, match="3 ions are in use at QPU 'qpu0', which has 2"):
        check_plan(crowded, Plan((0, 0, 1), steps), network)
    sending = Plan((0, 0, 1), (RunOp(0, 0), Grow(0, 0, 1)))
    with pytest.raises(PlanViolation, match="3 ions are in use"):  # the half of the pair for a moment
        check_plan(program_of((0, 1), (0, 2), qubits=3), sending, parse_network("2x2c2"))


def test_a_qubit_born_late_leaves_its_ion_to_a_copy_until_then() -> None:
    program = program_of((0, 1), (1,), (0, 2), qubits=3)
    plan = Plan((0, 1, 0), (Grow(1, 1, 0), RunOp(0, 0), Shrink(1, 0), RunOp(1, 1), RunOp(2, 0)))
    facts = check_plan(program, plan, parse_network("2x2c1"))
    assert facts.peak_ions_by_qpu == tally(plan, program, parse_network("2x2c1")).peak_ions_by_qpu == (2, 2)


def test_no_pair_ends_where_no_ion_is_optical() -> None:
    network = parse_network("2x2c1")
    blind = network.model_copy(
        update={"qpus": (network.qpus[0], network.qpus[1].model_copy(update={"communication": 0}))}
    )
    program = program_of((0, 1), qubits=2)
    with pytest.raises(PlanViolation, match="without communication ions"):
        check_plan(program, Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1))), blind)


def test_what_holds_the_only_communication_ion_moves_inside() -> None:
    network, program = parse_network("2x3c1"), program_of((0, 2), (1, 2), (0, 1), qubits=3)
    grow = (Grow(0, 0, 1), Grow(1, 0, 1))
    plan = Plan((0, 0, 1), (*grow, RunOp(0, 1), RunOp(1, 1), Shrink(0, 1), Shrink(1, 1), RunOp(2, 0)))
    check_plan(program, plan, network)
    events = lower(program, plan, network)
    assert events.local_transfers == 1
    (moved,) = [event for event in events.events if isinstance(event, Transfer)]
    assert (moved.a.qpu, moved.a.number, moved.b.number) == (1, 2, 0)
    assert all(ion.number == 2 for event in events.events if isinstance(event, HeraldPair) for ion in ions_of(event))
    two = lower(program, plan, parse_network("2x3c2"))
    assert two.local_transfers == 0
    assert {event.ion.number for event in two.events if isinstance(event, Allocate) and event.ion.qpu == 0} == {0, 2}


def test_homes_change_without_a_transfer() -> None:
    network, program = parse_network("2x2c2"), program_of((0, 1), qubits=2)
    plan = Plan((0, 1), (Grow(0, 0, 1), HandOver(((0, 1),)), Shrink(0, 0), RunOp(0, 1)))
    check_plan(program, plan, network)
    assert lower(program, plan, network).local_transfers == 0


def test_shares() -> None:
    assert [[q.data for q in share.qpus] for share in ion_shares(parse_network("4x9c4"), 18)] == [
        [8] * 4,
        [7] * 4,
        [5] * 4,
        [9] * 4,
    ]
    assert [share.qpus[0].data for share in ion_shares(parse_network("2x4c1"), 6)] == [3]
    mixed = parse_network("2x4c1,3+1")
    assert [[q.data for q in share.qpus] for share in ion_shares(mixed, 8)] == [[3, 3, 3], [4, 4, 3]]
    fixed = parse_network("2x4+1")
    assert ion_shares(fixed, 8) == (fixed,)


def test_pairs_come_before_all_ions_are_taken() -> None:
    """Two QPUs end up full of qubits, which no pair could reach then."""
    chain = program_of(*[(q, q + 1) for q in range(7)], qubits=8)
    network = parse_network("3x4c1")
    plan = get_strategy("anneal").plan(chain, network, seed=1, options=QUICK)
    facts = check_plan(chain, plan, network)
    assert facts.ebits == 1
    assert sorted(facts.peak_data_by_qpu) == [0, 4, 4]


@pytest.mark.parametrize("strategy", ["kl", "hypergraph", "greedy", "teledata-routing"])
def test_no_split_of_the_ions_does_better(strategy: str) -> None:
    """Each constructive strategy tries the split among others."""
    for seed in range(4):
        program = random_gates(seed, 8, 20)
        together = ebits(strategy, program, parse_network("3x5c2"))
        assert together <= min(ebits(strategy, program, parse_network(f"3x{5 - m}+{m}")) for m in (1, 2))


def optimum(program: Program, network: str) -> int:
    plan = optimal_plan(program, parse_network(network))
    assert plan is not None
    return check_plan(program, plan, parse_network(network)).ebits


def test_the_optimum_is_at_least_that_of_every_split() -> None:
    programs = [random_gates(seed, 4, 5) for seed in range(4)]
    found = [(optimum(program, "2x3c1"), optimum(program, "2x2+1")) for program in programs]
    assert found == [(1, 2), (1, 1), (1, 1), (1, 2)]


@pytest.mark.parametrize("network", ["3x4c1", "2x6c2", "3x4c2@line", "2x4c1,3+1", "3x6c4@line+swap"])
def test_emitted_circuits_are_the_original(network: str) -> None:
    rng = np.random.default_rng(5)
    circuit = QuantumCircuit(7, 7)
    for _ in range(20):
        a, b = (int(q) for q in rng.choice(7, 2, replace=False))
        circuit.h(a)
        circuit.cx(a, b)
    circuit.measure(range(7), range(7))
    done = distq.compile(circuit, network, strategy="kl")  # checks the plan and the emitted circuit
    names = [register.name for register in done.circuit.qregs]
    assert "qpu0_ion" in names
    assert "qpu0_data" not in names
    assert done.report.details.local_transfers is not None
    assert done.report.memory is None
