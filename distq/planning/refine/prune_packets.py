"""Packets taken out of a plan: other copies serve their operations, or within a budget nobody does.

With budget 0 the plan stays one for the whole program. That pays where plans were made without looking back: a copy
that was opened again for one operation is not needed if the other operand visits elsewhere.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from distq.ir.plan import Plan, Run, Step
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.refine.packet_use import Copy, Presence, Spot
from distq.rewrite import removal_angle


@dataclass(frozen=True)
class Cut:
    """A plan that lacks some operations. ``angle`` is the sum of the removal angles of those ``missing``."""

    plan: Plan
    missing: tuple[int, ...]
    angle: float


def cut(program: Program, network: Network, plan: Plan, allowed: float, missing: Sequence[int] = ()) -> Cut:
    """Take packets out of ``plan`` while the operations left out have removal angles of ``allowed`` at most in all.

    A packet costs the angles of those of its operations that no other member serves in their place. It goes only if
    leaving them out costs less infidelity, sin(sum of angles)^2 at most, than they and its Bell pair do. The cheapest
    goes first, by angle per infidelity saved.

    Parameters
    ----------
    program
        Of which ``plan`` runs all operations but those ``missing``. These come back where a member can serve them.
    network
        Says how good pairs and gates are.
    allowed
        Radians; no less than the removal angles of those ``missing``.

    Returns
    -------
    Cut
        ``plan`` counts operations as ``program`` does.
    """
    cutter = _Cutter(program, network, plan, allowed)
    for operation in missing:
        cutter.restore(operation)
    cutter.run()
    left_out = tuple(sorted(cutter.left_out))
    angle = math.fsum(cutter.angle(operation) for operation in left_out)
    return Cut(replace(plan, steps=tuple(cutter.steps(plan))), left_out, angle)


def pruned(program: Program, network: Network, plan: Plan) -> Plan:
    """``plan`` without the copies that it can do without: others that are there serve all that they serve."""
    return cut(program, network, plan, 0.0).plan


class _Cutter:
    def __init__(self, program: Program, network: Network, plan: Plan, allowed: float) -> None:
        self.program, self.network, self.allowed = program, network, allowed
        self.presence = Presence(program, plan)
        self.left_out: set[int] = set()
        self.spent = 0.0
        self.placed: dict[int, Spot] = {}
        """Operations that run elsewhere than the plan had them."""
        self.queue: list[tuple[float, int, Copy]] = []

    def angle(self, operation: int) -> float:
        found = removal_angle(self.program.operations[operation])
        return math.inf if found is None or operation in self.presence.fixed else found

    def restore(self, operation: int) -> None:
        """Run an operation that the plan lacks, if a member serves it; else leave it out."""
        spot = self.spot(operation)
        if spot is None:
            self.leave_out(operation)
        else:
            self.place(operation, spot)

    def leave_out(self, operation: int) -> None:
        self.placed.pop(operation, None)
        self.left_out.add(operation)
        self.spent += self.angle(operation)

    def spot(self, operation: int, without: Copy | None = None) -> Spot | None:
        """Where an operation can run, on as few copies as possible. A conditioned one stays where it is."""
        if self.program.operations[operation].condition is not None:
            return None
        return min(self.presence.spots(operation, without), key=lambda s: (len(s.copies), s.gap, s.qpu), default=None)

    def place(self, operation: int, spot: Spot) -> None:
        self.placed[operation] = spot
        self.presence.users[operation] = spot.copies
        for copy in spot.copies:
            copy.served.add(operation)

    # ---- which packets go ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Take out copies, the cheapest first, until none is worth it or the budget is spent."""
        for copy in self.presence.copies:
            self.push(copy)
        while self.queue:
            key, _, copy = heapq.heappop(self.queue)
            if copy.gone or copy.children:
                continue
            cost, gain = self.worth(copy)
            if cost / gain > key:  # what it serves has changed since
                heapq.heappush(self.queue, (cost / gain, copy.grow, copy))
            elif self.spent + cost <= self.allowed and math.sin(cost) ** 2 < gain:
                self.take_out(copy)

    def push(self, copy: Copy) -> None:
        """Queue a copy if it may go: it is a home to nobody, and no other copy was opened from it."""
        if copy.shrink >= 0 and not copy.children:
            cost, gain = self.worth(copy)
            if cost <= self.allowed:
                heapq.heappush(self.queue, (cost / gain, copy.grow, copy))

    def worth(self, copy: Copy) -> tuple[float, float]:
        """What it costs that a copy goes, and what it saves.

        The removal angles of the operations that nothing else serves (inf if that is not allowed), and the infidelity
        of the Bell pair, of its resets, gate and measurements, and of a gate for each of these operations.
        """
        cost, gates = 0.0, 0
        for operation in sorted(copy.served):
            if self.spot(operation, copy) is None:
                cost += self.angle(operation)
                gates += 1
            if cost > self.allowed or (gates and self.allowed == 0.0):
                return math.inf, 1.0
        near, far = self.network.qpus[copy.source], self.network.qpus[copy.target]
        link = self.network.links[self.network.link_index(copy.source, copy.target)]
        good = link.fidelity * (1.0 - near.error_reset) * (1.0 - far.error_reset)
        good *= (1.0 - near.error_2q) * (1.0 - near.error_measure) * (1.0 - far.error_measure)
        good *= (1.0 - far.error_2q) ** gates
        return cost, max(1.0 - good, 1e-15)

    def take_out(self, copy: Copy) -> None:
        """Close a copy for good: its operations run elsewhere or not at all."""
        copy.gone = True
        again = set()
        for operation in sorted(copy.served):
            again |= {other for other in self.presence.users.pop(operation) if other is not copy}
            for other in again:
                other.served.discard(operation)
            spot = self.spot(operation)
            if spot is None:
                self.leave_out(operation)
            else:
                self.place(operation, spot)
        if copy.parent is not None:
            copy.parent.children -= 1
            again.add(copy.parent)
        for other in sorted(again, key=lambda c: c.grow):
            if not other.gone:
                self.push(other)

    # ---- the plan that remains ----------------------------------------------------------------------------------

    def steps(self, plan: Plan) -> list[Step]:
        """The steps of ``plan`` without the copies taken out, operations where they run now."""
        gone = {step for copy in self.presence.copies if copy.gone for step in (copy.grow, copy.shrink)}
        gone |= {self.presence.ran[operation] for operation in (*self.placed, *self.left_out)}
        entering: dict[int, list[Step]] = {}
        for operation, spot in sorted(self.placed.items()):
            entering.setdefault(spot.gap, []).append(Run(operation, spot.qpu))
        out: list[Step] = []
        for gap in range(len(plan.steps) + 1):
            out += entering.get(gap, ())
            if gap < len(plan.steps) and gap not in gone:
                out.append(plan.steps[gap])
        return out
