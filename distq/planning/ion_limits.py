"""How many more ions a QPU has for qubits and for copies, given what is in use there.

One rule holds for every QPU: qubits at home take no more than its data ions, copies no more than its memory ions, and
both together no more than all its ions. The last part says nothing where every ion has one role, the first two say
nothing where every ion may have any.
"""

from __future__ import annotations

from distq.networks.network import Network
from distq.networks.parts import QPU


class IonLimits:
    """The limits of all QPUs of a network."""

    def __init__(self, network: Network) -> None:
        self.data = [qpu.data for qpu in network.qpus]
        self._memory = [qpu.memory_limit for qpu in network.qpus]
        self._ions = [qpu.ion_limit for qpu in network.qpus]

    def for_copies(self, qpu: int, homes: int) -> float:
        """Ions that may hold copies where ``homes`` qubits are at home."""
        return min(self._memory[qpu], self._ions[qpu] - homes)

    def for_homes(self, qpu: int, copies: int) -> float:
        """Ions that may hold qubits at home where there are so many ``copies``."""
        return min(self.data[qpu], self._ions[qpu] - copies)


def shortage(what: str, copies: int, qpu: QPU, homes: int) -> str:
    """The message that ``what`` needs ions for so many copies at a QPU where ``homes`` qubits are at home."""
    ions = f"{copies} {'memory ' if qpu.ions is None else ''}ion{'s' * (copies > 1)}"
    if qpu.ions is None:
        return f"{what} needs {ions} at {qpu.name}; it has {qpu.memory}"
    return f"{what} needs {ions} for copies at {qpu.name}; {homes} of its {qpu.ions} ions hold qubits"
