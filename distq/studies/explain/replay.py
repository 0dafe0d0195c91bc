"""Follows every copy of a plan from its Bell pair to its end, and how full each QPU is meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network
from distq.studies.explain.explanation import Cause, Copy, Occupancy


@dataclass
class _Life:
    """A copy while the plan is replayed."""

    grow: Grow
    opened: int
    again: bool
    evicted: bool
    closed: int = -1
    gates: int = 0
    relayed: bool = False
    moved: bool = False

    @property
    def cause(self) -> Cause:
        if self.moved:
            return "move"
        if self.relayed and not self.gates:
            return "relay"
        if self.again:
            return "evicted" if self.evicted else "reopened"
        return "packet" if self.gates else "idle"


class Replay:
    """Follows all copies through a plan, which is taken to be valid."""

    def __init__(self, program: Program, network: Network, plan: Plan) -> None:
        self.program, self.network, self.plan = program, network, plan
        qpus = len(network.qpus)
        self.limit = [qpu.memory_limit for qpu in network.qpus]
        self.home = list(plan.homes)
        self.born = [False] * program.num_qubits
        self.last = self._last_steps()
        self.epoch = [0] * program.num_qubits
        self.memory, self.data = [0] * qpus, [0] * qpus
        self.peak_memory, self.peak_data = [0] * qpus, [0] * qpus
        self.used: list[list[int]] = [[] for _ in range(qpus)]
        self.lately = [0] * qpus
        self.full_data = [0] * qpus
        self.full_steps: list[list[int]] = [[] for _ in range(qpus)]
        self.full_times: list[list[int]] = [[] for _ in range(qpus)]
        self.lives: list[_Life] = []
        self.open: dict[tuple[int, int], _Life] = {}
        self.closings: dict[tuple[int, int, int], int] = {}
        self.ran = 0
        for index, step in enumerate(plan.steps):
            match step:
                case Grow():
                    self.grow(index, step)
                case Shrink(qubit, qpu):
                    self.shrink(index, qubit, qpu)
                case HandOver(moves):
                    self.hand_over(index, moves)
                case RunOp(operation, qpu):
                    self.run(index, operation, qpu)
            self.look(index, step)

    def _last_steps(self) -> list[int]:
        last = [-1] * self.program.num_qubits
        for index, step in enumerate(self.plan.steps):
            match step:
                case Grow(qubit, _, _) | Shrink(qubit, _):
                    last[qubit] = index
                case HandOver(moves):
                    for qubit, _ in moves:
                        last[qubit] = index
                case RunOp(operation, _):
                    for qubit in self.program.operations[operation].qubits:
                        last[qubit] = index
        return last

    def look(self, index: int, step: Step) -> None:
        """Note which QPUs are full during a step, the half of a pair in transit included."""
        half_at = step.source if isinstance(step, Grow) else -1
        for qpu, limit in enumerate(self.limit):
            used = self.memory[qpu] + (qpu == half_at)
            self.lately[qpu] = max(self.lately[qpu], used)
            if used >= limit > 0:
                self.full_steps[qpu].append(index)
                self.full_times[qpu].append(self.ran)
            self.full_data[qpu] += self.data[qpu] >= self.network.qpus[qpu].data

    def touch(self, qubit: int) -> None:
        if not self.born[qubit]:
            self.born[qubit] = True
            self.enter(self.home[qubit])

    def enter(self, qpu: int) -> None:
        self.data[qpu] += 1
        self.peak_data[qpu] = max(self.peak_data[qpu], self.data[qpu])

    def grow(self, index: int, step: Grow) -> None:
        qubit, target = step.qubit, step.target
        self.touch(qubit)
        parent = self.open.get((qubit, step.source))
        if parent is not None:
            parent.relayed = True
        closed = self.closings.get((qubit, self.epoch[qubit], target))
        life = _Life(step, index, closed is not None, closed is not None and self.was_full(target, closed))
        self.lives.append(life)
        self.open[qubit, target] = life
        self.memory[target] += 1
        for qpu, used in ((step.source, self.memory[step.source] + 1), (target, self.memory[target])):
            self.peak_memory[qpu] = max(self.peak_memory[qpu], used)

    def shrink(self, index: int, qubit: int, qpu: int) -> None:
        self.memory[qpu] -= 1
        life = self.open.pop((qubit, qpu), None)
        if life is not None:
            life.closed = index
        if life is None or life.gates:
            self.closings[qubit, self.epoch[qubit], qpu] = index

    def was_full(self, qpu: int, since: int) -> bool:
        """True if other copies and halves filled the memory at some step after ``since``: nothing could have stayed."""
        return bool(self.full_steps[qpu]) and self.full_steps[qpu][-1] > since

    def hand_over(self, index: int, moves: Sequence[tuple[int, int]]) -> None:
        for qubit, qpu in moves:
            former = self.home[qubit]
            life = self.open.pop((qubit, qpu), None)
            if life is not None:
                life.closed, life.moved = index, True
            self.memory[qpu] -= 1
            self.memory[former] += 1
            self.data[former] -= 1
            self.home[qubit] = qpu
        for _, qpu in moves:
            self.enter(qpu)
        for qpu, used in enumerate(self.memory):
            self.peak_memory[qpu] = max(self.peak_memory[qpu], used)

    def run(self, index: int, operation: int, qpu: int) -> None:
        op = self.program.operations[operation]
        for qubit in op.qubits:
            self.touch(qubit)
            if self.home[qubit] != qpu and (qubit, qpu) in self.open:
                self.open[qubit, qpu].gates += 1
        if not op.diagonal:
            (qubit,) = op.qubits
            self.epoch[qubit] += 1
            if op.clbit is not None and self.last[qubit] == index:
                self.data[qpu] -= 1
        self.ran += 1
        for used, most in zip(self.used, self.lately, strict=True):
            used.append(most)
        self.lately = list(self.memory)

    # ---- what it found ------------------------------------------------------------------------------------------

    def copies(self) -> list[Copy]:
        end, links = len(self.plan.steps), self.network.links
        return [
            Copy(
                qubit=life.grow.qubit,
                source=life.grow.source,
                target=life.grow.target,
                cause=life.cause,
                gates=life.gates,
                opened=life.opened,
                closed=life.closed if life.closed >= 0 else end,
                pairs=links[self.network.link_index(life.grow.source, life.grow.target)].hops,
            )
            for life in self.lives
        ]

    def occupancy(self, index: int) -> Occupancy:
        qpu = self.network.qpus[index]
        steps = max(1, len(self.plan.steps))
        times = self.full_times[index]
        return Occupancy(
            qpu=qpu.name,
            memory=qpu.memory,
            data=qpu.data,
            peak_memory=self.peak_memory[index],
            peak_data=self.peak_data[index],
            full_memory=len(self.full_steps[index]) / steps,
            full_data=self.full_data[index] / steps,
            first_full=times[0] if times else None,
            last_full=times[-1] if times else None,
            evictions=sum(life.cause == "evicted" and life.grow.target == index for life in self.lives),
            used=tuple(self.used[index]),
        )
