"""Analysis passes: where qubits would live, and what a distributed circuit costs. They leave the circuit as it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from qiskit import QuantumCircuit
from qiskit.converters import dag_to_circuit
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import Layout
from qiskit.transpiler.basepasses import AnalysisPass
from qiskit.transpiler.exceptions import TranspilerError

from distq.compiler import CompileOptions
from distq.compiler.intake import as_network, read_program
from distq.compiler.plan_stage import plan_program
from distq.execution.bell_pairs import EPR
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.qiskit.errors import as_transpiler_errors
from distq.qiskit.ions import CONTROL_FLOW, TRANSFER, Ions, objection, register_sizes


class ChoosePlacement(AnalysisPass):
    """Choose the QPU of every qubit, and nothing else.

    ``property_set["distq_placement"]`` has, per qubit, the name of the QPU at which it lives first, and
    ``property_set["layout"]`` a data ion of that QPU. A :class:`~distq.qiskit.DistributePass` that follows keeps to it;
    without one this is partitioning alone.

    Parameters
    ----------
    network, strategy, seed
        As of :class:`~distq.qiskit.DistributePass`.
    **options
        Further options of :class:`distq.compiler.CompileOptions`.
    """

    def __init__(
        self, network: Network | str | Path, strategy: str | Plan = "auto", seed: int = 0, **options: Any
    ) -> None:
        super().__init__()
        self.network = as_network(network)
        self.options = CompileOptions(strategy, seed, **options)

    def run(self, dag: DAGCircuit) -> None:
        """Plan ``dag`` and keep where its qubits begin."""
        with as_transpiler_errors():
            program = replace(read_program(dag_to_circuit(dag), self.network).program, reuse=False)
            homes = plan_program(program, self.network, self.options).plan.homes[: program.source_qubits]
        ions = Ions.of(self.network) or Ions.of_sizes([register_sizes(qpu, 0) for qpu in self.network.qpus])
        free = {
            s: [ion for ion in range(len(ions)) if ions.qpu[ion] == s and not ions.memory[ion]] for s in set(ions.qpu)
        }
        if any(count > len(free[s]) for s, count in Counter(homes).items()):
            raise TranspilerError(
                "the plan lets a QPU hold more qubits in turn than it has data ions, which no layout can say"
            )
        self.property_set["distq_placement"] = [self.network.qpus[s].name for s in homes]
        self.property_set["layout"] = Layout(
            {qubit: free[s].pop(0) for qubit, s in zip(dag.qubits, homes, strict=True)}
        )


class CountCost(AnalysisPass):
    """Count what a distributed circuit costs.

    ``property_set["distq_cost"]`` then has ``bell_pairs``, ``pairs_per_link`` (by the names of the QPUs),
    ``local_gates_2q``, ``transfers``, and ``pair_depth``: the most Bell pairs that follow one another on a path through
    the circuit. What stands in the bodies of control flow counts once.

    Parameters
    ----------
    network
        The network that the circuit is distributed for.
    """

    def __init__(self, network: Network | str | Path) -> None:
        super().__init__()
        self.network = as_network(network)

    def run(self, dag: DAGCircuit) -> None:
        """Count, and keep the counts."""
        circuit = dag_to_circuit(dag)
        ions = Ions.of(self.network)
        if ions is None:
            raise TranspilerError(f"network {self.network.name!r} has any number of memory ions")
        why = objection(circuit, ions, self.network)
        if why is not None:
            raise TranspilerError(f"the circuit is not distributed for network {self.network.name!r}: {why}")
        counter = _Counter(ions, self.network)
        counter.body(circuit, list(range(len(ions))))
        self.property_set["distq_cost"] = counter.cost()


class _Counter:
    def __init__(self, ions: Ions, network: Network) -> None:
        self.ions, self.network = ions, network
        self.links: Counter[str] = Counter()
        self.local = self.transfers = 0
        self.depth = [0] * len(ions)

    def body(self, circuit: QuantumCircuit, wires: list[int]) -> None:
        """Count a circuit or a body on these ions."""
        wire = dict(zip(circuit.qubits, wires, strict=True))
        for item in circuit.data:
            on = [wire[qubit] for qubit in item.qubits]
            if item.name in CONTROL_FLOW:
                for block in item.operation.blocks:
                    self.body(block, on)
            if not on or item.name in ("barrier", "delay"):
                continue
            latest = max(self.depth[ion] for ion in on) + (item.name == EPR)
            for ion in on:
                self.depth[ion] = latest
            if item.name == EPR:
                a, b = sorted(self.ions.qpu[ion] for ion in on)
                self.links[f"{self.network.qpus[a].name}-{self.network.qpus[b].name}"] += 1
            elif item.name == TRANSFER:
                self.transfers += 1
            elif len(on) > 1 and item.name not in CONTROL_FLOW:
                self.local += 1

    def cost(self) -> dict[str, Any]:
        """The counts."""
        return {
            "bell_pairs": sum(self.links.values()),
            "pairs_per_link": dict(self.links),
            "local_gates_2q": self.local,
            "transfers": self.transfers,
            "pair_depth": max(self.depth, default=0),
        }
