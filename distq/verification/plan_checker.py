"""The independent plan checker: replays a plan's copy sets and refuses whatever the model does not allow.

It shares no code with the planners, with lowering or with :func:`distq.ir.tally.tally`: a fault in one of these cannot
hide here. Two linear passes over the steps: shapes (types and index ranges), then the replay.

Between the two boundaries of an X-block (:func:`distq.verification.plan_order.find_x_blocks`) the qubit may keep its
copies. Its copy set must then stay as it is, and every gate of the block needs a member of its control wherever the
qubit has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from distq.errors import InternalError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.verification.plan_order import find_x_blocks, required_order


class PlanViolation(InternalError):
    """A plan breaks a rule of the copy-set model.

    Attributes
    ----------
    step
        Index of the offending step; None if the fault lies in the plan's homes or at its end.
    reason
        The rule that is broken, in words.
    """

    def __init__(self, reason: str, index: int | None = None, step: object = None) -> None:
        where = "the plan" if index is None else f"step {index} of the plan, {step!r},"
        super().__init__(f"{where} is not valid: {reason}", "this is a fault in distq or in the strategy: report it")
        self.step = index
        self.reason = reason


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
    """

    ebits: int
    link_ebits: tuple[int, ...]
    peak_memory_by_qpu: tuple[int, ...]
    peak_data_by_qpu: tuple[int, ...]


def check_plan(program: Program, plan: Plan, network: Network) -> PlanFacts:
    """Replay ``plan`` and verify every rule of the copy-set model.

    Parameters
    ----------
    program
        What is to be executed; its segments tell which operations commute.
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
    last = _check_shapes(program, plan, network)
    replay = _Replay(program, plan, network, last)
    grow, shrink, hand_over, run = replay.grow, replay.shrink, replay.hand_over, replay.run
    for index, step in enumerate(plan.steps):
        kind = type(step)
        if kind is RunOp:
            run(index, step)  # type: ignore[arg-type]
        elif kind is Grow:
            grow(index, step)  # type: ignore[arg-type]
        elif kind is Shrink:
            shrink(index, step)  # type: ignore[arg-type]
        else:
            hand_over(index, step)  # type: ignore[arg-type]
    return replay.finish()


def _check_shapes(program: Program, plan: Plan, network: Network) -> list[int]:
    """Types and ranges of everything in the plan. Returns per qubit the index of the last step on it, -1 if none."""
    qubits, qpus = program.num_qubits, len(network.qpus)
    if len(plan.homes) != qubits:
        raise PlanViolation(f"it has {len(plan.homes)} homes for {qubits} qubits")
    for qubit, home in enumerate(plan.homes):
        if type(home) is not int or not 0 <= home < qpus:
            raise PlanViolation(f"the home of qubit {qubit} is {home!r}, which is no QPU index (0 to {qpus - 1})")
    operands = [op.qubits for op in program.operations]
    last = [-1] * qubits

    def index_in(value: object, size: int, what: str) -> None:
        if type(value) is not int or not 0 <= value < size:
            raise PlanViolation(f"{value!r} is no {what} (0 to {size - 1})", index, step)

    for index, step in enumerate(plan.steps):
        match step:
            case RunOp(operation, qpu):
                index_in(operation, len(operands), "operation index")
                index_in(qpu, qpus, "QPU index")
                for qubit in operands[operation]:
                    last[qubit] = index
            case Grow(qubit, source, target):
                index_in(qubit, qubits, "qubit index")
                index_in(source, qpus, "QPU index")
                index_in(target, qpus, "QPU index")
                last[qubit] = index
            case Shrink(qubit, qpu):
                index_in(qubit, qubits, "qubit index")
                index_in(qpu, qpus, "QPU index")
                last[qubit] = index
            case HandOver(moves):
                for move in moves:
                    if type(move) is not tuple or len(move) != 2:
                        raise PlanViolation(f"{move!r} is no (qubit, QPU) pair", index, step)
                    index_in(move[0], qubits, "qubit index")
                    index_in(move[1], qpus, "QPU index")
                    last[move[0]] = index
            case _:
                raise PlanViolation(f"a {type(step).__name__} is no plan step", index, step)
    return last


class _Replay:
    """The state that a plan acts on. Copy sets are bit masks over QPUs."""

    def __init__(self, program: Program, plan: Plan, network: Network, last: list[int]) -> None:
        self.program, self.network, self.last = program, network, last
        self.names = [qpu.name for qpu in network.qpus]
        self.operands = [op.qubits for op in program.operations]
        self.boundary = [not op.diagonal for op in program.operations]
        self.measure = [op.kind is Kind.MEASURE for op in program.operations]
        self.needs, self.bit_needs = required_order(program)
        self.x_blocks = find_x_blocks(program)
        self.held: dict[int, tuple[int, ...]] = {}
        """Per held qubit: the operations of its block and the boundary that ends it."""
        self.executed = [False] * len(program.operations)
        self.done = [0] * program.num_qubits
        self.bit_done = [0] * program.num_clbits
        self.home = list(plan.homes)
        self.members = [1 << h for h in plan.homes]
        self.born = [False] * program.num_qubits
        self.link = {(x.a, x.b): i for i, x in enumerate(network.links)}
        self.link |= {(b, a): i for (a, b), i in self.link.items()}
        self.link_ebits = [0] * len(network.links)
        self.via = [link.via for link in network.links]
        self.data_limit = [qpu.data for qpu in network.qpus]
        self.memory_limit = [qpu.memory_limit for qpu in network.qpus]
        self.data, self.peak_data = [0] * len(self.names), [0] * len(self.names)
        self.memory, self.peak_memory = [0] * len(self.names), [0] * len(self.names)

    def fail(self, reason: str, index: int | None = None, step: Step | None = None) -> NoReturn:
        raise PlanViolation(reason, index, step)

    def has(self, qubit: int, qpu: int) -> bool:
        return bool(self.members[qubit] >> qpu & 1)

    def use_data(self, qpu: int, index: int | None, step: Step | None) -> None:
        used = self.data[qpu]
        if used > self.data_limit[qpu]:
            reason = f"{used} qubits are at home at QPU {self.names[qpu]!r}, which has {self.data_limit[qpu]} data ions"
            self.fail(reason, index, step)
        if used > self.peak_data[qpu]:
            self.peak_data[qpu] = used

    def use_memory(self, qpu: int, used: int, index: int, step: Step) -> None:
        if used > self.memory_limit[qpu]:
            reason = f"{used} memory ions are in use at QPU {self.names[qpu]!r}, which has {self.memory_limit[qpu]:.0f}"
            self.fail(reason, index, step)
        if used > self.peak_memory[qpu]:
            self.peak_memory[qpu] = used

    def bear(self, qubit: int, index: int, step: Step) -> None:
        self.born[qubit] = True
        self.data[self.home[qubit]] += 1
        self.use_data(self.home[qubit], index, step)

    def grow(self, index: int, step: Grow) -> None:
        qubit, source, target = step.qubit, step.source, step.target
        members = self.members[qubit]
        if not self.born[qubit]:
            self.bear(qubit, index, step)
        if not members >> source & 1:
            self.fail(f"qubit {qubit} has no member at the source QPU {self.names[source]!r}", index, step)
        if members >> target & 1:
            self.fail(f"qubit {qubit} already has a member at the target QPU {self.names[target]!r}", index, step)
        self.refuse_held(qubit, index, step)
        link = self.link.get((source, target))
        if link is None:
            self.fail(f"no link joins QPUs {self.names[source]!r} and {self.names[target]!r}", index, step)
        self.link_ebits[link] += 1
        self.members[qubit] = members | 1 << target
        self.use_memory(source, self.memory[source] + 1, index, step)
        self.memory[target] += 1
        self.use_memory(target, self.memory[target], index, step)

    def shrink(self, index: int, step: Shrink) -> None:
        qubit, qpu = step.qubit, step.qpu
        members = self.members[qubit]
        if not members >> qpu & 1:
            self.fail(f"qubit {qubit} has no member at QPU {self.names[qpu]!r} to close", index, step)
        if not members & (members - 1):
            self.fail(f"QPU {self.names[qpu]!r} holds the last member of qubit {qubit}", index, step)
        if self.home[qubit] == qpu:
            self.fail(f"QPU {self.names[qpu]!r} is the home of qubit {qubit}", index, step)
        self.refuse_held(qubit, index, step)
        self.members[qubit] = members & ~(1 << qpu)
        self.memory[qpu] -= 1

    def hand_over(self, index: int, step: HandOver) -> None:
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
            self.refuse_held(qubit, index, step)
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

    def run(self, index: int, step: RunOp) -> None:
        operation, qpu = step.operation, step.qpu
        if self.executed[operation]:
            self.fail(f"operation {operation} has run before", index, step)
        self.executed[operation] = True
        done = self.done
        for qubit, need in zip(self.operands[operation], self.needs[operation], strict=True):
            if not self.born[qubit]:
                self.bear(qubit, index, step)
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
        elif self.held:
            self.follow(index, step)

    def refuse_held(self, qubit: int, index: int, step: Step) -> None:
        if qubit in self.held:
            self.fail(f"the copy set of qubit {qubit} changes while its copies follow controlled-X gates", index, step)

    def follow(self, index: int, step: RunOp) -> None:
        """A diagonal operation while qubits are held."""
        qubits = self.operands[step.operation]
        held = [q for q in qubits if q in self.held]
        if not held:
            return
        if len(held) > 1:
            self.fail(f"qubits {held[0]} and {held[1]} are both held: neither can control the other", index, step)
        (target,) = held
        if step.operation not in self.held[target]:
            self.fail(f"it is none of the controlled-X gates that the copies of qubit {target} follow", index, step)
        if self.home[target] != step.qpu:
            self.fail(f"a controlled-X gate onto the held qubit {target} away from its home", index, step)
        for qubit in qubits:
            missing = self.members[target] & ~self.members[qubit]
            if missing:
                where = self.names[(missing & -missing).bit_length() - 1]
                reason = f"the copy of qubit {target} at QPU {where!r} cannot follow: qubit {qubit} has none there"
                self.fail(reason, index, step)

    def cross_boundary(self, index: int, step: RunOp) -> None:
        (qubit,) = self.operands[step.operation]
        members = self.members[qubit]
        several = members & (members - 1)
        if qubit in self.held or (several and step.operation in self.x_blocks):
            if self.home[qubit] != step.qpu:
                self.fail(f"a boundary of qubit {qubit}, which has copies, away from its home", index, step)
            if qubit not in self.held:
                self.held[qubit] = self.x_blocks[step.operation]
            elif self.held[qubit][-1] == step.operation:
                del self.held[qubit]
            return
        if several:
            held = [name for qpu, name in enumerate(self.names) if self.has(qubit, qpu)]
            self.fail(f"a boundary of qubit {qubit} while it has members at {', '.join(held)}", index, step)
        if self.measure[step.operation] and self.last[qubit] == index:
            self.data[step.qpu] -= 1

    def too_early(self, operation: int, qubit: int, need: int) -> str:
        first = next(i for i in self.program.lines[qubit][:need] if not self.executed[i])
        return f"operation {operation} runs before operation {first} on qubit {qubit}, with which it does not commute"

    def finish(self) -> PlanFacts:
        for operation, executed in enumerate(self.executed):
            if not executed:
                self.fail(f"operation {operation}, {self.program.operations[operation].kind.name}, never runs")
        for qubit, members in enumerate(self.members):
            if members & (members - 1):
                held = [name for qpu, name in enumerate(self.names) if self.has(qubit, qpu)]
                self.fail(f"qubit {qubit} still has members at {', '.join(held)} at its end")
            if not self.born[qubit]:
                self.data[self.home[qubit]] += 1
                self.use_data(self.home[qubit], None, None)
        return PlanFacts(
            ebits=sum(self.link_ebits) + sum(self.link_ebits[i] * len(via) for i, via in enumerate(self.via)),
            link_ebits=tuple(self.link_ebits),
            peak_memory_by_qpu=tuple(self.peak_memory),
            peak_data_by_qpu=tuple(self.peak_data),
        )
