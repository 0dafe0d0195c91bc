"""The transpiler pass that distributes a circuit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qiskit import QuantumCircuit
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler.basepasses import TransformationPass
from qiskit.transpiler.exceptions import TranspilerError

from distq.compiler import CompileOptions, Progress
from distq.compiler.intake import as_network
from distq.compiler.options import silent
from distq.execution.transpile_layout import Positions, after, positions, transpile_layout
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.planning.strategies.registry import PlanningOptions
from distq.qiskit.compiled import DistributeOptions, compiled_for_qiskit
from distq.qiskit.errors import as_transpiler_errors
from distq.qiskit.fingerprint import fingerprint
from distq.qiskit.ions import Ions, has_pairs, objection, register_sizes, sizes_in
from distq.qiskit.reordered import entries
from distq.qiskit.wires import Wires, wires_of


class DistributePass(TransformationPass):
    """Compile a circuit for a network of QPUs, as a pass of a Qiskit ``PassManager``.

    The circuit that comes out has one data and one memory register per QPU. Its ``layout`` says where the qubits of
    the circuit that the pass manager was given begin and end, so ``observable.apply_layout(out.layout)`` is right.
    ``metadata["distq"]`` and ``property_set["distq"]`` have the report row. A circuit that is distributed for the
    network already is left as it is.

    Place it after passes that optimise. A layout that an earlier pass has chosen but not applied says on which data
    ions the qubits begin; one that has been applied is carried on.

    Parameters
    ----------
    network
        A network, its shorthand such as ``"2x8+1"``, or the path of a TOML file.
    strategy
        Name of a strategy (``distq strategies`` lists them), or a plan.
    seed
        Everything random follows from it.
    objective, distill, swap, options, approximation_budget, max_rounds, progress
        See :func:`distq.compiler.compile`.
    reuse
        True: ions of measured qubits may hold other qubits. An observable on a measured qubit then says nothing. False:
        they keep their qubits. None: they do if there is a plan for that.

    Raises
    ------
    DistqError
        No such network or strategy.
    TranspilerError
        When it runs: the circuit does not fit the network, or is distributed for another one. Its cause is the error
        of distq.

    Examples
    --------
    >>> from qiskit.transpiler import PassManager
    >>> manager = PassManager([DistributePass("2x8+1", strategy="kl")])
    """

    def __init__(
        self,
        network: Network | str | Path,
        strategy: str | Plan = "auto",
        seed: int = 0,
        *,
        objective: str = "ebits",
        distill: str = "none",
        swap: str | None = None,
        options: PlanningOptions | None = None,
        approximation_budget: float | None = None,
        reuse: bool | None = None,
        max_rounds: int = UNCERTAIN_ROUNDS,
        progress: Progress = silent,
    ) -> None:
        super().__init__()
        planning = options or PlanningOptions()
        compiling = CompileOptions(
            strategy,
            seed,
            objective,
            distill,
            swap,
            approximation_budget,
            planning,
            reuse is not False,
            max_rounds,
            progress,
        )
        self.network = as_network(network)
        self.options = DistributeOptions(compiling, keep_measured=reuse is None)

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """The distributed circuit of ``dag``."""
        with as_transpiler_errors():
            return distribute(dag, self.property_set, self.network, self.options)


def distribute(
    dag: DAGCircuit, properties: Any, network: Network, options: DistributeOptions, linked: Network | None = None
) -> DAGCircuit:
    """Distribute what a running pass manager holds, and keep its property set right.

    ``linked`` is the network with all links that a circuit which is distributed already may use; None: ``network``.

    Raises
    ------
    TranspilerError
        The circuit is distributed for another network.
    DistqError
        The circuit does not fit the network.
    """
    already = _distributed_before(dag, properties, linked or network)
    if already is not None:
        properties["distq"] = already.metadata.get("distq")
        return dag
    machine = Ions.of(network)
    given = wires_of(dag, properties, None if machine is None else len(machine))
    circuit = compiled_for_qiskit(given, network, options)
    row = {**circuit.metadata["distq"]}
    own = _on_wires(given, positions(row["layout"], len(given.kept), circuit.num_qubits), dag.num_qubits())
    out = circuit_to_dag(circuit)
    row["layout"] = {**row["layout"], "entry": entries(circuit, out)}
    row["fingerprint"] = fingerprint(circuit)
    out.metadata = {**(dag.metadata or {}), "distq": row}
    found = after(given.earlier, own)
    transpile_layout(given.source, found, out.qubits).write_into_property_set(properties)
    properties["distq"] = row
    return out


def _on_wires(given: Wires, found: Positions, wires: int) -> Positions:
    """Positions by the wire of the DAG instead of by the qubit of the circuit that was distributed; -1: none."""
    first, last = [-1] * wires, [-1] * wires
    for wire, begin, end in zip(given.kept, found.first, found.last, strict=True):
        first[wire], last[wire] = begin, end
    return Positions(first, last)


def _distributed_before(dag: DAGCircuit, properties: Any, network: Network) -> QuantumCircuit | None:
    """The circuit, if it is distributed for ``network``; None if it is not distributed.

    Its own instructions decide, not what its metadata say: these may be another circuit's. The report row is said to be
    verified only if the circuit is as distq made it.

    Raises
    ------
    TranspilerError
        It holds Bell pairs, but the network cannot run it.
    """
    metadata: Any = (dag.metadata or {}).get("distq")
    if not metadata and not dag.count_ops().get("epr") and not any(map(_may_hold_pairs, dag.count_ops())):
        return None
    circuit = dag_to_circuit(dag)
    pairs = has_pairs(circuit)
    if not pairs and (not isinstance(metadata, dict) or "fingerprint" not in metadata):
        return None
    ions = Ions.of(network) or Ions.of_sizes(sizes_in(metadata) or [register_sizes(qpu, 0) for qpu in network.qpus])
    why = objection(circuit, ions, network)
    if why is not None:
        if not pairs:
            return None
        elided = properties["virtual_permutation_layout"] is not None
        advice = "a pass has left out its exchanges of ions: use level 0 or 1" if elided else "distribute the original"
        raise TranspilerError(
            f"the circuit is distributed already, but not as network {network.name!r} could run it: {why} ({advice})"
        )
    if isinstance(metadata, dict) and metadata.get("fingerprint") != fingerprint(circuit):
        circuit.metadata = {**circuit.metadata, "distq": {**metadata, "verified": False}}
        dag.metadata = circuit.metadata
    return circuit


def _may_hold_pairs(name: str) -> bool:
    return name in ("if_else", "for_loop", "while_loop", "switch_case", "box")
