"""Who sits where, and when: the occupation of every ion over time, read from events and their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from distq.errors import InputError
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Events, Execute, HeraldPair, Ion, Release, Transfer

WAIT = -1
"""In place of a qubit: the ion waits for its half of a Bell pair, or holds it."""


@dataclass(frozen=True)
class Stay:
    """``qubit`` (or WAIT) occupies ``ion`` from ``start_s`` to ``end_s``."""

    ion: Ion
    qubit: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Timeline:
    """The picture's content: stays, Bell pairs ``(time, a, b)`` and multi-qubit gates ``(time, ions)``; seconds."""

    stays: tuple[Stay, ...]
    pairs: tuple[tuple[float, Ion, Ion], ...]
    gates: tuple[tuple[float, tuple[Ion, ...]], ...]
    end_s: float
    start_s: float = 0.0

    def between(self, from_s: float, to_s: float | None) -> Timeline:
        """The part between two times; None: the end.

        Raises
        ------
        InputError
            There is nothing between them.
        """
        until = self.end_s if to_s is None else min(to_s, self.end_s)
        if from_s <= 0.0 and until >= self.end_s:
            return self
        if from_s >= until:
            raise InputError(f"nothing happens from {from_s:g} s on", f"the run takes {self.end_s:.4g} s")
        stays = [
            replace(stay, start_s=max(stay.start_s, from_s), end_s=min(stay.end_s, until))
            for stay in self.stays
            if stay.end_s > from_s and stay.start_s < until
        ]
        pairs = [pair for pair in self.pairs if from_s <= pair[0] <= until]
        gates = [gate for gate in self.gates if from_s <= gate[0] <= until]
        return Timeline(tuple(stays), tuple(pairs), tuple(gates), until, from_s)


def births(line: Timeline, qubits: int) -> list[int]:
    """Per qubit: the QPU of its first stay."""
    found = [0] * qubits
    for stay in sorted(line.stays, key=lambda s: -s.start_s):
        if stay.qubit != WAIT:
            found[stay.qubit] = stay.ion.qpu
    return found


def timeline(events: Events, start_s: Sequence[float], end_s: Sequence[float]) -> Timeline:
    """Timeline of ``events``, where event i happens from ``start_s[i]`` to ``end_s[i]`` (seconds)."""
    tracker = _Tracker()
    pairs: list[tuple[float, Ion, Ion]] = []
    gates: list[tuple[float, tuple[Ion, ...]]] = []
    for event, start, end in zip(events.events, start_s, end_s, strict=True):
        match event:
            case Allocate(qubit, ion):
                tracker.enter(ion, qubit, start)
            case HeraldPair(_, a, b):
                tracker.enter(a, WAIT, start)
                tracker.enter(b, WAIT, start)
                pairs.append((end, a, b))
            case CatEntangle(qubit, _, half, copy):
                tracker.leave(half, end)
                tracker.leave(copy, start)
                tracker.enter(copy, qubit, start)
            case CatDisentangle(_, copy):
                tracker.leave(copy, end)
            case Transfer(_, a, _, b):
                in_a, in_b = tracker.leave(a, end), tracker.leave(b, end)
                if in_b is not None:
                    tracker.enter(a, in_b, end)
                if in_a is not None:
                    tracker.enter(b, in_a, end)
            case Release(_, ion):
                tracker.leave(ion, end)
            case Execute(_, ions, _, followers):
                gates += [((start + end) / 2, on) for on in (ions, *followers) if len(on) > 1]
    last = max(end_s, default=0.0)
    for ion in list(tracker.occupant):
        tracker.leave(ion, last)
    return Timeline(tuple(tracker.stays), tuple(pairs), tuple(gates), last)


class _Tracker:
    def __init__(self) -> None:
        self.occupant: dict[Ion, tuple[int, float]] = {}
        self.stays: list[Stay] = []

    def enter(self, ion: Ion, qubit: int, time_s: float) -> None:
        self.occupant[ion] = qubit, time_s

    def leave(self, ion: Ion, time_s: float) -> int | None:
        """End the stay on ``ion``; returns who was there."""
        if ion not in self.occupant:
            return None
        qubit, since = self.occupant.pop(ion)
        self.stays.append(Stay(ion, qubit, since, time_s))
        return qubit
