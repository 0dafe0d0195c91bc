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
CX root-half over-rotated by the angle a    exp(i a/2 Z x X) on root and copy
relaxation of a half, of both               that of the copy, averaged over X before and after: see :mod:`kraus`
==========================================  ================================================================

A copy is later replaced by a classical bit, which is exact as long as noise turns that bit over at most once in a way
that is not a mixture of Paulis or of jumps, and nothing depends on the outcome of its last measurement. Over-rotated
one-qubit pulses do so twice, and gates on three and more qubits with over-rotated pulses do; an over-rotated CX of the
cat-entangler does so once, but the error of the conditional Z at the end depends on the outcome. A qubit with such
noise on any of its copies is ``coherent``, and keeps them. So are all lines whose copies follow X-blocks, where there
is noise that is no Pauli channel at all.

An operation of an X-block and the CX by which copies follow it act on different ions, so that the errors of all of them
can come after all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from distq.errors import InternalError
from distq.execution.schedule import Schedule
from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Events,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
    ions_of,
)
from distq.ir.native_gates import native_gates
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.simulation.noise import kraus, pauli_channels
from distq.simulation.noise.pauli_channels import Channel, Shares, Source
from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.reduction.coherence import coherent_lines, final_measurements
from distq.simulation.reduction.copy_program import (
    Apply,
    Begin,
    Close,
    CopyOp,
    CopyProgram,
    Drive,
    FaultSite,
    Mix,
    Open,
    Turn,
    Undo,
)


def reduce_events(
    program: Program,
    events: Events,
    schedule: Schedule | IdleTimes | None,
    network: Network,
    *,
    twirl: bool = False,
) -> CopyProgram:
    """Reduce a lowered plan with its noise to a program on qubits and copies.

    Parameters
    ----------
    program
        Without unbound parameters.
    events
        From :func:`distq.execution.lower.lower`.
    schedule
        Says how long ions wait, in one run or in many; None: not at all.
    network
        Error rates.
    twirl
        Relaxation and over-rotated pulses as Pauli channels: an approximation that misses errors which add up.

    Returns
    -------
    CopyProgram
        Its joint state of qubits and classical bits at the end equals that of the full protocol.
    """
    coherent = frozenset[int]() if twirl else coherent_lines(program, events, network)
    reducer = _Reducer(program, network, coherent, twirl)
    for index, event in enumerate(events.events):
        if isinstance(schedule, IdleTimes):
            for ion, column in zip(ions_of(event), schedule.columns(index), strict=True):
                if column >= 0:
                    reducer.wait(ion, float(schedule.mean[column]), column)
                    reducer.wait(ion, float(schedule.uneven[column]))
                    reducer.relax(ion, float(schedule.decayed[column]))
        elif schedule is not None:
            for ion, time_s in zip(ions_of(event), schedule.idle(index).tolist(), strict=True):
                reducer.wait(ion, pauli_channels.idle(time_s, network.qpus[ion.qpu].dephasing_s))
                reducer.relax(ion, kraus.relaxed(time_s, network.qpus[ion.qpu].t1_s))
        match event:
            case Allocate(qubit, ion):
                reducer.birth(qubit, ion)
            case HeraldPair(link, a, b):
                reducer.pair(link, a, b)
            case CatEntangle(qubit, root, half, copy):
                reducer.entangle(root, half, copy)
            case CatDisentangle(qubit, copy, root):
                reducer.disentangle(copy, root)
            case Transfer(_, a, _, b):
                reducer.transfer(a, b)
            case Execute(operation, ions, _, followers):
                reducer.execute(operation, ions, followers)
            case Release(_, ion):
                reducer.at.pop(ion)
    return CopyProgram(
        program=program,
        ops=tuple(reducer.ops),
        fault_sites=tuple(reducer.slots),
        line_of=tuple(reducer.line_of),
        final_measurements=reducer.final_measurements,
        coherent=reducer.coherent,
    )


class _Reducer:
    """Which member sits on which ion, what has happened to pairs not yet used, and the output so far."""

    def __init__(self, program: Program, network: Network, coherent: frozenset[int], twirl: bool) -> None:
        self.program, self.network, self.coherent, self.twirl = program, network, coherent, twirl
        self.final_measurements = dict.fromkeys(sorted(final_measurements(program)), 0.0)
        self.at: dict[Ion, int] = {}
        self.pairs: dict[Ion, list[tuple[Channel, Source, int]]] = {}
        self.decayed: dict[Ion, float] = {}
        self.ops: list[CopyOp] = []
        self.slots: list[FaultSite] = []
        self.line_of: list[int] = []

    def wait(self, ion: Ion, p: float, column: int = -1) -> None:
        """The state on an ion has become Z of itself with probability p."""
        if p <= 0.0:
            return
        source = Source("waiting", ion.qpu)
        if ion in self.at:
            self.slot((self.at[ion],), pauli_channels.dephase(p), source, wait=column)
        elif ion in self.pairs:
            self.pairs[ion].append((pauli_channels.dephase(p), source, column))

    def relax(self, ion: Ion, decayed: float) -> None:
        """|1> on an ion has decayed with this probability. It does not matter whether a Z came before or after."""
        if decayed <= 0.0:
            return
        source = Source("waiting", ion.qpu)
        if self.twirl and ion in self.at:
            self.slot((self.at[ion],), pauli_channels.relaxed(decayed), source)
        elif self.twirl and ion in self.pairs:
            self.pairs[ion].append((pauli_channels.relaxed(decayed), source, -1))
        elif ion in self.at:
            self.ops.append(Mix(self.at[ion], kraus.relaxation(decayed), ((source, 1.0),)))
        elif ion in self.pairs:
            self.decayed[ion] = 1.0 - (1.0 - self.decayed.get(ion, 0.0)) * (1.0 - decayed)

    def birth(self, qubit: int, ion: Ion) -> None:
        member = self.member(qubit)
        self.slot(
            (member,), pauli_channels.flip(self.network.qpus[ion.qpu].error_reset), Source("preparation", ion.qpu)
        )
        self.ops.append(Begin(qubit, member))
        self.at[ion] = member

    def pair(self, link: int, a: Ion, b: Ion) -> None:
        """What happens to a pair is kept until it is used; both halves share one list."""
        qpus = self.network.qpus
        history = [
            (pauli_channels.dephase(qpus[a.qpu].error_reset), Source("preparation", a.qpu), -1),
            (pauli_channels.flip(qpus[b.qpu].error_reset), Source("preparation", b.qpu), -1),
            (pauli_channels.pair_error(self.network.links[link].weights), Source("link", link), -1),
        ]
        self.pairs[a] = self.pairs[b] = history

    def entangle(self, root_ion: Ion, half: Ion, copy: Ion) -> None:
        root = self.at[root_ion]
        near, far = self.network.qpus[half.qpu], self.network.qpus[copy.qpu]
        member = self.member(self.line_of[root])
        history = self.pairs.pop(half)
        del self.pairs[copy]
        self.ops.append(Open(member, root))
        self.overrotated_cx(root, member, near.overrotation_2q, Source("local", half.qpu))
        mixed = self.correction(member, history, half, copy)
        for channel, source, column in history:
            self.slot((member,), channel, source, wait=column)
        self.slot((root, member), pauli_channels.entangling_cx(near.error_2q), Source("local", half.qpu))
        self.slot((member,), pauli_channels.flip(near.error_measure), Source("measurement", half.qpu))
        if self.twirl:
            turned = math.sin(far.overrotation_1q * math.pi / 2) ** 2
            self.slot((member,), pauli_channels.flip(turned / 2), Source("local", copy.qpu))
        if mixed is None:
            self.slot((member,), pauli_channels.depolarize_1q(far.error_1q / 2), Source("local", copy.qpu))
        else:
            self.ops.append(mixed)
        self.at[copy] = member

    def overrotated_cx(self, root: int, member: int, by: float, source: Source) -> None:
        angle = by * math.pi / 2
        if by and self.line_of[member] in self.coherent:
            self.ops.append(Drive(member, kraus.HADAMARD, source))
            self.ops.append(Turn((root, member), -angle, source))
            self.ops.append(Drive(member, kraus.HADAMARD, source))
        elif by:  # nothing else turns the copy's bit over but mixtures: no interference
            self.slot((root, member), pauli_channels.both(2, 1, math.sin(angle / 2) ** 2), source)

    def correction(self, member: int, history: list[tuple[Channel, Source, int]], half: Ion, copy: Ion) -> Mix | None:
        """The conditional X on a new copy where its errors are not a Pauli channel, with the pair's relaxation.

        If the pair's Paulis cannot be told apart from its relaxation, it takes them over from ``history``.
        """
        far = self.network.qpus[copy.qpu]
        decayed = self.decayed.pop(half, 0.0), self.decayed.pop(copy, 0.0)
        if self.twirl or (not any(decayed) and not far.overrotation_1q):
            return None
        errors = reduce(np.matmul, [kraus.pauli_transfer(channel) for channel, _, _ in history], np.eye(4))
        pulse = kraus.x_turn_transfer(far.overrotation_1q * math.pi)
        flipped = kraus.pauli_transfer(pauli_channels.depolarize_1q(far.error_1q)) @ pulse
        whole, kept = kraus.pair_transfer(errors, *decayed), np.diag(errors)
        choices = None
        if np.abs(kept).min() > 1e-9:
            choices = kraus.kraus_choices(kraus.outcome_averaged(whole / kept, flipped))
        if choices is None:
            history.clear()
            choices = kraus.kraus_choices(kraus.outcome_averaged(whole, flipped))
        assert choices is not None
        turned = far.error_1q / 2 + math.sin(far.overrotation_1q * math.pi / 2) ** 2 / 2
        weights = [(Source("local", copy.qpu), turned)]
        weights += [(Source("waiting", ion.qpu), p / 2) for ion, p in zip((half, copy), decayed, strict=True)]
        return Mix(member, choices, shares_of(weights))

    def disentangle(self, copy: Ion, root_ion: Ion) -> None:
        member, root = self.at.pop(copy), self.at[root_ion]
        here, there = self.network.qpus[copy.qpu], self.network.qpus[root_ion.qpu]
        parts = (
            (Source("local", copy.qpu), 2 / 3 * here.error_1q),
            (Source("measurement", copy.qpu), here.error_measure),
        )
        if self.line_of[member] in self.coherent:
            if here.overrotation_1q:
                self.ops.append(Drive(member, kraus.tilt(here.overrotation_1q), parts[0][0]))
            wrong = 0.5 - 0.5 * math.prod([1.0 - 2.0 * p for _, p in parts])
            shares = shares_of([*parts, (Source("local", root_ion.qpu), there.error_1q / 2)])
            self.ops.append(Close(member, root, kraus.recorded(wrong, there.error_1q), shares))
            return
        self.ops.append(Close(member, root))
        tilted = math.sin(here.overrotation_1q * math.pi / 4) ** 2  # 0, but for twirled noise
        self.slot((root,), pauli_channels.dephase(tilted), parts[0][0])
        for source, p in parts:
            self.slot((root,), pauli_channels.dephase(p), source)
        self.slot((root,), pauli_channels.depolarize_1q(there.error_1q / 2), Source("local", root_ion.qpu))

    def transfer(self, a: Ion, b: Ion) -> None:
        if a in self.pairs or b in self.pairs:
            raise InternalError(f"{a} and {b} exchange their states while one holds half of an unused Bell pair")
        p, source = self.network.qpus[a.qpu].error_transfer, Source("local", a.qpu)
        held = [self.at[ion] for ion in (a, b) if ion in self.at]
        if len(held) == 2:
            self.slot(tuple(held), pauli_channels.depolarize_2q(p), source)
        else:
            self.slot(tuple(held), pauli_channels.half_of_2q(p), source)
        moved = {new: self.at.pop(old) for old, new in ((a, b), (b, a)) if old in self.at}
        self.at.update(moved)

    def execute(self, index: int, ions: tuple[Ion, ...], followers: tuple[tuple[Ion, ...], ...]) -> None:
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
                    error = pauli_channels.flip(self.network.qpus[qpu].error_measure)
                    self.slot((record,), error, Source("measurement", qpu), when)
                    self.ops.append(Apply(index, members, record))
            case Kind.RESET:
                self.ops.append(Apply(index, members))
                error = pauli_channels.flip(self.network.qpus[qpu].error_reset)
                self.slot(members, error, Source("preparation", qpu), when)
            case _:
                copies = tuple([tuple([self.at[ion] for ion in follower]) for follower in followers])
                self.ops.append(Apply(index, members, followers=copies))
                self.overrotate(index, members, qpu, when)
                self.gate_errors(op, members, qpu, when)
                for follower, on in zip(followers, copies, strict=True):
                    self.follow_errors(on, follower[0].qpu)

    def follow_errors(self, on: tuple[int, ...], qpu: int) -> None:
        """Of the CX on (control, copy), or the X on (copy,), by which a copy follows."""
        rates, source = self.network.qpus[qpu], Source("local", qpu)
        *controls, copy = on
        if controls:
            self.overrotated_cx(controls[0], copy, rates.overrotation_2q, source)
        elif rates.overrotation_1q:
            error = kraus.x_turn(rates.overrotation_1q * math.pi)
            if self.twirl:
                self.slot((copy,), kraus.twirl(error), source)
            else:
                self.ops.append(Drive(copy, error, source))
        self.gate_error(on, qpu, -1)

    def overrotate(self, index: int, members: tuple[int, ...], qpu: int, when: int) -> None:
        op, rates, source = self.program.operations[index], self.network.qpus[qpu], Source("local", qpu)
        if not rates.overrotation_1q and not rates.overrotation_2q:
            return
        if self.twirl:
            for operands, channel in kraus.twirled(op, rates.overrotation_1q, rates.overrotation_2q):
                self.slot(tuple([members[i] for i in operands]), channel, source, when)
            return
        steps = kraus.overrotation(op, rates.overrotation_1q, rates.overrotation_2q)
        if steps is None:
            self.ops.append(Undo(index, members, source, when))
            steps = kraus.replayed(op, rates.overrotation_1q, rates.overrotation_2q)
        for step in steps:
            match step:
                case kraus.Turned(operands, angle):
                    self.ops.append(Turn(tuple([members[i] for i in operands]), angle, source, when))
                case kraus.Driven(operand, matrix):
                    self.ops.append(Drive(members[operand], matrix, source, when))

    def gate_errors(self, op: Operation, members: tuple[int, ...], qpu: int, when: int) -> None:
        for gate in native_gates(op):
            self.gate_error(tuple([members[i] for i in gate.operands]), qpu, when)

    def gate_error(self, on: tuple[int, ...], qpu: int, when: int) -> None:
        rates, source = self.network.qpus[qpu], Source("local", qpu)
        if len(on) == 1:
            self.slot(on, pauli_channels.depolarize_1q(rates.error_1q), source, when)
        else:
            self.slot(on, pauli_channels.depolarize_2q(rates.error_2q), source, when)

    def member(self, line: int) -> int:
        self.line_of.append(line)
        return len(self.line_of) - 1

    def slot(self, members: tuple[int, ...], channel: Channel, source: Source, when: int = -1, wait: int = -1) -> None:
        if channel[0] < 1.0:
            self.slots.append(FaultSite(len(self.ops), members, channel, source, when, wait))


def shares_of(weights: Sequence[tuple[Source, float]]) -> Shares:
    """Weights of sources, scaled to sum to 1."""
    total = sum(weight for _, weight in weights)
    if total <= 0.0:
        return ((weights[0][0], 1.0),)
    return tuple([(source, weight / total) for source, weight in weights if weight > 0.0])
