"""Copies that follow their qubit through X-blocks: plans, faults planted into plans and circuits, time and noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit

from distq.execution.dispatch import Dispatcher, Policy
from distq.execution.emit import emit
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.frontend import normalise
from distq.ir.events import CatEntangle, Execute, ions_of
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Condition, Kind, Operation, Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import HomeMove, Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies import get_strategy
from distq.simulation.engines.clifford import clifford
from distq.simulation.engines.clifford.gates import not_clifford
from distq.simulation.engines.density import density
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions
from distq.simulation.statevector.input_states import input_states
from distq.verification.circuit_checker import verify_circuit, verify_program
from distq.verification.plan_checker import check_plan
from distq.verification.plan_order import BlockGates, find_x_blocks
from distq.verification.plan_violation import PlanViolation
from helpers.aer import assert_standard_normal, shoot
from helpers.aer_reference import aer_circuit
from helpers.formats import through_qasm3, through_qpy, with_data
from helpers.networks import network_of
from helpers.noise import noisy
from helpers.plans import random_plan
from helpers.programs import random_program, random_unitary

H = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)
S = np.diag([1, 1j])
X = np.array([[0, 1], [1, 0]], dtype=np.complex128)


def local(qubit: int, *gates: np.ndarray) -> Operation:
    """The gates in the order in which they act."""
    matrix = np.eye(2, dtype=np.complex128)
    for gate in gates:
        matrix = gate @ matrix
    return Operation(Kind.LOCAL, (qubit,), factors=(matrix,))


def rotation(*qubits: int, angle: float = np.pi / 2, condition: Condition | None = None) -> Operation:
    return Operation(Kind.ROTATION, qubits, angle=angle, condition=condition)


def program_of(qubits: int, *operations: Operation, clbits: int = 0) -> Program:
    return Program("test", qubits, clbits, operations, tuple(range(qubits)))


# A rotation by pi/2 leaves S on its target, up to a phase.
BLOCK = (local(0, H), rotation(0, 1), local(0, S.conj(), H))


def recognised(program: Program) -> dict[int, BlockGates]:
    """What the program says of its X-blocks, as the plan checker finds it."""
    return {opening: BlockGates(frozenset(b.operations), b.closing) for opening, b in program.x_blocks.items()}


@pytest.mark.parametrize(
    ("operations", "flips"),
    [
        (BLOCK, False),
        ((local(0, H), rotation(1, 0), local(0, S.conj(), H, X)), True),
        ((local(0, H), rotation(0, 1), local(0, S, H)), True),
        (
            (
                local(0, H, S),
                rotation(0, 1, angle=-np.pi / 2),
                rotation(0, 2, angle=5 * np.pi / 2),
                local(0, S.conj(), H),
            ),
            False,
        ),
        ((local(0, S @ S, H), rotation(0, 1), rotation(0, 2), local(0, H)), True),
        ((local(0, H), rotation(0, 1), local(0, H)), None),
        ((local(0, H), rotation(0, 1, angle=np.pi / 2 + 1e-6), local(0, S, H)), None),
        ((local(0, H), rotation(0, 1, 2), local(0, S, H)), None),
        ((local(0, H), rotation(0, 1, condition=Condition((0,), 1)), local(0, S, H)), None),
        ((local(0, H), Operation(Kind.PHASE, (0, 1, 2), angle=np.pi, pattern=(1, 1, 1)), local(0, H)), None),
        ((local(0, np.diag([1, np.exp(0.3j)]), H), rotation(0, 1), local(0, S, H)), True),
        ((local(0, H, np.diag([1, np.exp(0.3j)])), rotation(0, 1), local(0, S, np.diag([1, np.exp(-0.3j)]), H)), None),
        ((local(0, H), local(0, S, H)), None),
    ],
)
def test_what_an_x_block_is(operations: tuple[Operation, ...], flips: bool | None) -> None:
    program = program_of(3, *operations, clbits=1)
    assert {b.flips for b in program.x_blocks.values()} == (set() if flips is None else {flips})
    assert recognised(program) == find_x_blocks(program)


@pytest.mark.parametrize("seed", range(10))
def test_both_recognisers_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, 4, 40, x_block=0.5, local=0.2, clbits=1, condition=0.1, measure=0.05)
    found = recognised(program)
    assert found == find_x_blocks(program)
    assert len(found) > 3


def test_runs_of_cx_are_x_blocks_whatever_stands_between() -> None:
    """The frontend leaves phases where they spoil no X-block."""
    circuit = QuantumCircuit(4)
    rng = np.random.default_rng(0)
    expected = 0
    for _ in range(30):
        a, b = (int(q) for q in rng.choice(4, 2, replace=False))
        circuit.cx(a, b)
        circuit.rz(0.4, a)
    program = normalise(circuit)
    for line in program.lines:
        inside = [i for i in line if not program.operations[i].diagonal]
        expected += max(0, len(inside) - 1)
    assert len(program.x_blocks) > 0.4 * expected


# ---- plans ------------------------------------------------------------------------------------------------------


def pinned(rounds: int = 2) -> Program:
    """Qubit 0 stays with 1, 3 with 2; 0 works with 2 before and after a CX from 3: 3 pairs, 2 if a copy follows."""
    rng = np.random.default_rng(5)
    turned = [local(q, random_unitary(rng)) for q in (1, 2, 2, 2)]
    pin = [rotation(0, 1, angle=0.7), turned[0], rotation(2, 3, angle=0.7), turned[1]] * rounds
    work = [rotation(0, 2, angle=0.7), turned[2], rotation(0, 2, angle=0.7)]
    block = [local(0, H), rotation(0, 3), local(0, S.conj(), H, X)]
    return program_of(4, *pin, *work, *block, *work, turned[3], *pin)


@pytest.mark.slow
@pytest.mark.parametrize("memory", [1, 2, None])
@pytest.mark.parametrize("strategy", ["kl", "anneal", "exact"])
def test_a_copy_that_follows_saves_a_bell_pair(strategy: str, memory: int | None) -> None:
    program, network = pinned(), network_of([2, 2], memory)
    plan = get_strategy(strategy).plan(program, network, seed=0)
    facts = check_plan(program, plan, network)
    assert facts.ebits == tally(plan, program, network).ebits == (3 if memory == 1 else 2)
    events = lower(program, plan, network)
    assert verify_program(program, emit(events, program, network), network).equal


@cache
def random_circuit(seed: int) -> Program:
    """CX and CP on random pairs of 10 qubits."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(10)
    for _ in range(90):
        a, b = (int(q) for q in rng.choice(10, 2, replace=False))
        if rng.random() < 0.6:
            circuit.cx(a, b)
        else:
            circuit.cp(0.3, a, b)
        if rng.random() < 0.1:
            circuit.x(a)
    return normalise(circuit)


@pytest.mark.slow
@pytest.mark.parametrize("memory", [1, 2, 4, None])
def test_embedding_is_never_worse_and_pays(memory: int | None) -> None:
    network = network_of([4, 3, 3], memory)
    saved = 0
    for seed in range(8):
        program = random_circuit(seed)
        homes = [int(s) for s in np.random.default_rng(seed).permutation([0] * 4 + [1] * 3 + [2] * 3)]
        placement = Placement(tuple(homes), choose_sites(program, homes))
        ebits = [
            check_plan(program, realise(program, network, placement, embed=f), network).ebits for f in (True, False)
        ]
        assert ebits[0] <= ebits[1]
        saved += ebits[1] - ebits[0]
        assert realise(program, network, placement) == realise(program, network, placement)
    assert memory in (1, 2) or saved >= 8


def test_embedding_is_never_worse_where_homes_move() -> None:
    rng = np.random.default_rng(1)
    program, network = random_circuit(0), network_of([4, 4, 4], 3)
    for _ in range(20):
        homes = [int(s) for s in rng.permutation([0] * 4 + [1] * 3 + [2] * 3)]
        moves, now = [], list(homes)
        for position in sorted(rng.integers(0, len(program.operations), size=12).tolist()):
            qubit, qpu = int(rng.integers(10)), int(rng.integers(3))
            if now.count(qpu) < 4 and now[qubit] != qpu:
                now[qubit] = qpu
                moves.append(HomeMove(position, qubit, qpu))
        sites = [int(s) for s in rng.integers(0, 3, size=len(program.operations))]
        placement = Placement(tuple(homes), sites, None, tuple(moves))
        ebits = [
            check_plan(program, realise(program, network, placement, embed=f), network).ebits for f in (True, False)
        ]
        assert ebits[0] <= ebits[1]


# Qubit 0 at QPU 0 has a copy at QPU 1; 1, at home there, has one at QPU 0.
HELD: tuple[Step, ...] = (
    Grow(0, 0, 1),
    Grow(1, 1, 0),
    RunOp(0, 0),
    RunOp(1, 0),
    RunOp(2, 0),
    Shrink(1, 0),
    Shrink(0, 1),
)


def held_faults() -> Iterator[tuple[str, tuple[Step, ...], tuple[Operation, ...], str]]:
    grow, control, opening, gate, closing, *shrinks = HELD
    rest = (closing, *shrinks)
    yield (
        "copy closed",
        (grow, control, opening, gate, Shrink(0, 1), closing, Shrink(1, 0)),
        BLOCK,
        "copy set of qubit 0",
    )
    yield (
        "copy opened",
        (grow, control, opening, gate, Grow(0, 0, 2), *rest, Shrink(0, 2)),
        BLOCK,
        "copy set of qubit 0",
    )
    yield "home moved", (grow, control, opening, HandOver(((0, 1),)), gate, *rest), BLOCK, "copy set of qubit 0"
    yield "no control", (grow, Grow(0, 0, 2), control, opening, gate, *rest, Shrink(0, 2)), BLOCK, "'q2' cannot follow"
    yield "gate elsewhere", (grow, control, opening, RunOp(1, 1), *rest), BLOCK, "away from its home"
    yield "opened elsewhere", (grow, control, RunOp(0, 1), gate, *rest), BLOCK, "away from its home"
    yield "closed elsewhere", (grow, control, opening, gate, RunOp(2, 1), *shrinks), BLOCK, "away from its home"
    wrong = (*BLOCK[:2], local(0, H))
    yield "wrong phase left over", HELD, wrong, "boundary of qubit 0 while it has members"
    wrong = (BLOCK[0], rotation(0, 1, angle=0.7), BLOCK[2])
    yield "no CX", HELD, wrong, "boundary of qubit 0 while it has members"
    both = (local(0, H), local(1, H), rotation(0, 1), local(0, S, H), local(1, S, H))
    runs = [RunOp(i, 0 if i % 3 == 0 else 1) for i in range(5)]
    yield (
        "control held",
        (grow, control, RunOp(0, 0), RunOp(1, 1), RunOp(2, 0), *runs[3:], *shrinks),
        both,
        "neither qubit can control",
    )


@pytest.mark.parametrize("fault", list(held_faults()), ids=lambda f: f[0])
def test_faults_in_plans_are_caught(fault: tuple[str, tuple[Step, ...], tuple[Operation, ...], str]) -> None:
    _, steps, operations, reason = fault
    network = network_of([1, 1, 1], 2)
    check_plan(program_of(2, *BLOCK), Plan((0, 1), HELD), network)
    with pytest.raises(PlanViolation, match=reason):
        check_plan(program_of(2, *operations), Plan((0, 1), steps), network)


@pytest.mark.parametrize("seed", range(12))
def test_random_plans_pass_and_count_like_tally(seed: int) -> None:
    program, plan, network, _ = held_case(seed)
    facts, counted = check_plan(program, plan, network), tally(plan, program, network)
    assert (facts.ebits, facts.peak_memory_by_qpu) == (counted.ebits, counted.peak_memory_by_qpu)


# ---- circuits ---------------------------------------------------------------------------------------------------


@cache
def held_case(seed: int, dynamic: bool = False) -> tuple[Program, Plan, Network, QuantumCircuit]:
    """A random plan in which copies follow, and its circuit."""
    network = [
        network_of([2, 1], 2),
        network_of([2, 2], 3),
        network_of([1, 1, 1], 3),
        network_of([1, 1, 1], 3, "line"),
    ][seed % 4]
    shares = {"clbits": 1, "measure": 0.1, "condition": 0.2} if dynamic else {}
    for attempt in range(100):
        rng = np.random.default_rng([seed, attempt])
        program = random_program(rng, 3, 12, x_block=0.5, local=0.1, phase=0.1 * dynamic, **shares)  # type: ignore[arg-type]
        plan = random_plan(program, network, rng)
        events = lower(program, plan, network)
        if sum(isinstance(e, Execute) and bool(e.followers) for e in events.events) > 1:
            return program, plan, network, emit(events, program, network)
    raise AssertionError("no copy follows in a hundred random plans")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("trip", [lambda c: c, through_qasm3, through_qpy], ids=["as it is", "qasm3", "qpy"])
def test_circuits_are_accepted(trip: Callable[[QuantumCircuit], QuantumCircuit], seed: int) -> None:
    program, _, network, circuit = held_case(seed, seed % 2 == 1)
    assert verify_program(program, trip(circuit), network).reason is None


def followers(seed: int) -> tuple[Program, Network, QuantumCircuit, list[int], list[int]]:
    """A circuit, and where the CX and the X are by which copies follow."""
    program, _, network, circuit = held_case(seed)
    names = {"cx": [], "x": []}  # type: dict[str, list[int]]
    protocols = {i - 1 for i, x in enumerate(circuit.data) if x.name == "measure"}
    for i, x in enumerate(circuit.data):
        if x.name in names and i not in protocols:
            names[x.name].append(i)
    return program, network, circuit, names["cx"], names["x"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_copies_that_do_not_follow_are_caught(seed: int) -> None:
    program, network, circuit, controlled, flips = followers(seed)
    data = list(circuit.data)
    for at in (*controlled, *flips):
        dropped = with_data(circuit, data[:at] + data[at + 1 :])
        twice = with_data(circuit, [*data[:at], data[at], *data[at:]])
        swapped = with_data(circuit, [*data[:at], data[at].replace(qubits=data[at].qubits[::-1]), *data[at + 1 :]])
        for changed in (dropped, twice, *([swapped] if at in controlled else [])):
            verdict = verify_program(program, changed, network)
            assert not verdict.equal, (at, data[at])
    assert controlled


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_single_instruction_can_go(seed: int) -> None:
    program, _, network, circuit = held_case(seed)
    data = list(circuit.data)
    for at, instruction in enumerate(data):
        if instruction.name == "reset":
            continue
        changed = with_data(circuit, data[:at] + data[at + 1 :])
        assert not verify_program(program, changed, network).equal, (at, instruction)
        if instruction.name in ("u", "rzz", "rz"):
            params = list(instruction.params)
            params[0] += 1e-6
            gate = type(instruction.operation)(*params)
            changed = with_data(circuit, [*data[:at], instruction.replace(operation=gate), *data[at + 1 :]])
            assert not verify_program(program, changed, network).equal, (at, instruction)


def test_a_gate_that_no_copy_can_follow_is_named() -> None:
    """Within an X-block, a rotation by another angle; and a block whose left-over phase is wrong."""
    network = network_of([1, 1], 2)
    for wrong, reason in (
        ((BLOCK[0], rotation(0, 1, angle=0.7), BLOCK[2]), "while it has other copies"),
        ((*BLOCK[:2], local(0, H)), "inside an X-block and has copies"),
    ):
        right = program_of(2, *BLOCK)
        circuit = emit(lower(right, Plan((0, 1), HELD), network), right, network)
        assert verify_program(right, circuit, network).equal
        bad = replace(right, operations=wrong)
        bad.__dict__["x_blocks"] = right.x_blocks
        circuit = emit(lower(bad, Plan((0, 1), HELD), network), bad, network)
        verdict = verify_program(bad, circuit, network)
        assert not verdict.equal
        assert reason in str(verdict.reason)


def test_real_circuits_from_end_to_end() -> None:
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(8)
    circuit.h(range(8))
    for _ in range(60):
        a, b = (int(q) for q in rng.choice(8, 2, replace=False))
        circuit.cx(a, b)
        circuit.t(a)
    program, network = normalise(circuit), network_of([2, 2, 2, 2], None)
    plan = get_strategy("contiguous").plan(program, network, seed=0)
    events = lower(program, plan, network)
    assert any(isinstance(e, Execute) and e.followers for e in events.events)
    assert verify_circuit(circuit, emit(events, program, network), network).equal


# ---- time and noise ---------------------------------------------------------------------------------------------


def test_copies_follow_at_the_same_time_and_wait_as_others_do() -> None:
    network = network_of([1, 1], 2)
    program = program_of(2, *BLOCK)
    events = lower(program, Plan((0, 1), HELD), network)
    times = schedule(events, program, network)
    (index,) = [i for i, e in enumerate(events.events) if isinstance(e, Execute) and e.followers]
    event = events.events[index]
    assert isinstance(event, Execute)
    assert event.target == 0
    assert {ion.qpu for ion in event.ions} == {0}
    assert [[ion.qpu for ion in on] for on in event.followers] == [[1, 1]]
    assert ions_of(event) == (*event.ions, *event.followers[0])
    assert times.end_s[index] - times.start_s[index] == pytest.approx(network.qpus[0].time_2q_s)


def execution(seed: int, noise: float) -> Execution:
    program, plan, network, _ = held_case(seed)
    network = noisy(network, np.random.default_rng(seed), noise)
    events = lower(program, plan, network)
    return Execution(reduce_events(program, events, schedule(events, program, network), network))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_trajectories_agree_with_density_matrices(seed: int) -> None:
    run = execution(seed, 0.3)
    states = input_states(["zero", "product"], run.qubits, seed)
    found = trajectories.estimate_fidelity(run, states, EngineOptions(1.0, 4000, seed))
    for value, state in zip(found.fidelities, states, strict=True):
        assert abs(value.mean - density.fidelity(run.frame_program, state)) < 4 * value.stderr


@pytest.mark.parametrize("seed", range(4))
def test_stabilizer_sampling_agrees_with_density_matrices(seed: int) -> None:
    """Every gate of these programs is Clifford, so that copies are qubits here and frames there."""
    rng = np.random.default_rng(seed)
    network = noisy(network_of([2, 2], 3), rng, 0.3)
    ops: list[Operation] = []
    for _ in range(5):
        target = int(rng.integers(3))
        gates = [rotation(target, int(q)) for q in rng.permutation([q for q in range(3) if q != target])]
        ops += [local(target, S, H), *gates, local(target, *[S] * len(gates), H, S, *([X] if rng.integers(2) else []))]
        a, b = (int(q) for q in rng.choice(3, 2, replace=False))
        ops += [rotation(a, b)]
    program = program_of(3, *ops)
    for attempt in range(50):
        events = lower(program, random_plan(program, network, np.random.default_rng([seed, attempt])), network)
        if sum(isinstance(e, Execute) and bool(e.followers) for e in events.events) > 2:
            break
    run = Execution(reduce_events(program, events, schedule(events, program, network), network))
    assert not_clifford(program) is None
    states = input_states(["zero", "stabilizer"], 3, seed)
    found = clifford.estimate_fidelity(run, states, EngineOptions(1.0, 40000, seed))
    for value, state in zip(found.fidelities, states, strict=True):
        assert abs(value.mean - density.fidelity(run.frame_program, state)) < 4 * value.stderr


@pytest.mark.slow
def test_the_exact_engine_agrees_with_aer() -> None:
    scores = []
    for seed in range(24):
        program, plan, network, _ = held_case(seed % 12)
        network = noisy(network, np.random.default_rng(seed), 0.4)
        events = lower(program, plan, network)
        times = schedule(events, program, network)
        (state,) = input_states(["product"], 3, seed)
        exact = Execution(reduce_events(program, events, times, network)).frame_program
        fidelity = density.fidelity(exact, state)
        counts = shoot(aer_circuit(program, events, times, network, state), 400, seed)
        hits = sum(n for bits, n in counts.items() if bits.split()[0] == "000")
        scores.append((hits / 400 - fidelity) / np.sqrt(fidelity * (1 - fidelity) / 400))
    assert_standard_normal(scores)


def test_a_message_for_the_control_is_awaited_through_the_copy_that_followed() -> None:
    """With Pauli frames, the X frame of a control's copy passes to a copy that follows, and to what is done with it."""
    message_s = 0.5
    network = network_of([2, 1], 2).model_copy(update={"message_time_s": message_s})
    starts = []
    for follows in (True, False):
        # Lines 0 and 1 at QPU 0, line 2 at QPU 1. The copy of 1 at QPU 1 comes late, that of 0 early.
        ops = (local(0, H), rotation(0, 1), local(0, S.conj(), H), rotation(0, 2, angle=0.3))
        program = program_of(3, *ops)
        held = [RunOp(0, 0), RunOp(1, 0), RunOp(2, 0)]
        steps: list[Step] = [Grow(0, 0, 1), Grow(1, 0, 1), *held, Shrink(1, 1), RunOp(3, 1), Shrink(0, 1)]
        if not follows:
            steps = [Grow(1, 0, 1), *held, Grow(0, 0, 1), Shrink(1, 1), RunOp(3, 1), Shrink(0, 1)]
        plan = Plan((0, 0, 1), tuple(steps))
        check_plan(program, plan, network)
        events = lower(program, plan, network)
        machine = Dispatcher(events, program, network, Policy(pauli_frames=True))
        waits = np.array([0.0, 10.0])
        times = machine.run(waits)
        made = [i for i, e in enumerate(events.events) if isinstance(e, CatEntangle)]
        (use,) = [i for i, e in enumerate(events.events) if isinstance(e, Execute) and e.operation == 3]
        starts.append(float(times.start_s[use] - times.start_s[made[1]]))
    assert min(starts) > message_s
