"""Random programs, random valid plans, and plans with planted faults, for the tests of every stage behind planning."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from distq.ir.plan import Grow, HandOver, Plan, Run, Shrink, Step
from distq.ir.program import Condition, Kind, Matrix, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU, Link


def network_of(
    sizes: list[int], memory: int | Sequence[int | None] | None = 2, links: list[tuple[int, int]] | str = "complete"
) -> Network:
    """Network of QPUs ``q0``, ``q1``, ... with these data ions; links as pairs, ``complete``, ``line`` or ``star``."""
    k = len(sizes)
    per_qpu = [memory] * k if memory is None or isinstance(memory, int) else list(memory)
    if links == "complete":
        pairs = [(a, b) for a in range(k) for b in range(a + 1, k)]
    elif links == "line":
        pairs = [(a, a + 1) for a in range(k - 1)]
    elif links == "star":
        pairs = [(0, b) for b in range(1, k)]
    else:
        pairs = [(int(a), int(b)) for a, b in links]  # type: ignore[misc]
    qpus = tuple(QPU(name=f"q{i}", data=d, memory=m) for i, (d, m) in enumerate(zip(sizes, per_qpu, strict=True)))
    return Network(name="test", qpus=qpus, links=tuple(Link(a=a, b=b) for a, b in pairs))


def varied(network: Network, seed: int) -> Network:
    """Links and QPUs with numbers at random."""
    rng = np.random.default_rng(seed)
    links = [
        Link(
            a=link.a, b=link.b, weights=(f := rng.uniform(0.7, 0.99), 1 - f, 0.0, 0.0), rate_hz=10 ** rng.uniform(1, 4)
        )
        for link in network.links
    ]

    def numbers() -> dict[str, float]:
        names = ("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer")
        return {"t2_s": rng.uniform(1, 20)} | {name: 10 ** rng.uniform(-4, -2) for name in names}

    qpus = [q.model_copy(update=numbers()) for q in network.qpus]
    return network.model_copy(update={"links": tuple(links), "qpus": tuple(qpus)})


def random_unitary(rng: Generator) -> Matrix:
    """Haar-random 2x2 unitary."""
    z = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    q, r = np.linalg.qr(z)
    return np.asarray(q * (np.diag(r) / np.abs(np.diag(r))), dtype=np.complex128)


def random_program(
    rng: Generator,
    qubits: int,
    operations: int,
    *,
    clbits: int = 0,
    measure: float = 0.0,
    reset: float = 0.0,
    condition: float = 0.0,
    local: float = 0.35,
    phase: float = 0.1,
    x_block: float = 0.0,
    final_measure: bool = False,
) -> Program:
    """Random program in normal form.

    ``measure``, ``reset``, ``local``, ``phase`` are the shares of operations of these kinds (the rest are rotations on
    two or three qubits, one in eight a conditioned rotation of one qubit if conditions are asked for); ``condition`` is
    the share of operations that get a classical condition. ``x_block`` is the share of draws that add an X-block, now
    and then with something else between its operations. ``final_measure`` measures every qubit at the end into a
    bit of its own, after the ``clbits`` others.
    """
    total = clbits + (qubits if final_measure else 0)
    ops: list[Operation] = []
    just_local = [False] * qubits
    while len(ops) < operations:
        if x_block and rng.random() < x_block:
            target = int(rng.integers(qubits))
            if not just_local[target]:
                ops += _random_x_block(rng, qubits, target)
                just_local = [False] * qubits
                just_local[target] = True
            continue
        op = _random_operation(rng, qubits, clbits, (measure, reset, local, phase), condition)
        plain_local = op.kind is Kind.LOCAL and op.condition is None
        if plain_local and just_local[op.qubits[0]]:
            continue
        for q in op.qubits:
            just_local[q] = plain_local
        ops.append(op)
    if final_measure:
        ops += [Operation(Kind.MEASURE, (q,), clbit=clbits + q) for q in range(qubits)]
    output = tuple(int(i) for i in rng.permutation(qubits))
    registers = (("c", tuple(range(total))),) if total else ()
    return Program("random", qubits, total, tuple(ops), output, registers)


def _random_x_block(rng: Generator, qubits: int, target: int) -> list[Operation]:
    """An X-block: any gate that turns Z to X or Y, CX up to phases, and what makes a permutation of the whole."""
    z_phase = np.diag(np.exp(1j * rng.uniform(-3, 3, size=2)))
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    first = np.diag([1, 1j ** int(rng.integers(4))]) @ hadamard @ z_phase
    angles = [float(rng.choice([-3, -1, 1, 3])) * np.pi / 2 for _ in range(int(rng.integers(1, 4)))]
    ops = [Operation(Kind.LOCAL, (target,), factors=(first,))]
    others = [q for q in range(qubits) if q != target]
    for angle in angles:
        other = int(rng.choice(others))
        ops.append(Operation(Kind.ROTATION, (target, other) if rng.random() < 0.5 else (other, target), angle=angle))
        if rng.random() < 0.3 and qubits > 2:
            ops.append(Operation(Kind.LOCAL, (other,), factors=(random_unitary(rng),)))
    left = np.diag(np.exp([-0.5j * sum(angles), 0.5j * sum(angles)]))
    permutation = np.diag(np.exp(1j * rng.uniform(-3, 3, size=2)))[:, :: int(rng.choice([-1, 1]))]
    last = permutation @ first.conj().T @ left.conj().T
    return [*ops, Operation(Kind.LOCAL, (target,), factors=(last,))]


def _random_operation(
    rng: Generator, qubits: int, clbits: int, shares: tuple[float, float, float, float], condition: float
) -> Operation:
    when = _random_condition(rng, clbits) if clbits and rng.random() < condition else None
    measure, reset, local, phase = shares
    draw = rng.random()
    one = (int(rng.integers(qubits)),)
    if clbits and draw < measure:
        return Operation(Kind.MEASURE, one, clbit=int(rng.integers(clbits)), condition=when)
    if draw < measure + reset:
        return Operation(Kind.RESET, one, condition=when)
    if draw < measure + reset + local or qubits == 1:
        return Operation(Kind.LOCAL, one, factors=(random_unitary(rng),), condition=when)
    angle = float(rng.uniform(-3, 3))
    order = [int(q) for q in rng.permutation(qubits)]
    if draw < measure + reset + local + phase and qubits > 2:
        width = int(rng.integers(3, min(qubits, 4) + 1))
        pattern = tuple(int(b) for b in rng.integers(0, 2, size=width))
        return Operation(Kind.PHASE, tuple(order[:width]), angle=angle, pattern=pattern, condition=when)
    width = 3 if qubits > 2 and rng.random() < 0.2 else 2
    if when is not None and rng.random() < 0.5:
        width = 1
    return Operation(Kind.ROTATION, tuple(order[:width]), angle=angle, condition=when)


def _random_condition(rng: Generator, clbits: int) -> Condition:
    width = int(rng.integers(1, min(clbits, 2) + 1))
    bits = tuple(int(b) for b in rng.permutation(clbits)[:width])
    return Condition(bits, int(rng.integers(2**width)), bool(rng.random() < 0.2))


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
        if op.kind is Kind.MEASURE and not any(qubit in self.program.operations[i].qubits for i in self.waiting):
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
        self.steps.append(Run(index, qpu))


def mutants(program: Program, plan: Plan, network: Network, rng: Generator) -> Iterator[tuple[str, Plan]]:
    """Plans that are surely not valid, made from a valid one: ``(kind of fault, plan)``, one of each kind that fits."""
    where: dict[type, list[int]] = {Grow: [], Shrink: [], HandOver: [], Run: []}
    for index, step in enumerate(plan.steps):
        where[type(step)].append(index)
    for kind, places in where.items():
        if places:
            at = places[int(rng.integers(len(places)))]
            yield f"drop {kind.__name__}", _edit(plan, at, [])
            yield f"repeat {kind.__name__}", _edit(plan, at, [plan.steps[at]] * 2)
    yield from _wrong_values(plan, where, network, rng)
    yield from _wrong_places(program, plan, network, rng)
    yield from _wrong_order(program, plan, rng)


def _edit(plan: Plan, at: int, steps: list[Step]) -> Plan:
    return replace(plan, steps=(*plan.steps[:at], *steps, *plan.steps[at + 1 :]))


def _wrong_values(
    plan: Plan, where: dict[type, list[int]], network: Network, rng: Generator
) -> Iterator[tuple[str, Plan]]:
    k = len(network.qpus)
    yield "too few homes", replace(plan, homes=plan.homes[:-1])
    yield "home out of range", replace(plan, homes=(*plan.homes[:-1], k))
    yield "negative home", replace(plan, homes=(*plan.homes[:-1], -1))
    yield "home of wrong type", replace(plan, homes=(*plan.homes[:-1], float(plan.homes[-1])))  # type: ignore[arg-type]
    yield "no step", replace(plan, steps=(*plan.steps, None))  # type: ignore[arg-type]
    for at in where[Run][:1]:
        step = plan.steps[at]
        assert isinstance(step, Run)
        yield "Run of negative index", _edit(plan, at, [Run(-1, step.qpu)])
        yield "Run beyond the last operation", _edit(plan, at, [Run(10**6, step.qpu)])
        yield "Run at no QPU", _edit(plan, at, [Run(step.operation, k)])
        yield "Run of wrong type", _edit(plan, at, [Run(float(step.operation), step.qpu)])  # type: ignore[arg-type]
    for at in where[Grow][:1]:
        grow = plan.steps[at]
        assert isinstance(grow, Grow)
        yield "Grow to no QPU", _edit(plan, at, [Grow(grow.qubit, grow.source, k)])
        yield "Grow onto itself", _edit(plan, at, [Grow(grow.qubit, grow.source, grow.source)])
        yield "Grow of no qubit", _edit(plan, at, [Grow(len(plan.homes), grow.source, grow.target)])
    for at in where[HandOver][:1]:
        moves = plan.steps[at].moves  # type: ignore[union-attr]
        yield "HandOver twice in a group", _edit(plan, at, [HandOver((*moves, moves[0]))])
        yield "HandOver of no pair", _edit(plan, at, [HandOver((*moves, moves[0][:1]))])


def _wrong_places(program: Program, plan: Plan, network: Network, rng: Generator) -> Iterator[tuple[str, Plan]]:
    """Faults that need the copy sets at the step: absent members, missing links, the home or last member closed."""
    home = list(plan.homes)
    members = [{h} for h in home]
    found: dict[str, list[Plan]] = {}
    for at, step in enumerate(plan.steps):
        for qubit in range(len(home)) if rng.random() < 0.2 else ():
            absent = [x for x in range(len(network.qpus)) if x not in members[qubit]]
            for x in absent:
                before = [HandOver(((qubit, x),)), step]
                found.setdefault("HandOver to a QPU without a member", []).append(_edit(plan, at, before))
                found.setdefault("Shrink of an absent copy", []).append(_edit(plan, at, [Shrink(qubit, x), step]))
                kind = "Grow over a missing link"
                if not network.linked(home[qubit], x):
                    steps = [Grow(qubit, home[qubit], x), Shrink(qubit, x), step]
                    found.setdefault(kind, []).append(_edit(plan, at, steps))
                for y in absent:
                    if network.linked(x, y):
                        steps = [Grow(qubit, y, x), Shrink(qubit, x), step]
                        found.setdefault("Grow from an absent copy", []).append(_edit(plan, at, steps))
            kind = "Shrink of the home" if len(members[qubit]) > 1 else "Shrink of the last member"
            found.setdefault(kind, []).append(_edit(plan, at, [Shrink(qubit, home[qubit]), step]))
        match step:
            case Grow(qubit, _, target):
                members[qubit].add(target)
            case Shrink(qubit, qpu):
                members[qubit].remove(qpu)
            case HandOver(moves):
                for qubit, qpu in moves:
                    home[qubit] = qpu
            case Run(operation, _):
                op = program.operations[operation]
                for x in range(len(network.qpus)):
                    if any(x not in members[q] for q in op.qubits):
                        moved = _edit(plan, at, [Run(operation, x)])
                        found.setdefault("Run without a member", []).append(moved)
    for qubit, qpu in enumerate(home):
        for x in network.neighbours[qpu][:1]:
            left = replace(plan, steps=(*plan.steps, Grow(qubit, qpu, x)))
            found.setdefault("copy left open", []).append(left)
    for kind, plans in found.items():
        yield kind, plans[int(rng.integers(len(plans)))]


def _wrong_order(program: Program, plan: Plan, rng: Generator) -> Iterator[tuple[str, Plan]]:
    """A boundary exchanged with another operation on its qubit; a classical writer with a reader or writer."""
    runs = [(at, step.operation) for at, step in enumerate(plan.steps) if isinstance(step, Run)]
    found: dict[str, list[Plan]] = {}
    for n, (at, first) in enumerate(runs):
        for later, second in runs[n + 1 : n + 30]:
            a, b = program.operations[first], program.operations[second]
            kind = ""
            if set(a.qubits) & set(b.qubits) and not (a.diagonal and b.diagonal):
                kind = "non-commuting operations exchanged"
            elif (a.clbit is not None and a.clbit in b.clbits) or (b.clbit is not None and b.clbit in a.clbits):
                kind = "classical order broken"
            if kind:
                steps = list(plan.steps)
                steps[at], steps[later] = steps[later], steps[at]
                found.setdefault(kind, []).append(replace(plan, steps=tuple(steps)))
    for kind, plans in found.items():
        yield kind, plans[int(rng.integers(len(plans)))]
