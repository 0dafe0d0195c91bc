"""Emitted circuits whose instructions or ions are put in another order, and what their metadata then say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from qiskit import QuantumCircuit, QuantumRegister
from qiskit.dagcircuit import DAGCircuit


def entries(circuit: QuantumCircuit, dag: DAGCircuit) -> list[int]:
    """The layout's ``entry`` for the order in which the DAG gives its instructions back."""
    layout = circuit.metadata["distq"]["layout"]
    numbers = {node._node_id: index for index, node in enumerate(dag.op_nodes())}
    place = {numbers[node._node_id]: rank for rank, node in enumerate(dag.topological_op_nodes())}
    touching: dict[int, list[int]] = {}
    at = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for index, instruction in enumerate(circuit.data):
        for qubit in instruction.qubits:
            touching.setdefault(at[qubit], []).append(index)
    found = [0] * len(layout["entry"])
    for ion, lines in layout["births"].items():
        mine = touching.get(int(ion), [])
        for line in lines:
            first = bisect_left(mine, layout["entry"][line])
            found[line] = place[mine[first]] if first < len(mine) else len(circuit.data)
    return found


def with_ions_moved(circuit: QuantumCircuit, goes_to: Mapping[int, int]) -> QuantumCircuit:
    """An emitted circuit in which ion ``i`` is ion ``goes_to[i]``; ions that are not named stay.

    The two must be of one QPU and of one role: then the machine does the same.
    """
    place = [goes_to.get(ion, ion) for ion in range(circuit.num_qubits)]
    moved = {qubit: circuit.qubits[place[i]] for i, qubit in enumerate(circuit.qubits)}
    out = circuit.copy_empty_like()
    for item in circuit.data:
        out._append(item.replace(qubits=[moved[qubit] for qubit in item.qubits]))
    out.metadata = _placed(circuit.metadata, place)
    return out


def with_ions_added(
    circuit: QuantumCircuit, sizes: Sequence[tuple[int, int]], wanted: Sequence[tuple[int, int]]
) -> QuantumCircuit:
    """An emitted circuit on QPUs of ``sizes`` (data and memory ions) as one on QPUs of the ``wanted`` sizes."""
    out = QuantumCircuit(name=circuit.name, global_phase=circuit.global_phase)
    out.add_bits(circuit.clbits)
    for classical in circuit.cregs:
        out.add_register(classical)
    registers = iter(circuit.qregs)
    place: list[int] = []
    for qpu, (have, want) in enumerate(zip(sizes, wanted, strict=True)):
        for role, old, new in zip(("data", "memory"), have, want, strict=True):
            name = next(registers).name if old else f"qpu_{qpu}_{role}"
            place += range(out.num_qubits, out.num_qubits + old)
            if new:
                out.add_register(QuantumRegister(new, name))
    moved = {qubit: out.qubits[place[i]] for i, qubit in enumerate(circuit.qubits)}
    for item in circuit.data:
        out._append(item.replace(qubits=[moved[qubit] for qubit in item.qubits]))
    out.metadata = _placed(circuit.metadata, place)
    return out


def _placed(metadata: dict[str, Any], place: Sequence[int]) -> dict[str, Any]:
    """The metadata of an emitted circuit whose ion ``i`` is now ion ``place[i]``."""
    mine = metadata["distq"]
    layout = mine["layout"]
    layout = {
        **layout,
        "births": {str(place[int(ion)]): lines for ion, lines in layout["births"].items()},
        "final": [None if ion is None else place[ion] for ion in layout["final"]],
        "output": [None if ion is None else place[ion] for ion in layout["output"]],
    }
    return {**metadata, "distq": {**mine, "layout": layout}}
