"""What every registered strategy must do: valid plans within memory, honest costs, the same plan for the same seed."""

from __future__ import annotations

import textwrap
from functools import cache

import numpy as np
import pytest

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, HandOver, Plan, RunOp
from distq.ir.program import Condition, Kind, Operation, Program
from distq.ir.rewriting import Rewriting
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.strategies import get_strategy, registry, strategies
from distq.planning.strategies.exact import TooLargeError
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import rewrite
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.programs import random_program

NAMES = [strategy.name for strategy in strategies()]
RIVALS = ("per-gate", "static-packets", "time-sliced", "burst", "teledata-routing")
QUICK = PlanningOptions(effort=0.05)
RING = [(0, 1), (1, 2), (2, 3), (0, 3)]

NETWORKS = {
    "complete-full": network_of([2, 2, 2], 2),
    "complete-slack": network_of([3, 3, 3], 2),
    "complete-full-1": network_of([3, 3], 1),
    "complete-slack-1": network_of([4, 3], 1),
    "complete-full-unlimited": network_of([2, 2, 2], None),
    "line-full": network_of([2, 2, 2], 2, "line"),
    "line-slack-1": network_of([3, 2, 2], 1, "line"),
    "line-unlimited": network_of([2, 1, 3], None, "line"),
    "ring-full": network_of([2, 1, 1, 2], 2, RING),
    "uneven": network_of([4, 1, 2], [1, 3, 2]),
    "one": network_of([6], 0),
    "no-memory": network_of([6, 2], 0),
}


def programs(size: int) -> dict[str, Program]:
    """Random programs on 6 qubits, of every kind of operation."""

    def rng(seed: int) -> np.random.Generator:
        return np.random.default_rng(seed)

    return {
        "plain": random_program(rng(1), 6, size, phase=0.0),
        "phases": random_program(rng(2), 6, size, phase=0.3),
        "dynamic": random_program(rng(3), 6, size, clbits=2, measure=0.12, reset=0.05, condition=0.2, phase=0.05),
        "measured": random_program(rng(4), 6, size, phase=0.05, final_measure=True),
    }


SIZES = dict.fromkeys(NAMES, 40) | {"auto": 10, "anneal": 10, "exact": 4}
"""Operations of the random programs; the searching strategies take their time."""
PROGRAMS = {size: programs(size) for size in set(SIZES.values())}
CASES = [(program, network) for network in NETWORKS for program in ("plain", "phases", "dynamic", "measured")]
FEW = [
    ("plain", "complete-full"),
    ("phases", "line-full"),
    ("dynamic", "complete-slack-1"),
    ("measured", "uneven"),
    ("plain", "one"),
]


def planned(name: str, program: Program, network: Network, seed: int = 0) -> Plan | None:
    """The plan, checked; None if there is none within the memory."""
    try:
        plan = get_strategy(name).plan(program, network, seed=seed, options=QUICK)
    except (InfeasiblePlanError, TooLargeError) as error:
        helpful = error.hint or isinstance(error, TooLargeError)
        assert helpful, error  # noqa: PT017
        return None
    program = rewrite(program, plan.rewriting, network)
    facts = check_plan(program, plan, network)
    cost = tally(plan, program, network)
    assert (cost.ebits, cost.link_ebits) == (facts.ebits, facts.link_ebits)
    assert cost.peak_memory_by_qpu == facts.peak_memory_by_qpu
    for peak, qpu in zip(facts.peak_memory_by_qpu, network.qpus, strict=True):
        assert peak <= qpu.memory_limit
    return plan


@cache
def case(name: str, program: str, network: str) -> Plan | None:
    return planned(name, PROGRAMS[SIZES[name]][program], NETWORKS[network])


def cases() -> list[tuple[str, str, str]]:
    some = {"auto": FEW, "anneal": FEW, "exact": [FEW[0], FEW[-1]]}
    return [(name, *c) for name in NAMES for c in some.get(name, CASES)]


def width(program: Program) -> int:
    return max(len(op.qubits) for op in program.operations)


# ---- every strategy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "program", "network"), cases())
def test_plans_are_valid_or_refused_for_want_of_memory(name, program, network):
    plan = case(name, program, network)
    if plan is None:
        wanted, has = PROGRAMS[SIZES[name]][program], NETWORKS[network]
        copies = width(wanted) - 1
        tight = min(qpu.memory_limit for qpu in has.qpus) < max(2, copies)
        few_data = max(qpu.data for qpu in has.qpus) < width(wanted)
        assert tight or (few_data and name in ("time-sliced", "teledata-routing")) or name == "exact"
    else:
        assert plan.strategy.split(" ")[0] == name
        assert plan.seed == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("network", ["complete-slack", "line-full"])
def test_same_seed_same_plan(name, network):
    program = PROGRAMS[SIZES[name]]["measured"]
    first = planned(name, program, NETWORKS[network], seed=3)
    assert first == planned(name, program, NETWORKS[network], seed=3)


@pytest.mark.parametrize("name", NAMES)
def test_one_qpu_needs_no_pairs(name):
    plan = case(name, "plain", "one")
    assert plan is not None
    assert all(type(step) is RunOp for step in plan.steps)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "program",
    [
        Program("none", 0, 0, (), ()),
        Program("idle", 4, 0, (), (0, 1, 2, 3)),
        Program("local", 4, 1, (Operation(Kind.RESET, (3,)), Operation(Kind.MEASURE, (2,), clbit=0)), (0, 1, 2, 3)),
        Program("single", 1, 0, (Operation(Kind.LOCAL, (0,), factors=(np.eye(2, dtype=complex),)),), (0,)),
    ],
    ids=lambda p: p.name,
)
def test_programs_with_nothing_remote(name, program):
    plan = planned(name, program, NETWORKS["complete-full"])
    assert plan is not None
    assert not [step for step in plan.steps if type(step) is Grow]


@pytest.mark.parametrize("name", NAMES)
def test_sources_and_summaries_are_given(name):
    strategy = get_strategy(name)
    assert strategy.summary
    assert strategy.source
    assert name not in RIVALS or ("rival model" in strategy.summary and "20" in strategy.source)


# ---- what the rival models promise ----------------------------------------------------------------------------------


def chain(*pairs: tuple[int, int], boundaries: tuple[int, ...] = ()) -> Program:
    """CZ-like rotations on the pairs, in order; after each of them a boundary on the qubits named."""
    ops: list[Operation] = []
    gate = np.array([[1, 1], [1, -1]], dtype=complex) / np.sqrt(2)
    for pair in pairs:
        ops.append(Operation(Kind.ROTATION, pair, angle=1.0))
        ops += [Operation(Kind.LOCAL, (q,), factors=(gate,)) for q in boundaries]
    n = 1 + max(q for pair in pairs for q in pair)
    return Program("chain", n, 0, tuple(ops), tuple(range(n)))


@pytest.mark.parametrize("name", ["per-gate", "static-packets", "burst"])
def test_static_models_never_move_but_to_visit(name):
    plans = {(program, network): case(name, program, network) for program, network in CASES}
    assert sum(plan is None for plan in plans.values()) <= len(plans) / 4
    for (program, _), plan in plans.items():
        if plan is None:
            continue
        home = list(plan.homes)
        for step in plan.steps:
            for qubit, qpu in step.moves if type(step) is HandOver else ():
                assert name == "burst"
                home[qubit] = qpu
        alive = [q for q, h in enumerate(plan.homes) if home[q] != h]
        wanted = PROGRAMS[40][program]
        assert all(wanted.operations[wanted.lines[q][-1]].kind is Kind.MEASURE for q in alive)


@pytest.mark.parametrize("name", ["time-sliced", "teledata-routing"])
def test_moving_models_run_every_gate_at_home(name):
    for program, network in CASES:
        plan = case(name, program, network)
        if plan is not None:
            run = rewrite(PROGRAMS[40][program], plan.rewriting, NETWORKS[network])
            cost = tally(plan, run, NETWORKS[network])
            assert (cost.packets, cost.remote_gates) == (0, 0)


def test_per_gate_pays_for_every_gate_and_packets_only_once():
    star = chain(*((0, q) for q in range(1, 6)))
    network = network_of([3, 3], 2)
    assert tally(planned("per-gate", star, network), star, network).ebits == 3
    assert tally(planned("static-packets", star, network), star, network).ebits == 1
    assert tally(planned("burst", star, network), star, network).ebits == 1


def test_burst_visits_where_that_is_cheaper_than_a_copy_per_segment():
    """Five gates between one qubit and a full clique, a boundary on both sides after each."""
    clique = [(a, b) for a in range(3) for b in range(a)] * 4
    talk = [(3, i % 3) for i in range(5)]
    back = [(a, b) for a in range(3, 6) for b in range(3, a)] * 4
    program = chain(*clique, *back, *talk, boundaries=tuple(range(6)))
    full, slack = network_of([3, 3], 2), network_of([4, 4], 2)
    assert tally(planned("burst", program, full), program, full).teledata == 0
    cost = tally(planned("burst", program, slack), program, slack)
    assert cost.ebits <= 2


@pytest.mark.parametrize("name", ["time-sliced", "teledata-routing"])
def test_exchanges_at_full_capacity(name):
    """Every pair meets: with two memory ions it works, with one it is said why not, with one spare data ion it does."""
    pairs = [(a, b) for a in range(4) for b in range(a)]
    program = chain(*pairs, boundaries=(0, 1, 2, 3))
    assert planned(name, program, network_of([2, 2], 2)) is not None
    assert planned(name, program, network_of([2, 2], [1, 2])) is not None
    assert planned(name, program, network_of([3, 2], 1)) is not None
    with pytest.raises(InfeasiblePlanError, match="memory ions") as caught:
        get_strategy(name).plan(program, network_of([2, 2], 1), seed=0)
    assert "data ion" in str(caught.value)


@pytest.mark.parametrize("name", ["time-sliced", "teledata-routing"])
def test_moves_over_a_line_with_one_memory_ion(name):
    """No relay has two memory ions; a qubit stops over in data ions and changes places with residents."""
    pairs = [(a, b) for a in range(6) for b in range(a)]
    program = chain(*pairs, boundaries=tuple(range(6)))
    assert planned(name, program, network_of([3, 2, 2], 1, "line")) is not None
    assert planned(name, program, network_of([2, 2, 2], 2, "line")) is not None


@pytest.mark.parametrize("name", ["time-sliced", "teledata-routing"])
def test_wide_gates_are_cut_where_no_qpu_holds_them(name):
    wide = Program("wide", 4, 0, (Operation(Kind.PHASE, (0, 1, 2, 3), angle=1.0, pattern=(1, 1, 1, 1)),), (0, 1, 2, 3))
    cut = planned(name, wide, network_of([2, 2], 3))
    assert cut is not None
    assert cut.rewriting == Rewriting(limit=2)
    whole = planned(name, wide, network_of([4, 2], 2))
    assert whole is not None
    assert whole.rewriting is None


@pytest.mark.parametrize("name", sorted({*NAMES} - {"exact", "time-sliced", "teledata-routing"}))
def test_wide_gates_that_need_two_copies_take_another_form_where_there_is_one_memory_ion(name):
    """A gate on three QPUs, its operands gathered by a measured ancilla where a data ion is free, or cut down."""
    wide = Program("wide", 3, 0, (Operation(Kind.PHASE, (0, 1, 2), angle=1.0, pattern=(1, 1, 1)),), (0, 1, 2))
    plan = planned(name, wide, network_of([1, 1, 1], 1))
    assert plan is not None
    assert plan.rewriting is not None
    assert plan.rewriting.limit == 2


@pytest.mark.parametrize("name", ["contiguous", "bisection"])
def test_fixed_homes_gather_operands_where_that_costs_less_than_cutting(name):
    wide = Program(
        "wide", 6, 0, (Operation(Kind.PHASE, tuple(range(6)), angle=1.0, pattern=(1,) * 6),), tuple(range(6))
    )
    plan = planned(name, wide, network_of([3, 3, 3], 1))
    assert plan is not None
    assert plan.rewriting is not None
    assert plan.rewriting.gather == plan.homes[:6]
    assert len([step for step in plan.steps if type(step) is Grow]) <= 3


@pytest.mark.parametrize("name", RIVALS)
def test_disconnected_networks_are_refused(name):
    program = chain(*[(a, b) for a in range(4) for b in range(a)])
    with pytest.raises(InfeasiblePlanError):
        get_strategy(name).plan(program, network_of([2, 2], 2, []), seed=0)


@pytest.mark.parametrize("name", RIVALS)
def test_conditions_keep_their_order(name):
    """The conditioned rotation waits for the measurement of another qubit."""
    ops = (
        Operation(Kind.ROTATION, (0, 1), angle=0.5),
        Operation(Kind.MEASURE, (0,), clbit=0),
        Operation(Kind.ROTATION, (1, 2), angle=0.5, condition=Condition((0,), 1)),
        Operation(Kind.MEASURE, (1,), clbit=0),
        Operation(Kind.ROTATION, (2, 3), angle=0.5, condition=Condition((0,), 0)),
    )
    program = Program("conditions", 4, 1, ops, (0, 1, 2, 3))
    plan = planned(name, program, network_of([2, 2], 2))
    assert plan is not None
    assert [step.operation for step in plan.steps if type(step) is RunOp] == [0, 1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["auto", "anneal"])
def test_progress_goes_up_and_the_best_plan_never_gets_worse(name):
    seen: list[tuple[float, int]] = []
    program, network = PROGRAMS[40]["plain"], NETWORKS["complete-full"]
    options = PlanningOptions(effort=0.02, progress=lambda share, ebits: seen.append((share, ebits)))
    plan = get_strategy(name).plan(program, network, seed=0, options=options)
    shares, ebits = zip(*seen, strict=True)
    assert shares == tuple(sorted(shares))
    assert shares[0] > 0
    assert shares[-1] <= 1 + 1e-9
    assert ebits == tuple(sorted(ebits, reverse=True))
    assert tally(plan, rewrite(program, plan.rewriting, network), network).ebits <= ebits[-1]


def test_auto_plans_large_circuits_that_memory_allows_only_cut_down(monkeypatch):
    import distq.planning.strategies.auto as module

    monkeypatch.setattr(module, "LARGE", 3)
    program, network = PROGRAMS[40]["phases"], network_of([3, 3], 1)
    plan = get_strategy("auto").plan(program, network, seed=0, options=QUICK)
    check_plan(rewrite(program, plan.rewriting, network), plan, network)


def test_spectral_starts_find_the_halves_of_two_clusters() -> None:
    rng = np.random.default_rng(0)
    names = rng.permutation(12)
    operations = [
        Operation(Kind.ROTATION, (int(names[side + a]), int(names[side + b])), angle=0.3)
        for side in (0, 6)
        for a in range(6)
        for b in range(a)
    ]
    operations.append(Operation(Kind.ROTATION, (int(names[0]), int(names[6])), angle=0.3))
    program = Program("clusters", 12, 0, tuple(operations), tuple(range(12)))
    for name in ("spectral", "bisection"):
        plan = get_strategy(name).plan(program, network_of([6, 6], 1), seed=0)
        assert tally(plan, program, network_of([6, 6], 1)).ebits == 1


def test_spectral_starts_keep_a_chain_of_clusters_near_on_a_line() -> None:
    pairs = [(4 * side + a, 4 * side + b) for side in range(4) for a in range(4) for b in range(a)]
    pairs += [(4 * side + 3, 4 * side + 4) for side in range(3)]
    names = np.random.default_rng(1).permutation(16)
    operations = [Operation(Kind.ROTATION, (int(names[a]), int(names[b])), angle=0.3) for a, b in pairs]
    program, network = Program("chain", 16, 0, tuple(operations), tuple(range(16))), network_of([4] * 4, 2, "line")
    for name in ("spectral", "bisection"):
        assert tally(get_strategy(name).plan(program, network, seed=0), program, network).ebits == 3


def test_auto_cuts_wide_gates_where_the_bound_of_whole_ones_is_met():
    operations = (Operation(Kind.PHASE, tuple(range(8)), angle=np.pi, pattern=(1,) * 8),)
    program, network = Program("mcz", 8, 0, operations, tuple(range(8))), network_of([3] * 4, None)
    whole = get_strategy("anneal").plan(program, network, seed=0, options=QUICK)
    assert tally(whole, program, network).ebits == lower_bound(program, network).ebits == 5
    plan = get_strategy("auto").plan(program, network, seed=0, options=QUICK)
    assert tally(plan, rewrite(program, plan.rewriting, network), network).ebits == 3


def test_the_example_of_the_registry_is_a_strategy(monkeypatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", {})
    assert registry.__doc__ is not None
    example = registry.__doc__.split("::\n\n")[1].split("\n\n``distq")[0]
    exec(textwrap.dedent(example), {})
    program, network = PROGRAMS[40]["plain"], NETWORKS["complete-slack"]
    plan = get_strategy("first-fit").plan(program, network, seed=0)
    assert set(plan.homes) == {0, 1}
    check_plan(program, plan, network)
