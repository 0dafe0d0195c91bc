"""Qubits, classical bits and registers of an emitted circuit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Qubit

from distq.ir.events import ANY_ROLE, DATA, MEMORY, Events, Ion
from distq.ir.program import Program
from distq.networks.network import Network

LARGE = 100
"""QPUs beyond which those that are not used have no registers."""


class CircuitBits:
    """Adds all bits to an empty circuit: those of the source first, then one qubit and one outcome bit per ion.

    Attributes
    ----------
    clbits
        Per classical bit of the program.
    registers
        Classical registers by the program's bits that they hold.
    qubit, outcome, index
        Per ion: its qubit, the bit of its outcomes in protocols, and the index of the qubit in the circuit.
    """

    def __init__(self, circuit: QuantumCircuit, events: Events, program: Program, network: Network) -> None:
        self.clbits: list[Clbit] = [Clbit() for _ in range(program.num_clbits)]
        self.registers: dict[tuple[int, ...], ClassicalRegister] = {}
        self.qubit: dict[Ion, Qubit] = {}
        self.outcome: dict[Ion, Clbit] = {}
        self.index: dict[Ion, int] = {}
        self._circuit = circuit
        self._names = {name for name, _ in program.clbit_registers}
        self._add_source_bits(program)
        self._add_ions(events, network)

    def _add_source_bits(self, program: Program) -> None:
        """Add the classical bits of the source and of ancillas, and their registers."""
        source, total = program.source_clbits, program.num_clbits
        loose = set(range(source)).difference(*[bits for _, bits in program.clbit_registers])
        registers = [*program.clbit_registers]
        if loose:
            registers.append((self._free_name("c"), tuple(sorted(loose))))
        if source < total:
            registers.append((self._free_name("ancilla"), tuple(range(source, total))))
        self._circuit.add_bits(self.clbits)
        for name, bits in registers:
            register = ClassicalRegister(name=name, bits=[self.clbits[i] for i in bits])
            self._circuit.add_register(register)
            self.registers.setdefault(bits, register)

    def _add_ions(self, events: Events, network: Network) -> None:
        """Add the registers of every QPU: its ions, data ions before memory ions if they differ, and their outcomes.

        In large networks, QPUs that nothing happens at have none, because they would take longer than the circuit.
        """
        large = len(network.qpus) > LARGE
        for s, qpu in enumerate(network.qpus):
            if large and not any(events.sizes[s].values()):
                continue
            base = re.sub(r"\W", "_", qpu.name, flags=re.ASCII)
            base = base if re.match(r"[A-Za-z]", base) else f"qpu_{base}"
            memory = events.sizes[s][MEMORY] if qpu.memory is None else qpu.memory
            sizes = {DATA: qpu.data, MEMORY: memory} if qpu.ions is None else {ANY_ROLE: qpu.ions}
            ions = [Ion(s, role, i) for role, size in sizes.items() for i in range(size)]
            for role, size in sizes.items():
                if size:
                    self._circuit.add_register(QuantumRegister(size, self._free_name(f"{base}_{role}")))
            outcomes = ClassicalRegister(len(ions), self._free_name(f"{base}_outcome"))
            self._circuit.add_register(outcomes)
            first = len(self.index)
            self.index.update(zip(ions, count(first)))
            self.qubit.update(zip(ions, self._circuit.qubits[first:], strict=True))
            self.outcome.update(zip(ions, outcomes, strict=True))

    def _free_name(self, wanted: str) -> str:
        """``wanted``, or with the first number that makes it new."""
        names: Iterable[str] = (wanted if i == 0 else f"{wanted}_{i}" for i in count())
        name = next(n for n in names if n not in self._names)
        self._names.add(name)
        return name
