"""distq inside Qiskit: a transpiler pass."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

from qiskit import QuantumCircuit
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler.basepasses import TransformationPass

from distq.compiler import CompileOptions, compile_with_options
from distq.compiler.intake import as_network
from distq.errors import InputError
from distq.networks.network import Network
from distq.planning.strategies.registry import PlanningOptions


class DistributePass(TransformationPass):
    """Compile a circuit for a network of QPUs, as a pass of a Qiskit ``PassManager``.

    The circuit that comes out has one data and one memory register per QPU; ``metadata["distq"]`` has the report row
    and the layout, and so has ``property_set["distq"]``. A circuit that has been distributed already is left as it is.

    Place it after passes that optimise and before any that chooses a layout: there are no coupling maps behind it.

    Parameters
    ----------
    network
        A network, its shorthand such as ``"2x8+1"``, or the path of a TOML file.
    strategy
        Name of a strategy; ``distq strategies`` lists them.
    seed
        Everything random follows from it.
    objective, distill, swap, options
        See :func:`distq.compiler.compile`.
    reuse
        See :func:`distq.compiler.compile`.
    approximation_budget
        See :func:`distq.compiler.compile`; None: the circuit that comes out is equal to the one that went in.

    Raises
    ------
    DistqError
        No such network or strategy; when it runs, if the circuit does not fit the network.

    Examples
    --------
    >>> from qiskit.transpiler import PassManager
    >>> manager = PassManager([DistributePass("2x8+1", strategy="kl")])
    """

    def __init__(
        self,
        network: Network | str | Path,
        strategy: str = "auto",
        seed: int = 0,
        *,
        objective: str = "ebits",
        distill: str = "none",
        swap: str | None = None,
        options: PlanningOptions | None = None,
        approximation_budget: float | None = None,
        reuse: bool = True,
    ) -> None:
        super().__init__()
        self.network = as_network(network)
        planning = options or PlanningOptions()
        self.options = CompileOptions(strategy, seed, objective, distill, swap, approximation_budget, planning, reuse)

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """The distributed circuit of ``dag``."""
        done_before = (dag.metadata or {}).get("distq")
        if done_before is not None:
            self.property_set["distq"] = done_before
            return dag
        if self.property_set["layout"] is not None:
            raise InputError(
                "DistributePass came after a pass that chose a layout",
                "put it before: it places the qubits itself",
            )
        circuit = compile_with_options(dag_to_circuit(dag), self.network, self.options).circuit
        out = circuit_to_dag(circuit)
        row = circuit.metadata["distq"]
        row = {**row, "layout": {**row["layout"], "entry": _entries(circuit, out)}}
        out.metadata = {**(dag.metadata or {}), "distq": row}
        self.property_set["distq"] = row
        return out


def _entries(circuit: QuantumCircuit, dag: DAGCircuit) -> list[int]:
    """The layout's ``entry`` for the order in which the DAG gives its instructions back."""
    layout = circuit.metadata["distq"]["layout"]
    numbers = {node._node_id: index for index, node in enumerate(dag.op_nodes())}
    place = {numbers[node._node_id]: rank for rank, node in enumerate(dag.topological_op_nodes())}
    touching: dict[int, list[int]] = {}
    at = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for index, instruction in enumerate(circuit.data):
        for qubit in instruction.qubits:
            touching.setdefault(at[qubit], []).append(index)
    entries = [0] * len(layout["entry"])
    for ion, lines in layout["births"].items():
        mine = touching.get(int(ion), [])
        for line in lines:
            first = bisect_left(mine, layout["entry"][line])
            entries[line] = place[mine[first]] if first < len(mine) else len(circuit.data)
    return entries
