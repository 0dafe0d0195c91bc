"""What was given, read and checked: the circuit, the network, and whether the one fits the other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from distq.errors import InputError
from distq.frontend import normalise, prepared, read_circuit
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.util.union_find import components

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.program import Program


class Intake(NamedTuple):
    """A circuit as it was given, and its normal form."""

    source: QuantumCircuit
    program: Program


def as_network(network: Network | str | Path) -> Network:
    """The network that is given, or that its shorthand, the name of a machine or the path of a file describes.

    Raises
    ------
    NetworkError
        The description is wrong, or there is no such file.
    InputError
        It is of another type.
    """
    if isinstance(network, Network):
        return network
    if isinstance(network, str | Path):
        return parse_network(str(network))
    hint = 'give a distq.Network, its shorthand such as "4x16+2", or the path of a TOML file'
    raise InputError(f"no network: {network!r}", hint)


def read_program(circuit: QuantumCircuit | str | Path, network: Network, max_rounds: int = UNCERTAIN_ROUNDS) -> Intake:
    """Read the circuit if it is a path (``"-"``: standard input), and normalise it.

    Loops, switches and classical variables are worked out; a loop whose end depends on measured bits becomes
    ``max_rounds`` rounds. Where it has more qubits than the network has ions, its idle
    qubits are left out.

    Raises
    ------
    CircuitError
        The circuit cannot be read, or holds what distq does not take.
    InputError
        It is of another type.
    NetworkError
        The qubits do not fit into the network, or cannot meet there.
    """
    from qiskit import QuantumCircuit

    source = read_circuit(circuit, max_rounds=max_rounds) if isinstance(circuit, str | Path) else circuit
    if not isinstance(source, QuantumCircuit):
        hint = "give a qiskit.QuantumCircuit, or the path of an OpenQASM or QPY file"
        raise InputError(f"no circuit: {source!r}", hint)
    source = prepared(source, network.data_ions, max_rounds)
    program = normalise(source)
    _require_room(program, network)
    return Intake(source, program)


def _require_room(program: Program, network: Network) -> None:
    """Raise NetworkError unless the qubits fit and can meet."""
    network.require_capacity(program.num_qubits)
    if _must_span(program, network):
        network.require_connected()


def _must_span(program: Program, network: Network) -> bool:
    """True if some qubits that interact, directly or through others, do not fit into one QPU together."""
    interacting = components(program.num_qubits, (program.operations[index].qubits for index in program.multi_qubit))
    return max(Counter(interacting).values(), default=0) > max(qpu.data for qpu in network.qpus)
