"""From a frame program to its faults.

Frames are followed here once and for all: a flip of a frame inverts the gates that use it until it is gone. As all of
that is linear over GF(2), the effect of several faults is the exclusive or of their effects, and the simulation needs
no frames. Faults with equal effect are one fault: a Z slides along the diagonal gates of its segment, so a segment has
one Z fault instead of hundreds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from distq.ir.program import Kind
from distq.simulation.noise.kraus import proposal_probabilities
from distq.simulation.noise.pauli_channels import PauliError
from distq.simulation.noise.sources import Source, all_of
from distq.simulation.noise.steps import KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.reduction.faults import INVERSION, PAULI, Effect, Fault, FaultEvent
from distq.simulation.reduction.frame_program import (
    ChangeReference,
    FrameOp,
    FrameProgram,
    FrameSite,
    NewFrame,
    Operand,
    PauliActions,
)
from distq.simulation.reduction.operations import Gate, Prepare

Dephasing = tuple[float, PauliError]
"""Probability of a Z, and the error that it is part of."""


def find_faults(frames: FrameProgram, idle_times: IdleTimes | None = None) -> tuple[Fault, ...]:
    """All faults of a program that change anything, by position, with equal ones merged.

    ``idle_times`` are those that the program was reduced with, if they are random.
    """
    tracer = _Tracer(frames)
    kept: list[Fault] = []
    merged: dict[tuple[Effect, int | None], list[Dephasing]] = {}
    for site in frames.fault_sites:
        effects = tracer.effects(site)
        if len(effects) == 1:
            ((effect, p),) = effects.items()
            # Within an X-block, a Z by waiting is more than a Z.
            if effect.is_dephasing or site.error.idle_column is not None:
                merged.setdefault((effect, site.condition_of), []).append((p, site.error))
                continue
        if effects:
            position = min(effect.earliest for effect in effects)
            shares = all_of(site.error.source)
            kept.append(Fault(position, tuple(effects), tuple(effects.values()), shares, site.condition_of))
    for (effect, condition_of), parts in merged.items():
        kept.append(_merged(effect, condition_of, parts, idle_times))
    for index, op in enumerate(frames.ops):
        if isinstance(op, KrausNoise) and not op.traced and len(op.operators) > 1:
            kept.append(tracer.jumps(index, op))
    return tuple(sorted(kept, key=lambda fault: fault.position))


def _merged(effect: Effect, condition_of: int | None, parts: list[Dephasing], idle_times: IdleTimes | None) -> Fault:
    """Several faults with one and the same self-inverse effect: it happens if an odd number of them do."""
    always = [1.0 - 2.0 * p for p, error in parts if error.idle_column is None]
    fixed = probability = 0.5 - 0.5 * float(np.prod(always))
    columns = tuple([error.idle_column for _, error in parts if error.idle_column is not None])
    if columns and idle_times is not None:
        probability = float(idle_times.parity_probability(fixed, columns).mean())
    by_source: dict[Source, float] = {}
    for p, error in parts:
        by_source[error.source] = by_source.get(error.source, 0.0) + p
    total = sum(by_source.values())
    shares = tuple([(source, p / total) for source, p in by_source.items()])
    return Fault(effect.earliest, (effect,), (probability,), shares, condition_of, fixed, columns)


class _Tracer:
    """Follows frames through the program.

    Attributes
    ----------
    uses
        Per frame: (op index, operand), ascending.
    stops
        Per line: op indices that a Z does not pass (its preparation, and gates that are not diagonal), ascending.
    """

    def __init__(self, frames: FrameProgram) -> None:
        self.frames = frames
        self.uses: list[list[tuple[int, int]]] = [[] for _ in frames.last_use]
        self.stops: list[list[int]] = [[] for _ in range(frames.lines)]
        self._flips: dict[tuple[int, int], frozenset[FaultEvent]] = {}
        for index, op in enumerate(frames.ops):
            self._index(index, op)

    def _index(self, index: int, op: FrameOp) -> None:
        """Note the frames that an op uses, and the lines on which it stops a Z."""
        match op:
            case Gate(operation, operands):
                self._use(index, operands)
                if not self.frames.program.operations[operation].diagonal:
                    self.stops[operands[0].line].append(index)
            case Prepare(line) | LocalUnitary(line):
                self.stops[line].append(index)
            case NewFrame(_, sources):
                for source in sources:
                    self.uses[source].append((index, 0))
            case Rotation(operands) | Undo(_, operands):
                self._use(index, operands)
            case KrausNoise(operand, operators):
                self._use(index, (operand,))
                if any(operator.matrix[1] or operator.matrix[2] for operator in operators):
                    self.stops[operand.line].append(index)
            case ChangeReference(_, frame):
                self.uses[frame].append((index, 0))

    def _use(self, index: int, operands: tuple[Operand, ...]) -> None:
        """Note the frames that invert operands of an op."""
        for number, (_, frame) in enumerate(operands):
            if frame is not None:
                self.uses[frame].append((index, number))

    def jumps(self, index: int, op: KrausNoise[Operand, PauliActions]) -> Fault:
        """The Kraus operators but the first, in the proportions in which trajectories draw them."""
        effects = []
        for number, operator in enumerate(op.operators[1:], 1):
            x, z, flipped = _combined((op.pauli_on,), operator.pauli)
            effect = self.effect(index + 1, x, z, flipped, slides=False)
            events = (FaultEvent(index, INVERSION, 2 * number), *effect.events)
            effects.append(Effect(events, index))
        probabilities = tuple(proposal_probabilities(op.operators)[1:].tolist())
        return Fault(index, tuple(effects), probabilities, op.shares)

    def effects(self, site: FrameSite) -> dict[Effect, float]:
        """The distinct effects of a site's Paulis with their probabilities, without the trivial one."""
        found: dict[Effect, float] = {}
        channel = site.error.channel
        for pauli in range(1, len(channel)):
            if channel[pauli] > 0.0:
                x, z, flipped = _combined(site.operands, pauli)
                effect = self.effect(site.position, x, z, flipped, slides=site.condition_of is None)
                if effect.events:
                    found[effect] = found.get(effect, 0.0) + channel[pauli]
        return found

    def effect(self, position: int, x: int, z: int, flipped: Iterable[int], *, slides: bool) -> Effect:
        """Effect of Z on the lines of ``z``, X on those of ``x`` and a flip of frames, before op ``position``.

        A fault that happens only under a condition stays there (``slides`` is False): elsewhere, the classical bits may
        be others.
        """
        flips: frozenset[FaultEvent] = frozenset()
        for frame in flipped:
            flips ^= self.trace(frame, bisect_left(self.uses[frame], (position, 0)))
        later = self._joined(flips) if flips else []
        if not x and not z:
            return Effect(tuple(later), later[0].op if later else 0)
        earliest = position
        if not x and slides and not flips:
            earliest, position = self.slide(position, z)
        return Effect((FaultEvent(position, PAULI, x, z), *later), earliest)

    def _joined(self, flips: frozenset[FaultEvent]) -> list[FaultEvent]:
        """Elementary consequences, those of the same kind at the same op as one event."""
        bits: dict[tuple[int, int], int] = {}
        for op, kind, mask, _ in flips:
            bits[op, kind] = bits.get((op, kind), 0) | mask
        events = []
        for (op, kind), mask in sorted(bits.items()):
            x = mask if kind == PAULI else self._inverted(self.frames.ops[op], mask)
            if x:
                events.append(FaultEvent(op, kind, x))
        return events

    def slide(self, position: int, z: int) -> tuple[int, int]:
        """First and last position equivalent to ``position`` for Z on the lines of ``z``."""
        first, last = 0, len(self.frames.ops)
        while z:
            stops = self.stops[(z & -z).bit_length() - 1]
            k = bisect_left(stops, position)
            first = max(first, stops[k - 1] + 1 if k else 0)
            last = min(last, stops[k] if k < len(stops) else last)
            z &= z - 1
        return first, last

    def trace(self, frame: int, first: int) -> frozenset[FaultEvent]:
        """All elementary consequences of a flip of ``frame`` before its use number ``first``; two equal ones cancel.

        Each is X on one line, or the inversion of one operand: ``x`` is the bit mask of that line, or operand.
        """
        uses = self.uses[frame]
        start = len(uses)
        while start > first and (frame, start - 1) in self._flips:
            start -= 1
        flips = self._flips[frame, start] if start < len(uses) else frozenset()
        for k in range(start - 1, first - 1, -1):
            flips = flips ^ self._consequences(*uses[k])
            self._flips[frame, k] = flips
        return flips

    def _consequences(self, index: int, operand: int) -> frozenset[FaultEvent]:
        """What a flipped frame does where it is used."""
        op = self.frames.ops[index]
        match op:
            case NewFrame(frame):
                return self.trace(frame, 0)
            case ChangeReference(line, _, others):
                flips: frozenset[FaultEvent] = frozenset({FaultEvent(index, PAULI, 1 << line)})
                for other in others:
                    flips ^= self.trace(other, bisect_left(self.uses[other], (index, 0)))
                return flips
            case _:
                return frozenset({FaultEvent(index, INVERSION, 1 << operand)})

    def _inverted(self, op: FrameOp, mask: int) -> int:
        """``FaultEvent.x`` for an op whose operands of bit mask ``mask`` are inverted: a phase's lines, else parity."""
        if isinstance(op, Gate | Undo) and self.frames.program.operations[op.operation].kind is Kind.PHASE:
            return sum(1 << operand.line for k, operand in enumerate(op.operands) if mask >> k & 1)
        return mask.bit_count() & 1


def _combined(operands: tuple[PauliActions, ...], pauli: int) -> tuple[int, int, set[int]]:
    """A Pauli on operands as X and Z on bit masks of lines, and frames that are flipped."""
    x = z = 0
    flipped: set[int] = set()
    for k, actions in enumerate(operands):
        digit = pauli >> 2 * k & 3
        for action, present in ((actions.of_x, digit & 1), (actions.of_z, digit & 2)):
            if present:
                x ^= action.x
                z ^= action.z
                flipped.symmetric_difference_update(action.frames)
    return x, z, flipped
