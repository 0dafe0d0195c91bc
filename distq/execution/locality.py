"""Proof that an emitted circuit is distributed: nothing but Bell pairs over links joins its QPUs."""

from __future__ import annotations

from typing import NamedTuple

from qiskit import QuantumCircuit

from distq.errors import InternalError
from distq.networks.network import Network


class _QubitPlace(NamedTuple):
    """The QPU of a qubit, and whether it can hold half of a Bell pair."""

    qpu: int
    heralds: bool


def assert_local(circuit: QuantumCircuit, network: Network, pairs: int | None = None) -> None:
    """Check that nothing but Bell pairs joins the QPUs of an emitted circuit.

    Parameters
    ----------
    circuit
        From :func:`distq.execution.emit.emit`, or read back.
    network
        The one it was emitted for.
    pairs
        Number of Bell pairs that it must consume; None to leave them uncounted.

    Raises
    ------
    InternalError
        For an instruction across QPUs, a pair over no link or on a data ion, or a wrong number of pairs.
    """
    places = _qubit_places(circuit, network)
    position = {bit: i for i, bit in enumerate(circuit.qubits)}
    found = 0
    for index, instruction in enumerate(circuit.data):
        if len(instruction.qubits) < 2:
            continue
        at = [position[q] for q in instruction.qubits]
        qpus = {places[i].qpu for i in at}
        if instruction.name == "epr":
            found += 1
            if not (all(places[i].heralds for i in at) and len(qpus) == 2 and network.linked(*qpus)):
                raise InternalError(f"instruction {index} heralds a pair on qubits {at}, which no link joins")
        elif len(qpus) > 1:
            raise InternalError(f"instruction {index}, {instruction.name} on qubits {at}, joins QPUs {sorted(qpus)}")
    if pairs is not None and found != pairs:
        raise InternalError(f"the circuit consumes {found} Bell pairs, its plan {pairs}")


def _qubit_places(circuit: QuantumCircuit, network: Network) -> list[_QubitPlace]:
    """Per qubit of an emitted circuit: where it is.

    The data register of every QPU comes before its memory register; in a register of ions with any role, those for
    communication come last.
    """
    places: list[_QubitPlace] = []
    qpu = -1
    for register in circuit.qregs:
        name = register.name.rstrip("_0123456789")
        qpu += not name.endswith("_memory")
        inner = 0 if name.endswith("_memory") else register.size
        if name.endswith("_ion"):
            inner -= network.qpus[qpu].communication or 0
        places += [_QubitPlace(qpu, number >= inner) for number in range(register.size)]
    return places
