"""Protocol events with noise -> a program on qubits and their live copies only. Exact.

The halves of Bell pairs, their measurements and the corrections are gone: opening a copy is a noiseless CX from its
root to the new member, closing it the inverse, and every imperfection of the protocols has become a Pauli on a member.
The rules, all from commuting Paulis through the protocol (the outcomes are uniform and independent of the data):

==========================================  ================================================================
fault                                       becomes
==========================================  ================================================================
Pauli on the pair, either half              X or Z on the new copy (Z on a half: Z; X on a half: X)
half, copy prepared in |1>                  Z, X on the new copy (the pair is H and CX on them)
CX root-half                                its root part on the root; X on the half is X on the copy, Z nothing
outcome of the half flipped                 X on the copy
outcome of the closed copy flipped          Z on the qubit; likewise X or Y after its last H
conditional correction                      half its error rate, as it fires half the time
==========================================  ================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from distq.errors import InternalError
from distq.events import Birth, CatDisentangle, CatEntangle, Death, Events, Execute, HeraldPair, Ion, Transfer
from distq.native import native_gates
from distq.network import Network
from distq.program import Kind, Operation, Program
from distq.schedule import Schedule, ions_of
from distq.simulate import channels
from distq.simulate.channels import Channel, Source
from distq.simulate.waits import Waits


@dataclass(frozen=True, slots=True)
class Begin:
    """``member``, in |0>, becomes the first member of ``line``; the input state is prepared on it."""

    line: int
    member: int


@dataclass(frozen=True, slots=True)
class Open:
    """``member``, in |0>, becomes a copy: CX from ``root``."""

    member: int
    root: int


@dataclass(frozen=True, slots=True)
class Close:
    """``member`` leaves: CX from ``root`` takes it back to |0>."""

    member: int
    root: int


@dataclass(frozen=True, slots=True)
class Apply:
    """Operation ``operation`` of the program on ``members``. ``record`` (MEASURE only) stands for the bit written."""

    operation: int
    members: tuple[int, ...]
    record: int = -1


CopyOp: TypeAlias = Begin | Open | Close | Apply


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a fault may happen: ``channel`` on ``members``, just before ``ops[position]``.

    With ``when`` >= 0 only if the condition of that operation of the program holds. ``wait`` is the column of
    :class:`distq.simulate.waits.Waits` that the chance of a Z follows from, -1 if it is the same in all schedules;
    ``channel`` then has its mean.
    """

    position: int
    members: tuple[int, ...]
    channel: Channel
    source: Source
    when: int = -1
    wait: int = -1


@dataclass(frozen=True)
class CopyProgram:
    """A noisy execution, reduced to qubits and their copies.

    Attributes
    ----------
    program
        What is executed.
    ops
        Noiseless operations, in order.
    slots
        Faults, by position.
    line_of
        Per member: its line; -1 for the record of a measurement, whose X is a wrong bit.
    final_measurements
        The program's measurements left out because nothing follows them: index -> probability of a wrong bit.
    """

    program: Program
    ops: tuple[CopyOp, ...]
    slots: tuple[Slot, ...]
    line_of: tuple[int, ...]
    final_measurements: dict[int, float]

    @property
    def unitary(self) -> bool:
        """True if the program measures only at its end, resets nothing and depends on no classical bit."""
        return all(
            op.condition is None and (op.kind < Kind.MEASURE or index in self.final_measurements)
            for index, op in enumerate(self.program.operations)
        )

    @property
    def peak_copies(self) -> int:
        """The largest number of members alive at once beyond one per line."""
        live = peak = 0
        for op in self.ops:
            live += isinstance(op, Open) - isinstance(op, Close)
            peak = max(peak, live)
        return peak


def final_measurements(program: Program) -> frozenset[int]:
    """Measurements that end their qubit's line and whose bit no condition reads afterwards."""
    read_later: set[int] = set()
    found = []
    for index in range(len(program.operations) - 1, -1, -1):
        op = program.operations[index]
        if op.condition is not None:
            read_later.update(op.condition.clbits)
        last = program.lines[op.qubits[0]][-1] == index
        if op.kind is Kind.MEASURE and last and op.condition is None and op.clbit not in read_later:
            found.append(index)
    return frozenset(found)


def reduce_events(program: Program, events: Events, schedule: Schedule | Waits | None, network: Network) -> CopyProgram:
    """Reduce a lowered plan with its noise to a program on qubits and copies.

    Parameters
    ----------
    program
        Without unbound parameters.
    events
        From :func:`distq.lower.lower`.
    schedule
        Says how long ions wait, in one run or in many; None: not at all.
    network
        Error rates.

    Returns
    -------
    CopyProgram
        Its joint state of qubits and classical bits at the end equals that of the full protocol.
    """
    reducer = _Reducer(program, network)
    for index, event in enumerate(events.events):
        if isinstance(schedule, Waits):
            for ion, column in zip(ions_of(event), schedule.columns(index), strict=True):
                if column >= 0:
                    reducer.wait(ion, float(schedule.mean[column]), column)
        elif schedule is not None:
            for ion, time_s in zip(ions_of(event), schedule.idle(index).tolist(), strict=True):
                reducer.wait(ion, channels.idle(time_s, network.qpus[ion.qpu].t2_s))
        match event:
            case Birth(qubit, ion):
                reducer.birth(qubit, ion)
            case HeraldPair(link, a, b):
                reducer.pair(link, a, b)
            case CatEntangle(qubit, root, half, copy):
                reducer.entangle(root, half, copy)
            case CatDisentangle(qubit, copy, root):
                reducer.disentangle(copy, root)
            case Transfer(_, a, _, b):
                reducer.transfer(a, b)
            case Execute(operation, ions):
                reducer.execute(operation, ions)
            case Death(_, ion):
                reducer.at.pop(ion)
    return CopyProgram(
        program, tuple(reducer.ops), tuple(reducer.slots), tuple(reducer.line_of), reducer.final_measurements
    )


class _Reducer:
    """Which member sits on which ion, what has happened to pairs not yet used, and the output so far."""

    def __init__(self, program: Program, network: Network) -> None:
        self.program, self.network = program, network
        self.final_measurements = dict.fromkeys(sorted(final_measurements(program)), 0.0)
        self.at: dict[Ion, int] = {}
        self.pairs: dict[Ion, list[tuple[Channel, Source, int]]] = {}
        self.ops: list[CopyOp] = []
        self.slots: list[Slot] = []
        self.line_of: list[int] = []

    def wait(self, ion: Ion, p: float, column: int = -1) -> None:
        """The state on an ion has become Z of itself with probability p."""
        if p <= 0.0:
            return
        source = Source("waiting", ion.qpu)
        if ion in self.at:
            self.slot((self.at[ion],), channels.dephase(p), source, wait=column)
        elif ion in self.pairs:
            self.pairs[ion].append((channels.dephase(p), source, column))

    def birth(self, qubit: int, ion: Ion) -> None:
        member = self.member(qubit)
        self.slot((member,), channels.flip(self.network.qpus[ion.qpu].error_reset), Source("preparation", ion.qpu))
        self.ops.append(Begin(qubit, member))
        self.at[ion] = member

    def pair(self, link: int, a: Ion, b: Ion) -> None:
        """What happens to a pair is kept until it is used; both halves share one list."""
        qpus = self.network.qpus
        history = [
            (channels.dephase(qpus[a.qpu].error_reset), Source("preparation", a.qpu), -1),
            (channels.flip(qpus[b.qpu].error_reset), Source("preparation", b.qpu), -1),
            (channels.pair_error(self.network.links[link].weights), Source("link", link), -1),
        ]
        self.pairs[a] = self.pairs[b] = history

    def entangle(self, root_ion: Ion, half: Ion, copy: Ion) -> None:
        root = self.at[root_ion]
        near, far = self.network.qpus[half.qpu], self.network.qpus[copy.qpu]
        member = self.member(self.line_of[root])
        self.ops.append(Open(member, root))
        for channel, source, column in self.pairs.pop(half):
            self.slot((member,), channel, source, wait=column)
        del self.pairs[copy]
        self.slot((root, member), channels.entangling_cx(near.error_2q), Source("local", half.qpu))
        self.slot((member,), channels.flip(near.error_measure), Source("measurement", half.qpu))
        self.slot((member,), channels.depolarize_1q(far.error_1q / 2), Source("local", copy.qpu))
        self.at[copy] = member

    def disentangle(self, copy: Ion, root_ion: Ion) -> None:
        member, root = self.at.pop(copy), self.at[root_ion]
        here, there = self.network.qpus[copy.qpu], self.network.qpus[root_ion.qpu]
        self.ops.append(Close(member, root))
        self.slot((root,), channels.dephase(2 / 3 * here.error_1q), Source("local", copy.qpu))
        self.slot((root,), channels.dephase(here.error_measure), Source("measurement", copy.qpu))
        self.slot((root,), channels.depolarize_1q(there.error_1q / 2), Source("local", root_ion.qpu))

    def transfer(self, a: Ion, b: Ion) -> None:
        if a in self.pairs or b in self.pairs:
            raise InternalError(f"{a} and {b} exchange their states while one holds half of an unused Bell pair")
        p, source = self.network.qpus[a.qpu].error_transfer, Source("local", a.qpu)
        held = [self.at[ion] for ion in (a, b) if ion in self.at]
        if len(held) == 2:
            self.slot(tuple(held), channels.depolarize_2q(p), source)
        else:
            self.slot(tuple(held), channels.half_of_2q(p), source)
        moved = {new: self.at.pop(old) for old, new in ((a, b), (b, a)) if old in self.at}
        self.at.update(moved)

    def execute(self, index: int, ions: tuple[Ion, ...]) -> None:
        op = self.program.operations[index]
        members = tuple([self.at[ion] for ion in ions])
        qpu = ions[0].qpu
        when = index if op.condition is not None else -1
        match op.kind:
            case Kind.MEASURE:
                if index in self.final_measurements:
                    self.final_measurements[index] = self.network.qpus[qpu].error_measure
                else:
                    record = self.member(-1)
                    error = channels.flip(self.network.qpus[qpu].error_measure)
                    self.slot((record,), error, Source("measurement", qpu), when)
                    self.ops.append(Apply(index, members, record))
            case Kind.RESET:
                self.ops.append(Apply(index, members))
                error = channels.flip(self.network.qpus[qpu].error_reset)
                self.slot(members, error, Source("preparation", qpu), when)
            case _:
                self.ops.append(Apply(index, members))
                self.gate_errors(op, members, qpu, when)

    def gate_errors(self, op: Operation, members: tuple[int, ...], qpu: int, when: int) -> None:
        rates, source = self.network.qpus[qpu], Source("local", qpu)
        for gate in native_gates(op):
            on = tuple([members[i] for i in gate.operands])
            if len(on) == 1:
                self.slot(on, channels.depolarize_1q(rates.error_1q), source, when)
            else:
                self.slot(on, channels.depolarize_2q(rates.error_2q), source, when)

    def member(self, line: int) -> int:
        self.line_of.append(line)
        return len(self.line_of) - 1

    def slot(self, members: tuple[int, ...], channel: Channel, source: Source, when: int = -1, wait: int = -1) -> None:
        if channel[0] < 1.0:
            self.slots.append(Slot(len(self.ops), members, channel, source, when, wait))
