"""Why every copy of a plan was opened, and how full each QPU is meanwhile."""

from __future__ import annotations

from typing import NamedTuple

from distq.ir.plan import Grow, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.ir.replay import LinkCopy, PlanReplay
from distq.networks.network import Network
from distq.studies.explain.explanation import Cause, ExplainedCopy, Occupancy


class PlanHistory(NamedTuple):
    """All copies of a plan in the order in which they are opened, and the occupancy of every QPU."""

    copies: tuple[ExplainedCopy, ...]
    occupancy: tuple[Occupancy, ...]


def plan_history(program: Program, network: Network, plan: Plan) -> PlanHistory:
    """Follow a valid plan from its first step to its last."""
    replay = PlanReplay(program, network, plan)
    fill = _FillLog(network, replay)
    causes = _Causes(program, replay, fill)
    for step in plan.steps:
        causes.before(step)
        replay.advance(step)
        causes.after(step)
        fill.look(step)
    copies = [copy for copy in replay.copies if not copy.left_behind]
    explained = tuple([_explained(copy, causes.of(copy), network, len(plan.steps)) for copy in copies])
    evictions = [copy.target for copy in explained if copy.cause == "evicted"]
    return PlanHistory(
        copies=explained,
        occupancy=tuple([fill.occupancy(qpu, evictions.count(qpu)) for qpu in range(len(network.qpus))]),
    )


def _explained(copy: LinkCopy, cause: Cause, network: Network, steps: int) -> ExplainedCopy:
    return ExplainedCopy(
        qubit=copy.qubit,
        source=copy.source,
        target=copy.qpu,
        cause=cause,
        gates=len(copy.served),
        opened=copy.opened,
        closed=copy.closed if copy.closed >= 0 else steps,
        pairs=network.links[network.link_index(copy.source, copy.qpu)].hops,
    )


class _Causes:
    """Which copies are opened again within one segment, and whether memory was full in between."""

    def __init__(self, program: Program, replay: PlanReplay, fill: _FillLog) -> None:
        self.program, self.replay, self.fill = program, replay, fill
        self.epoch = [0] * program.num_qubits
        """Per qubit: boundaries that have run."""
        self.closings: dict[tuple[int, int, int], int] = {}
        """By qubit, epoch and QPU: step that closed the last copy there which had served something."""
        self.reopened: dict[LinkCopy, Cause] = {}

    def before(self, step: Step) -> None:
        """Look at the next step, which the replay has not taken yet."""
        if isinstance(step, Shrink):
            copy = self.replay.members[step.qubit][step.qpu]
            if copy is None or copy.left_behind or copy.served:
                self.closings[step.qubit, self.epoch[step.qubit], step.qpu] = self.replay.index + 1

    def after(self, step: Step) -> None:
        """Look at the step that the replay has just taken."""
        if isinstance(step, Grow):
            closed = self.closings.get((step.qubit, self.epoch[step.qubit], step.target))
            if closed is not None:
                was_full = self.fill.was_full(step.target, closed)
                self.reopened[self.replay.copies[-1]] = "evicted" if was_full else "reopened"
        elif isinstance(step, RunOp):
            op = self.program.operations[step.operation]
            if not op.diagonal:
                self.epoch[op.qubits[0]] += 1
            self.fill.ran()

    def of(self, copy: LinkCopy) -> Cause:
        """The cause of a copy, once the whole plan has been followed."""
        if copy.became_home:
            return "move"
        if copy.children and not copy.served:
            return "relay"
        return self.reopened.get(copy, "packet" if copy.served else "idle")


class _FillLog:
    """When each QPU had no free ion. Steps are counted, and so are the operations that have run."""

    def __init__(self, network: Network, replay: PlanReplay) -> None:
        qpus = len(network.qpus)
        self.qpus, self.replay = network.qpus, replay
        self.memory = [qpu.memory_limit for qpu in network.qpus]
        self.ions = [qpu.ion_limit for qpu in network.qpus]
        self.operations = 0
        self.used: list[list[int]] = [[] for _ in range(qpus)]
        self.most_lately = [0] * qpus
        """Most memory ions in use since the last operation."""
        self.full_data = [0] * qpus
        self.full_steps: list[list[int]] = [[] for _ in range(qpus)]
        self.full_times: list[list[int]] = [[] for _ in range(qpus)]

    def ran(self) -> None:
        """Note that an operation has run."""
        self.operations += 1
        for used, most in zip(self.used, self.most_lately, strict=True):
            used.append(most)
        self.most_lately = list(self.replay.memory)

    def look(self, step: Step) -> None:
        """Note which QPUs are full during the step just taken, the half of a pair in transit included."""
        half_at = step.source if isinstance(step, Grow) else -1
        for qpu, memory in enumerate(self.memory):
            limit = min(memory, self.ions[qpu] - self.replay.data[qpu])
            used = self.replay.memory[qpu] + (qpu == half_at)
            self.most_lately[qpu] = max(self.most_lately[qpu], used)
            if used >= limit and memory > 0:
                self.full_steps[qpu].append(self.replay.index)
                self.full_times[qpu].append(self.operations)
            self.full_data[qpu] += self.replay.data[qpu] >= min(self.qpus[qpu].data, self.ions[qpu] - used)

    def was_full(self, qpu: int, since: int) -> bool:
        """True if copies and halves filled the memory at some step after ``since``: nothing could have stayed."""
        return bool(self.full_steps[qpu]) and self.full_steps[qpu][-1] > since

    def occupancy(self, index: int, evictions: int) -> Occupancy:
        """How full a QPU was, once the whole plan has been followed."""
        qpu = self.qpus[index]
        steps = max(1, self.replay.index + 1)
        times = self.full_times[index]
        return Occupancy(
            qpu=qpu.name,
            memory=qpu.memory,
            data=qpu.data,
            peak_memory=self.replay.peak_memory[index],
            peak_data=self.replay.peak_data[index],
            full_memory=len(self.full_steps[index]) / steps,
            full_data=self.full_data[index] / steps,
            first_full=times[0] if times else None,
            last_full=times[-1] if times else None,
            evictions=evictions,
            used=tuple(self.used[index]),
        )
