"""What the nodes of a distributed circuit need from each other, and when: tables beside their programs.

Times are those of the schedule in which every Bell pair takes its mean time, in seconds from the start of a run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from distq.errors import InternalError
from distq.execution.schedule import Schedule
from distq.ir.events import (
    ANY_ROLE,
    DATA,
    MEMORY,
    CatDisentangle,
    CatEntangle,
    Event,
    Events,
    Execute,
    HeraldPair,
    Ion,
    ions_of,
)
from distq.ir.node_program import NodePrograms, PairRequest, Receive, Send
from distq.ir.program import Program
from distq.networks.network import Network
from distq.reporting.figures.occupation_data import WAIT, timeline

Row = dict[str, Any]


class Tables:
    """Rows of the tables, from the programs and from the events and the schedule that they come from."""

    def __init__(
        self, programs: NodePrograms, program: Program, events: Events, schedule: Schedule, network: Network
    ) -> None:
        self.programs, self.program, self.network = programs, program, network
        self.events, self.schedule = events, schedule
        self.touches: dict[Ion, list[int]] = defaultdict(list)
        for index, event in enumerate(events.events):
            for ion in dict.fromkeys(ions_of(event)):
                self.touches[ion].append(index)

    def pairs(self) -> list[Row]:
        """One row per Bell pair.

        ``earliest_s``: its ions are free; ``latest_s``: it is used; ``minimum_fidelity``: what the plan counts on;
        ``cutoff_s``: it is discarded after so long a wait, null: never; ``gates``: operations of the planned program
        that the copy serves which it opens.
        """
        heralds = [i for i, event in enumerate(self.events.events) if isinstance(event, HeraldPair)]
        halves: dict[int, list[tuple[int, PairRequest]]] = defaultdict(list)
        for node, program in enumerate(self.programs.nodes):
            for action in program.actions:
                if isinstance(action, PairRequest):
                    halves[action.tag].append((node, action))
        if len(heralds) != len(halves):
            raise InternalError(f"{len(halves)} pairs in the programs of the nodes, {len(heralds)} in the plan")
        return [self._pair(tag, halves[tag], index) for tag, index in enumerate(heralds)]

    def _pair(self, tag: int, halves: list[tuple[int, PairRequest]], index: int) -> Row:
        event = self.events.events[index]
        assert isinstance(event, HeraldPair)
        link = self.network.links[event.link]
        before = [end for ion in (event.a, event.b) if (end := self._neighbour(ion, index, -1)) is not None]
        use = [start for ion in (event.a, event.b) if (start := self._neighbour(ion, index, 1)) is not None]
        return {
            "tag": tag,
            "link": self.network.link_name(event.link),
            "ions": [self.programs.nodes[node].ion_names()[request.ion] for node, request in halves],
            "earliest_s": max([float(self.schedule.end_s[i]) for i in before], default=0.0),
            "latest_s": min([float(self.schedule.start_s[i]) for i in use], default=None),
            "minimum_fidelity": link.weights[0],
            "cutoff_s": link.cutoff_s,
            "gates": self._served(index),
        }

    def _neighbour(self, ion: Ion, index: int, step: int) -> int | None:
        """The event before (-1) or after (1) event ``index`` on an ion."""
        at = self._position(ion, index) + step
        return self.touches[ion][at] if 0 <= at < len(self.touches[ion]) else None

    def _position(self, ion: Ion, index: int) -> int:
        from bisect import bisect_left

        return bisect_left(self.touches[ion], index)

    def _served(self, index: int) -> list[int]:
        """Operations between the opening of the copy and its end on the ion in which it was opened."""
        event = self.events.events[index]
        assert isinstance(event, HeraldPair)
        found: list[int] = []
        later = self.touches[event.b][self._position(event.b, index) + 1 :]
        opened = self.events.events[later[0]] if later else None
        if not isinstance(opened, CatEntangle):
            return found
        copy = opened.copy
        for at in self.touches[copy][self._position(copy, later[0]) + 1 :]:
            match self.events.events[at]:
                case Execute(operation, ions) if copy in ions:
                    found.append(operation)
                case Execute() | CatEntangle():
                    continue
                case _:
                    break
        return found

    def messages(self) -> list[Row]:
        """One row per message: ``deadline_s`` is when the receiver is held up if it has not come; null: not known."""
        senders: dict[int, str] = {}
        for node in self.programs.nodes:
            names = node.bit_names()
            senders |= {a.tag: names[a.bit] for a in node.actions if isinstance(a, Send)}
        names = [node.name for node in self.programs.nodes]
        deadlines = self._deadlines()
        rows = []
        for name, program in zip(names, self.programs.nodes, strict=True):
            bits = program.bit_names()
            for action in program.actions:
                if isinstance(action, Receive):
                    rows.append(
                        {
                            "tag": action.tag,
                            "from": names[action.peer],
                            "to": name,
                            "bit": senders[action.tag],
                            "into": bits[action.bit],
                            "deadline_s": deadlines.get(action.tag),
                        }
                    )
        return sorted(rows, key=lambda row: row["tag"])

    def _deadlines(self) -> dict[int, float]:
        """Per message: the start of the correction, or of the operation, that needs it.

        Messages are numbered in the order of the events that need them, one for each bit of another node.
        """
        found: dict[int, float] = {}
        tags = iter(sorted(a.tag for n in self.programs.nodes for a in n.actions if isinstance(a, Receive)))
        known: dict[tuple[str, int], set[int]] = {}
        for index, event in enumerate(self.events.events):
            for time_s in self._needs(index, event, known):
                tag = next(tags, None)
                if tag is None:
                    return {}
                found[tag] = time_s
        return found if next(tags, None) is None else {}

    def _needs(self, index: int, event: Event, known: dict[tuple[str, int], set[int]]) -> Iterator[float]:
        """A time for each message that an event needs; ``known``: per bit of the circuit, the QPUs that know it."""
        match event:
            case CatEntangle(_, _, _, copy):
                yield self._correction(index, copy)
            case CatDisentangle(_, copy, root) if copy.qpu != root.qpu:
                yield self._correction(index, root)
            case Execute(operation, ions):
                op = self.program.operations[operation]
                qpu = ions[0].qpu
                needed: Iterable[int] = op.clbits if op.condition is not None else ()
                for bit in dict.fromkeys(needed):
                    if ("bit", bit) in known and qpu not in known["bit", bit]:
                        known["bit", bit].add(qpu)
                        yield float(self.schedule.start_s[index])
                if op.clbit is not None:
                    known["bit", op.clbit] = {qpu}

    def _correction(self, index: int, ion: Ion) -> float:
        """When the correction of a protocol has to begin on an ion: one gate before that ion's next event."""
        after = self._neighbour(ion, index, 1)
        end_s = float(self.schedule.start_s[after]) if after is not None else self.schedule.makespan_s
        return max(float(self.schedule.start_s[index]), end_s - self.network.qpus[ion.qpu].time_1q_s)

    def qubits(self) -> list[Row]:
        """The map of qubits over time: one row per stay of a qubit, or of half of a Bell pair (null), in an ion."""
        names = self._ion_names()
        found = timeline(self.events, self.schedule.start_s.tolist(), self.schedule.end_s.tolist())
        rows = [
            {
                "qubit": None if stay.qubit == WAIT else stay.qubit,
                "ion": names[stay.ion],
                "start_s": float(stay.start_s),
                "end_s": float(stay.end_s),
            }
            for stay in found.stays
        ]
        return sorted(rows, key=lambda row: (row["start_s"], row["ion"], row["end_s"]))

    def _ion_names(self) -> dict[Ion, str]:
        number = {qpu.name: s for s, qpu in enumerate(self.network.qpus)}
        names: dict[Ion, str] = {}
        for node in self.programs.nodes:
            for register, size in node.ions:
                qpu = self.network.qpus[number[node.name]]
                role = ANY_ROLE if qpu.ions is not None else MEMORY if "_memory" in register else DATA
                names |= {Ion(number[node.name], role, i): f"{register}[{i}]" for i in range(size)}
        return names
