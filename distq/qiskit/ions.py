"""Which ion a qubit of a distributed circuit is, and whether a circuit keeps to what the machine can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from distq.execution.bell_pairs import EPR
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.util.text import counted

VIRTUAL_GATES = ("rz", "z", "s", "sdg", "t", "tdg", "p")
"""Gates on one ion that are changes of phase in software."""
PULSES = ("u", "x", "y", "h", "sx", "sxdg", "rx", "ry", "r")
"""Gates on one ion that take a laser pulse."""
PAIR_GATES = ("cx", "cz", "cp", "rzz", "rxx")
"""Gates on two ions of one QPU: one partially entangling Molmer-Sorensen gate each, up to gates on one ion."""
TRANSFER = "swap"
"""Exchange of two ions of one QPU."""
CONTROL_FLOW = ("if_else", "for_loop", "while_loop", "switch_case", "box")
OTHERS = ("measure", "reset", "delay", "barrier", "store", "break_loop", "continue_loop")
NATIVE = frozenset((*VIRTUAL_GATES, *PULSES, *PAIR_GATES, TRANSFER, EPR, *CONTROL_FLOW, *OTHERS))
"""Names of all that a distributed circuit may hold."""


@dataclass(frozen=True)
class Ions:
    """The ions of a machine in the order of the qubits of its circuits: per QPU its data ions, then its memory ions.

    Where ions have any role, those without an optical interface stand for the data ions, the others for memory ions.

    Attributes
    ----------
    qpu
        Per ion: its QPU.
    memory
        Per ion: True for a memory ion.
    """

    qpu: tuple[int, ...]
    memory: tuple[bool, ...]

    @classmethod
    def of_sizes(cls, sizes: Sequence[tuple[int, int]]) -> Ions:
        """The ions of QPUs with so many data and memory ions."""
        roles = [(s, role) for s, (data, memory) in enumerate(sizes) for role in [False] * data + [True] * memory]
        return cls(tuple([s for s, _ in roles]), tuple([role for _, role in roles]))

    @classmethod
    def of(cls, network: Network) -> Ions | None:
        """All ions of a network; None if a QPU has any number of memory ions."""
        if any(qpu.memory is None for qpu in network.qpus):
            return None
        return cls.of_sizes([register_sizes(qpu, 0) for qpu in network.qpus])

    def __len__(self) -> int:
        return len(self.qpu)


def register_sizes(qpu: QPU, used: int) -> tuple[int, int]:
    """Data ions, and memory ions, or as many as are ``used`` if there are any number of them; see :class:`Ions`."""
    if qpu.ions is not None:
        optical = qpu.communication or 0
        return qpu.ions - optical, optical
    return qpu.data, used if qpu.memory is None else qpu.memory


def objection(circuit: QuantumCircuit, ions: Ions, network: Network) -> str | None:
    """Why a circuit cannot run on the machine as it is, in words; None if it can."""
    if circuit.num_qubits != len(ions):
        return f"it has {counted(circuit.num_qubits, 'qubit')}, and the machine has {counted(len(ions), 'ion')}"
    return _objection(circuit, range(len(ions)), ions, network)


def _objection(circuit: QuantumCircuit, wires: Sequence[int], ions: Ions, network: Network) -> str | None:
    """The first objection to a circuit or a body, whose qubits are these ions."""
    wire = dict(zip(circuit.qubits, wires, strict=True))
    for item in circuit.data:
        if item.name not in NATIVE:
            return f"{item.name!r} is no instruction of the machine"
        on = [wire[qubit] for qubit in item.qubits]
        if item.name in CONTROL_FLOW:
            for block in item.operation.blocks:
                found = _objection(block, on, ions, network)
                if found is not None:
                    return found
        elif len(on) > 1 and item.name != "barrier":
            found = _across(item.name, on, ions, network)
            if found is not None:
                return found
    return None


def _across(name: str, on: Sequence[int], ions: Ions, network: Network) -> str | None:
    qpus = {ions.qpu[ion] for ion in on}
    if name == EPR:
        if len(qpus) == 2 and network.linked(*qpus) and all(ions.memory[ion] for ion in on):
            return None
        return f"a Bell pair on qubits {on[0]} and {on[1]}, which are no memory ions of two linked QPUs"
    return f"{name!r} on qubits {', '.join(map(str, on))} joins QPUs" if len(qpus) > 1 else None


def has_pairs(circuit: QuantumCircuit) -> bool:
    """True if the circuit heralds Bell pairs, outside or inside of control flow."""
    return any(
        item.name == EPR or (item.name in CONTROL_FLOW and any(map(has_pairs, item.operation.blocks)))
        for item in circuit.data
    )


def sizes_in(metadata: Any) -> list[tuple[int, int]] | None:
    """Data and memory ions of each QPU, as the metadata of a distributed circuit tell; None if they do not."""
    found = metadata.get("ions") if isinstance(metadata, dict) else None
    if not isinstance(found, list | tuple):
        return None
    try:
        return [(int(data), int(memory)) for data, memory in found]
    except (TypeError, ValueError):
        return None
