"""The plan checker accepts random valid plans, counts like ``tally``, and refuses every planted fault."""

from __future__ import annotations

import numpy as np
import pytest

from distq.errors import InternalError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Condition, Kind, Operation, Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.verification.plan_checker import check_plan
from distq.verification.plan_violation import PlanViolation
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.planted_faults import mutants
from helpers.programs import random_program

NETWORKS = [
    network_of([3, 3], 2),
    network_of([4, 2], [2, 3]),
    network_of([2, 2, 2], 3),
    network_of([2, 2, 2, 2], 2, "line"),
    network_of([1, 3, 2], None, "star"),
    network_of([6], 0),
]


def local(qubit: int) -> Operation:
    return Operation(Kind.LOCAL, (qubit,), factors=(np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2),))


def rotation(*qubits: int, condition: Condition | None = None) -> Operation:
    return Operation(Kind.ROTATION, qubits, angle=0.3, condition=condition)


def measure(qubit: int, clbit: int) -> Operation:
    return Operation(Kind.MEASURE, (qubit,), clbit=clbit)


def program_of(qubits: int, *operations: Operation, clbits: int = 0) -> Program:
    return Program("test", qubits, clbits, operations, tuple(range(qubits)))


def refuse(program: Program, homes: tuple[int, ...], steps: tuple[object, ...], network: Network) -> PlanViolation:
    with pytest.raises(PlanViolation) as caught:
        check_plan(program, Plan(homes, steps), network)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS, ids=range(len(NETWORKS)))
@pytest.mark.parametrize("seed", range(12))
def test_random_plans_pass_and_count_like_tally(network: Network, seed: int) -> None:
    rng = np.random.default_rng([seed, len(network.qpus)])
    size = int(rng.integers(4, 7))
    final = seed % 2 == 0
    program = random_program(rng, size, 40, clbits=3, measure=0.1, reset=0.05, condition=0.1, final_measure=final)
    try:
        plan = random_plan(program, network, rng)
    except ValueError:
        program = random_program(rng, size, 40, clbits=3, measure=0.1, phase=0.0)
        plan = random_plan(program, network, rng)
    facts = check_plan(program, plan, network)
    counted = tally(plan, program, network)
    assert facts.ebits == counted.ebits
    assert facts.link_ebits == counted.link_ebits
    assert facts.peak_memory_by_qpu == counted.peak_memory_by_qpu
    assert all(used <= qpu.data for used, qpu in zip(facts.peak_data_by_qpu, network.qpus, strict=True))


@pytest.mark.parametrize("seed", range(25))
def test_every_mutant_is_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = NETWORKS[seed % 5]
    program = random_program(rng, 6, 30, clbits=2, measure=0.15, reset=0.05, condition=0.15, phase=0.0)
    plan = random_plan(program, network, rng)
    check_plan(program, plan, network)
    for kind, mutant in mutants(program, plan, network, rng):
        with pytest.raises(PlanViolation):
            pytest.fail(f"accepted: {kind}: {check_plan(program, mutant, network)}")


def test_mutants_cover_every_kind_of_fault() -> None:
    rng = np.random.default_rng(5)
    kinds: set[str] = set()
    for network in (NETWORKS[2], NETWORKS[3]):
        program = random_program(rng, 6, 60, clbits=2, measure=0.15, condition=0.15, phase=0.0)
        kinds |= {kind for kind, _ in mutants(program, random_plan(program, network, rng), network, rng)}
    assert len(kinds) == 8 + 5 + 4 + 3 + 2 + 8 + 2, sorted(kinds)


@pytest.mark.parametrize("seed", range(8))
def test_one_ion_less_than_the_peak_is_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = network_of([3, 3, 3], None)
    program = random_program(rng, 6, 30)
    plan = random_plan(program, network, rng)
    facts = check_plan(program, plan, network)
    exact = network_of(list(facts.peak_data_by_qpu), list(facts.peak_memory_by_qpu))
    check_plan(program, plan, exact)
    for qpu in range(3):
        memory, data = list(facts.peak_memory_by_qpu), list(facts.peak_data_by_qpu)
        if memory[qpu]:
            memory[qpu] -= 1
            with pytest.raises(PlanViolation, match="memory ions are in use"):
                check_plan(program, plan, network_of(data, memory))
            memory[qpu] += 1
        if data[qpu] > 1:
            data[qpu] -= 1
            with pytest.raises(PlanViolation, match="data ions"):
                check_plan(program, plan, network_of(data, memory))


def test_the_violation_names_step_and_reason() -> None:
    error = refuse(program_of(2, rotation(0, 1)), (0, 1), (RunOp(0, 0),), network_of([1, 1]))
    assert isinstance(error, InternalError)
    assert error.step == 0
    assert "operand 1 has no member at QPU 'q0'" in error.reason
    assert "step 0 of the plan, RunOp(operation=0, qpu=0)," in str(error)


def test_transient_half_at_the_source_counts() -> None:
    program = program_of(1, local(0))
    relay = (Grow(0, 0, 1), Grow(0, 1, 2), Shrink(0, 2), Shrink(0, 1), RunOp(0, 0))
    error = refuse(program, (0,), relay, network_of([1, 1, 1], 1, "line"))
    assert error.step == 1
    assert "2 memory ions are in use at QPU 'q1', which has 1" in error.reason
    roomier = network_of([1, 1, 1], [1, 2, 1], "line")
    assert check_plan(program, Plan((0,), relay), roomier).peak_memory_by_qpu == (1, 2, 1)


def test_no_memory_at_the_source_refuses_the_pair() -> None:
    error = refuse(
        program_of(1, local(0)), (0,), (Grow(0, 0, 1), Shrink(0, 1), RunOp(0, 0)), network_of([1, 1], [0, 1])
    )
    assert "at QPU 'q0'" in error.reason


def test_group_hand_over_exchanges_full_qpus() -> None:
    program = program_of(2, local(0), local(1))
    grows = (Grow(0, 0, 1), Grow(1, 1, 0))
    tail = (Shrink(0, 0), Shrink(1, 1), RunOp(0, 1), RunOp(1, 0))
    network = network_of([1, 1], 2)
    assert check_plan(program, Plan((0, 1), (*grows, HandOver(((0, 1), (1, 0))), *tail)), network).ebits == 2
    one_by_one = (*grows, HandOver(((0, 1),)), HandOver(((1, 0),)), *tail)
    assert "2 qubits are at home at QPU 'q1'" in refuse(program, (0, 1), one_by_one, network).reason


def test_hand_over_to_the_present_home_is_refused() -> None:
    assert (
        "already" in refuse(program_of(1, local(0)), (0,), (RunOp(0, 0), HandOver(((0, 0),))), network_of([1])).reason
    )


def test_a_data_ion_serves_again_after_the_last_measurement() -> None:
    network = network_of([1, 1], 1)
    program = program_of(3, local(0), measure(0, 0), local(1), measure(1, 1), local(2), clbits=2)
    steps = tuple(RunOp(i, 0) for i in range(5))
    assert check_plan(program, Plan((0, 0, 0), steps), network).peak_data_by_qpu == (1, 0)
    touched_again = (*steps[:2], *steps[2:4], Grow(0, 0, 1), Shrink(0, 1), steps[4])
    assert refuse(program, (0, 0, 0), touched_again, network).step == 2
    overlapping = (steps[0], steps[2], steps[1], steps[3], steps[4])
    assert refuse(program, (0, 0, 0), overlapping, network).step == 1


def test_a_qubit_reset_last_keeps_its_ion() -> None:
    program = program_of(2, measure(0, 0), Operation(Kind.RESET, (0,)), local(1), clbits=1)
    assert refuse(program, (0, 0), (RunOp(0, 0), RunOp(1, 0), RunOp(2, 0)), network_of([1])).step == 2


def test_untouched_qubits_take_their_ion_at_the_end() -> None:
    program = program_of(2, local(0), measure(0, 0), clbits=1)
    assert check_plan(program, Plan((0, 0), (RunOp(0, 0), RunOp(1, 0))), network_of([1])).peak_data_by_qpu == (1,)
    error = refuse(program_of(2, local(0)), (0, 0), (RunOp(0, 0),), network_of([1]))
    assert error.step is None
    assert "2 qubits are at home" in error.reason


def test_commuting_operations_may_change_order_and_boundaries_may_not() -> None:
    network = network_of([3])
    program = program_of(3, rotation(0, 1), rotation(1, 2), rotation(0, 2), local(1), rotation(0, 1))
    for order in ((2, 1, 0, 3, 4), (1, 0, 3, 2, 4), (1, 0, 3, 4, 2)):
        check_plan(program, Plan((0, 0, 0), tuple(RunOp(i, 0) for i in order)), network)
    error = refuse(program, (0, 0, 0), tuple(RunOp(i, 0) for i in (0, 3, 1, 2, 4)), network)
    assert "operation 3 runs before operation 1 on qubit 1" in error.reason
    refuse(program, (0, 0, 0), tuple(RunOp(i, 0) for i in (0, 1, 4, 3, 2)), network)


def test_classical_order() -> None:
    on = Condition((0,), 1)
    readers = rotation(1, condition=on), rotation(2, condition=on)
    program = program_of(4, measure(0, 0), *readers, measure(3, 0), clbits=1)
    network = network_of([4])
    for order in ((0, 1, 2, 3), (0, 2, 1, 3)):
        check_plan(program, Plan((0,) * 4, tuple(RunOp(i, 0) for i in order)), network)
    for order in ((1, 0, 2, 3), (0, 1, 3, 2), (3, 1, 2, 0)):
        assert "classical bit 0" in refuse(program, (0,) * 4, tuple(RunOp(i, 0) for i in order), network).reason


def test_conditioned_one_qubit_rotation_runs_on_a_copy_and_conditioned_local_does_not() -> None:
    on = Condition((0,), 1)
    network = network_of([2, 1])
    steps = (RunOp(0, 0), Grow(1, 0, 1), RunOp(1, 1), Shrink(1, 1))
    check_plan(program_of(2, measure(0, 0), rotation(1, condition=on), clbits=1), Plan((0, 0), steps), network)
    conditioned = Operation(Kind.LOCAL, (1,), factors=local(1).factors, condition=on)
    error = refuse(program_of(2, measure(0, 0), conditioned, clbits=1), (0, 0), steps, network)
    assert "a boundary of qubit 1 while it has members at q0, q1" in error.reason


def test_numpy_integers_are_refused() -> None:
    steps = (RunOp(np.int64(0), 0),)  # type: ignore[arg-type]
    assert "no operation index" in refuse(program_of(1, local(0)), (0,), steps, network_of([1])).reason
