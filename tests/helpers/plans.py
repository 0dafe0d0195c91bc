"""Random programs, random valid plans, and plans with planted faults, for the tests of every stage behind planning."""

from __future__ import annotations

import copy
import itertools

from numpy.random import Generator

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network


def random_plan(program: Program, network: Network, rng: Generator, *, wander: float = 0.6) -> Plan:
    """Random valid plan: a random walk over the steps that the model allows.

    Commuting operations are reordered, operations run at third QPUs, copies are relayed over non-neighbours and follow
    X-blocks, homes move one by one and in groups. ``wander`` is the share of steps that serve no operation.

    Raises
    ------
    ValueError
        If the walk gets stuck: fewer than 2 memory ions where QPUs are not neighbours, or fewer than an operation's
        operands less one.
    """
    walk = _Walk(program, network, rng)
    while walk.waiting:
        if rng.random() < wander:
            walk.wander()
            continue
        try:
            walk.execute()
        except ValueError:
            if not walk.held:
                raise
            walk.back_to(walk.held[min(walk.held)])
    for qubit in range(program.num_qubits):
        walk.close_copies(qubit)
    return Plan(tuple(walk.first_home), tuple(walk.steps), "random-walk", 0)


class _Walk:
    def __init__(self, program: Program, network: Network, rng: Generator) -> None:
        self.program, self.network, self.rng = program, network, rng
        slots = [i for i, qpu in enumerate(network.qpus) for _ in range(qpu.data)]
        order = rng.permutation(len(slots))[: program.num_qubits]
        self.home = [slots[i] for i in order]
        self.first_home = tuple(self.home)
        self.copies: list[set[int]] = [set() for _ in self.home]
        self.data = [self.home.count(i) for i in range(len(network.qpus))]
        self.memory = [0] * len(network.qpus)
        self.steps: list[Step] = []
        self.dead: set[int] = set()
        self.waiting = set(range(len(program.operations)))
        self.held: dict[int, tuple[int, object]] = {}
        """Held qubits: opening boundary, and the state before it."""
        self.closed: set[int] = set()
        """Opening boundaries that no copy is to follow, because that has led nowhere."""

    def state(self) -> object:
        kept = self.home, self.copies, self.data, self.memory, self.steps, self.dead, self.waiting, self.held
        return copy.deepcopy(kept[:-1]), dict(self.held)

    def back_to(self, mark: tuple[int, object]) -> None:
        opening, state = mark
        self.closed.add(opening)
        kept, self.held = copy.deepcopy(state)  # type: ignore[misc]
        self.home, self.copies, self.data, self.memory, self.steps, self.dead, self.waiting = kept

    # What is allowed

    def members(self, qubit: int) -> set[int]:
        return self.copies[qubit] | {self.home[qubit]}

    def room(self, qpu: int) -> bool:
        return self.memory[qpu] + 1 <= self.network.qpus[qpu].memory_limit

    def commute(self, first: int, second: int) -> bool:
        a, b = self.program.operations[first], self.program.operations[second]
        if set(a.qubits) & set(b.qubits) and not (a.diagonal and b.diagonal):
            return False
        written = {a.clbit, b.clbit} - {None}
        return not any(bit in a.clbits and bit in b.clbits for bit in written)

    def ready(self) -> list[int]:
        """Waiting operations that commute with every earlier waiting one (of a window, to stay quick)."""
        window = sorted(self.waiting)[:24]
        return [i for n, i in enumerate(window) if all(self.commute(j, i) for j in window[:n])]

    # Steps

    def grow(self, qubit: int, source: int, target: int) -> bool:
        allowed = source in self.members(qubit) and target not in self.members(qubit)
        if not (allowed and self.network.linked(source, target) and self.room(source) and self.room(target)):
            return False
        self.memory[target] += 1
        self.copies[qubit].add(target)
        self.steps.append(Grow(qubit, source, target))
        return True

    def shrink(self, qubit: int, qpu: int) -> None:
        self.memory[qpu] -= 1
        self.copies[qubit].remove(qpu)
        self.steps.append(Shrink(qubit, qpu))

    def close_copies(self, qubit: int) -> None:
        for qpu in sorted(self.copies[qubit]):
            self.shrink(qubit, qpu)

    def hand_over(self, moves: list[tuple[int, int]]) -> bool:
        data, memory = self.data.copy(), self.memory.copy()
        for qubit, qpu in moves:
            data[qpu] += 1
            memory[qpu] -= 1
            data[self.home[qubit]] -= 1
            memory[self.home[qubit]] += 1
        for qpu, limits in enumerate(self.network.qpus):
            if data[qpu] > limits.data or memory[qpu] > limits.memory_limit:
                return False
        for qubit, qpu in moves:
            self.copies[qubit] ^= {qpu, self.home[qubit]}
            self.home[qubit] = qpu
        self.data, self.memory = data, memory
        self.steps.append(HandOver(tuple(moves)))
        return True

    def bring(self, qubit: int, qpu: int, tidy: bool) -> bool:
        """Open a copy at ``qpu``, over relays if need be; with ``tidy``, close each relay as soon as it has served."""
        if qpu in self.members(qubit):
            return True
        near = min(self.members(qubit), key=lambda s: (self.network.distance[s][qpu], s))
        path = self.network.path(near, qpu)
        for source, target in itertools.pairwise(path):
            if not self.grow(qubit, source, target):
                return False
            if source != self.home[qubit] and (tidy or self.rng.random() < 0.5):
                self.shrink(qubit, source)
        return True

    # Choices

    def pick(self, options: list[int]) -> int:
        return options[int(self.rng.integers(len(options)))]

    def alive(self) -> list[int]:
        return [q for q in range(self.program.num_qubits) if q not in self.dead and q not in self.held]

    def wander(self) -> None:
        alive = self.alive()
        if not alive:
            return
        qubit = self.pick(alive)
        match int(self.rng.integers(6)):
            case 0 | 1:
                target = int(self.rng.integers(len(self.network.qpus)))
                if self.network.path(self.home[qubit], target):
                    self.bring(qubit, target, tidy=False)
            case 2:
                holders = [q for q in alive if self.copies[q]]
                if holders:
                    qubit = self.pick(holders)
                    self.shrink(qubit, self.pick(sorted(self.copies[qubit])))
            case 3:
                if self.copies[qubit]:
                    self.hand_over([(qubit, self.pick(sorted(self.copies[qubit])))])
            case 4:
                self.exchange(qubit, self.pick(alive))
            case _:
                holders = [q for q in alive if self.copies[q]]
                group = [q for q in holders if self.rng.random() < 0.5]
                if group:
                    self.hand_over([(q, self.pick(sorted(self.copies[q]))) for q in group])

    def exchange(self, first: int, second: int) -> None:
        """Two qubits change places, each leaving a copy behind."""
        a, b = self.home[first], self.home[second]
        if a == b or not self.network.path(a, b):
            return
        if self.bring(first, b, tidy=True) and self.bring(second, a, tidy=True):
            self.hand_over([(first, b), (second, a)])

    def execute(self) -> None:
        index = self.pick(self.ready())
        op = self.program.operations[index]
        if not op.diagonal:
            self.execute_boundary(index)
            return
        if any(q in self.held for q in op.qubits):
            self.follow(index)
            return
        for _ in range(3):
            qpu = int(self.rng.integers(len(self.network.qpus)))
            common = set.intersection(*[self.members(q) for q in op.qubits])
            if common and self.rng.random() < 0.7:
                qpu = self.pick(sorted(common))
            if all(self.network.path(self.home[q], qpu) and self.bring(q, qpu, tidy=False) for q in op.qubits):
                self.run(index, qpu)
                return
        for qubit in self.alive():
            self.close_copies(qubit)
        qpu = self.home[self.pick(list(op.qubits))]
        if not all(self.bring(q, qpu, tidy=True) for q in op.qubits):
            raise ValueError(f"random_plan: too little memory for operation {index} at QPU {qpu}")
        self.run(index, qpu)

    def execute_boundary(self, index: int) -> None:
        """Boundaries run on the last member; now and then that is no longer the former home."""
        op = self.program.operations[index]
        (qubit,) = op.qubits
        if qubit in self.held:
            del self.held[qubit]
            self.run(index, self.home[qubit])
            return
        block = self.program.x_blocks.get(index)
        if block and index not in self.closed and self.copies[qubit] and self.rng.random() < 0.8:
            self.held[qubit] = index, self.state()
            self.run(index, self.home[qubit])
            return
        if self.copies[qubit] and self.rng.random() < 0.3:
            self.hand_over([(qubit, self.pick(sorted(self.copies[qubit])))])
        self.close_copies(qubit)
        self.run(index, self.home[qubit])
        if op.always_measures and not any(qubit in self.program.operations[i].qubits for i in self.waiting):
            self.dead.add(qubit)
            self.data[self.home[qubit]] -= 1

    def follow(self, index: int) -> None:
        """An operation of an X-block, its control brought to every member of the target."""
        targets = [q for q in self.program.operations[index].qubits if q in self.held]
        if len(targets) > 1:
            raise ValueError("a held qubit controls nothing")
        (control,) = [q for q in self.program.operations[index].qubits if q not in targets]
        wanted = self.members(targets[0])
        for qpu in wanted - self.members(control):
            self.grow(control, self.home[control], qpu)
        if not wanted <= self.members(control):
            raise ValueError("copies cannot follow")
        self.run(index, self.home[targets[0]])

    def run(self, index: int, qpu: int) -> None:
        self.waiting.remove(index)
        self.steps.append(RunOp(index, qpu))
