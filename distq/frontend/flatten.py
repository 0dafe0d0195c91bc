"""Any Qiskit circuit as a list of primitives. What has no rule of its own goes through its definition.

In: a Qiskit circuit. Out: :class:`FlatCircuit`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from qiskit import QuantumCircuit
from qiskit.circuit import (
    AnnotatedOperation,
    Barrier,
    BoxOp,
    ControlFlowOp,
    ControlledGate,
    Delay,
    IfElseOp,
    Store,
)
from qiskit.circuit import Measure as QiskitMeasure
from qiskit.circuit import Reset as QiskitReset
from qiskit.circuit.library import UnitaryGate

from distq.errors import CircuitError
from distq.frontend.composite import controls_of, expand_composite, unmodified
from distq.frontend.conditions import ALL_CASES, ALWAYS, branches, meet
from distq.frontend.matrix2 import FIXED
from distq.frontend.primitive_builder import ControlledBuilder, PrimitiveBuilder
from distq.frontend.primitive_matrix import matrix_of, power_of
from distq.frontend.primitives import Measure, Primitive, Reset
from distq.frontend.standard_gates import RULES
from distq.ir.program import Angle

if TYPE_CHECKING:
    from qiskit.circuit import CircuitInstruction


MOST_QUBITS_OF_A_POWER = 6
"""Powers of gates on so many qubits are computed from their matrices, of larger ones by repetition."""


class FlatCircuit(NamedTuple):
    """A flat circuit.

    Attributes
    ----------
    primitives
        In order, on the circuit's qubits by index.
    global_phase
        Radians, as far as it is known.
    numeric
        False if the global phase depends on unknown angles.
    clbit_registers
        Name and bits of each classical register.
    """

    primitives: list[Primitive]
    global_phase: float
    numeric: bool
    clbit_registers: tuple[tuple[str, tuple[int, ...]], ...]


def flatten(circuit: QuantumCircuit) -> FlatCircuit:
    """Primitives of ``circuit`` on its qubits' indices. Raises CircuitError for what has no such form."""
    if circuit.num_identifiers:
        raise CircuitError(
            f"circuit {circuit.name!r} uses classical variables", "replace them by classical bits and registers"
        )
    flattener = _Flattener(circuit)
    flattener.circuit(circuit, range(circuit.num_qubits), range(circuit.num_clbits))
    index = {bit: i for i, bit in enumerate(circuit.clbits)}
    registers = tuple([(reg.name, tuple([index[bit] for bit in reg])) for reg in circuit.cregs])
    builder = flattener.builder
    return FlatCircuit(builder.primitives, builder.global_phase, builder.numeric, registers)


def to_angle(parameter: Any) -> Angle:
    """Parameter of a gate as a float, or as the expression it is if it holds unbound parameters."""
    if isinstance(parameter, float | int):
        value = float(parameter)
    elif hasattr(parameter, "parameters") and parameter.parameters:
        return parameter
    else:
        number = complex(parameter)
        if abs(number.imag) > 1e-12:
            raise CircuitError(f"the angle {number} is not real")
        value = number.real
    if not math.isfinite(value):
        raise CircuitError(f"the angle {value} is not finite")
    return value


def _synthesised(operation: Any) -> QuantumCircuit | None:
    """What Qiskit's high-level synthesis makes of an operation without a definition; None if nothing."""
    from qiskit.exceptions import QiskitError
    from qiskit.transpiler.passes import HighLevelSynthesis

    circuit = QuantumCircuit(operation.num_qubits, operation.num_clbits)
    circuit.append(operation, circuit.qubits, circuit.clbits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of methods that lack ancillas
            made = HighLevelSynthesis()(circuit)
    except (QiskitError, TypeError):
        return None
    return None if any(i.name == operation.name for i in made.data) else made


class _Flattener:
    """Walks a circuit and its definitions. ``path`` says where it is, for messages."""

    def __init__(self, circuit: QuantumCircuit) -> None:
        self.builder = PrimitiveBuilder()
        self.top = circuit
        self.path: list[str] = []

    def circuit(self, circuit: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int]) -> None:
        """Flatten ``circuit``, whose bits are ``qubits`` and ``clbits`` of the whole."""
        if (circuit.num_qubits, circuit.num_clbits) != (len(qubits), len(clbits)):
            raise CircuitError("it acts on another number of qubits or bits than its body has", "write the file again")
        if circuit.global_phase:
            self.builder.add_global_phase(to_angle(circuit.global_phase))
        qubit_of = dict(zip(circuit.qubits, qubits, strict=True))
        clbit_of = dict(zip(circuit.clbits, clbits, strict=True))
        builder = self.builder
        for position, instruction in enumerate(circuit.data):
            name = instruction.name
            operands = tuple([qubit_of[bit] for bit in instruction.qubits])
            if instruction.is_standard_gate():
                matrix = FIXED.get(name)
                if matrix is not None:
                    builder.one_qubit_gate(operands[0], matrix)
                    continue
                rule = RULES.get(name)
                if rule is not None:
                    with self._located(position, instruction, operands):
                        rule(builder, operands, [to_angle(p) for p in instruction.params])
                    continue
            with self._located(position, instruction, operands):
                self._operation(instruction.operation, operands, instruction.clbits, clbit_of)

    def operation(self, operation: Any, qubits: tuple[int, ...]) -> None:
        """Flatten one gate."""
        self._operation(operation, qubits, (), {})

    @contextmanager
    def _located(self, position: int, instruction: CircuitInstruction, operands: Sequence[int]) -> Iterator[None]:
        """Adds the place to errors that pass."""
        on = ", ".join(map(str, operands))
        self.path.append(f"instruction {position} ({instruction.name!r} on qubit{'s' * (len(operands) != 1)} {on})")
        try:
            yield
        except CircuitError as error:
            if not getattr(error, "located", False):
                located = CircuitError(f"{' in '.join(reversed(self.path))}: {error.message}", error.hint)
                located.located = True  # type: ignore[attr-defined]
                raise located from error
            raise
        finally:
            self.path.pop()

    def _operation(
        self, operation: Any, qubits: tuple[int, ...], bits: Sequence[Any], clbit_of: dict[Any, int]
    ) -> None:
        """Flatten one operation on ``qubits`` and the classical ``bits``, whose indices ``clbit_of`` gives."""
        match operation:
            case Barrier() | Delay():
                return
            case QiskitMeasure():
                self.builder.primitives.append(Measure(qubits[0], clbit_of[bits[0]], self.builder.condition))
            case QiskitReset():
                self.builder.primitives.append(Reset(qubits[0], self.builder.condition))
            case IfElseOp():
                self._if_else(operation, qubits, bits, clbit_of)
            case BoxOp():
                self.circuit(operation.body, qubits, [clbit_of[bit] for bit in bits])
            case ControlFlowOp() | Store():
                raise CircuitError(
                    f"{operation.name!r} is not supported", "unroll loops and switches into if/else on classical bits"
                )
            case AnnotatedOperation():
                plain = unmodified(operation)
                base = plain.base
                for power in plain.powers:  # one after the other: the root of a square is not always what was squared
                    base = self._power(base, power)
                self._controlled(base, plain.pattern, qubits)
            case _ if expand_composite(self.builder, operation, qubits, to_angle):
                return
            case ControlledGate() if (parts := controls_of(operation)) is not None:
                self._controlled(*parts, qubits)
            case _:
                self._definition(operation, qubits, [clbit_of[bit] for bit in bits])

    def _controlled(self, base: Any, pattern: tuple[int, ...], qubits: tuple[int, ...]) -> None:
        """``base`` on the last qubits where the first ones hold ``pattern``: its definition, read under control.

        Qiskit's own controlled definitions are not used: those of gates of the user's own that bear the name of a
        standard gate are made for the standard gate.
        """
        outer = self.builder
        if pattern:
            self.builder = ControlledBuilder(outer, qubits[: len(pattern)], pattern)
        try:
            self.operation(base, qubits[len(pattern) :])
        finally:
            self.builder = outer

    def _power(self, base: Any, power: float) -> Any:
        """A power of a gate: its inverse, repeated where the power is whole and the gate large, else by its matrix."""
        if power == 1.0:
            return base
        if power == -1.0:
            return base.inverse()
        if base.num_qubits <= MOST_QUBITS_OF_A_POWER:
            inside = _Flattener(self.top)
            inside.operation(base, tuple(range(base.num_qubits)))
            matrix = matrix_of(inside.builder.primitives, base.num_qubits, inside.builder.global_phase)
            if matrix is not None and inside.builder.numeric:
                return UnitaryGate(power_of(matrix, power))
        if power != int(power):
            raise CircuitError(
                f"the power {power:g} of {base.name!r}, a gate on {base.num_qubits} qubits, is not supported",
                f"whole powers are, and any power of a gate without free parameters on up to "
                f"{MOST_QUBITS_OF_A_POWER} qubits",
            )
        repeated = QuantumCircuit(base.num_qubits, name=f"{base.name}^{power:g}")
        one = base if power > 0 else base.inverse()
        for _ in range(abs(int(power))):
            repeated.append(one, repeated.qubits)
        return repeated.to_gate()

    def _definition(self, operation: Any, qubits: tuple[int, ...], clbits: Sequence[int]) -> None:
        """Flatten an operation by its definition, or by what Qiskit synthesises for it."""
        try:
            definition = getattr(operation, "definition", None)
        except TypeError:  # of a matrix that has unknown parameters
            definition = None
        if definition is None:
            definition = _synthesised(operation)
        if definition is None:
            unknown = any(getattr(p, "parameters", None) for p in getattr(operation, "params", ()))
            raise CircuitError(
                f"{operation.name!r} has no definition" + (" for unknown parameters" if unknown else ""),
                "bind its parameters" if unknown else "give it a definition in gates that distq knows",
            )
        self.circuit(definition, qubits, clbits)

    def _if_else(self, operation: Any, qubits: tuple[int, ...], bits: Sequence[Any], clbit_of: dict[Any, int]) -> None:
        """Flatten the branches of an ``if``, each under its condition."""
        clbits = [clbit_of[bit] for bit in bits]
        outer = self.builder.condition
        for cases, body in branches(operation, clbit_of):
            for joint in meet(ALL_CASES if outer is None else (outer,), cases):
                self.builder.condition = None if joint == ALWAYS else joint
                try:
                    self.circuit(body, qubits, clbits)
                finally:
                    self.builder.condition = outer
