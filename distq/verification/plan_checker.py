"""The independent plan checker: replays a plan's copy sets and refuses whatever the model does not allow.

In: a program, a plan, a network. Out: :class:`PlanFacts`, or a ``PlanViolation`` at the first step that breaks a rule.
It shares no code with the planners, with lowering or with :func:`distq.ir.tally.tally`: a fault in one of these cannot
hide here. Two linear passes over the steps: shapes (:mod:`distq.verification.plan_shapes`), then the replay.

Between the two boundaries of an X-block (:func:`distq.verification.plan_order.find_x_blocks`) the qubit may keep its
copies. Its copy set must then stay as it is, and every gate of the block needs a member of its control wherever the
qubit has one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NoReturn

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.verification.plan_order import BlockGates, find_x_blocks, required_order
from distq.verification.plan_shapes import check_shapes
from distq.verification.plan_violation import PlanViolation


@dataclass(frozen=True)
class PlanFacts:
    """What the replay counted.

    Attributes
    ----------
    ebits
        Bell pairs consumed: one per pair of a link, or one per hop of its way where pairs are swapped.
    link_ebits
        Pairs per link, indexed like ``Network.links``.
    peak_memory_by_qpu
        Largest number of memory ions in use at each QPU, halves of pairs in transit included.
    peak_data_by_qpu
        Largest number of data ions in use at each QPU.
    peak_ions_by_qpu
        Largest number of ions of both sorts in use at the same time at each QPU.
    """

    ebits: int
    link_ebits: tuple[int, ...]
    peak_memory_by_qpu: tuple[int, ...]
    peak_data_by_qpu: tuple[int, ...]
    peak_ions_by_qpu: tuple[int, ...]


def check_plan(program: Program, plan: Plan, network: Network) -> PlanFacts:
    """Replay ``plan`` and verify every rule of the copy-set model.

    Parameters
    ----------
    program
        What is to be executed; its operations tell which of them commute.
    plan
        The plan under test. Nothing about it is taken for granted, types included.
    network
        QPU sizes and links.

    Returns
    -------
    PlanFacts
        Costs and peaks, counted by the replay.

    Raises
    ------
    PlanViolation
        At the first step that breaks a rule, with its number and the reason.
    """
    last_step = check_shapes(program, plan, network)
    replay = _RuleReplay(program, plan, network, last_step)
    for index, step in enumerate(plan.steps):
        if isinstance(step, RunOp):  # by far the most frequent step, so it is asked for first
            replay.run(index, step)
        elif isinstance(step, Grow):
            replay.grow(index, step)
        elif isinstance(step, Shrink):
            replay.shrink(index, step)
        else:
            replay.hand_over(index, step)
    return replay.finish()


class _RuleReplay:
    """The state that a plan acts on.

    Attributes
    ----------
    home, members
        Per qubit: the QPU of its home; its copy set as a bit mask over QPUs.
    born
        Per qubit: whether it has taken its data ion, which it does at the first step that touches it.
    data, memory
        Per QPU: ions of each role in use now.
    done, bit_done
        Per qubit and per classical bit: how many of the operations on it have run.
    open_blocks
        Per qubit inside an X-block that its copies follow: the gates of that block.
    """

    def __init__(self, program: Program, plan: Plan, network: Network, last_step: list[int]) -> None:
        self.program, self.network, self.last_step = program, network, last_step
        self.names = [qpu.name for qpu in network.qpus]
        self.operands = [op.qubits for op in program.operations]
        self.boundary = [not op.diagonal for op in program.operations]
        self.measure = [op.kind is Kind.MEASURE and op.condition is None for op in program.operations]
        self.reuse = program.reuse
        self.kept: set[int] = set()
        self.needs, self.bit_needs = required_order(program)
        self.x_blocks = find_x_blocks(program)
        self.open_blocks: dict[int, BlockGates] = {}
        self.executed = [False] * len(program.operations)
        self.done = [0] * program.num_qubits
        self.bit_done = [0] * program.num_clbits
        self.home = list(plan.homes)
        self.members = [1 << h for h in plan.homes]
        self.born = [False] * program.num_qubits
        self.link = {(x.a, x.b): i for i, x in enumerate(network.links)}
        self.link |= {(b, a): i for (a, b), i in self.link.items()}
        self.link_ebits = [0] * len(network.links)
        self.hops = [1 + len(link.via) for link in network.links]
        self.data_limit = [qpu.data for qpu in network.qpus]
        self.memory_limit = [qpu.memory_limit for qpu in network.qpus]
        self.ion_limit = [math.inf if qpu.ions is None else qpu.ions for qpu in network.qpus]
        self.blind = {s for s, qpu in enumerate(network.qpus) if qpu.ions is not None and qpu.communication == 0}
        self.peak_ions = [0] * len(self.names)
        self.data, self.peak_data = [0] * len(self.names), [0] * len(self.names)
        self.memory, self.peak_memory = [0] * len(self.names), [0] * len(self.names)

    def fail(self, reason: str, index: int | None = None, step: Step | None = None) -> NoReturn:
        """Refuse the plan."""
        raise PlanViolation(reason, index, step)

    def has(self, qubit: int, qpu: int) -> bool:
        """True if the qubit has a member at the QPU."""
        return bool(self.members[qubit] >> qpu & 1)

    def where(self, qubit: int) -> str:
        """Names of the QPUs at which the qubit has members."""
        return ", ".join([name for qpu, name in enumerate(self.names) if self.has(qubit, qpu)])

    # ---- ions -------------------------------------------------------------------------------------------------

    def use_data(self, qpu: int, index: int | None, step: Step | None) -> None:
        """Compare the data ions in use at a QPU with what it has."""
        used = self.data[qpu]
        if used > self.data_limit[qpu]:
            reason = f"{used} qubits are at home at QPU {self.names[qpu]!r}, which has {self.data_limit[qpu]} data ions"
            self.fail(reason, index, step)
        if used > self.peak_data[qpu]:
            self.peak_data[qpu] = used
        self.use_ions(qpu, used + self.memory[qpu], index, step)

    def use_memory(self, qpu: int, used: int, index: int, step: Step) -> None:
        """Compare ``used`` memory ions at a QPU with what it has."""
        if used > self.memory_limit[qpu]:
            reason = f"{used} memory ions are in use at QPU {self.names[qpu]!r}, which has {self.memory_limit[qpu]:.0f}"
            self.fail(reason, index, step)
        if used > self.peak_memory[qpu]:
            self.peak_memory[qpu] = used
        self.use_ions(qpu, used + self.data[qpu], index, step)

    def use_ions(self, qpu: int, used: int, index: int | None, step: Step | None) -> None:
        """Compare all ions in use at a QPU with those that it has, if any of them may have any role."""
        if used > self.ion_limit[qpu]:
            reason = f"{used} ions are in use at QPU {self.names[qpu]!r}, which has {self.ion_limit[qpu]}"
            self.fail(reason, index, step)
        if used > self.peak_ions[qpu]:
            self.peak_ions[qpu] = used

    def allocate(self, qubit: int, index: int, step: Step) -> None:
        """Give a qubit its data ion, at the first step that touches it."""
        self.born[qubit] = True
        self.data[self.home[qubit]] += 1
        self.use_data(self.home[qubit], index, step)

    # ---- copy sets --------------------------------------------------------------------------------------------

    def grow(self, index: int, step: Grow) -> None:
        """A copy is opened: from a member, over a link, with a memory ion free at either end."""
        qubit, source, target = step.qubit, step.source, step.target
        members = self.members[qubit]
        self.refuse_kept(qubit, index, step)
        if not self.born[qubit]:
            self.allocate(qubit, index, step)
        if not members >> source & 1:
            self.fail(f"qubit {qubit} has no member at the source QPU {self.names[source]!r}", index, step)
        if members >> target & 1:
            self.fail(f"qubit {qubit} already has a member at the target QPU {self.names[target]!r}", index, step)
        self.refuse_in_block(qubit, index, step)
        link = self.link.get((source, target))
        if link is None:
            self.fail(f"no link joins QPUs {self.names[source]!r} and {self.names[target]!r}", index, step)
        if self.blind & {source, target}:
            self.fail("a pair ends at a QPU without communication ions", index, step)
        self.link_ebits[link] += 1
        self.members[qubit] = members | 1 << target
        self.use_memory(source, self.memory[source] + 1, index, step)  # half of the pair, for a moment
        self.memory[target] += 1
        self.use_memory(target, self.memory[target], index, step)

    def shrink(self, index: int, step: Shrink) -> None:
        """A copy is closed: not the home, and not the last member."""
        qubit, qpu = step.qubit, step.qpu
        members = self.members[qubit]
        if not members >> qpu & 1:
            self.fail(f"qubit {qubit} has no member at QPU {self.names[qpu]!r} to close", index, step)
        if not members & (members - 1):
            self.fail(f"QPU {self.names[qpu]!r} holds the last member of qubit {qubit}", index, step)
        if self.home[qubit] == qpu:
            self.fail(f"QPU {self.names[qpu]!r} is the home of qubit {qubit}", index, step)
        self.refuse_in_block(qubit, index, step)
        self.members[qubit] = members & ~(1 << qpu)
        self.memory[qpu] -= 1

    def hand_over(self, index: int, step: HandOver) -> None:
        """Homes move to other members, all at once: the ions must suffice after the whole group."""
        moved: set[int] = set()
        touched: set[int] = set()
        for qubit, qpu in step.moves:
            home = self.home[qubit]
            if qubit in moved:
                self.fail(f"qubit {qubit} is handed over twice in one group", index, step)
            if not self.has(qubit, qpu):
                self.fail(f"qubit {qubit} has no member at QPU {self.names[qpu]!r} to become its home", index, step)
            if home == qpu:
                self.fail(f"QPU {self.names[qpu]!r} is the home of qubit {qubit} already", index, step)
            self.refuse_in_block(qubit, index, step)
            self.refuse_kept(qubit, index, step)
            self.home[qubit] = qpu
            self.data[home] -= 1
            self.memory[home] += 1
            self.data[qpu] += 1
            self.memory[qpu] -= 1
            moved.add(qubit)
            touched |= {home, qpu}
        for qpu in touched:
            self.use_data(qpu, index, step)
            self.use_memory(qpu, self.memory[qpu], index, step)

    # ---- operations -------------------------------------------------------------------------------------------

    def run(self, index: int, step: RunOp) -> None:
        """An operation runs: once, in order, at a QPU where every operand has a member."""
        operation, qpu = step.operation, step.qpu
        if self.executed[operation]:
            self.fail(f"operation {operation} has run before", index, step)
        self.executed[operation] = True
        done = self.done
        for qubit, need in zip(self.operands[operation], self.needs[operation], strict=True):
            if not self.born[qubit]:
                self.allocate(qubit, index, step)
            if not self.members[qubit] >> qpu & 1:
                self.fail(f"operand {qubit} has no member at QPU {self.names[qpu]!r}", index, step)
            if done[qubit] < need:
                self.fail(self.too_early(operation, qubit, need), index, step)
            done[qubit] += 1
        for bit, need in self.bit_needs[operation]:
            if self.bit_done[bit] < need:
                self.fail(f"it runs before an earlier writer or reader of classical bit {bit}", index, step)
            self.bit_done[bit] += 1
        if self.boundary[operation]:
            self.cross_boundary(index, step)
        elif self.open_blocks:
            self.run_in_block(index, step)

    def too_early(self, operation: int, qubit: int, need: int) -> str:
        """The reason why an operation may not run yet."""
        first = next(i for i in self.program.lines[qubit][:need] if not self.executed[i])
        return f"operation {operation} runs before operation {first} on qubit {qubit}, with which it does not commute"

    def cross_boundary(self, index: int, step: RunOp) -> None:
        """A boundary runs: on a single member, or at the home where it opens or closes an X-block."""
        (qubit,) = self.operands[step.operation]
        members = self.members[qubit]
        several = members & (members - 1)
        if qubit in self.open_blocks or (several and step.operation in self.x_blocks):
            if self.home[qubit] != step.qpu:
                self.fail(f"a boundary of qubit {qubit}, which has copies, away from its home", index, step)
            if qubit not in self.open_blocks:
                self.open_blocks[qubit] = self.x_blocks[step.operation]
            elif self.open_blocks[qubit].closing == step.operation:
                del self.open_blocks[qubit]
            return
        if several:
            self.fail(f"a boundary of qubit {qubit} while it has members at {self.where(qubit)}", index, step)
        if self.measure[step.operation] and self.done[qubit] == len(self.program.lines[qubit]):
            self.kept.add(qubit)
        if self.measure[step.operation] and self.last_step[qubit] == index:
            self.data[step.qpu] -= self.reuse

    def refuse_kept(self, qubit: int, index: int, step: Step) -> None:
        """Refuse to take a measured qubit from its ion where that may hold no other one."""
        if qubit in self.kept and not self.reuse:
            self.fail(f"qubit {qubit} moves after its last measurement, which keeps its ion", index, step)

    def refuse_in_block(self, qubit: int, index: int, step: Step) -> None:
        """Refuse a change of the copy set inside an X-block that the copies follow."""
        if qubit in self.open_blocks:
            self.fail(f"the copy set of qubit {qubit} changes while its copies follow an X-block", index, step)

    def run_in_block(self, index: int, step: RunOp) -> None:
        """A diagonal operation runs while copies of some qubits follow X-blocks."""
        qubits = self.operands[step.operation]
        targets = [q for q in qubits if q in self.open_blocks]
        if not targets:
            return
        if len(targets) > 1:
            a, b = targets[:2]
            reason = f"the copies of qubits {a} and {b} both follow X-blocks: neither qubit can control the other"
            self.fail(reason, index, step)
        (target,) = targets
        if step.operation not in self.open_blocks[target].operations:
            self.fail(f"it is none of the controlled-X gates that the copies of qubit {target} follow", index, step)
        if self.home[target] != step.qpu:
            self.fail(f"a controlled-X gate onto qubit {target}, whose copies follow, away from its home", index, step)
        for qubit in qubits:
            missing = self.members[target] & ~self.members[qubit]
            if missing:
                where = self.names[(missing & -missing).bit_length() - 1]
                reason = f"the copy of qubit {target} at QPU {where!r} cannot follow: qubit {qubit} has none there"
                self.fail(reason, index, step)

    def finish(self) -> PlanFacts:
        """The plan has ended: everything has run, every copy is closed, and untouched qubits take their data ions."""
        for operation, executed in enumerate(self.executed):
            if not executed:
                self.fail(f"operation {operation}, {self.program.operations[operation].kind.name}, never runs")
        for qubit, members in enumerate(self.members):
            if members & (members - 1):
                self.fail(f"qubit {qubit} still has members at {self.where(qubit)} at its end")
            if not self.born[qubit]:
                self.data[self.home[qubit]] += 1
                self.use_data(self.home[qubit], None, None)
        return PlanFacts(
            ebits=sum([pairs * hops for pairs, hops in zip(self.link_ebits, self.hops, strict=True)]),
            link_ebits=tuple(self.link_ebits),
            peak_memory_by_qpu=tuple(self.peak_memory),
            peak_data_by_qpu=tuple(self.peak_data),
            peak_ions_by_qpu=tuple(self.peak_ions),
        )
