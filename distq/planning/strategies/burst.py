"""Burst communication: runs of remote gates between one qubit and one QPU share a copy or a visit (as AutoComm)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.step_writer import Writer
from distq.planning.strategies.frontier import Frontier
from distq.planning.strategies.hypergraph import partition_hypergraph
from distq.planning.strategies.registry import register

Site: TypeAlias = Callable[[int], "int | None"]
"""Where an operation can run now, or None."""


@dataclass(frozen=True)
class Block:
    """Operations that one copy of ``qubit`` at ``qpu``, or one visit of it there, lets run, with their QPUs."""

    qubit: int
    home: int
    qpu: int
    visit: bool
    runs: tuple[tuple[int, int], ...]
    served: int

    @property
    def worth(self) -> float:
        """Remote gates per Bell pair."""
        return self.served / (2 if self.visit else 1)


@register(
    "burst",
    "rival model: blocks of gates between one qubit and one QPU by one copy or two moves (as AutoComm)",
    "A. Wu et al., AutoComm, MICRO 2022, 1027",
)
def burst(program: Program, network: Network, *, seed: int) -> Plan:
    """Serve blocks of remote gates between a qubit and a QPU, in program order, each by one communication.

    The model of A. Wu, H. Zhang, G. Li, A. Shabani, Y. Xie, Y. Ding, "AutoComm: A framework for enabling efficient
    communication in distributed quantum programs" (MICRO 2022): qubits have fixed homes; a block is what becomes
    executable, commuting gates included, when one copy is opened (cat-communication, one pair) or when the qubit visits
    and returns (two pairs, across boundaries; here a data ion must be free for it). The first remote gate in program
    order decides which blocks are compared; the one that serves the most remote gates per pair is taken. Gates with
    operands at three or more QPUs get copies of their own.

    Raises
    ------
    InfeasiblePlanError
        A gate needs more copies at once than there are memory ions.
    """
    part = int(np.random.default_rng(seed).integers(2**31))
    homes = partition_hypergraph(program, [q.data for q in network.qpus], seed=part)
    planner = _Burst(program, Writer(program, network, homes))
    planner.run()
    return planner.writer.plan("burst", seed)


class _Burst:
    def __init__(self, program: Program, writer: Writer) -> None:
        self.program, self.writer = program, writer
        self.frontier = Frontier(program, commute=True)

    def run(self) -> None:
        self.cascade_local(self.frontier.ready)
        while self.frontier.ready:
            first = min(self.frontier.ready)
            block = next(filter(self.open, sorted(self.blocks(first), key=lambda b: (-b.worth, b.visit))), None)
            if block is None:
                self.writer.run_with_copies(first)
                self.cascade_local(self.frontier.execute(first))
            else:
                self.serve(block)
                self.cascade_local(self.program.lines[block.qubit])

    # ---- what could run -------------------------------------------------------------------------------------------

    def blocks(self, first: int) -> list[Block]:
        """The blocks that would serve the remote operation ``first``, every way round."""
        qubits = self.program.operations[first].qubits
        homes = self.writer.homes_of(first)
        found = []
        if len(set(homes)) == 2:
            for qubit, home in zip(qubits, homes, strict=True):
                if homes.count(home) > 1:
                    continue
                other = next(s for s in homes if s != home)
                found.append(self.block(qubit, other, visit=False))
                if self.writer.room(other) > 0:
                    found.append(self.block(qubit, other, visit=True))
        return found

    def block(self, qubit: int, qpu: int, *, visit: bool) -> Block:
        """What would run if ``qubit`` had a copy at ``qpu`` or went there."""
        start = [i for i in self.program.lines[qubit] if i in self.frontier.ready]
        site = self.visiting(qubit, qpu) if visit else self.copied(qubit, qpu)
        runs = self.cascade(start, site)
        for operation, _ in reversed(runs):
            self.frontier.undo(operation)
        served = sum(not self.writer.is_local(operation) for operation, _ in runs)
        return Block(qubit, self.writer.home[qubit], qpu, visit, tuple(runs), served)

    def cascade(self, fresh: Iterable[int], site: Site) -> list[tuple[int, int]]:
        """Execute on the frontier, lowest index first, what has a site, and all that becomes ready by it."""
        waiting = list(fresh)
        heapq.heapify(waiting)
        runs = []
        while waiting:
            operation = heapq.heappop(waiting)
            at = site(operation)
            if at is not None:
                runs.append((operation, at))
                for follower in self.frontier.execute(operation):
                    heapq.heappush(waiting, follower)
        return runs

    def at_home(self, operation: int) -> int | None:
        homes = self.writer.homes_of(operation)
        return homes[0] if len(set(homes)) == 1 else None

    def copied(self, qubit: int, qpu: int) -> Site:
        """Sites while ``qubit`` has a copy at ``qpu``: its boundaries wait."""

        def site(operation: int) -> int | None:
            op = self.program.operations[operation]
            if qubit not in op.qubits:
                return self.at_home(operation)
            others = {self.writer.home[q] for q in op.qubits if q != qubit}
            if not op.diagonal or len(others) > 1:
                return None
            at = next(iter(others), self.writer.home[qubit])
            return at if at in (qpu, self.writer.home[qubit]) else None

        return site

    def visiting(self, qubit: int, qpu: int) -> Site:
        """Sites while ``qubit`` is at home at ``qpu``."""

        def site(operation: int) -> int | None:
            qubits = self.program.operations[operation].qubits
            homes = {qpu if q == qubit else self.writer.home[q] for q in qubits}
            return homes.pop() if len(homes) == 1 else None

        return site

    # ---- what does run --------------------------------------------------------------------------------------------

    def cascade_local(self, candidates: Iterable[int]) -> None:
        """Run what is ready among the candidates with all operands at home at one QPU, and what follows it."""
        fresh = [i for i in candidates if i in self.frontier.ready]
        for operation, at in self.cascade(fresh, self.at_home):
            self.writer.run(operation, at)

    def open(self, block: Block) -> bool:
        """Open the block's copy or send its qubit; False if there is too little memory."""
        mark = self.writer.mark()
        try:
            if block.visit:
                self.writer.move(block.qubit, block.qpu)
            else:
                self.writer.fetch(block.qubit, block.qpu)
        except InfeasiblePlanError:
            self.writer.back_to(mark)
            return False
        return True

    def serve(self, block: Block) -> None:
        """Run an opened block and close it."""
        for operation, at in block.runs:
            self.frontier.execute(operation)
            self.writer.run(operation, at)
        if not block.visit:
            self.writer.drop(block.qubit, block.qpu)
        elif block.qubit not in self.writer.dead:
            self.writer.move(block.qubit, block.home)
