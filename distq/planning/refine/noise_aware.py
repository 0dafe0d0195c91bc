"""Where links or QPUs differ, the better ones are preferred: plans of as many pairs that are less bad.

An exact pass over a finished plan. It never adds a Bell pair, or a memory ion to the fullest QPU, and it takes what
lowers :func:`distq.planning.infidelity_model.infidelity`:

- QPUs change their labels wherever the links that the plan uses, its data and its memory fit (all ways of doing that,
  where there are not more than LABELLINGS);
- a copy is opened from the member over the best link;
- a gate whose operands meet at several QPUs runs at the best one, then on the fewest copies; copies that serve nothing
  any more go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from distq.ir.plan import Grow, HandOver, Plan, Run, Shrink, Step
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.infidelity_model import (
    MEASURE,
    RESET,
    TWO,
    ErrorRates,
    Replay,
    ResourceUse,
    estimated_infidelity,
    resource_use,
    total_infidelity,
    uniform,
    uniform_speed,
)
from distq.planning.refine import pruned

Labels = NDArray[np.int64]
LABELLINGS = 5040
"""Labellings tried one by one: all of up to 7 QPUs. Beyond, exchanges of two QPUs go on from the best of them."""
SHORTLIST, STEPS = 24, 20_000
"""Of QPUs that are not equally fast so many labellings are tried with what waiting for gates costs, for plans of up to
so many steps; of longer ones only the best without that.
"""
ROUNDS = 4
GAIN = 1e-12
"""What must be gained for a plan to change."""


def reduce_infidelity(program: Program, network: Network, plan: Plan) -> Plan:
    """``plan``, or one that is less bad with no more Bell pairs and no higher peak of memory.

    Parameters
    ----------
    program
        What ``plan`` is for, rewritten as it asks.
    network
        If its links are alike and its QPUs too, nothing is better than ``plan``; nor is anything tried where links
        made by swapping cost several Bell pairs each.
    plan
        A valid plan.
    """
    if uniform(network) or network.swaps:
        return plan
    prices = ErrorRates.of(network)
    best, used = plan, resource_use(program, network, plan)
    bad = total_infidelity(prices, used)
    for _ in range(ROUNDS):
        before = bad
        for change in (_relabelled_best, _resited_best):
            found = change(program, network, best, prices, used)
            if found is best:
                continue
            now = resource_use(program, network, found)
            value = total_infidelity(prices, now)
            if value < bad - GAIN and now.ebits <= used.ebits and now.memory.max() <= used.memory.max():
                best, bad, used = found, value, now
        if bad == before:
            break
    return best


def rank(program: Program, network: Network, plan: Plan) -> tuple[int, float, int]:
    """Bell pairs, infidelity and peak of memory: the lowest is best. Among equals infidelity is 0."""
    cost = tally(plan, program, network)
    return cost.ebits, comparable_infidelity(program, network, plan), cost.peak_memory


def comparable_infidelity(program: Program, network: Network, plan: Plan) -> float:
    """Estimated infidelity where plans of as many pairs can differ in it, else 0."""
    return 0.0 if uniform(network) else estimated_infidelity(program, network, plan)


def _relabelled_best(program: Program, network: Network, plan: Plan, prices: ErrorRates, used: ResourceUse) -> Plan:
    best = relabelled(plan, best_labels(prices, used))
    if uniform_speed(network) or len(plan.steps) > STEPS:
        return best
    tried = list(islice(_labellings(prices, used), LABELLINGS))
    promising = np.argsort(prices.estimated_infidelity(used, np.stack(tried)), kind="stable")[:SHORTLIST].tolist()
    plans = [plan, best, *[relabelled(plan, tuple(tried[i].tolist())) for i in promising]]
    return min(plans, key=lambda other: total_infidelity(prices, resource_use(program, network, other)))


def _resited_best(program: Program, network: Network, plan: Plan, prices: ErrorRates, used: ResourceUse) -> Plan:
    found = resited(program, network, plan, prices, int(used.memory.max()))
    return found if found is plan else pruned(program, network, found)


# ---- labels -----------------------------------------------------------------------------------------------------


def relabelled(plan: Plan, labels: tuple[int, ...]) -> Plan:
    """``plan`` with QPU s everywhere replaced by ``labels[s]``."""
    if labels == tuple(range(len(labels))):
        return plan

    def step(old: Step) -> Step:
        match old:
            case Grow(qubit, source, target):
                return Grow(qubit, labels[source], labels[target])
            case Shrink(qubit, qpu):
                return Shrink(qubit, labels[qpu])
            case HandOver(moves):
                return HandOver(tuple([(qubit, labels[qpu]) for qubit, qpu in moves]))
            case Run(operation, qpu):
                return Run(operation, labels[qpu])

    homes = tuple([labels[home] for home in plan.homes])
    return replace(plan, homes=homes, steps=tuple([step(old) for old in plan.steps]))


def best_labels(prices: ErrorRates, used: ResourceUse) -> tuple[int, ...]:
    """The labels of least estimated infidelity, the present ones if no others gain anything."""
    best = np.arange(len(prices.data))
    bad = float(prices.estimated_infidelity(used, best[None])[0])
    tried = list(islice(_labellings(prices, used), LABELLINGS))
    best, bad = _least(prices, used, tried, best, bad)
    while len(tried) == LABELLINGS:
        before = bad
        best, bad = _least(prices, used, _exchanges(best), best, bad)
        if bad == before:
            break
    return tuple(best.tolist())


def _least(
    prices: ErrorRates, used: ResourceUse, tried: list[Labels], best: Labels, bad: float
) -> tuple[Labels, float]:
    """The best of ``tried``, or ``best`` with its infidelity if none of them is better."""
    found = prices.estimated_infidelity(used, np.stack(tried))
    first = int(np.argmin(found))
    return (tried[first], float(found[first])) if found[first] < bad - GAIN else (best, bad)


def _exchanges(labels: Labels) -> list[Labels]:
    """All labellings that differ from ``labels`` by the exchange of two QPUs."""
    found = []
    for a in range(len(labels)):
        for b in range(a):
            other = labels.copy()
            other[[a, b]] = labels[[b, a]]
            found.append(other)
    return found


def _labellings(prices: ErrorRates, used: ResourceUse) -> Iterator[Labels]:
    """All labellings that the plan fits, those of QPUs that it leaves empty aside, the present one first."""
    k = len(prices.data)
    linked = [{b for a, b in _both_ways(used) if a == s} for s in range(k)]
    order = _growing_order(linked, used)
    allowed = [[t for t in (s, *[t for t in range(k) if t != s]) if _fits(prices, used, s, t)] for s in range(k)]
    labels = np.full(k, -1, dtype=np.int64)

    def extend(number: int, free: frozenset[int]) -> Iterator[Labels]:
        if number == len(order):
            whole = labels.copy()
            rest = [s for s in range(k) if whole[s] < 0]
            stay = [s for s in rest if s in free]
            others = iter(sorted(free.difference(stay)))
            whole[rest] = [s if s in free else next(others) for s in rest]
            yield whole
            return
        s = order[number]
        for t in allowed[s]:
            if t in free and all(np.isfinite(prices.pair[t, labels[u]]) for u in linked[s] if labels[u] >= 0):
                labels[s] = t
                yield from extend(number + 1, free - {t})
                labels[s] = -1

    yield from extend(0, frozenset(range(k)))


def _both_ways(used: ResourceUse) -> list[tuple[int, int]]:
    ends = [(int(a), int(b)) for a, b in used.ends]
    return ends + [(b, a) for a, b in ends]


def _fits(prices: ErrorRates, used: ResourceUse, s: int, t: int) -> bool:
    return bool(used.data[s] <= prices.data[t] and used.memory[s] <= prices.memory[t])


def _growing_order(linked: list[set[int]], used: ResourceUse) -> list[int]:
    """QPUs that the plan uses, each with as many links as possible to those before it."""
    left = [s for s in range(len(linked)) if used.data[s] or used.memory[s]]
    order: list[int] = []
    while left:
        order.append(max(left, key=lambda s: (len(linked[s].intersection(order)), len(linked[s]), -s)))
        left.remove(order[-1])
    return order


# ---- sites and sources ------------------------------------------------------------------------------------------


def resited(program: Program, network: Network, plan: Plan, prices: ErrorRates, most: int) -> Plan:
    """``plan`` with gates and the openings of copies at the best of the QPUs that have what they need.

    Operations of X-blocks that copies follow stay where they are. No QPU newly uses more than ``most`` memory ions.
    """
    replay = Replay(program, network, plan)
    steps: list[Step] = []
    for step in plan.steps:
        if isinstance(step, Run):
            step = _best_site(program, replay, step, prices)
        elif isinstance(step, Grow):
            step = _best_source(replay, step, prices, most)
        replay.advance(step)
        steps.append(step)
    return replace(plan, steps=tuple(steps)) if tuple(steps) != plan.steps else plan


def _best_site(program: Program, replay: Replay, step: Run, prices: ErrorRates) -> Run:
    op = program.operations[step.operation]
    if len(op.qubits) < 2 or not replay.held.isdisjoint(op.qubits):
        return step
    sites = set.intersection(*[replay.members[q] for q in op.qubits])
    if len(sites) < 2:
        return step

    def order(qpu: int) -> tuple[float, int, bool, int]:
        copies = sum(replay.home[q] != qpu for q in op.qubits)
        return prices.error[qpu, TWO], copies, qpu != step.qpu, qpu

    return Run(step.operation, min(sites, key=order))


def _best_source(replay: Replay, step: Grow, prices: ErrorRates, most: int) -> Grow:
    """The member whose pair costs least, among those with a free memory ion."""
    qubit, target = step.qubit, step.target
    dephasing = float(prices.dephasing_hz @ replay.held_ions)

    def order(qpu: int) -> tuple[float, bool, int]:
        pair = prices.pair[qpu, target] + prices.wait_s[qpu, target] * dephasing
        return pair + prices.error[qpu, [TWO, MEASURE, RESET]].sum(), qpu != step.source, qpu

    def room(qpu: int) -> bool:
        return bool(replay.memory[qpu] + 1 <= min(prices.memory[qpu], most))

    others = [s for s in replay.members[qubit] if s != step.source and room(s) and np.isfinite(prices.pair[s, target])]
    return Grow(qubit, min([step.source, *others], key=order), target)
