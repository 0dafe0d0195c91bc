"""The whole way from a text to a circuit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from openqasm3 import ast
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Qubit

from distq.errors import CircuitError
from distq.frontend.openqasm3.assignments import Bits
from distq.frontend.openqasm3.libraries import library_rules
from distq.frontend.openqasm3.parse import parse_text
from distq.frontend.openqasm3.pragmas import PragmaReader
from distq.frontend.openqasm3.scope import Scope
from distq.frontend.openqasm3.standard import LANGUAGE
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.frontend.outcomes.hosts import CannotShareError, Hosts, assign_hosts
from distq.frontend.outcomes.recorder import Recorder
from distq.frontend.outcomes.writer import further_register, write_steps
from distq.frontend.places import NOTES, SourceText

_PHYSICAL = re.compile(r"\$(\d+)")


def read_openqasm3(source: SourceText, max_rounds: int = UNCERTAIN_ROUNDS) -> QuantumCircuit:
    """The circuit of an OpenQASM 3 text.

    Parameters
    ----------
    source
        The text; files that it includes are looked for beside the path that is its label.
    max_rounds
        How many rounds are unrolled of a loop whose end depends on measured bits, unless a pragma says otherwise.

    Returns
    -------
    QuantumCircuit
        ``metadata["distq-notes"]`` has what a report should say about the reading.

    Raises
    ------
    CircuitError
        The text is wrong, or uses what no circuit can do; with file, line and column.
    """
    program = parse_text(source)
    separate: frozenset[int] = frozenset()
    while True:
        reader = _Reader(source, Recorder(separate), max_rounds)
        reader.run(program)
        try:
            return reader.circuit()
        except CannotShareError as error:
            separate |= {error.number}


class _Reader(PragmaReader):
    """An interpreter that also knows files, physical qubits, and the circuit in the end."""

    def __init__(self, source: SourceText, recorder: Recorder, max_rounds: int) -> None:
        super().__init__(source, recorder)
        self.max_rounds = max_rounds
        self.outermost = self.scope
        self.scope.names |= {rule.name: rule for rule in LANGUAGE}
        self.scope = Scope(self.scope)
        self.notes: dict[str, None] = {}
        self.includes: set[str] = set()
        self.frames = []
        self.bits = Bits()
        self.preferred: dict[int, int] = {}
        self._physical: dict[int, int] = {}

    def run(self, program: ast.Program) -> None:
        """Execute the program."""
        numbers = sorted({int(number) for number in _PHYSICAL.findall(self.source.text)})
        self._physical = {number: i for i, number in enumerate(numbers)}
        if numbers:
            self.new_qubits("", len(numbers))
            if numbers != list(range(len(numbers))):
                which = ", ".join(f"${number}" for number in numbers)
                self.notes.setdefault(f"physical qubits {which} are qubits 0 to {len(numbers) - 1} here")
        with self.frame(loop=False):
            self._statements(program)

    def _statements(self, program: ast.Program) -> None:
        for statement in program.statements:
            with self.reached() as possible:
                if not possible:
                    return
                self.execute(statement)

    def physical_qubit(self, node: Any, number: int) -> int:
        """The number in the circuit of the physical qubit ``$number``."""
        found = self._physical.get(number)
        if found is None:
            raise self.error(node, f"the physical qubit ${number} of an included file is not used in the main file")
        return found

    def include(self, node: ast.Include) -> None:
        """``include``: the standard gates, or a file beside the one that includes it."""
        if node.filename in self.includes:
            return
        self.includes.add(node.filename)
        known = library_rules(node.filename)
        if known is not None:
            for name, rule in known.items():
                self.outermost.names.setdefault(name, rule)
            return
        path = Path(node.filename)
        if not path.is_absolute() and not self.source.label.startswith("<"):
            path = Path(self.source.label).parent / path
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise self.error(node, f"the included file {str(path)!r} cannot be read") from None
        outer, self.source = self.source, SourceText(str(path), text)
        try:
            self._statements(parse_text(self.source))
        finally:
            self.source = outer

    def circuit(self) -> QuantumCircuit:
        """The circuit. Raises CannotShareError if joined outcomes do not fit into one bit."""
        if not self.bits.num_qubits:
            raise CircuitError(f"{self.source.label}: declares no qubits")
        hosts = assign_hosts(self.recorder, self._finals(), self.preferred)
        circuit = self._empty_circuit(hosts)
        write_steps(circuit, self.recorder, hosts.bit_of)
        if self.notes:
            circuit.metadata = {NOTES: list(self.notes)}
        return circuit

    def _empty_circuit(self, hosts: Hosts) -> QuantumCircuit:
        circuit = QuantumCircuit()
        for name, size in self.bits.qubits:
            if size is None or not name:
                circuit.add_bits([Qubit() for _ in range(size or 1)])
            else:
                circuit.add_register(QuantumRegister(size, name))
        for name, size in self.bits.clbits:
            circuit.add_register(ClassicalRegister(size or 1, name))
        if hosts.extra:
            taken = {name for name, _ in self.bits.clbits}
            circuit.add_register(ClassicalRegister(hosts.extra, further_register(taken)))
        return circuit

    def _finals(self) -> list[int | None]:
        """Per declared bit: the outcome that it holds at the end; None if it holds none."""
        finals: list[int | None] = []
        seen: set[int] = set()
        for variable, name in self.bits.variables:
            values = variable.value if variable.type.is_register else (variable.value,)
            for i, value in enumerate(values):
                outcome = self.recorder.as_outcome(value)
                if outcome in seen or (outcome is None and value):
                    where = f"{name}[{i}]" if variable.type.is_register else name
                    self.notes.setdefault(f"{where} is computed from measured bits and not itself measured: it stays 0")
                    outcome = None
                if outcome is not None:
                    seen.add(outcome)
                finals.append(outcome)
        return finals
