"""A circuit compiled as passes and backends need it: on wanted ions, measured qubits kept where that is possible."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.transpiler import PassManager
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes import HighLevelSynthesis

from distq.compiler import Compilation, CompileOptions, compile_with_options
from distq.compiler.intake import read_program
from distq.errors import CircuitError, InfeasiblePlanError
from distq.ir.events import MEMORY
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.planning.strategies.fixed_homes import plan_at_homes
from distq.qiskit.ions import Ions, register_sizes
from distq.qiskit.reordered import with_ions_added, with_ions_moved
from distq.qiskit.wires import Wires


@dataclass(frozen=True)
class DistributeOptions:
    """How a pass distributes.

    Attributes
    ----------
    compiling
        The options of the compilation.
    keep_measured
        True: measured qubits keep their ions if there is a plan for that, whatever ``compiling`` says.
    """

    compiling: CompileOptions = field(default_factory=CompileOptions)
    keep_measured: bool = True

    def seeded(self, seed: int | None) -> DistributeOptions:
        """The same with another seed, unless that is None."""
        return self if seed is None else replace(self, compiling=replace(self.compiling, seed=seed))


def compiled_for_qiskit(given: Wires, network: Network, options: DistributeOptions) -> QuantumCircuit:
    """The distributed circuit of the wires that a pass was given; its metadata hold the ions of every QPU.

    Raises
    ------
    TranspilerError
        Qubits cannot begin where they are wanted.
    DistqError
        The circuit does not fit the network.
    """
    if given.wanted is None or all(ion is None for ion in given.wanted):
        done = compile_kept(given.circuit, network, options)
        return _on_machine(done, network)
    homes = _wanted_homes(given.wanted, network)
    plan = _plan_at(given.circuit, network, homes, options.compiling.seed)
    compiling = replace(options.compiling, strategy=plan, objective="ebits", reuse=False)
    done = compile_with_options(given.circuit, network, compiling)
    circuit = _on_machine(done, network)
    return with_ions_moved(circuit, _exchanges(circuit.metadata["distq"]["layout"], given.wanted, network))


def compile_kept(circuit: QuantumCircuit, network: Network, options: DistributeOptions) -> Compilation:
    """Compile, with measured qubits on their ions to the end if that is wanted and there is a plan for it.

    Gates for which Qiskit needs ancillas are synthesised by it first: it finds them among the idle qubits.
    """
    try:
        return _compile_kept(circuit, network, options)
    except CircuitError:
        made = synthesised(circuit)
        if made is None:
            raise
        return _compile_kept(made, network, options)


def synthesised(circuit: QuantumCircuit) -> QuantumCircuit | None:
    """The circuit with what Qiskit's high-level synthesis makes of it; None if that changes nothing or fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of synthesis methods that do not apply; others are tried
            made = PassManager([HighLevelSynthesis()]).run(circuit)
    except (QiskitError, TypeError):
        return None
    return None if made == circuit else made


def _compile_kept(circuit: QuantumCircuit, network: Network, options: DistributeOptions) -> Compilation:
    if not options.keep_measured:
        return compile_with_options(circuit, network, options.compiling)
    try:
        return compile_with_options(circuit, network, replace(options.compiling, reuse=False))
    except InfeasiblePlanError:
        return compile_with_options(circuit, network, replace(options.compiling, reuse=True))


def _on_machine(done: Compilation, network: Network) -> QuantumCircuit:
    """The distributed circuit on all ions of ``network``, also those that the compilation set aside or left out.

    Its metadata have the data and memory ions of every QPU under ``ions``.
    """
    circuit = done.circuit
    left_out = sum(register.size for register in circuit.qregs) < sum(map(sum, _sizes(done)))
    used = [any(sizes.values()) for sizes in done.events.sizes]
    present = [size if keep or not left_out else (0, 0) for size, keep in zip(_sizes(done), used, strict=True)]
    whole = [register_sizes(qpu, memory) for qpu, (_, memory) in zip(network.qpus, _sizes(done), strict=True)]
    if present != whole:
        circuit = with_ions_added(circuit, present, whole)
    metadata: dict[str, Any] = circuit.metadata
    circuit.metadata = {**metadata, "distq": {**metadata["distq"], "ions": [list(size) for size in whole]}}
    return circuit


def _sizes(done: Compilation) -> list[tuple[int, int]]:
    """Per QPU: what :func:`distq.qiskit.ions.register_sizes` says, with the memory ions that are used."""
    return [
        register_sizes(qpu, used.get(MEMORY, 0)) for qpu, used in zip(done.network.qpus, done.events.sizes, strict=True)
    ]


def _wanted_homes(wanted: Sequence[int | None], network: Network) -> list[int]:
    """The QPU of each qubit; those without a wanted ion fill what is left.

    Raises
    ------
    TranspilerError
        An ion is wanted that is no data ion, or by two qubits.
    """
    ions = Ions.of(network) or Ions.of_sizes([register_sizes(qpu, 0) for qpu in network.qpus])
    for qubit, ion in enumerate(wanted):
        if ion is not None and not 0 <= ion < len(ions):
            raise TranspilerError(f"the initial layout puts qubit {qubit} on ion {ion}, and there are {len(ions)}")
        if ion is not None and ions.memory[ion]:
            raise TranspilerError(
                f"the initial layout puts qubit {qubit} on ion {ion}, a memory or communication ion of QPU "
                f"{network.qpus[ions.qpu[ion]].name!r}, where no qubit of the circuit begins"
            )
    named = [ion for ion in wanted if ion is not None]
    if len(set(named)) < len(named):
        raise TranspilerError("the initial layout puts two qubits on one ion")
    begun = set(named)
    inner = [ion for ion in range(len(ions)) if not ions.memory[ion] and ion not in begun]
    others = [ion for ion in range(len(ions)) if ions.memory[ion] and network.qpus[ions.qpu[ion]].ions is not None]
    free = iter(inner + others)
    network.require_capacity(len(wanted))
    return [ions.qpu[next(free) if ion is None else ion] for ion in wanted]


def _plan_at(circuit: QuantumCircuit, network: Network, homes: Sequence[int], seed: int) -> Plan:
    """The plan of a circuit whose qubits have these homes and stay there."""
    program = replace(read_program(circuit, network).program, reuse=False)
    return plan_at_homes(program, network, homes, strategy="initial-layout", seed=seed)


def _exchanges(layout: dict[str, Any], wanted: Sequence[int | None], network: Network) -> dict[int, int]:
    """Where data ions have to go so that every qubit begins where it is wanted."""
    begins = {lines[0]: int(ion) for ion, lines in layout["births"].items()}
    goes_to = {begins[qubit]: ion for qubit, ion in enumerate(wanted) if ion is not None}
    ions = Ions.of(network) or Ions.of_sizes([register_sizes(qpu, 0) for qpu in network.qpus])
    for qpu in set(ions.qpu):
        data = [ion for ion in range(len(ions)) if ions.qpu[ion] == qpu and not ions.memory[ion]]
        taken = set(goes_to.values())
        free = iter([ion for ion in data if ion not in taken])
        goes_to |= {ion: next(free) for ion in data if ion not in goes_to}
    return goes_to
