"""Plans with planted faults, each of which a checker must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from numpy.random import Generator

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network


def mutants(program: Program, plan: Plan, network: Network, rng: Generator) -> Iterator[tuple[str, Plan]]:
    """Plans that are surely not valid, made from a valid one: ``(kind of fault, plan)``, one of each kind that fits."""
    where: dict[type, list[int]] = {Grow: [], Shrink: [], HandOver: [], RunOp: []}
    for index, step in enumerate(plan.steps):
        where[type(step)].append(index)
    for kind, places in where.items():
        if places:
            at = places[int(rng.integers(len(places)))]
            yield f"drop {kind.__name__}", _edit(plan, at, [])
            yield f"repeat {kind.__name__}", _edit(plan, at, [plan.steps[at]] * 2)
    yield from _wrong_values(plan, where, network, rng)
    yield from _wrong_places(program, plan, network, rng)
    yield from _wrong_order(program, plan, rng)


def _edit(plan: Plan, at: int, steps: list[Step]) -> Plan:
    return replace(plan, steps=(*plan.steps[:at], *steps, *plan.steps[at + 1 :]))


def _wrong_values(
    plan: Plan, where: dict[type, list[int]], network: Network, rng: Generator
) -> Iterator[tuple[str, Plan]]:
    k = len(network.qpus)
    yield "too few homes", replace(plan, homes=plan.homes[:-1])
    yield "home out of range", replace(plan, homes=(*plan.homes[:-1], k))
    yield "negative home", replace(plan, homes=(*plan.homes[:-1], -1))
    yield "home of wrong type", replace(plan, homes=(*plan.homes[:-1], float(plan.homes[-1])))  # type: ignore[arg-type]
    yield "no step", replace(plan, steps=(*plan.steps, None))  # type: ignore[arg-type]
    for at in where[RunOp][:1]:
        step = plan.steps[at]
        assert isinstance(step, RunOp)
        yield "Run of negative index", _edit(plan, at, [RunOp(-1, step.qpu)])
        yield "Run beyond the last operation", _edit(plan, at, [RunOp(10**6, step.qpu)])
        yield "Run at no QPU", _edit(plan, at, [RunOp(step.operation, k)])
        yield "Run of wrong type", _edit(plan, at, [RunOp(float(step.operation), step.qpu)])  # type: ignore[arg-type]
    for at in where[Grow][:1]:
        grow = plan.steps[at]
        assert isinstance(grow, Grow)
        yield "Grow to no QPU", _edit(plan, at, [Grow(grow.qubit, grow.source, k)])
        yield "Grow onto itself", _edit(plan, at, [Grow(grow.qubit, grow.source, grow.source)])
        yield "Grow of no qubit", _edit(plan, at, [Grow(len(plan.homes), grow.source, grow.target)])
    for at in where[HandOver][:1]:
        moves = plan.steps[at].moves  # type: ignore[union-attr]
        yield "HandOver twice in a group", _edit(plan, at, [HandOver((*moves, moves[0]))])
        yield "HandOver of no pair", _edit(plan, at, [HandOver((*moves, moves[0][:1]))])


def _wrong_places(program: Program, plan: Plan, network: Network, rng: Generator) -> Iterator[tuple[str, Plan]]:
    """Faults that need the copy sets at the step: absent members, missing links, the home or last member closed."""
    home = list(plan.homes)
    members = [{h} for h in home]
    found: dict[str, list[Plan]] = {}
    for at, step in enumerate(plan.steps):
        for qubit in range(len(home)) if rng.random() < 0.2 else ():
            absent = [x for x in range(len(network.qpus)) if x not in members[qubit]]
            for x in absent:
                before = [HandOver(((qubit, x),)), step]
                found.setdefault("HandOver to a QPU without a member", []).append(_edit(plan, at, before))
                found.setdefault("Shrink of an absent copy", []).append(_edit(plan, at, [Shrink(qubit, x), step]))
                kind = "Grow over a missing link"
                if not network.linked(home[qubit], x):
                    steps = [Grow(qubit, home[qubit], x), Shrink(qubit, x), step]
                    found.setdefault(kind, []).append(_edit(plan, at, steps))
                for y in absent:
                    if network.linked(x, y):
                        steps = [Grow(qubit, y, x), Shrink(qubit, x), step]
                        found.setdefault("Grow from an absent copy", []).append(_edit(plan, at, steps))
            kind = "Shrink of the home" if len(members[qubit]) > 1 else "Shrink of the last member"
            found.setdefault(kind, []).append(_edit(plan, at, [Shrink(qubit, home[qubit]), step]))
        match step:
            case Grow(qubit, _, target):
                members[qubit].add(target)
            case Shrink(qubit, qpu):
                members[qubit].remove(qpu)
            case HandOver(moves):
                for qubit, qpu in moves:
                    home[qubit] = qpu
            case RunOp(operation, _):
                op = program.operations[operation]
                for x in range(len(network.qpus)):
                    if any(x not in members[q] for q in op.qubits):
                        moved = _edit(plan, at, [RunOp(operation, x)])
                        found.setdefault("Run without a member", []).append(moved)
    for qubit, qpu in enumerate(home):
        for x in network.neighbours[qpu][:1]:
            left = replace(plan, steps=(*plan.steps, Grow(qubit, qpu, x)))
            found.setdefault("copy left open", []).append(left)
    for kind, plans in found.items():
        yield kind, plans[int(rng.integers(len(plans)))]


def _wrong_order(program: Program, plan: Plan, rng: Generator) -> Iterator[tuple[str, Plan]]:
    """A boundary exchanged with another operation on its qubit; a classical writer with a reader or writer."""
    runs = [(at, step.operation) for at, step in enumerate(plan.steps) if isinstance(step, RunOp)]
    found: dict[str, list[Plan]] = {}
    for n, (at, first) in enumerate(runs):
        for later, second in runs[n + 1 : n + 30]:
            a, b = program.operations[first], program.operations[second]
            kind = ""
            if set(a.qubits) & set(b.qubits) and not (a.diagonal and b.diagonal):
                kind = "non-commuting operations exchanged"
            elif (a.clbit is not None and a.clbit in b.clbits) or (b.clbit is not None and b.clbit in a.clbits):
                kind = "classical order broken"
            if kind:
                steps = list(plan.steps)
                steps[at], steps[later] = steps[later], steps[at]
                found.setdefault(kind, []).append(replace(plan, steps=tuple(steps)))
    for kind, plans in found.items():
        yield kind, plans[int(rng.integers(len(plans)))]
