"""What a transpiler pass is given: the circuit, what earlier passes did to its qubits, and where they must begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import TranspileLayout
from qiskit.transpiler.exceptions import TranspilerError

NOT_USED = ("barrier", "delay")
"""Instructions that use no qubit."""


@dataclass(frozen=True)
class Wires:
    """The wires of a DAG that are to be distributed.

    Attributes
    ----------
    circuit
        The circuit on these wires.
    kept
        Per qubit of ``circuit``: the wire of the DAG that it is.
    earlier
        What was done to the qubits of the first circuit before; None if nothing.
    source
        The qubits of the first circuit.
    wanted
        Per qubit of ``circuit``: the ion on which it is to begin; None if nobody asked for that.
    """

    circuit: QuantumCircuit
    kept: list[int]
    earlier: TranspileLayout | None
    source: list[Any]
    wanted: list[int | None] | None


def wires_of(dag: DAGCircuit, properties: Any, ions: int | None) -> Wires:
    """Read a DAG and the properties of a running pass manager.

    Parameters
    ----------
    dag
        What the pass was given.
    properties
        The property set. A layout in it that has not been applied to the DAG says where qubits are to begin, and so
        does one that puts them on as many wires as there are ``ions``.
    ions
        Number of ions of the machine; None if it has any number of them.

    Raises
    ------
    TranspilerError
        A layout that was not applied names no ion for a qubit.
    """
    if properties["original_qubit_indices"] is None:
        properties["original_qubit_indices"] = {qubit: i for i, qubit in enumerate(dag.qubits)}
    if properties["num_input_qubits"] is None:
        properties["num_input_qubits"] = dag.num_qubits()
    wanted = _pending_layout(dag, properties)
    earlier = TranspileLayout.from_property_set(dag, properties)
    count = properties["num_input_qubits"]
    indices = properties["original_qubit_indices"]
    source = sorted((qubit for qubit, index in indices.items() if index < count), key=indices.__getitem__)
    everything = list(range(dag.num_qubits()))
    if earlier is None or dag.num_qubits() == count:
        return Wires(dag_to_circuit(dag), everything, earlier, source, wanted)
    begun = earlier.initial_index_layout(filter_ancillas=False)[:count]
    kept = sorted({*begun, *earlier.final_index_layout(filter_ancillas=True), *_used(dag)})
    if dag.num_qubits() == ions:
        starts = set(begun)
        wanted = [wire if wire in starts else None for wire in kept]
    return Wires(_reduced(dag, kept), kept, earlier, source, wanted)


def _pending_layout(dag: DAGCircuit, properties: Any) -> list[int | None] | None:
    """The ion that a layout which has not been applied gives each wire; it is then no longer a property."""
    layout = properties["layout"]
    if layout is None or not dag.qubits:
        return None
    found = layout.get_virtual_bits()
    if not set(dag.qubits) <= set(found):
        return None
    del properties["layout"]
    if any(found[qubit] is None for qubit in dag.qubits):
        raise TranspilerError("the initial layout does not say where every qubit is to begin")
    return [int(found[qubit]) for qubit in dag.qubits]


def _used(dag: DAGCircuit) -> set[int]:
    """The wires on which something happens."""
    used = {qubit for node in dag.op_nodes() if node.name not in NOT_USED for qubit in node.qargs}
    return {wire for wire, qubit in enumerate(dag.qubits) if qubit in used}


def _reduced(dag: DAGCircuit, kept: list[int]) -> QuantumCircuit:
    """The circuit on the wires ``kept``; on the others nothing happens."""
    kept_wires = set(kept)
    lost = [qubit for wire, qubit in enumerate(dag.qubits) if wire not in kept_wires]
    smaller = circuit_to_dag(dag_to_circuit(dag))
    nowhere = set(lost)
    for node in smaller.op_nodes():
        if node.name in NOT_USED and not nowhere.isdisjoint(node.qargs):
            smaller.remove_op_node(node)
    smaller.remove_qubits(*lost)
    return dag_to_circuit(smaller)
