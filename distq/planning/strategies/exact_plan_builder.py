"""From the actions that the exact search found to a plan: choose homes, and run what can run.

The search leaves homes open and runs operations without saying so. Both follow from its actions, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import XBlock
from distq.networks.network import Network
from distq.planning.strategies.exact_encoding import CLOSE, ENTER, FINISH, FOLLOW, RUN, Action, EncodedProgram


class FixedHomeError(Exception):
    """The home of a held qubit would have to move, which no plan allows."""


class PlanBuilder:
    """The state of a plan under construction, one action after the other.

    Attributes
    ----------
    first_home, home
        Per qubit, the QPU at which it was born, and its home now; -1 before birth.
    members
        Copy set of each qubit; empty before birth and after death.
    done
        Mask of the operations done, as in the search.
    held
        Per held qubit, the X-block that its copies follow.
    steps
        The plan so far.
    """

    def __init__(self, encoded: EncodedProgram, network: Network) -> None:
        self.encoded, self.program, self.network = encoded, encoded.program, network
        n = self.program.num_qubits
        self.first_home: list[int] = [-1] * n
        self.home: list[int] = [-1] * n
        self.members: list[set[int]] = [set() for _ in range(n)]
        self.done = 0
        self.held: dict[int, XBlock] = {}
        self.steps: list[Step] = []

    def build(self, codes: Sequence[int]) -> Plan:
        """The plan of the actions ``codes``; raises FixedHomeError if homes would have to move where they cannot."""
        for code in codes:
            self.apply(Action.decode(code))
            self.run_ready()
        self.finish()
        return Plan(homes=tuple(self.first_home), steps=tuple(self.steps))

    def apply(self, action: Action) -> None:
        """Write the steps of one action."""
        if action.kind == RUN:
            for qubit in self.program.operations[self.encoded.operations[action.subject]].qubits:
                if not self.members[qubit]:
                    self.make_room(arriving=action.qpu)
                    self.allocate(qubit, action.qpu)
        elif action.kind == CLOSE:
            self.keep(action.subject, self.members[action.subject] - {action.qpu})
        elif action.kind == FINISH:
            self.keep(action.subject, {action.qpu})
        elif action.kind == FOLLOW:
            self.follow(action.subject, action.kept)
        elif action.kind == ENTER:
            self.make_room(arriving=action.qpu, opening=(action.qpu, action.other))
            self.allocate(action.subject, action.qpu)
            self.grow(action.subject, action.qpu, action.other)
        else:
            self.open(action.subject, action.qpu)

    def allocate(self, qubit: int, qpu: int) -> None:
        """Birth of ``qubit`` at ``qpu``, where a data ion is free."""
        self.first_home[qubit] = self.home[qubit] = qpu
        self.members[qubit] = {qpu}
        self.steps += [RunOp(index, qpu) for index in self.encoded.leading[qubit]]

    def grow(self, qubit: int, source: int, target: int) -> None:
        """A copy from ``source`` to ``target``, where memory ions are free."""
        self.steps.append(Grow(qubit, source, target))
        self.members[qubit].add(target)

    def open(self, qubit: int, qpu: int) -> None:
        """A copy at ``qpu``, from the first member that is linked to it and has a memory ion for the pair's half."""
        for source in sorted(self.members[qubit]):
            if self.network.linked(source, qpu) and self.make_room(opening=(source, qpu)):
                self.grow(qubit, source, qpu)
                return
        raise AssertionError("the search opened a copy for which there is no room")

    def follow(self, number: int, kept: int) -> None:
        """X-block ``number`` begins with copies at the QPUs of the mask ``kept``."""
        block = self.encoded.blocks[number]
        qubit = block.qubit
        self.keep(qubit, {s for s in self.members[qubit] if kept >> s & 1})
        self.held[qubit] = block
        self.steps.append(RunOp(block.opening, self.home[qubit]))
        self.done |= 1 << self.encoded.number[block.opening]

    def keep(self, qubit: int, members: set[int]) -> None:
        """Close all copies of ``qubit`` but those at ``members``."""
        self.make_room(staying={qubit: members})
        for qpu in sorted(self.members[qubit] - members):
            self.close(qubit, qpu)

    def close(self, qubit: int, qpu: int) -> None:
        """Close the copy of ``qubit`` at ``qpu``, which is not its home."""
        self.steps.append(Shrink(qubit, qpu))
        self.members[qubit].remove(qpu)

    def make_room(
        self,
        *,
        staying: dict[int, set[int]] | None = None,
        opening: tuple[int, ...] = (),
        arriving: int | None = None,
    ) -> bool:
        """Hand over as few homes as possible such that the next step finds room; False if there is no way.

        Parameters
        ----------
        staying
            Qubits whose homes must be among these QPUs, because their other copies are about to close.
        opening
            QPUs that need a free memory ion each.
        arriving
            QPU that needs a free data ion.

        Raises
        ------
        FixedHomeError
            There is no way, and some qubits are held: without that there would be one.
        """
        data = [qpu.data for qpu in self.network.qpus]
        memory = [qpu.memory_limit for qpu in self.network.qpus]
        if arriving is not None:
            data[arriving] -= 1
        for qpu in opening:
            memory[qpu] -= 1
        copies = [sum(s in m for m in self.members) for s in range(len(data))]
        living = [q for q, m in enumerate(self.members) if m]
        choices = [{self.home[q]} if q in self.held else (staying or {}).get(q, self.members[q]) for q in living]

        def fits(free: list[int]) -> bool:
            return all(copies[s] - (data[s] - free[s]) <= memory[s] for s in range(len(data)))

        homes = fewest_changes(choices, [self.home[q] for q in living], data, fits)
        if homes is None:
            if self.held:
                raise FixedHomeError
            return False
        moves = tuple((q, s) for q, s in zip(living, homes, strict=True) if s != self.home[q])
        if moves:
            self.steps.append(HandOver(moves))
            for q, s in moves:
                self.home[q] = s
        return True

    def run_ready(self) -> None:
        """Run every operation that can run now, exactly as the search does."""
        changed = True
        while changed:
            changed = False
            for number in range(len(self.encoded.operations)):
                changed = self.run_if_ready(number) or changed

    def run_if_ready(self, number: int) -> bool:
        """Run operation ``number`` if it can run now; True if it could."""
        masks, index = self.encoded.masks, self.encoded.operations[number]
        if self.done >> number & 1 or int(masks.predecessors[number]) & ~self.done:
            return False
        qubits = self.program.operations[index].qubits
        common = set.intersection(*[self.members[q] for q in qubits])
        boundary = int(masks.boundary[number])
        held = [q for q in qubits if q in self.held]
        if not common or (boundary and len(common) > 1 and not held) or len(held) > 1:
            return False
        if held and not self.members[held[0]] <= common:
            return False
        self.steps.append(RunOp(index, self.home[held[0]] if held else min(common)))
        if boundary and held:
            del self.held[held[0]]
        if boundary == 2:
            self.members[qubits[0]] = set()
        self.done |= 1 << number
        return True

    def finish(self) -> None:
        """Close all copies, run the last gates, and place the qubits that nothing touches."""
        for qubit, members in enumerate(self.members):
            for qpu in sorted(members - {self.home[qubit]}):
                self.close(qubit, qpu)
        taken = [self.home[q] for q, members in enumerate(self.members) if members]
        free = [qpu.data - taken.count(s) for s, qpu in enumerate(self.network.qpus)]
        for qubit in range(self.program.num_qubits):
            if self.first_home[qubit] < 0:
                qpu = max(range(len(free)), key=lambda s: free[s])
                free[qpu] -= 1
                self.first_home[qubit] = self.home[qubit] = qpu
                self.steps += [RunOp(index, qpu) for index in self.encoded.leading[qubit]]
            self.steps += [RunOp(index, self.home[qubit]) for index in self.encoded.trailing[qubit]]


def fewest_changes(
    choices: Sequence[set[int]], now: Sequence[int], data: Sequence[int], fits: Callable[[list[int]], bool]
) -> list[int] | None:
    """One of ``choices`` for every qubit, within ``data`` ions per QPU, with the fewest differences from ``now``.

    Depth first, and exponential in the number of qubits at worst. ``fits`` is asked about the data ions left free per
    QPU. None if there is no way; of equally good choices the first one in lexical order, ``now`` before all others.
    """
    best: list[int] | None = None
    fewest = len(now) + 1
    free = list(data)

    def place(chosen: list[int], changed: int) -> None:
        nonlocal best, fewest
        if changed >= fewest:
            return
        if len(chosen) == len(now):
            if fits(free):
                best, fewest = chosen, changed
            return
        current = now[len(chosen)]
        for s in sorted(choices[len(chosen)], key=lambda s: (s != current, s)):
            if free[s] > 0:
                free[s] -= 1
                place([*chosen, s], changed + (s != current))
                free[s] += 1

    place([], 0)
    return best
