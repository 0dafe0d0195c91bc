"""What the compiler was given, read and checked: the circuit, the network, and whether the one fits the other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from distq.errors import InputError
from distq.frontend import normalise, read_circuit
from distq.networks.network import Network
from distq.networks.parse import parse_network

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.program import Program


def as_network(network: Network | str | Path) -> Network:
    """The network that was given, or is described, as :func:`compile` takes it."""
    if isinstance(network, Network):
        return network
    if isinstance(network, str | Path):
        return parse_network(str(network))
    hint = 'give a distq.Network, its shorthand such as "4x16+2", or the path of a TOML file'
    raise InputError(f"no network: {network!r}", hint)


def read_program(circuit: QuantumCircuit | str | Path, network: Network) -> tuple[QuantumCircuit, Program]:
    """The circuit, read if it is a path, and its normal form. Raises NetworkError unless the network has room."""
    from qiskit import QuantumCircuit

    source = read_circuit(circuit) if isinstance(circuit, str | Path) else circuit
    if not isinstance(source, QuantumCircuit):
        hint = "give a qiskit.QuantumCircuit, or the path of an OpenQASM or QPY file"
        raise InputError(f"no circuit: {source!r}", hint)
    program = normalise(source)
    _require_room(program, network)
    return source, program


def _require_room(program: Program, network: Network) -> None:
    """Raise NetworkError unless the qubits fit and can meet."""
    network.require_capacity(program.num_qubits)
    if _must_span(program, network):
        network.require_connected()


def _must_span(program: Program, network: Network) -> bool:
    """True if some qubits that interact, directly or through others, do not fit into one QPU together."""
    root = list(range(program.num_qubits))

    def find(qubit: int) -> int:
        while root[qubit] != qubit:
            root[qubit] = root[root[qubit]]
            qubit = root[qubit]
        return qubit

    for index in program.multi_qubit:
        first, *others = program.operations[index].qubits
        for other in others:
            root[find(other)] = find(first)
    groups = Counter(map(find, range(program.num_qubits)))
    return max(groups.values(), default=0) > max(qpu.data for qpu in network.qpus)
