"""Protocol events -> one flat Qiskit circuit, and its files.

The circuit has one data and one memory register per QPU, so that the machine can be seen in it, and one classical bit
per ion for the outcomes of the protocols. The only gate across QPUs is ``epr``, a Bell pair on two memory ions.
``circuit.metadata["distq"]["layout"]`` says where the qubits of the source circuit are:

``births``
    Per ion that ever gave birth to a line (its qubit index as a string): the lines, in order. Line i starts as qubit i
    of the source circuit.
``entry``
    Per line: how many instructions of the circuit precede its birth; an input state other than |0> goes in there.
``final``
    Per line: index of the qubit that holds it at the end; null if it was measured and its ion freed.
``output``
    Per qubit of the source circuit: index of the qubit that holds it at the end, or null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count
from typing import Any, BinaryIO

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3, qpy
from qiskit.circuit import CircuitInstruction, Clbit, Gate, IfElseOp, Measure, Qubit, Reset
from qiskit.circuit.library import (
    CPhaseGate,
    CXGate,
    HGate,
    RXGate,
    RYGate,
    RZGate,
    RZZGate,
    SwapGate,
    UGate,
    XGate,
    ZGate,
)

from distq.errors import InternalError
from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Event,
    Events,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
)
from distq.ir.native_gates import native_gates
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network

QASM3_HEADER = "// distq: "
"""What the comment line with the metadata starts with in an OpenQASM 3 file, which has no other place for it."""

_NATIVE: dict[str, type[Gate]] = {
    "u": UGate,
    "rx": RXGate,
    "ry": RYGate,
    "rz": RZGate,
    "cx": CXGate,
    "cp": CPhaseGate,
    "rzz": RZZGate,
}


def emit(events: Events, program: Program, network: Network) -> QuantumCircuit:
    """Write lowered events as a circuit that Qiskit and Aer run.

    Parameters
    ----------
    events
        From :func:`distq.execution.lower.lower`.
    program
        The operations that the events execute.
    network
        Names and sizes of the QPUs.

    Returns
    -------
    QuantumCircuit
        Equal to the source circuit up to a global phase, under the layout in its metadata. Classical bit i of the
        source is bit i of the circuit.
    """
    writer = _Writer(events, program, network)
    for event in events.events:
        writer.write(event)
    return writer.finish()


def epr_gate() -> Gate:
    """The heralded Bell pair (|00> + |11>)/sqrt 2 on two ions in |0>, as a gate so that OpenQASM 3 can define it."""
    definition = QuantumCircuit(2, name="epr")
    definition.h(0)
    definition.cx(0, 1)
    gate = Gate("epr", 2, [])
    gate.definition = definition
    return gate


def assert_local(circuit: QuantumCircuit, network: Network, pairs: int | None = None) -> None:
    """Check that nothing but Bell pairs joins the QPUs of an emitted circuit.

    Parameters
    ----------
    circuit
        From :func:`emit`, or read back.
    network
        The one it was emitted for.
    pairs
        Number of Bell pairs that it must consume; None to leave them uncounted.

    Raises
    ------
    InternalError
        For an instruction across QPUs, a pair over no link or on a data ion, or a wrong number of pairs.
    """
    qpu_of, memory = _qubit_places(circuit)
    position = {bit: i for i, bit in enumerate(circuit.qubits)}
    found = 0
    for index, instruction in enumerate(circuit.data):
        if len(instruction.qubits) < 2:
            continue
        at = [position[q] for q in instruction.qubits]
        qpus = {qpu_of[i] for i in at}
        if instruction.name == "epr":
            found += 1
            if not (all(memory[i] for i in at) and len(qpus) == 2 and network.linked(*qpus)):
                raise InternalError(f"instruction {index} heralds a pair on qubits {at}, which no link joins")
        elif len(qpus) > 1:
            raise InternalError(f"instruction {index}, {instruction.name} on qubits {at}, joins QPUs {sorted(qpus)}")
    if pairs is not None and found != pairs:
        raise InternalError(f"the circuit consumes {found} Bell pairs, its plan {pairs}")


def write_qasm3(circuit: QuantumCircuit) -> str:
    """The circuit as OpenQASM 3; a leading comment line holds the metadata of distq as JSON.

    Names that OpenQASM reserves or does not allow are changed on the way; the metadata say what they were, under
    ``"names"``.
    """
    text: str = qasm3.dumps(circuit)
    metadata = (circuit.metadata or {}).get("distq")
    if metadata is None:
        return text
    names = _changed_names(circuit, text)
    metadata = metadata | {"names": names} if names else metadata
    return f"{QASM3_HEADER}{json.dumps(metadata, separators=(',', ':'))}\n{text}"


def _changed_names(circuit: QuantumCircuit, text: str) -> dict[str, dict[str, str]]:
    """The names that the export has changed: of registers by their number, of parameters by their name in the text."""
    registers = re.findall(r"^bit\[\d+\] (\S+);$", text, re.MULTILINE)
    parameters = re.findall(r"^input float\[64\] (\S+);$", text, re.MULTILINE)
    changed = {
        "registers": {
            str(i): old.name
            for i, (new, old) in enumerate(zip(registers, circuit.cregs, strict=False))
            if new != old.name
        },
        "parameters": {
            new: old.name for new, old in zip(parameters, circuit.parameters, strict=False) if new != old.name
        },
    }
    return {kind: names for kind, names in changed.items() if names}


def read_qasm3_metadata(text: str) -> dict[str, Any] | None:
    """The metadata that :func:`write_qasm3` left in an OpenQASM 3 text; None if there is none."""
    for line in text.splitlines():
        if line.startswith(QASM3_HEADER):
            found = json.loads(line.removeprefix(QASM3_HEADER))
            return found if isinstance(found, dict) else None
        if line.strip() and not line.startswith("//"):
            break
    return None


def write_qpy(circuit: QuantumCircuit, file: BinaryIO) -> None:
    """Write the circuit, metadata included, to an open binary file in QPY format."""
    qpy.dump(circuit, file)


def _qubit_places(circuit: QuantumCircuit) -> tuple[list[int], list[bool]]:
    """Per qubit of an emitted circuit: its QPU, and whether it is a memory ion. Every QPU has a data register."""
    qpu_of: list[int] = []
    memory: list[bool] = []
    qpu = -1
    for register in circuit.qregs:
        in_memory = register.name.rstrip("_0123456789").endswith("_memory")
        qpu += not in_memory
        qpu_of += [qpu] * register.size
        memory += [in_memory] * register.size
    return qpu_of, memory


@cache
def _fixed_gates() -> dict[str, Any]:
    gates = {"x": XGate(), "z": ZGate(), "h": HGate(), "cx": CXGate(), "swap": SwapGate()}
    return gates | {"measure": Measure(), "reset": Reset(), "epr": epr_gate()}


class _Writer:
    """The circuit under construction."""

    def __init__(self, events: Events, program: Program, network: Network) -> None:
        self.events, self.program = events, program
        self.circuit = QuantumCircuit(name=program.name)
        self.clbits: list[Clbit] = [Clbit() for _ in range(program.num_clbits)]
        self.registers: dict[tuple[int, ...], ClassicalRegister] = {}
        self.qubit: dict[Ion, Qubit] = {}
        self.outcome: dict[Ion, Clbit] = {}
        self.index: dict[Ion, int] = {}
        self.births: dict[str, list[int]] = {}
        self.entry = [0] * program.num_qubits
        self.corrections: dict[tuple[str, Ion, Ion], IfElseOp] = {}
        taken = self._add_source_bits()
        self._add_ions(network, taken)
        self.gates = _fixed_gates()

    def write(self, event: Event) -> None:
        match event:
            case Execute(operation, ions, _, followers):
                self._execute(self.program.operations[operation], [self.qubit[ion] for ion in ions])
                for follower in followers:
                    self._gate("cx" if len(follower) > 1 else "x", *follower)
            case HeraldPair(_, a, b):
                self._gate("epr", a, b)
            case CatEntangle(_, root, half, copy):
                self._gate("cx", root, half)
                self._correct(half, "x", copy)
            case CatDisentangle(_, copy, root):
                self._gate("h", copy)
                self._correct(copy, "z", root)
            case Transfer(_, a, _, b):
                self._gate("swap", a, b)
            case Allocate(line, ion, fresh):
                self.births.setdefault(str(self.index[ion]), []).append(line)
                if not fresh:
                    self._gate("reset", ion)
                self.entry[line] = len(self.circuit.data)
            case Release(_, ion):
                self._gate("reset", ion)

    def finish(self) -> QuantumCircuit:
        final = [None if ion is None else self.index[ion] for ion in self.events.final]
        output = [final[line] for line in self.program.output]
        layout = {"births": self.births, "entry": self.entry, "final": final, "output": output}
        self.circuit.metadata = {"distq": {"layout": layout}}
        return self.circuit

    def _add_source_bits(self) -> set[str]:
        """The classical bits of the source, and of ancillas, and their registers. Returns the names in use."""
        taken = {name for name, _ in self.program.clbit_registers}
        source, total = self.program.source_clbits, self.program.num_clbits
        loose = set(range(source)).difference(*[bits for _, bits in self.program.clbit_registers])
        registers = [*self.program.clbit_registers]
        if loose:
            registers.append((_free_name("c", taken), tuple(sorted(loose))))
        if source < total:
            registers.append((_free_name("ancilla", taken), tuple(range(source, total))))
        self.circuit.add_bits(self.clbits)
        for name, bits in registers:
            register = ClassicalRegister(name=name, bits=[self.clbits[i] for i in bits])
            self.circuit.add_register(register)
            self.registers.setdefault(bits, register)
        return taken

    def _add_ions(self, network: Network, taken: set[str]) -> None:
        for s, qpu in enumerate(network.qpus):
            base = re.sub(r"\W", "_", qpu.name, flags=re.ASCII)
            base = base if re.match(r"[A-Za-z]", base) else f"qpu_{base}"
            memory = self.events.memory_ions[s] if qpu.memory is None else qpu.memory
            ions = [Ion(s, "data", i) for i in range(qpu.data)] + [Ion(s, "memory", i) for i in range(memory)]
            for role, size in (("data", qpu.data), ("memory", memory)):
                if size:
                    self.circuit.add_register(QuantumRegister(size, _free_name(f"{base}_{role}", taken)))
            outcomes = ClassicalRegister(len(ions), _free_name(f"{base}_outcome", taken))
            self.circuit.add_register(outcomes)
            first = len(self.index)
            self.index.update(zip(ions, count(first)))
            self.qubit.update(zip(ions, self.circuit.qubits[first:], strict=True))
            self.outcome.update(zip(ions, outcomes, strict=True))

    def _append(self, operation: Any, qubits: Sequence[Qubit], clbits: Sequence[Clbit] = ()) -> None:
        self.circuit._append(CircuitInstruction(operation, qubits, clbits))

    def _gate(self, name: str, *ions: Ion) -> None:
        self._append(self.gates[name], [self.qubit[ion] for ion in ions])

    def _correct(self, measured: Ion, gate: str, target: Ion) -> None:
        """Measure an ion, apply ``gate`` on ``target`` if the outcome is 1, and reset the ion."""
        bit, qubit = self.outcome[measured], self.qubit[target]
        self._append(self.gates["measure"], [self.qubit[measured]], [bit])
        key = (gate, measured, target)
        if key not in self.corrections:
            body = QuantumCircuit([qubit], [bit])
            body._append(CircuitInstruction(self.gates[gate], [qubit], []))
            self.corrections[key] = IfElseOp((bit, 1), body)
        self._append(self.corrections[key], [qubit], [bit])
        self._gate("reset", measured)

    def _execute(self, op: Operation, qubits: list[Qubit]) -> None:
        if op.condition is None:
            self._operation(self.circuit, op, qubits)
            return
        clbits = [self.clbits[i] for i in dict.fromkeys(op.clbits)]
        body = QuantumCircuit(qubits, clbits)
        self._operation(body, op, qubits)
        self._append(self._guard(op.condition, body), qubits, clbits)

    def _operation(self, circuit: QuantumCircuit, op: Operation, qubits: list[Qubit]) -> None:
        if op.kind is Kind.MEASURE:
            assert op.clbit is not None
            circuit._append(CircuitInstruction(self.gates["measure"], qubits, [self.clbits[op.clbit]]))
        elif op.kind is Kind.RESET:
            circuit._append(CircuitInstruction(self.gates["reset"], qubits, []))
        for gate in native_gates(op):
            operation = _NATIVE[gate.name](*gate.params)
            circuit._append(CircuitInstruction(operation, [qubits[i] for i in gate.operands], []))

    def _guard(self, condition: Condition, body: QuantumCircuit) -> IfElseOp:
        """``body`` if the condition holds.

        Conditions on a whole register or on one bit are written as such. Others become nested ones on single bits: no
        other form survives OpenQASM 3.
        """
        register = self.registers.get(condition.clbits)
        if register is None or len(condition.clbits) == 1:
            return self._nested(condition, body)
        test = (register, condition.value)
        return IfElseOp(test, body.copy_empty_like(), body) if condition.negate else IfElseOp(test, body)

    def _nested(self, condition: Condition, body: QuantumCircuit) -> IfElseOp:
        bits, value, negate = condition.clbits, condition.value, condition.negate
        if len(bits) == 1:
            return IfElseOp((self.clbits[bits[0]], (value & 1) ^ negate), body)
        inner = self._nested(Condition(bits[1:], value >> 1, negate), body)
        rest = body.copy_empty_like()
        rest._append(CircuitInstruction(inner, rest.qubits, rest.clbits))
        return IfElseOp((self.clbits[bits[0]], value & 1), rest, body if negate else None)


def _free_name(wanted: str, taken: set[str]) -> str:
    """``wanted``, or with the first number that makes it new; marks it as taken."""
    names: Iterable[str] = (wanted if i == 0 else f"{wanted}_{i}" for i in count())
    name = next(n for n in names if n not in taken)
    taken.add(name)
    return name
