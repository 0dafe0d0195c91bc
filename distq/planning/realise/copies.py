"""Opens and closes copies within the memory ions, while a placement is turned into plan steps.

A copy stays open as long as its segment needs it and memory allows. Where a QPU is full, the copy whose next use is
furthest in the future is closed: Belady's rule, which is optimal for a fixed order (L. A. Belady, IBM Syst. J. 5, 78
(1966)).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.infidelity_model import path_infidelity, uniform_links
from distq.planning.ion_limits import IonLimits, shortage
from distq.planning.realise.embedding import CopySets, Embedding, EmbeddingChooser
from distq.planning.realise.next_use import NEVER, NextUses
from distq.planning.realise.placement import Placement


class CopyManager:
    """The copies of a plan under construction, and its steps.

    Attributes
    ----------
    home, members
        Per qubit: QPU of its home, QPUs with a member.
    copies_at
        Per QPU: qubits with a copy in its memory ions.
    homes_at
        Per QPU: data ions taken.
    next_uses
        What members are still needed for.
    chooser, embedded
        Which X-blocks are embedded; those under way, by their qubit.
    steps
        Written so far.
    """

    def __init__(
        self, program: Program, network: Network, placement: Placement, order: Sequence[int], reach: int
    ) -> None:
        self.network = network
        self.home = list(placement.homes)
        self.members: list[list[int]] = [[h] for h in placement.homes]
        self.copies_at: list[set[int]] = [set() for _ in network.qpus]
        self.steps: list[Step] = []
        self.next_uses = NextUses(program, order, placement.sites, placement.moves)
        copy_sets = CopySets(self.home, self.members, self.next_uses)
        self.chooser = EmbeddingChooser(program, order, placement.sites, placement.moves, copy_sets, reach)
        self.embedded: dict[int, Embedding] = {}
        self.homes_at = [0] * len(network.qpus)
        self._limits = IonLimits(network)
        self._links_differ = not uniform_links(network)

    def copies_of(self, qubit: int) -> list[int]:
        """QPUs with a copy of ``qubit``: its members without the home."""
        return [s for s in self.members[qubit] if s != self.home[qubit]]

    def next_use(self, qubit: int, qpu: int) -> int:
        """Position of the next use of a copy, in its segment or beyond X-blocks that may be embedded."""
        segment = self.next_uses.segment[qubit]
        use = self.next_uses.next(segment, qpu)
        return use if use != NEVER else self.chooser.use_beyond(segment, qpu)

    def room(self, qpu: int) -> float:
        """Ions that may hold copies at ``qpu`` now, those that do included."""
        return self._limits.for_copies(qpu, self.homes_at[qpu])

    def fits(self, qpu: int, copies: int) -> bool:
        """True if ``qpu`` has memory ions for so many copies, when it holds no others."""
        return copies <= self.room(qpu)

    # ---- opening ------------------------------------------------------------------------------------------------

    def open(self, qubit: int, qpu: int, kept: Sequence[tuple[int, int]]) -> None:
        """Open a copy at ``qpu`` from the nearest member over the best links, with relays at the QPUs in between.

        Copies in ``kept`` (qubit, QPU) are not closed to make room.

        Raises
        ------
        InfeasiblePlanError
            If no links lead there, or memory cannot hold what has to be kept.
        """
        network = self.network
        source = min(self.members[qubit], key=lambda member: self._source_order(qubit, member, qpu))
        path = self._route(source, qpu, qubit)
        if not path:
            a, b = network.qpus[source].name, network.qpus[qpu].name
            raise InfeasiblePlanError(f"no links connect {a} and {b}", "add a link between them")
        for near, far in itertools.pairwise(path):
            what = f"a copy of qubit {qubit}"
            self.make_room(near, 1, kept, what, opened=qubit)
            self.make_room(far, 1, kept, what, opened=qubit)
            self.steps.append(Grow(qubit, near, far))
            self.members[qubit].append(far)
            self.copies_at[far].add(qubit)
        for relay in path[1:-1]:
            if self.next_use(qubit, relay) == NEVER:
                self.close(qubit, relay)

    def _source_order(self, qubit: int, member: int, qpu: int) -> tuple[int, bool, tuple[float, float], bool]:
        """Which member a copy at ``qpu`` is opened from: the nearest, with a free memory ion, over the best links."""
        network = self.network
        full = len(self.copies_at[member]) + 1 > self.room(member)
        links = path_infidelity(network, network.path(member, qpu)) if self._links_differ else (0.0, 0.0)
        return network.distance[member][qpu], full, links, member != self.home[qubit]

    def _route(self, source: int, qpu: int, qubit: int) -> tuple[int, ...]:
        """The best path. Where a copy in the middle of a swapped pair has a use of its own, it relays there instead."""
        links, path = self.network.links, self.network.path(source, qpu)
        if not self.network.swaps:
            return path
        out = list(path[:1])
        for near, far in itertools.pairwise(path):
            link = links[self.network.link_index(near, far)]
            middle = link.via if link.a == near else link.via[::-1]
            room = all(self.room(s) > 0 and s not in self.members[qubit] for s in middle)
            if room and any(self.next_use(qubit, s) != NEVER for s in middle):
                out += middle
            out.append(far)
        return tuple(out)

    def make_room(self, qpu: int, slots: int, kept: Sequence[tuple[int, int]], why: str, opened: int = -1) -> None:
        """Close copies at ``qpu`` until ``slots`` memory ions are free, those used furthest in the future first.

        Copies in ``kept`` (qubit, QPU), those of the qubit being ``opened``, and those of embedded X-blocks stay.

        Raises
        ------
        InfeasiblePlanError
            If all copies there have to stay; ``why`` says what needs the ions.
        """
        copies = self.copies_at[qpu]
        while len(copies) + slots > self.room(qpu):
            closable = [q for q in copies if q != opened and (q, qpu) not in kept and q not in self.embedded]
            if not closable:
                why = shortage(why, len(copies) + slots, self.network.qpus[qpu], self.homes_at[qpu])
                raise InfeasiblePlanError(why, "give the QPUs more memory ions, or use strategy 'auto'")
            self.close(max(closable, key=lambda q: (self.next_use(q, qpu), q)), qpu)

    # ---- closing ------------------------------------------------------------------------------------------------

    def close(self, qubit: int, qpu: int) -> None:
        """Close the copy of ``qubit`` at ``qpu``."""
        self.steps.append(Shrink(qubit, qpu))
        self.members[qubit].remove(qpu)
        self.copies_at[qpu].discard(qubit)

    def close_unused(self, qubit: int) -> None:
        """Close the copies of ``qubit`` without a use to come."""
        for qpu in self.copies_of(qubit):
            if self.next_use(qubit, qpu) == NEVER:
                self.close(qubit, qpu)

    def close_all(self, qubit: int) -> None:
        """Close all copies of ``qubit``."""
        for qpu in self.copies_of(qubit):
            self.close(qubit, qpu)
