"""Faults and what each of them does to the noiseless program.

Frames are followed here once and for all: a flip of a frame turns over the gates that use it until it is gone. As all
of that is linear over GF(2), the effect of several faults is the exclusive or of their effects, and the simulation
needs no frames. Faults with equal effect are one fault: a Z slides along the diagonal gates of its segment, so a
segment has one Z fault instead of hundreds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from distq.ir.program import Kind
from distq.simulation.noise import kraus
from distq.simulation.noise.pauli_channels import Source
from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.reduction.frame_program import (
    ChangeReference,
    FrameFaultSite,
    FrameProgram,
    Gate,
    KrausNoise,
    LocalUnitary,
    NewFrame,
    Prepare,
    Rotation,
    Undo,
)

Key = tuple[int, int]
"""An elementary consequence: (op index, operand that is inverted), or (op index, -1 - line) for X on a line there."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault changes.

    Attributes
    ----------
    paulis
        ``(position, x, z)``: Z on the lines of bit mask z, then X on those of x, before op ``position``; ascending.
        Only the first may have a Z part, and then it comes before all toggles.
    toggles
        ``(op, bits)``: op is executed with inverted operands. ``bits`` is 1 for a rotation whose angle changes sign and
        for a record that is inverted; for a phase, the bit mask of the lines inverted; for a branch, 1 if its line is
        inverted, plus twice the number of the Kraus operator. Ascending.
    earliest
        If the fault is Z alone: the first position at which it would have the same effect (``paulis`` has the last
        one). Otherwise where its first event is.
    """

    paulis: tuple[tuple[int, int, int], ...]
    toggles: tuple[tuple[int, int], ...]
    earliest: int


@dataclass(frozen=True, slots=True)
class Fault:
    """At most one of ``effects`` happens, with these ``probabilities``.

    Attributes
    ----------
    position
        Index of the op before which the first of them may act.
    shares
        ``(source, share)``: how much of the probability each source contributes, to first order; sums to 1.
    when
        Operation of the program whose condition must hold; -1: none.
    fixed, idle_columns
        Of a Z by waiting, whose probability differs from schedule to schedule and is the mean here: the part of it that
        does not, and the columns of :class:`distq.simulation.noise.waiting.IdleTimes` that the rest follows from.
    """

    position: int
    effects: tuple[Effect, ...]
    probabilities: tuple[float, ...]
    shares: tuple[tuple[Source, float], ...]
    when: int
    fixed: float = 0.0
    idle_columns: tuple[int, ...] = ()

    @property
    def probability(self) -> float:
        """That any of the effects happens; never quite 1, so that not happening has a logarithm."""
        return min(1.0 - 1e-12, sum(self.probabilities))


def find_faults(framed: FrameProgram, idle_times: IdleTimes | None = None) -> tuple[Fault, ...]:
    """All faults of a program that change anything, by position, with equal ones merged.

    ``idle_times`` are those that the program was reduced with, if they are random.
    """
    tracer = _Tracer(framed)
    kept: list[Fault] = []
    dephasing: dict[tuple[Effect, int], list[tuple[float, Source, int]]] = {}
    for slot in framed.fault_sites:
        effects = tracer.effects(slot)
        if len(effects) == 1:
            ((effect, p),) = effects.items()
            z_alone = not effect.toggles and len(effect.paulis) == 1 and effect.paulis[0][1] == 0
            if z_alone or slot.wait >= 0:  # within an X-block, a Z is more than that
                dephasing.setdefault((effect, slot.when), []).append((p, slot.source, slot.wait))
                continue
        if effects:
            position = min(effect.earliest for effect in effects)
            kept.append(Fault(position, tuple(effects), tuple(effects.values()), ((slot.source, 1.0),), slot.when))
    for (effect, when), parts in dephasing.items():
        kept.append(_merged(effect, when, parts, idle_times))
    for index, op in enumerate(framed.ops):
        if isinstance(op, KrausNoise) and not op.traced and len(op.choices) > 1:
            kept.append(tracer.jumps(index, op))
    return tuple(sorted(kept, key=lambda fault: fault.position))


def _merged(effect: Effect, when: int, parts: list[tuple[float, Source, int]], idle_times: IdleTimes | None) -> Fault:
    """Several chances of one and the same self-inverse effect: it happens if an odd number of them do."""
    fixed = odd = 0.5 - 0.5 * float(np.prod([1.0 - 2.0 * p for p, _, wait in parts if wait < 0]))
    columns = tuple([wait for _, _, wait in parts if wait >= 0])
    if columns and idle_times is not None:
        odd = float(idle_times.parity_probability(fixed, columns).mean())
    by_source: dict[Source, float] = {}
    for p, source, _ in parts:
        by_source[source] = by_source.get(source, 0.0) + p
    total = sum(by_source.values())
    shares = tuple([(source, p / total) for source, p in by_source.items()])
    return Fault(effect.earliest, (effect,), (odd,), shares, when, fixed, columns)


class _Tracer:
    """Follows frames through the program."""

    def __init__(self, framed: FrameProgram) -> None:
        self.framed = framed
        self.uses: list[list[tuple[int, int]]] = [[] for _ in framed.last_use]
        """Per frame: (op index, operand), ascending."""
        self.stops: list[list[int]] = [[] for _ in range(framed.lines)]
        """Per line: op indices that a Z does not pass (its preparation, and gates that are not diagonal)."""
        self.memo: dict[tuple[int, int], frozenset[Key]] = {}
        operations = framed.program.operations
        for index, op in enumerate(framed.ops):
            match op:
                case Gate(operation, lines, frames):
                    for operand, frame in enumerate(frames):
                        if frame >= 0:
                            self.uses[frame].append((index, operand))
                    if not operations[operation].diagonal:
                        self.stops[lines[0]].append(index)
                case Prepare(line):
                    self.stops[line].append(index)
                case NewFrame(_, sources):
                    for source in sources:
                        self.uses[source].append((index, 0))
                case Rotation(_, frames) | Undo(_, _, frames):
                    for operand, frame in enumerate(frames):
                        if frame >= 0:
                            self.uses[frame].append((index, operand))
                case LocalUnitary(line):
                    self.stops[line].append(index)
                case KrausNoise(line, frame):
                    if frame >= 0:
                        self.uses[frame].append((index, 0))
                    if any(choice.matrix[1] or choice.matrix[2] for choice in op.choices):
                        self.stops[line].append(index)
                case ChangeReference(_, frame):
                    self.uses[frame].append((index, 0))

    def jumps(self, index: int, op: KrausNoise) -> Fault:
        """The Kraus operators of a branch but the first, in the proportions in which trajectories draw them."""
        effects = []
        for number, choice in enumerate(op.choices[1:], 1):
            x = z = 0
            flipped: tuple[int, ...] = ()
            if choice.pauli & 1:
                flipped = op.target.frames
                x = 1 << op.target.x_line if op.target.x_line >= 0 else 0
            if choice.pauli & 2:
                z = 1 << op.target.z_line
            effect = self.effect(index + 1, x, z, flipped, slides=False)
            effects.append(replace(effect, toggles=((index, 2 * number), *effect.toggles), earliest=index))
        probabilities = tuple(kraus.proposals(op.choices)[1:].tolist())
        return Fault(index, tuple(effects), probabilities, op.shares, -1)

    def effects(self, slot: FrameFaultSite) -> dict[Effect, float]:
        """The distinct effects of a slot's Paulis, without the trivial one."""
        found: dict[Effect, float] = {}
        for pauli in range(1, len(slot.channel)):
            p = slot.channel[pauli]
            if p <= 0.0:
                continue
            x = z = 0
            flipped: set[int] = set()
            for k, target in enumerate(slot.targets):
                digit = pauli >> 2 * k & 3
                if digit & 1:
                    flipped.symmetric_difference_update(target.frames)
                    x ^= 1 << target.x_line if target.x_line >= 0 else 0
                if digit & 2:
                    flipped.symmetric_difference_update(target.z_frames)
                    x ^= 1 << target.zx_line if target.zx_line >= 0 else 0
                    z ^= 1 << target.z_line if target.z_line >= 0 else 0
            effect = self.effect(slot.position, x, z, flipped, slides=slot.when < 0)
            if effect.paulis or effect.toggles:
                found[effect] = found.get(effect, 0.0) + p
        return found

    def effect(self, position: int, x: int, z: int, flipped: Iterable[int], *, slides: bool) -> Effect:
        """Effect of one Pauli. A fault that happens only under a condition stays (``slides`` is False): the bits may
        be others elsewhere.
        """
        keys: frozenset[Key] = frozenset()
        for frame in flipped:
            first = bisect_left(self.uses[frame], (position, 0))
            keys ^= self.trace(frame, first)
        bits: dict[int, int] = {}
        later: dict[int, int] = {}
        for op, operand in keys:
            if operand < 0:
                later[op] = later.get(op, 0) | 1 << (-1 - operand)
            else:
                bits[op] = bits.get(op, 0) ^ self.bit(op, operand)
        earliest = position
        if x == 0 and z and slides and not keys:
            earliest, position = self.slide(position, z)
        paulis = [(position, x, z)] if x or z else []
        paulis += [(op, mask, 0) for op, mask in sorted(later.items())]
        toggles = sorted((op, b) for op, b in bits.items() if b)
        if not (x or z):
            earliest = min([p for p, _, _ in paulis[:1]] + [op for op, _ in toggles[:1]], default=0)
        return Effect(tuple(paulis), tuple(toggles), earliest)

    def bit(self, index: int, operand: int) -> int:
        gate = self.framed.ops[index]
        if isinstance(gate, Gate | Undo) and self.framed.program.operations[gate.operation].kind is Kind.PHASE:
            return 1 << gate.lines[operand]
        return 1

    def slide(self, position: int, z: int) -> tuple[int, int]:
        """First and last position equivalent to ``position`` for Z on the lines of ``z``."""
        first, last = 0, len(self.framed.ops)
        while z:
            stops = self.stops[(z & -z).bit_length() - 1]
            k = bisect_left(stops, position)
            first = max(first, stops[k - 1] + 1 if k else 0)
            last = min(last, stops[k] if k < len(stops) else last)
            z &= z - 1
        return first, last

    def trace(self, frame: int, first: int) -> frozenset[Key]:
        """All consequences of a flip of ``frame`` before its use number ``first``."""
        uses = self.uses[frame]
        start = len(uses)
        while start > first and (frame, start - 1) in self.memo:
            start -= 1
        keys = self.memo[frame, start] if start < len(uses) else frozenset()
        for k in range(start - 1, first - 1, -1):
            keys = keys ^ self.consequences(*uses[k])
            self.memo[frame, k] = keys
        return keys

    def consequences(self, index: int, operand: int) -> frozenset[Key]:
        op = self.framed.ops[index]
        match op:
            case NewFrame(frame):
                return self.trace(frame, 0)
            case ChangeReference(line, _, others):
                keys: frozenset[Key] = frozenset({(index, -1 - line)})
                for other in others:
                    keys ^= self.trace(other, bisect_left(self.uses[other], (index, 0)))
                return keys
            case _:
                return frozenset({(index, operand)})
