"""Which QPU of the network stands for which QPU of a plan: the labels of lowest estimated infidelity.

A labelling is allowed if every link that the plan uses exists, and if its data and memory ions fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.infidelity_model import ErrorRates, total_infidelity
from distq.planning.resource_use import ResourceUse, resource_use, uniform_speed

Labels = NDArray[np.int64]
"""(k,) QPU of the network for each QPU of the plan."""

MAX_LABELLINGS = 5040
"""Labellings tried one by one: 7!, so all of networks of up to 7 QPUs. Larger networks go on from the best of them by
exchanges of two QPUs."""
SHORTLIST = 24
"""Where QPUs differ in speed: how many labellings, the best without waiting for gates, are counted with it."""
MAX_STEPS_COUNTED = 20_000
"""Steps of a plan beyond which waiting for gates is ignored, because each count takes time in proportion to them."""
MIN_GAIN = 1e-12
"""A plan changes only if its estimated infidelity falls by more than this, so that rounding changes nothing."""


def best_relabelling(program: Program, network: Network, plan: Plan, rates: ErrorRates, use: ResourceUse) -> Plan:
    """``plan`` with the labels of lowest estimated infidelity that are found."""
    best = relabelled(plan, best_labels(rates, use))
    if uniform_speed(network) or len(plan.steps) > MAX_STEPS_COUNTED:
        return best
    tried = list(islice(allowed_labellings(rates, use), MAX_LABELLINGS))
    by_infidelity = np.argsort(rates.relabelled_infidelity(use, np.stack(tried)), kind="stable")
    shortlist = [relabelled(plan, tuple(tried[i].tolist())) for i in by_infidelity[:SHORTLIST].tolist()]
    plans = [plan, best, *shortlist]
    return min(plans, key=lambda other: total_infidelity(rates, resource_use(program, network, other)))


def relabelled(plan: Plan, labels: tuple[int, ...]) -> Plan:
    """``plan`` with QPU s everywhere replaced by ``labels[s]``."""
    if labels == tuple(range(len(labels))):
        return plan
    homes = tuple([labels[home] for home in plan.homes])
    return replace(plan, homes=homes, steps=tuple([_relabelled_step(step, labels) for step in plan.steps]))


def _relabelled_step(step: Step, labels: tuple[int, ...]) -> Step:
    match step:
        case Grow(qubit, source, target):
            return Grow(qubit, labels[source], labels[target])
        case Shrink(qubit, qpu):
            return Shrink(qubit, labels[qpu])
        case HandOver(moves):
            return HandOver(tuple([(qubit, labels[qpu]) for qubit, qpu in moves]))
        case RunOp(operation, qpu):
            return RunOp(operation, labels[qpu])


def best_labels(rates: ErrorRates, use: ResourceUse) -> tuple[int, ...]:
    """The labels of lowest estimated infidelity, without waiting for gates; the present ones if nothing is gained."""
    best = np.arange(len(rates.data))
    infidelity = float(rates.relabelled_infidelity(use, best[None])[0])
    tried = list(islice(allowed_labellings(rates, use), MAX_LABELLINGS))
    best, infidelity = _better(rates, use, tried, best, infidelity)
    while len(tried) == MAX_LABELLINGS:
        before = infidelity
        best, infidelity = _better(rates, use, _exchanges(best), best, infidelity)
        if infidelity == before:
            break
    return tuple(best.tolist())


def _better(
    rates: ErrorRates, use: ResourceUse, tried: list[Labels], best: Labels, infidelity: float
) -> tuple[Labels, float]:
    """The best of ``tried`` with its infidelity, or ``best`` with its own if none of them is better."""
    found = rates.relabelled_infidelity(use, np.stack(tried))
    first = int(np.argmin(found))
    return (tried[first], float(found[first])) if found[first] < infidelity - MIN_GAIN else (best, infidelity)


def _exchanges(labels: Labels) -> list[Labels]:
    """All labellings that differ from ``labels`` by the exchange of two QPUs."""
    found = []
    for a in range(len(labels)):
        for b in range(a):
            other = labels.copy()
            other[[a, b]] = labels[[b, a]]
            found.append(other)
    return found


def allowed_labellings(rates: ErrorRates, use: ResourceUse) -> Iterator[Labels]:
    """All allowed labellings, the present one first.

    They are enumerated by backtracking over the QPUs that the plan uses, each with as many links to those before it as
    possible, so that labels without a link are ruled out early. QPUs that the plan leaves empty share the labels left
    over in one way only.
    """
    k = len(rates.data)
    linked = _linked(k, use)
    order = _most_linked_first(linked, use)
    fitting = [[t for t in (s, *[t for t in range(k) if t != s]) if _fits(rates, use, s, t)] for s in range(k)]
    labels = np.full(k, -1, dtype=np.int64)

    def extend(depth: int, free: frozenset[int]) -> Iterator[Labels]:
        """All ways to label ``order[depth:]`` with QPUs of ``free``, given the labels so far."""
        if depth == len(order):
            yield _with_empty_qpus(labels, free)
            return
        s = order[depth]
        for t in fitting[s]:
            if t in free and all(np.isfinite(rates.pair[t, labels[u]]) for u in linked[s] if labels[u] >= 0):
                labels[s] = t
                yield from extend(depth + 1, free - {t})
                labels[s] = -1

    yield from extend(0, frozenset(range(k)))


def _linked(k: int, use: ResourceUse) -> list[set[int]]:
    """Per QPU: the others with which it shares a pair."""
    linked: list[set[int]] = [set() for _ in range(k)]
    for a, b in use.ends.tolist():
        linked[a].add(b)
        linked[b].add(a)
    return linked


def _fits(rates: ErrorRates, use: ResourceUse, s: int, t: int) -> bool:
    """True if QPU t of the network has the ions that QPU s of the plan uses."""
    each = use.data[s] <= rates.data[t] and use.memory[s] <= rates.memory[t]
    return bool(each and use.ions[s] <= rates.ions[t])


def _most_linked_first(linked: list[set[int]], use: ResourceUse) -> list[int]:
    """QPUs that the plan uses, each with as many links as possible to those before it."""
    left = [s for s in range(len(linked)) if use.data[s] or use.memory[s]]
    order: list[int] = []
    while left:
        order.append(max(left, key=lambda s: (len(linked[s].intersection(order)), len(linked[s]), -s)))
        left.remove(order[-1])
    return order


def _with_empty_qpus(labels: Labels, free: frozenset[int]) -> Labels:
    """``labels`` completed for the QPUs without one: they keep their own where it is free and share the rest."""
    whole = labels.copy()
    empty = [s for s in range(len(whole)) if whole[s] < 0]
    others = iter(sorted(free.difference(empty)))
    whole[empty] = [s if s in free else next(others) for s in empty]
    return whole
