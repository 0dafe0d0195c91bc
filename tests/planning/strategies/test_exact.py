"""The exact strategy: against a plain search over everything the checker allows, and on cases known by hand."""

from __future__ import annotations

import heapq
import itertools

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.synthesis import synth_qft_full

from distq.errors import InfeasiblePlanError
from distq.frontend import normalise
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.strategies import get_strategy
from distq.planning.strategies.exact import TooLargeError, optimal_plan
from distq.util.jit import always
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program

State = tuple[tuple[int, ...], tuple[int, ...], int, tuple[bool, ...]]


def plain_optimum(program: Program, network: Network, stop: int = 6) -> int | None:
    """Fewest Bell pairs by Dijkstra over (births, homes, members, operations done), one checker step at a time.

    Written from the rules of :mod:`distq.verification.plan_checker` alone: homes are explicit, groups of hand-overs are
    enumerated, nothing runs before it is asked to; ``held`` says of which qubits copies follow an X-block. None if no
    plan exists; ``stop`` if it takes at least that many.
    """
    n, k = program.num_qubits, len(network.qpus)
    preds = _predecessors(program)
    final = [bool(line) and program.operations[line[-1]].always_measures for line in program.lines]
    everything = (1 << len(program.operations)) - 1

    def usage(homes: tuple[int, ...], members: tuple[int, ...]) -> tuple[list[int], list[int]]:
        data, memory = [0] * k, [0] * k
        for q in range(n):
            for s in range(k):
                if members[q] >> s & 1:
                    (data if homes[q] == s else memory)[s] += 1
        return data, memory

    def fits(homes: tuple[int, ...], members: tuple[int, ...], halves: tuple[int, ...] = ()) -> bool:
        data, memory = usage(homes, members)
        for s in halves:
            memory[s] += 1
        return all(data[s] <= q.data and memory[s] <= q.memory_limit for s, q in enumerate(network.qpus))

    def put(values: tuple[int, ...], q: int, value: int) -> tuple[int, ...]:
        return (*values[:q], value, *values[q + 1 :])

    start: State = ((-1,) * n, (0,) * n, 0, (False,) * n)
    queue = [(0, start)]
    best = {start: 0}
    while queue:
        cost, state = heapq.heappop(queue)
        if cost > best[state]:
            continue
        if cost >= stop:
            return stop
        homes, members, done, held = state
        unborn = sum(homes[q] < 0 for q in range(n))
        ended = all(not m & (m - 1) for m in members)
        if done == everything and ended:
            data, _ = usage(homes, members)
            if unborn <= network.data_ions - sum(data):
                return cost
        following = []
        for q in range(n):
            for s in range(k):
                bit = 1 << s
                if held[q]:
                    continue
                if homes[q] < 0:
                    following.append((0, put(homes, q, s), put(members, q, bit), done, held, ()))
                elif members[q] & bit and homes[q] != s:
                    following.append((0, homes, put(members, q, members[q] & ~bit), done, held, ()))
                elif members[q] and not members[q] & bit:
                    for a in network.neighbours[s]:
                        if members[q] >> a & 1:
                            following.append((1, homes, put(members, q, members[q] | bit), done, held, (a,)))
        choices = [[s for s in range(k) if members[q] >> s & 1 and not held[q]] or [homes[q]] for q in range(n)]
        for chosen in itertools.product(*choices):
            following.append((0, chosen, members, done, held, ()))
        for index, op in enumerate(program.operations):
            if done >> index & 1 or preds[index] & ~done:
                continue
            common = (1 << k) - 1
            for q in op.qubits:
                common &= members[q]
            targets = [q for q in op.qubits if held[q]]
            several = members[op.qubits[0]] & (members[op.qubits[0]] - 1)
            if not common or (not op.diagonal and several and index not in program.x_blocks and not targets):
                continue
            if op.diagonal and targets and (len(targets) > 1 or members[targets[0]] & ~common):
                continue
            after, now = members, held
            if not op.diagonal and several:
                now = (*held[: op.qubits[0]], not targets, *held[op.qubits[0] + 1 :])
            if final[op.qubits[0]] and index == program.lines[op.qubits[0]][-1]:
                after = put(members, op.qubits[0], 0)
            following.append((0, homes, after, done | 1 << index, now, ()))
        for extra, h, m, d, f, halves in following:
            if fits(h, m, halves) and cost + extra < best.get((h, m, d, f), 1 << 30):
                best[h, m, d, f] = cost + extra
                heapq.heappush(queue, (cost + extra, (h, m, d, f)))
    return None


def _predecessors(program: Program) -> list[int]:
    """Mask of the operations that must run before each, by pairwise comparison."""
    out = []
    for j, b in enumerate(program.operations):
        mask = 0
        for i, a in enumerate(program.operations[:j]):
            shared = bool(set(a.qubits) & set(b.qubits))
            written = (a.clbit is not None and a.clbit in b.clbits) or (b.clbit is not None and b.clbit in a.clbits)
            if (shared and not (a.diagonal and b.diagonal)) or written:
                mask |= 1 << i
        out.append(mask)
    # Two diagonal operations with a boundary between them are ordered through it.
    for j in range(len(out)):
        for i in range(j):
            if out[j] >> i & 1:
                out[j] |= out[i]
    return out


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_equals_a_plain_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = 2 if seed % 3 else 3
    n = 3
    sizes = [1] * n if k == 3 else ([2, 1] if seed % 2 else [2, 2])
    network = network_of(sizes, [0, 1, 2, None][int(rng.integers(4))], "line" if seed % 5 == 0 else "complete")
    program = random_program(
        rng,
        n,
        int(rng.integers(3, 9)),
        clbits=seed % 2,
        measure=0.15,
        reset=0.1,
        condition=0.3,
        local=0.35,
        final_measure=seed % 4 == 0,
    )
    expected = plain_optimum(program, network)
    if expected is None:
        with pytest.raises(InfeasiblePlanError):
            get_strategy("exact").plan(program, network, seed=0)
        return
    found = optimal_plan(program, network)
    assert found is not None
    assert min(check_plan(program, found, network).ebits, 6) == expected
    assert lower_bound(program, network, nodes=4).ebits <= check_plan(program, found, network).ebits


def first_solved(network: Network, rng: np.random.Generator, clbits: int) -> tuple[Program, Plan]:
    """The first of five random programs that has a plan and is small enough for the search, and its plan."""
    for _ in range(5):
        program = random_program(rng, 4, 14, clbits=clbits, measure=0.1, reset=0.1, condition=0.3, phase=0.05)
        try:
            plan = optimal_plan(program, network)
        except TooLargeError:
            continue
        if plan is not None:
            return program, plan
    raise AssertionError("no program is solved")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_plans_are_valid_and_no_random_plan_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = network_of([[2, 2], [3, 2], [2, 1, 2]][seed % 3], [1, 2, 3, None][seed % 4], "complete")
    program, plan = first_solved(network, rng, clbits=2 * (seed % 2))
    ebits = check_plan(program, plan, network).ebits
    assert lower_bound(program, network, nodes=4).ebits <= ebits
    assert optimal_plan(program, network, below=ebits) is None
    for attempt in range(6):
        try:
            other = random_plan(program, network, np.random.default_rng([seed, attempt]), wander=0.05)
        except ValueError:
            continue
        assert check_plan(program, other, network).ebits >= ebits


def test_plain_and_compiled_search_agree() -> None:
    program = random_program(np.random.default_rng(3), 3, 7)
    network = network_of([2, 1], 1)
    with always("compiled"):
        compiled = optimal_plan(program, network, max_states=5000)
    with always("plain"):
        assert optimal_plan(program, network, max_states=5000) == compiled


def test_qft_on_two_qpus_needs_half_its_qubits() -> None:
    program = normalise(synth_qft_full(6, do_swaps=False))
    network = network_of([3, 3], 1)
    plan = get_strategy("exact").plan(program, network, seed=0)
    assert check_plan(program, plan, network).ebits == 3
    assert plan.strategy == "exact"


def test_exchange_where_every_ion_is_taken() -> None:
    """Two rounds that want other partners: stay and pay twice for copies, or change places."""
    circuit = QuantumCircuit(4)
    for _ in range(3):
        for a, b in ((0, 1), (2, 3), (0, 2), (1, 3)):
            circuit.cx(a, b)
            circuit.h(a)
            circuit.h(b)
    program, network = normalise(circuit), network_of([2, 2], 2)
    plan = get_strategy("exact").plan(program, network, seed=1)
    ebits = check_plan(program, plan, network).ebits
    assert lower_bound(program, network).ebits <= ebits
    assert optimal_plan(program, network, below=ebits) is None


def test_infeasible_is_proven() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    with pytest.raises(InfeasiblePlanError, match="every order"):
        get_strategy("exact").plan(normalise(circuit), network_of([1, 1], 0), seed=0)


def test_too_large_says_so() -> None:
    program = random_program(np.random.default_rng(0), 30, 200)
    with pytest.raises(TooLargeError, match="at most 62"):
        optimal_plan(program, network_of([15, 15], 1))
    program = random_program(np.random.default_rng(0), 8, 30)
    with pytest.raises(TooLargeError, match="more than 1000 states"):
        optimal_plan(program, network_of([3, 3, 2], 2), max_states=1000)


def test_nothing_to_do() -> None:
    plan = get_strategy("exact").plan(Program("none", 3, 0, (), (0, 1, 2)), network_of([2, 1]), seed=0)
    assert check_plan(Program("none", 3, 0, (), (0, 1, 2)), plan, network_of([2, 1])).ebits == 0


@pytest.mark.parametrize("seed", range(8))
def test_auto_finds_the_fewest_pairs_of_tiny_programs(seed: int) -> None:
    program, network = random_program(np.random.default_rng(seed), 4, 8), network_of([2, 2], 3)
    plan = get_strategy("auto").plan(program, network, seed=0)
    best = optimal_plan(program, network)
    assert best is not None
    assert check_plan(program, plan, network).ebits <= check_plan(program, best, network).ebits
