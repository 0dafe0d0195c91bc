"""The free ions of every QPU while a plan is lowered.

An ion that was never used is taken first, then the one that has been free the longest, so that the next pair can be
heralded while its predecessor is still at work. If memory is unlimited, as many memory ions are used as the plan needs
at its peak.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from distq.ir.events import ANY_ROLE, DATA, MEMORY, Ion
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.networks.parts import QPU


class IonPools:
    """The free ions of one QPU.

    Attributes
    ----------
    any_role
        True if its ions may have any role.
    for_homes
        Data ions, or inner ions, which have no optical interface.
    for_pairs
        Memory ions, or communication ions.
    used
        The ions in which a qubit, a copy or half of a pair has been.
    """

    def __init__(self, any_role: bool, for_homes: Iterable[Ion], for_pairs: Iterable[Ion]) -> None:
        self.any_role = any_role
        self.for_homes, self.for_pairs = deque(for_homes), deque(for_pairs)
        self.used: set[Ion] = set()
        self._optical = set(self.for_pairs)

    @classmethod
    def of(cls, number: int, qpu: QPU, memory: int) -> IonPools:
        """All ions of QPU ``number``, which has so many memory ions unless its ions may have any role."""
        if qpu.ions is None:
            sizes = {DATA: qpu.data, MEMORY: memory}
            return cls(False, *[[Ion(number, role, i) for i in range(size)] for role, size in sizes.items()])
        ions = [Ion(number, ANY_ROLE, i) for i in range(qpu.ions)]
        inner = qpu.ions - (qpu.communication or 0)
        return cls(True, ions[:inner], ions[inner:])

    def optical(self, ion: Ion) -> bool:
        """True if the ion can hold half of a pair."""
        return ion in self._optical

    def take_for_home(self) -> Ion | None:
        """A free ion for a qubit; one that can hold half of a pair only if ions have any role and no other is free.

        The caller notes that it is used. None if there is none.
        """
        if self.for_homes:
            return self.for_homes.popleft()
        return self.for_pairs.popleft() if self.any_role and self.for_pairs else None

    def take_for_pair(self) -> Ion | None:
        """A free ion that can hold half of a pair; None if there is none."""
        if not self.for_pairs:
            return None
        self.used.add(self.for_pairs[0])
        return self.for_pairs.popleft()

    def give_back(self, ion: Ion) -> None:
        """The ion is free again."""
        (self.for_pairs if ion in self._optical else self.for_homes).append(ion)

    @property
    def sizes(self) -> dict[str, int]:
        """Per role: ions that are used, or come before such ones."""
        sizes = {ANY_ROLE: 0} if self.any_role else {DATA: 0, MEMORY: 0}
        for ion in self.used:
            sizes[ion.role] = max(sizes[ion.role], ion.number + 1)
        return sizes


def ion_pools(program: Program, plan: Plan, network: Network) -> list[IonPools]:
    """The ions of every QPU, none of them taken."""
    sizes = [qpu.memory for qpu in network.qpus]
    if None in sizes:
        peaks = tally(plan, program, network).peak_memory_by_qpu
        sizes = [peak if size is None else size for peak, size in zip(peaks, sizes, strict=True)]
    return [IonPools.of(s, qpu, size or 0) for s, (qpu, size) in enumerate(zip(network.qpus, sizes, strict=True))]
