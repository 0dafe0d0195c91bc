"""Takes packets out of a plan: other copies serve their operations, or within a budget nobody does.

Without a budget the plan stays one for the whole program. That pays where a plan was made without looking back: a copy
that was opened again for one operation is superfluous if the other operand has a copy elsewhere anyway.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from distq.ir.plan import Plan, RunOp, Step
from distq.ir.program import Program
from distq.ir.replay import LinkCopy
from distq.networks.network import Network
from distq.planning.refine.packet_use import PacketUse, ServingSite
from distq.rewrite import removal_angle


@dataclass(frozen=True)
class PrunedPlan:
    """A plan that may lack some operations. ``angle`` is the sum of the removal angles of those ``missing``."""

    plan: Plan
    missing: tuple[int, ...]
    angle: float


def prune_within(
    program: Program, network: Network, plan: Plan, max_angle: float, missing: Sequence[int] = ()
) -> PrunedPlan:
    """Take packets out of ``plan`` while the operations left out have removal angles of at most ``max_angle`` in all.

    Removing a packet costs the angles of those of its operations that no other member serves in its place. It goes only
    if leaving them out costs less infidelity, which is at most sin(sum of angles)^2, than they and its Bell pair do.
    The packet of the smallest angle per infidelity saved goes first.

    Parameters
    ----------
    program
        The program of which ``plan`` runs all operations but those ``missing``.
    network
        Gives the fidelities of pairs and gates.
    plan
        A valid plan for the program without the ``missing`` operations, which counts operations as ``program`` does.
    max_angle
        Radians; no less than the removal angles of those ``missing``.
    missing
        Operations left out already. They come back where a member can serve them.

    Returns
    -------
    PrunedPlan
        Its plan counts operations as ``program`` does.
    """
    pruner = _Pruner(program, network, plan, max_angle)
    for operation in missing:
        pruner.restore(operation)
    pruner.run()
    left_out = tuple(sorted(pruner.left_out))
    angle = math.fsum(pruner.angle(operation) for operation in left_out)
    return PrunedPlan(replace(plan, steps=tuple(pruner.steps(plan))), left_out, angle)


def prune(program: Program, network: Network, plan: Plan) -> Plan:
    """``plan`` without superfluous copies, those whose operations others that are there can all serve."""
    return prune_within(program, network, plan, 0.0).plan


class _Worth(NamedTuple):
    """What taking out a copy costs, as a sum of removal angles, and what infidelity it saves."""

    angle: float
    saved: float

    @property
    def angle_per_saving(self) -> float:
        return self.angle / self.saved


class _Pruner:
    """A plan from which copies are taken out one by one.

    Attributes
    ----------
    use
        Which copy serves what.
    left_out, spent
        Operations that the plan lacks so far, and the sum of their removal angles.
    placed
        Operations that run elsewhere than the plan had them, and where.
    queue
        Heap of the copies that may go, by angle per infidelity saved and then by the step that opens them.
    """

    def __init__(self, program: Program, network: Network, plan: Plan, max_angle: float) -> None:
        self.program, self.network, self.max_angle = program, network, max_angle
        self.use = PacketUse(program, network, plan)
        self.left_out: set[int] = set()
        self.spent = 0.0
        self.placed: dict[int, ServingSite] = {}
        self.queue: list[tuple[float, int, LinkCopy]] = []

    def angle(self, operation: int) -> float:
        """Removal angle of an operation; inf if it must stay."""
        found = removal_angle(self.program.operations[operation])
        return math.inf if found is None or operation in self.use.embedded else found

    def restore(self, operation: int) -> None:
        """Run an operation that the plan lacks, if a member serves it; else leave it out."""
        site = self.site(operation)
        if site is None:
            self.leave_out(operation)
        else:
            self.place(operation, site)

    def leave_out(self, operation: int) -> None:
        """Drop an operation from the plan, at the cost of its removal angle."""
        self.placed.pop(operation, None)
        self.left_out.add(operation)
        self.spent += self.angle(operation)

    def site(self, operation: int, without: LinkCopy | None = None) -> ServingSite | None:
        """Where an operation can run, on as few copies as possible. A conditioned one has no other site."""
        if self.program.operations[operation].condition is not None:
            return None
        sites = self.use.serving_sites(operation, without)
        return min(sites, key=lambda s: (len(s.copies), s.gap, s.qpu), default=None)

    def place(self, operation: int, site: ServingSite) -> None:
        """Let an operation run at ``site``."""
        self.placed[operation] = site
        self.use.copies_of[operation] = site.copies
        for copy in site.copies:
            copy.served.add(operation)

    # ---- which packets go ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Take out copies, the cheapest first, until none is worth it or the budget is spent."""
        for copy in self.use.copies:
            self.push(copy)
        while self.queue:
            key, _, copy = heapq.heappop(self.queue)
            if copy in self.use.gone or copy.children:
                continue
            worth = self.worth(copy)
            if worth.angle_per_saving > key:  # what the copy serves has changed since it was queued
                heapq.heappush(self.queue, (worth.angle_per_saving, copy.opened, copy))
            elif self.spent + worth.angle <= self.max_angle and math.sin(worth.angle) ** 2 < worth.saved:
                self.take_out(copy)

    def push(self, copy: LinkCopy) -> None:
        """Queue a copy if it may go: it never becomes a home, and no other copy was opened from it."""
        if not (copy.left_behind or copy.became_home or copy.children):
            worth = self.worth(copy)
            if worth.angle <= self.max_angle:
                heapq.heappush(self.queue, (worth.angle_per_saving, copy.opened, copy))

    def worth(self, copy: LinkCopy) -> _Worth:
        """What it costs and what it saves that a copy goes.

        It costs the removal angles of the operations that nothing else serves (inf if that is not allowed). It saves
        the infidelity of the Bell pair, of its gate and measurements, and of a gate for each of these
        operations.
        """
        angle, gates = 0.0, 0
        for operation in sorted(copy.served):
            if self.site(operation, copy) is None:
                angle += self.angle(operation)
                gates += 1
            if angle > self.max_angle or (gates and self.max_angle == 0.0):
                return _Worth(math.inf, 1.0)
        near, far = self.network.qpus[copy.source], self.network.qpus[copy.qpu]
        link = self.network.links[self.network.link_index(copy.source, copy.qpu)]
        fidelity = link.fidelity * (1.0 - near.error_2q) * (1.0 - near.error_measure) * (1.0 - far.error_measure)
        fidelity *= (1.0 - far.error_2q) ** gates
        return _Worth(angle, max(1.0 - fidelity, 1e-15))

    def take_out(self, copy: LinkCopy) -> None:
        """Take a copy out for good: its operations run elsewhere or not at all."""
        self.use.gone.add(copy)
        affected = set()
        for operation in sorted(copy.served):
            affected |= {other for other in self.use.copies_of.pop(operation) if other is not copy}
            for other in affected:
                other.served.discard(operation)
            site = self.site(operation)
            if site is None:
                self.leave_out(operation)
            else:
                self.place(operation, site)
        if copy.parent is not None:
            copy.parent.children -= 1
            affected.add(copy.parent)
        for other in sorted(affected, key=lambda c: c.opened):
            if other not in self.use.gone:
                self.push(other)

    # ---- the plan that remains ----------------------------------------------------------------------------------

    def steps(self, plan: Plan) -> list[Step]:
        """The steps of ``plan`` without the copies taken out, operations where they run now."""
        removed = {step for copy in self.use.gone for step in (copy.opened, copy.closed)}
        removed |= {self.use.run_step[operation] for operation in (*self.placed, *self.left_out)}
        inserted: dict[int, list[Step]] = {}
        for operation, site in sorted(self.placed.items()):
            inserted.setdefault(site.gap, []).append(RunOp(operation, site.qpu))
        out: list[Step] = []
        for gap in range(len(plan.steps) + 1):
            out += inserted.get(gap, ())
            if gap < len(plan.steps) and gap not in removed:
                out.append(plan.steps[gap])
        return out
