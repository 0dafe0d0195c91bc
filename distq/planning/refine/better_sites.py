"""Gates and openings of copies at the best of the QPUs that have what they need, step by step through a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from distq.ir.plan import Grow, Plan, RunOp, Step
from distq.ir.program import Program
from distq.ir.replay import PlanReplay
from distq.networks.network import Network
from distq.planning.infidelity_model import ErrorRates
from distq.planning.resource_use import GATE_2Q, MEASURE, RESET


def move_to_better_sites(program: Program, network: Network, plan: Plan, rates: ErrorRates, max_memory: int) -> Plan:
    """``plan`` with gates, and the openings of copies, at the best of the QPUs that have what they need.

    A gate whose operands meet at several QPUs runs at the one with the smallest error, among equals on the fewest
    copies; a copy is opened from the member over the best link. Operations of embedded X-blocks stay where they are. No
    opening takes a QPU beyond ``max_memory`` memory ions. Returns ``plan`` itself if nothing changes.
    """
    replay = PlanReplay(program, network, plan)
    steps: list[Step] = []
    for step in plan.steps:
        if isinstance(step, RunOp):
            step = _best_site(program, replay, step, rates)
        elif isinstance(step, Grow):
            step = _best_source(replay, step, rates, max_memory)
        replay.advance(step)
        steps.append(step)
    return replace(plan, steps=tuple(steps)) if tuple(steps) != plan.steps else plan


def _best_site(program: Program, replay: PlanReplay, step: RunOp, rates: ErrorRates) -> RunOp:
    """The gate at the best of the QPUs where all of its operands have a member."""
    op = program.operations[step.operation]
    if len(op.qubits) < 2 or any(q in replay.embedded for q in op.qubits):
        return step
    sites = set.intersection(*[set(replay.members[q]) for q in op.qubits])
    if len(sites) < 2:
        return step

    def order(qpu: int) -> tuple[float, int, bool, int]:
        copies = sum(replay.home[q] != qpu for q in op.qubits)
        return rates.error[qpu, GATE_2Q], copies, qpu != step.qpu, qpu

    return RunOp(step.operation, min(sites, key=order))


def _best_source(replay: PlanReplay, step: Grow, rates: ErrorRates, max_memory: int) -> Grow:
    """The copy opened from the member whose pair costs least, among those with a free memory ion."""
    target = step.target
    dephasing = float(rates.dephasing_hz @ replay.occupied_ions)

    def order(qpu: int) -> tuple[float, bool, int]:
        pair = rates.pair[qpu, target] + rates.wait_s[qpu, target] * dephasing
        return pair + rates.error[qpu, [GATE_2Q, MEASURE, RESET]].sum(), qpu != step.source, qpu

    def possible(qpu: int) -> bool:
        limit = min(rates.memory[qpu], max_memory, rates.ions[qpu] - replay.data[qpu])
        room = replay.memory[qpu] + 1 <= limit
        return bool(room and np.isfinite(rates.pair[qpu, target]))

    others = [qpu for qpu in replay.members[step.qubit] if qpu != step.source and possible(qpu)]
    return Grow(step.qubit, min([step.source, *others], key=order), target)
