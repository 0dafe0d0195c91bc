"""``burst``: runs of remote gates between one qubit and one QPU share a copy or a visit (as AutoComm)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.qubit_moves import QubitMover
from distq.planning.realise.step_writer import StepWriter
from distq.planning.strategies.frontier import Frontier
from distq.planning.strategies.hypergraph import hypergraph
from distq.planning.strategies.registry import register

SiteOf: TypeAlias = Callable[[int], "int | None"]
"""Where an operation can run now; None: nowhere."""


class _SitedOperation(NamedTuple):
    """An operation and the QPU where it runs."""

    operation: int
    qpu: int


@dataclass(frozen=True)
class Burst:
    """What one copy of ``qubit`` at ``qpu``, or one visit of it there, lets run.

    Attributes
    ----------
    qubit, home, qpu
        The qubit, its home, and the QPU of the copy or the visit.
    is_visit
        True if the qubit moves there and back, False if a copy of it is opened.
    runs
        The operations, in order.
    remote_gates
        How many of them would be remote otherwise.
    """

    qubit: int
    home: int
    qpu: int
    is_visit: bool
    runs: tuple[_SitedOperation, ...]
    remote_gates: int

    @property
    def gates_per_pair(self) -> float:
        """Remote gates per Bell pair."""
        return self.remote_gates / (2 if self.is_visit else 1)


@register(
    "burst",
    "rival model: blocks of gates between one qubit and one QPU by one copy or two moves (as AutoComm)",
    "A. Wu et al., AutoComm, MICRO 2022, 1027",
)
def burst(program: Program, network: Network, *, seed: int) -> Plan:
    """Serve bursts of remote gates between a qubit and a QPU, in program order, each by one communication.

    The model of A. Wu, H. Zhang, G. Li, A. Shabani, Y. Xie, Y. Ding, "AutoComm: A framework for enabling efficient
    communication in distributed quantum programs" (MICRO 2022): qubits have fixed homes. A burst is what becomes
    executable, commuting gates included, when one copy is opened (cat-communication, one pair) or when the qubit visits
    the other QPU and returns (two pairs, across boundaries; here a data ion must be free for it). The first remote gate
    in program order decides which bursts are compared; the one that serves the most remote gates per pair is taken.
    Gates with operands at three or more QPUs get copies of their own.

    Raises
    ------
    InfeasiblePlanError
        A gate needs more copies at once than there are memory ions.
    """
    homes = hypergraph(program, network, np.random.default_rng(seed))
    planner = _BurstPlanner(program, StepWriter(program, network, homes))
    planner.run()
    return planner.writer.plan("burst", seed)


class _BurstPlanner:
    """Walks the frontier of a program and writes steps."""

    def __init__(self, program: Program, writer: StepWriter) -> None:
        self.program, self.writer = program, writer
        self.mover = QubitMover(writer)
        self.frontier = Frontier(program, commute=True)

    def run(self) -> None:
        """Write the whole plan: local operations as they become ready, and bursts for the first remote gate."""
        self.run_local(self.frontier.ready)
        while self.frontier.ready:
            first = min(self.frontier.ready)
            ranked = sorted(self.bursts(first), key=lambda b: (-b.gates_per_pair, b.is_visit))
            chosen = next(filter(self.begin, ranked), None)
            if chosen is None:
                self.writer.run_with_copies(first)
                self.run_local(self.frontier.execute(first))
            else:
                self.serve(chosen)
                self.run_local(self.program.lines[chosen.qubit])

    # ---- what could run -----------------------------------------------------------------------------------------

    def bursts(self, first: int) -> list[Burst]:
        """The bursts that would serve the remote operation ``first``, by either qubit, as a copy or a visit."""
        qubits = self.program.operations[first].qubits
        homes = self.writer.homes_of(first)
        found = []
        if len(set(homes)) == 2:
            for qubit, home in zip(qubits, homes, strict=True):
                if homes.count(home) > 1:
                    continue
                other = next(s for s in homes if s != home)
                found.append(self.burst(qubit, other, is_visit=False))
                if self.writer.free_data_ions(other) > 0:
                    found.append(self.burst(qubit, other, is_visit=True))
        return found

    def burst(self, qubit: int, qpu: int, *, is_visit: bool) -> Burst:
        """What would run if ``qubit`` had a copy at ``qpu`` or went there."""
        start = [i for i in self.program.lines[qubit] if i in self.frontier.ready]
        site_of = self.sites_with_visit(qubit, qpu) if is_visit else self.sites_with_copy(qubit, qpu)
        runs = self.cascade(start, site_of)
        for run in reversed(runs):
            self.frontier.undo(run.operation)
        remote = sum(not self.writer.is_local(run.operation) for run in runs)
        return Burst(qubit, self.writer.home[qubit], qpu, is_visit, tuple(runs), remote)

    def cascade(self, fresh: Iterable[int], site_of: SiteOf) -> list[_SitedOperation]:
        """Execute on the frontier, lowest index first, what has a site, and all that becomes ready by it."""
        waiting = list(fresh)
        heapq.heapify(waiting)
        runs = []
        while waiting:
            operation = heapq.heappop(waiting)
            qpu = site_of(operation)
            if qpu is not None:
                runs.append(_SitedOperation(operation, qpu))
                for follower in self.frontier.execute(operation):
                    heapq.heappush(waiting, follower)
        return runs

    def site_at_home(self, operation: int) -> int | None:
        """The QPU where all operands are at home."""
        homes = self.writer.homes_of(operation)
        return homes[0] if len(set(homes)) == 1 else None

    def sites_with_copy(self, qubit: int, qpu: int) -> SiteOf:
        """Sites while ``qubit`` has a copy at ``qpu``: its boundaries wait."""

        def site_of(operation: int) -> int | None:
            op = self.program.operations[operation]
            if qubit not in op.qubits:
                return self.site_at_home(operation)
            others = {self.writer.home[q] for q in op.qubits if q != qubit}
            if not op.diagonal or len(others) > 1:
                return None
            at = next(iter(others), self.writer.home[qubit])
            return at if at in (qpu, self.writer.home[qubit]) else None

        return site_of

    def sites_with_visit(self, qubit: int, qpu: int) -> SiteOf:
        """Sites while ``qubit`` is at home at ``qpu``."""

        def site_of(operation: int) -> int | None:
            qubits = self.program.operations[operation].qubits
            homes = {qpu if q == qubit else self.writer.home[q] for q in qubits}
            return homes.pop() if len(homes) == 1 else None

        return site_of

    # ---- what does run ------------------------------------------------------------------------------------------

    def run_local(self, candidates: Iterable[int]) -> None:
        """Run what is ready among the candidates with all operands at home at one QPU, and what follows it."""
        fresh = [i for i in candidates if i in self.frontier.ready]
        for run in self.cascade(fresh, self.site_at_home):
            self.writer.run(run.operation, run.qpu)

    def begin(self, burst: Burst) -> bool:
        """Open the copy of a burst or send its qubit; False if there is too little memory."""
        checkpoint = self.writer.checkpoint()
        try:
            if burst.is_visit:
                self.mover.move(burst.qubit, burst.qpu)
            else:
                self.writer.open_copy(burst.qubit, burst.qpu)
        except InfeasiblePlanError:
            self.writer.back_to(checkpoint)
            return False
        return True

    def serve(self, burst: Burst) -> None:
        """Run the operations of a burst that has begun, then close its copy or bring its qubit back."""
        for run in burst.runs:
            self.frontier.execute(run.operation)
            self.writer.run(run.operation, run.qpu)
        if not burst.is_visit:
            self.writer.close_copy(burst.qubit, burst.qpu)
        elif burst.qubit not in self.writer.released:
            self.mover.move(burst.qubit, burst.home)
