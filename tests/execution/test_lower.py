"""Lowering: every ion does what the protocol says, within the limits of the network and of the plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.errors import InternalError
from distq.execution.lower import lower
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Events, Execute, HeraldPair, Ion, Release, Transfer
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.ir.tally import tally
from distq.networks.network import Network
from helpers.networks import network_of
from helpers.strategies import DYNAMIC, Planned, programs, random_plans

FREE, PAIR = -1, -2


def replay(events: Events, program: Program, network: Network) -> list[int]:
    """Follow what every ion holds: a qubit, half of a PAIR, or FREE. Returns the peak of memory ions per QPU."""
    holds: dict[Ion, int] = {}
    touched: set[Ion] = set()
    peak = [0] * len(network.qpus)

    def state(ion: Ion) -> int:
        qpu = network.qpus[ion.qpu]
        assert ion.number < (qpu.data if ion.role == "data" else qpu.memory_limit)
        assert ion.number < events.sizes[ion.qpu][ion.role]
        return holds.get(ion, FREE)

    for event in events.events:
        match event:
            case Allocate(qubit, ion, fresh):
                assert state(ion) == FREE
                assert ion.role == "data"
                assert qubit not in holds.values()
                assert fresh == (ion not in touched)
                holds[ion] = qubit
            case HeraldPair(link, a, b):
                assert state(a) == state(b) == FREE
                assert a.role == b.role == "memory"
                assert {a.qpu, b.qpu} == {network.links[link].a, network.links[link].b}
                holds[a] = holds[b] = PAIR
                touched |= {a, b}
            case CatEntangle(qubit, root, half, copy):
                assert state(root) == qubit
                assert state(half) == state(copy) == PAIR
                assert root.qpu == half.qpu != copy.qpu
                holds[half], holds[copy] = FREE, qubit
            case CatDisentangle(qubit, copy, root):
                assert state(copy) == state(root) == qubit
                assert copy != root
                holds[copy] = FREE
            case Transfer(qubit_a, a, qubit_b, b):
                assert a.qpu == b.qpu
                assert {a.role, b.role} == {"data", "memory"}
                for qubit, ion in ((qubit_a, a), (qubit_b, b)):
                    assert state(ion) == (FREE if qubit is None else qubit)
                assert qubit_a is not None
                holds[a], holds[b] = state(b), state(a)
                touched |= {a, b}
            case Execute(operation, ions, target, followers):
                op = program.operations[operation]
                assert tuple(map(state, ions)) == op.qubits
                assert len({ion.qpu for ion in ions}) == 1
                members = [ion for ion, q in holds.items() if q == op.qubits[0]]
                assert op.diagonal or len(members) == 1 or operation in program.crossable
                assert bool(followers) == (target >= 0)
                if followers:
                    copies = [ion for ion, q in holds.items() if q == target and ion not in ions]
                    assert sorted(on[-1] for on in followers) == sorted(copies)
                    for on in followers:
                        assert [state(ion) for ion in on[:-1]] == [q for q in op.qubits if q != target]
                        assert len({ion.qpu for ion in on}) == 1
            case Release(qubit, ion):
                assert state(ion) == qubit
                holds[ion] = FREE
        for ion, qubit in holds.items():
            if qubit != FREE:
                touched.add(ion)
        for s in range(len(peak)):
            busy = sum(ion.qpu == s and ion.role == "memory" and q != FREE for ion, q in holds.items())
            peak[s] = max(peak[s], busy)
    for qubit, ion in enumerate(events.final):
        where = [i for i, q in holds.items() if q == qubit]
        assert where == ([] if ion is None else [ion])
    return peak


NETWORKS = [
    network_of([3, 2], 2),
    network_of([2, 2], [2, 1]),
    network_of([1, 2, 2], [3, 2, 3], "line"),
    network_of([2, 2, 2, 1], None, "star"),
    network_of([2, 3, 1], 4),
]


@settings(max_examples=60)
@given(
    random_plans(
        programs(operations=40, x_block=0.2, **DYNAMIC) | programs(operations=40, final_measure=True, **DYNAMIC),
        st.sampled_from(NETWORKS),
    )
)
def test_random_plans_lower_to_valid_events(planned: Planned) -> None:
    program, plan, network = planned
    events = lower(program, plan, network)
    peak = replay(events, program, network)
    cost = tally(plan, program, network)
    assert all(p <= q for p, q in zip(peak, cost.peak_memory_by_qpu, strict=True))
    assert sum(isinstance(e, HeraldPair) for e in events.events) == cost.ebits
    assert sum(isinstance(e, CatDisentangle) for e in events.events) == sum(isinstance(s, Shrink) for s in plan.steps)
    assert [e.operation for e in events.events if isinstance(e, Execute)] == [
        step.operation for step in plan.steps if isinstance(step, RunOp)
    ]
    for s, qpu in enumerate(network.qpus):
        if qpu.memory is None:
            assert events.sizes[s]["memory"] <= cost.peak_memory_by_qpu[s]


def two_qubits(*more: Operation) -> Program:
    gate = Operation(Kind.ROTATION, (0, 1), angle=1.0)
    return Program("two", 2, 1, (gate, *more), (0, 1))


def data(qpu: int, number: int = 0) -> Ion:
    return Ion(qpu, "data", number)


def memory(qpu: int, number: int = 0) -> Ion:
    return Ion(qpu, "memory", number)


def test_telegate_is_pair_entangle_gate_disentangle() -> None:
    plan = Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1)))
    events = lower(two_qubits(), plan, network_of([1, 1], 1))
    assert events.events == (
        Allocate(0, data(0), True),
        HeraldPair(0, memory(0), memory(1)),
        CatEntangle(0, data(0), memory(0), memory(1)),
        Allocate(1, data(1), True),
        Execute(0, (memory(1), data(1))),
        CatDisentangle(0, memory(1), data(0)),
    )
    assert events.final == (data(0), data(1))
    assert events.sizes == ({"data": 1, "memory": 1},) * 2


def test_teledata_closes_the_old_home_from_its_data_ion() -> None:
    plan = Plan((0, 1), (Grow(0, 0, 1), HandOver(((0, 1),)), Shrink(0, 0), RunOp(0, 1)))
    events = lower(two_qubits(), plan, network_of([1, 2], 1))
    assert events.events[2:5] == (
        CatEntangle(0, data(0), memory(0), memory(1)),
        CatDisentangle(0, data(0), memory(1)),
        Transfer(0, memory(1), None, data(1)),
    )


def test_the_old_home_that_stays_moves_to_memory() -> None:
    plan = Plan((0, 1), (Grow(0, 0, 1), HandOver(((0, 1),)), RunOp(0, 1), Shrink(0, 0)))
    events = lower(two_qubits(), plan, network_of([1, 2], 1)).events
    assert events[3:5] == (Transfer(0, memory(1), None, data(1)), Transfer(0, data(0), None, memory(0)))
    assert events[-1] == CatDisentangle(0, memory(0), data(1))


def test_full_traps_exchange_two_qubits_in_place() -> None:
    steps = (
        RunOp(1, 0),
        RunOp(2, 1),
        Grow(0, 0, 1),
        Grow(1, 1, 0),
        HandOver(((0, 1), (1, 0))),
        RunOp(0, 0),
    )
    plan = Plan((0, 1), (*steps, Shrink(0, 0), Shrink(1, 1)))
    local = [Operation(Kind.LOCAL, (q,), factors=(np.eye(2, dtype=complex),)) for q in range(2)]
    program = two_qubits(*local)
    network = network_of([1, 1], 2)
    events = lower(program, plan, network)
    exchanges = [e for e in events.events if isinstance(e, Transfer)]
    assert len(exchanges) == 2
    assert all(e.qubit_a is not None and e.qubit_b is not None for e in exchanges)
    assert max(replay(events, program, network)) == 2


def test_free_ions_take_turns() -> None:
    steps = [step for _ in range(3) for step in (Grow(0, 0, 1), Shrink(0, 1))]
    plan = Plan((0, 1), (*steps, Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1)))
    events = lower(two_qubits(), plan, network_of([1, 1], 2)).events
    pairs = [(e.a.number, e.b.number) for e in events if isinstance(e, HeraldPair)]
    assert pairs == [(0, 0), (1, 1), (0, 0), (1, 1)]


def test_a_measured_qubit_gives_its_ion_back() -> None:
    ops = (Operation(Kind.MEASURE, (0,), clbit=0), Operation(Kind.MEASURE, (1,), clbit=0))
    program = Program("turns", 2, 1, ops, (0, 1))
    events = lower(program, Plan((0, 0), (RunOp(0, 0), RunOp(1, 0))), network_of([1], 0))
    ion = data(0)
    assert events.events == (
        *(Allocate(0, ion, True), Execute(0, (ion,)), Release(0, ion)),
        *(Allocate(1, ion, False), Execute(1, (ion,)), Release(1, ion)),
    )
    assert events.final == (None, None)


@pytest.mark.parametrize(
    ("homes", "steps", "message"),
    [
        ((0, 0), (RunOp(0, 0),), "QPU 0 has no free ion for a qubit"),
        ((0, 1), (Grow(0, 0, 1), Grow(1, 1, 0)), "QPU 1 has no free ion for a pair"),
        ((0, 1), (RunOp(0, 0),), "qubit 1 has no member at QPU 0"),
        ((0, 1), (Grow(0, 0, 1), Shrink(0, 0), Shrink(0, 1)), "QPU 1 holds the last member of qubit 0"),
    ],
)
def test_invalid_plans_are_internal_errors(homes: tuple[int, ...], steps: tuple, message: str) -> None:
    with pytest.raises(InternalError, match=message):
        lower(two_qubits(), Plan(homes, steps), network_of([1, 1], 1))
