"""Exact equivalence of a compiled circuit with its source, on every branch of its protocols at once.

The compiled circuit is run by a small statevector simulator of its own. A protocol measurement is *deferred*: the
measured qubit stays as a virtual one that controls the corrections. Once the outcome has been used for the last time
and the ion was reset, the virtual qubit must be |+> by itself up to the phase of |1>, whatever the state: then both
outcomes were equally likely and led to the same state. The simulator asserts this and drops it. So one run covers all
branches.

Measurements into the source's own bits are branched on: outcomes are drawn in a run of the source circuit and forced in
the run of the compiled one; their joint probability must agree. Qubits that are reset, and outputs that are freed, are
traced out.

Only the two circuits and the layout in the metadata of the compiled one are used.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, IfElseOp
from qiskit.circuit.classical import expr, types
from qiskit.exceptions import QiskitError

from distq.execution.bell_pairs import epr_gate

CHOI_QUBITS = 4
"""Up to this many qubits every input is entangled with a reference; beyond, inputs are random product states."""

TOLERANCE = 1e-7


class NotEquivalent(AssertionError):
    """The compiled circuit does something else than its source."""


def assert_equivalent(original: QuantumCircuit, compiled: QuantumCircuit, *, branches: int = 2, seed: int = 0) -> None:
    """Raise NotEquivalent unless ``compiled`` equals ``original`` under its layout, up to a global phase.

    ``branches`` runs with random outcomes of the source's measurements (and random inputs, if these are product
    states); one is enough for a source without measurements of up to CHOI_QUBITS qubits.
    """
    layout = compiled.metadata["distq"]["layout"]
    outputs = layout["output"]
    lines = len(layout["final"])
    if len(outputs) != original.num_qubits or lines < original.num_qubits:
        raise NotEquivalent("the layout does not fit the source")
    choi = original.num_qubits <= CHOI_QUBITS
    measured = any(i.operation.name in ("measure", "if_else") for i in original.data)
    for branch in range(branches if measured or not choi else 1):
        rng = np.random.default_rng([seed, branch])
        inputs = None if choi else _random_inputs(original.num_qubits, rng)
        source = _Run(original, original.num_clbits, rng)
        source.run([(0, q, q) for q in range(original.num_qubits)], inputs)
        target = _Run(compiled, original.num_clbits, forced=source.outcomes)
        births = [(layout["entry"][line], int(ion), line) for ion, lines in layout["births"].items() for line in lines]
        if sorted(line for _, _, line in births) != list(range(lines)):
            raise NotEquivalent("not every line is born exactly once")
        target.run(sorted(birth for birth in births if birth[2] < original.num_qubits), inputs)  # others start in |0>
        target.check_clean({q for q in (*outputs, *layout["final"]) if q is not None})
        _compare(source, target, outputs)


def _random_inputs(n: int, rng: np.random.Generator) -> list[NDArray[np.complex128]]:
    vectors = rng.normal(size=(n, 2)) + 1j * rng.normal(size=(n, 2))
    return [v / np.linalg.norm(v) for v in vectors]


def _compare(source: _Run, target: _Run, outputs: list[int | None]) -> None:
    if source.outcomes != target.outcomes:
        raise NotEquivalent(f"measurements differ: {source.outcomes} and {target.outcomes}")
    if abs(source.log_probability - target.log_probability) > TOLERANCE:
        raise NotEquivalent(f"outcomes {source.outcomes} have different probabilities")
    kept = [q for q, ion in enumerate(outputs) if ion is not None]
    a = source.matrix(kept)
    b = target.matrix([outputs[q] for q in kept])  # type: ignore[misc]
    cross, own, other = (np.linalg.norm(x.conj().T @ y) ** 2 for x, y in ((a, b), (a, a), (b, b)))
    if abs(own + other - 2 * cross) > TOLERANCE:
        raise NotEquivalent(f"states differ: |rho - sigma|^2 = {own + other - 2 * cross:.3g}")


@dataclass
class _State:
    """A state vector whose axes come and go. Axis names are integers."""

    psi: NDArray[np.complex128] = field(default_factory=lambda: np.ones((), dtype=np.complex128))
    axes: list[int] = field(default_factory=list)
    names: Any = field(default_factory=itertools.count)

    def add(self, *vectors: NDArray[np.complex128]) -> tuple[int, ...]:
        """New axes in a product of states; a state of m qubits has shape (2,) * m."""
        new: list[int] = []
        for vector in vectors:
            self.psi = np.multiply.outer(self.psi, vector)
            new += [next(self.names) for _ in range(vector.ndim)]
        self.axes += new
        return tuple(new)

    def apply(self, matrix: NDArray[np.complex128], on: list[int], control: int | None = None, value: int = 1) -> None:
        """Apply a unitary (first axis least significant), if wanted only where axis ``control`` has ``value``."""
        view, axes = self.psi, self.axes
        if control is not None:
            view = self._slice(control, value)
            axes = [a for a in axes if a != control]
        where = [axes.index(a) for a in reversed(on)]
        front = np.moveaxis(view, where, range(len(where)))
        shape = front.shape
        front[...] = (matrix @ front.reshape(len(matrix), -1)).reshape(shape)

    def project(self, axis: int, value: int) -> None:
        """Keep the part where ``axis`` has ``value``; the axis goes."""
        self.psi = self._slice(axis, value).copy()  # of a scalar, ascontiguousarray makes a vector
        self.axes.remove(axis)

    def weight(self, axis: int, value: int) -> float:
        """Probability of ``value``."""
        return float(np.linalg.norm(self._slice(axis, value)) ** 2)

    def difference(self, axis: int) -> float:
        """Between the states of its two values, whatever their phases: those are global once the value is known."""
        zero, one = self._slice(axis, 0), self._slice(axis, 1)
        overlap = np.vdot(zero, one)
        return float(np.linalg.norm(one - zero * (overlap / max(abs(overlap), 1e-300))))

    def _slice(self, axis: int, value: int) -> NDArray[np.complex128]:
        view: NDArray[np.complex128] = np.moveaxis(self.psi, self.axes.index(axis), 0)[value, ...]
        return view


_CX = np.eye(4, dtype=np.complex128)[[0, 3, 2, 1]]
_ZERO = np.array([1, 0], dtype=np.complex128)
_BELL = np.eye(2, dtype=np.complex128) / np.sqrt(2)


@dataclass(eq=False)
class _Deferred:
    """The outcome of a protocol measurement: the axis that holds it, and how often it will still be read."""

    axis: int
    reads: int
    detached: bool = False


class _Run:
    """One run of a circuit. Bits from ``first_protocol_bit`` on hold protocol outcomes."""

    def __init__(
        self,
        circuit: QuantumCircuit,
        first_protocol_bit: int,
        rng: np.random.Generator | None = None,
        forced: dict[tuple[int, int], int] | None = None,
    ) -> None:
        self.circuit, self.first_protocol_bit = circuit, first_protocol_bit
        self.rng, self.forced = rng, forced
        self.state = _State()
        self.qubit = {q: i for i, q in enumerate(circuit.qubits)}
        self.clbit = {c: i for i, c in enumerate(circuit.clbits)}
        self.holds: list[int | None] = [None] * circuit.num_qubits
        """Per qubit: its axis; None if it is |0>."""
        self.references: dict[int, int] = {}
        self.values = [0] * circuit.num_clbits
        self.deferred: dict[int, _Deferred] = {}
        self.measured: dict[int, _Deferred] = {}
        """Qubits that were measured for a protocol and not touched since: their axis is that of the outcome."""
        self.outcomes: dict[tuple[int, int], int] = {}
        self.log_probability = 0.0

    # The run

    def run(self, births: list[tuple[int, int, int]], inputs: list[NDArray[np.complex128]] | None) -> None:
        """Births are (instructions before it, qubit, line), sorted."""
        reads = self._count_reads()
        waiting = list(reversed(births))
        for index, instruction in enumerate(self.circuit.data):
            while waiting and waiting[-1][0] <= index:
                self._bear(*waiting.pop()[1:], inputs)
            self.reads = reads.get(index, 0)
            self._execute(instruction, list(instruction.qubits), list(instruction.clbits), {})
        while waiting:
            self._bear(*waiting.pop()[1:], inputs)
        for qubit in list(self.measured):
            self._touch(qubit)

    def check_clean(self, outputs: set[int]) -> None:
        """Every qubit but the outputs must have been reset."""
        left = [q for q, axis in enumerate(self.holds) if axis is not None and q not in outputs]
        if left:
            raise NotEquivalent(f"qubits {left} are not reset at the end")

    def matrix(self, kept: list[int]) -> NDArray[np.complex128]:
        """Amplitudes as a matrix: references and kept qubits by all the rest."""
        axes = [self.references[line] for line in sorted(self.references)] + [self._axis(q) for q in kept]
        where = [self.state.axes.index(a) for a in axes]
        return np.moveaxis(self.state.psi, where, range(len(where))).reshape(2 ** len(axes), -1)

    def _count_reads(self) -> dict[int, int]:
        """Per index of a protocol measurement: number of later instructions that read its outcome."""
        counts: dict[int, int] = {}
        writer: dict[int, int] = {}
        for index, instruction in enumerate(self.circuit.data):
            bits = [self.clbit[c] for c in instruction.clbits]
            if instruction.operation.name == "measure":
                writer[bits[0]] = index
                counts[index] = 0
            elif isinstance(instruction.operation, IfElseOp):
                for bit in bits:
                    if bit in writer:
                        counts[writer[bit]] += 1
        return counts

    def _bear(self, qubit: int, line: int, inputs: list[NDArray[np.complex128]] | None) -> None:
        if self.holds[qubit] is not None:
            raise NotEquivalent(f"line {line} is born on qubit {qubit}, which is not |0>")
        if inputs is None:
            self.references[line], self.holds[qubit] = self.state.add(_BELL)
        else:
            (self.holds[qubit],) = self.state.add(inputs[line])

    def _execute(self, instruction: Any, qubits: list[Any], clbits: list[Any], bits: dict[Clbit, Clbit]) -> None:
        op = instruction.operation
        at = [self.qubit[q] for q in qubits]
        match op.name:
            case "barrier" | "delay" | "id":
                pass
            case "swap":
                self._swap(*at)
            case "measure":
                self._measure(at[0], self.clbit[clbits[0]])
            case "reset":
                self._reset(at[0])
            case "if_else":
                self._if_else(op, qubits, clbits, bits)
            case _:
                self._gate(op, at)

    # Gates

    def _axis(self, qubit: int) -> int:
        axis = self.holds[qubit]
        if axis is None:
            (axis,) = self.state.add(_ZERO)
            self.holds[qubit] = axis
        return axis

    def _touch(self, qubit: int) -> int:
        """The axis of a qubit that is about to change. If it is that of an outcome, the qubit gets a copy of it."""
        outcome = self.measured.pop(qubit, None)
        if outcome is not None:
            (self.holds[qubit],) = self.state.add(_ZERO)
            self.state.apply(_CX, [outcome.axis, self._axis(qubit)])
            self._detach(outcome)
        return self._axis(qubit)

    def _gate(self, op: Any, at: list[int], control: int | None = None, value: int = 1) -> None:
        if op.name == "epr":
            op = epr_gate()
        try:
            matrix = op.to_matrix()
        except (QiskitError, AttributeError, TypeError):
            for inner in op.definition.data:
                self._gate(inner.operation, [at[op.definition.find_bit(q).index] for q in inner.qubits], control, value)
            return
        self.state.apply(matrix, [self._touch(q) for q in at], control, value)

    def _swap(self, a: int, b: int) -> None:
        self.holds[a], self.holds[b] = self.holds[b], self.holds[a]
        moved = {b: self.measured.pop(a, None), a: self.measured.pop(b, None)}
        self.measured |= {q: outcome for q, outcome in moved.items() if outcome is not None}

    def _reset(self, qubit: int) -> None:
        """The old state stays behind: as an outcome if it is one, else as part of the environment."""
        outcome = self.measured.pop(qubit, None)
        self.holds[qubit] = None
        if outcome is not None:
            self._detach(outcome)

    # Measurements

    def _measure(self, qubit: int, bit: int) -> None:
        axis = self._touch(qubit)
        if bit < self.first_protocol_bit:
            self._branch(qubit, axis, bit)
            return
        self.deferred[bit] = self.measured[qubit] = _Deferred(axis, self.reads)

    def _branch(self, qubit: int, axis: int, bit: int) -> None:
        key = (bit, sum(b == bit for b, _ in self.outcomes))
        one = self.state.weight(axis, 1)
        if self.rng is not None:
            value = int(self.rng.random() < one)
        elif self.forced is not None and key in self.forced:
            value = self.forced[key]
        else:
            raise NotEquivalent(f"bit {bit} is written more often than in the source")
        probability = one if value else 1 - one
        if probability < 1e-12:
            raise NotEquivalent(f"bit {bit} cannot be {value}, as it is in the source")
        self.outcomes[key] = self.values[bit] = value
        self.log_probability += float(np.log(probability))
        self.state.project(axis, value)
        self.state.psi /= np.sqrt(probability)
        (self.holds[qubit],) = self.state.add(np.eye(2, dtype=np.complex128)[value])

    def _detach(self, outcome: _Deferred) -> None:
        outcome.detached = True
        self._drop_if_spent(outcome)

    def _drop_if_spent(self, outcome: _Deferred) -> None:
        if outcome.reads or not outcome.detached:
            return
        wrong = self.state.difference(outcome.axis)
        if wrong > TOLERANCE:
            raise NotEquivalent(f"a protocol outcome matters after its last use (its two states differ by {wrong:.3g})")
        self.state.project(outcome.axis, 0)
        self.state.psi *= np.sqrt(2)

    # Conditions

    def _if_else(self, op: Any, qubits: list[Any], clbits: list[Any], bits: dict[Clbit, Clbit]) -> None:
        condition = op.condition
        if isinstance(condition, tuple) and isinstance(condition[0], Clbit):
            bit = self.clbit[bits.get(condition[0], condition[0])]
            if bit >= self.first_protocol_bit:
                self._correct(op, qubits, bit, int(condition[1]))
                return
        body = op.blocks[0] if self._holds(condition, bits) else (op.blocks[1] if len(op.blocks) > 1 else None)
        if body is None:
            return
        inner_bits = dict(zip(body.clbits, clbits, strict=True))
        outer = dict(zip(body.qubits, qubits, strict=True))
        for inner in body.data:
            inner_qubits, inner_clbits = [outer[q] for q in inner.qubits], [inner_bits[c] for c in inner.clbits]
            self._execute(inner, inner_qubits, inner_clbits, inner_bits)

    def _correct(self, op: Any, qubits: list[Any], bit: int, wanted: int) -> None:
        """Gates controlled by a deferred outcome."""
        body = op.blocks[0]
        outcome = self.deferred.get(bit)
        if len(op.blocks) != 1 or (outcome is None and wanted):
            raise NotEquivalent(f"bit {bit} is read before it is written, or has an else branch")
        for inner in body.data:
            at = [self.qubit[qubits[body.find_bit(q).index]] for q in inner.qubits]
            if outcome is None:
                self._gate(inner.operation, at)
            else:
                self._gate(inner.operation, at, outcome.axis, wanted)
        if outcome is not None:
            outcome.reads -= 1
            self._drop_if_spent(outcome)

    def _holds(self, condition: Any, bits: dict[Clbit, Clbit]) -> bool:
        def value(c: Clbit) -> int:
            index = self.clbit[bits.get(c, c)]
            if index >= self.first_protocol_bit:
                raise NotEquivalent("a condition mixes protocol bits with others")
            return self.values[index]

        if isinstance(condition, tuple):
            left, right = condition
            read = value(left) if isinstance(left, Clbit) else sum(value(c) << i for i, c in enumerate(left))
            return read == int(right)
        return bool(_evaluate(condition, value))


def _evaluate(node: Any, value: Any) -> int:
    """Value of a classical expression of bits and registers."""
    match node:
        case expr.Var():
            return (
                value(node.var) if isinstance(node.var, Clbit) else sum(value(c) << i for i, c in enumerate(node.var))
            )
        case expr.Value():
            return int(node.value)
        case expr.Cast():
            return _evaluate(node.operand, value)
        case expr.Unary():
            inside = _evaluate(node.operand, value)
            boolean = isinstance(node.type, types.Bool)
            return int(not inside) if boolean else ~inside & (2**node.type.width - 1)
        case expr.Binary():
            a, b = _evaluate(node.left, value), _evaluate(node.right, value)
            op = node.op.name
            table = {
                "BIT_AND": a & b, "BIT_OR": a | b, "BIT_XOR": a ^ b, "LOGIC_AND": a and b, "LOGIC_OR": a or b,
                "EQUAL": a == b, "NOT_EQUAL": a != b, "LESS": a < b, "LESS_EQUAL": a <= b, "GREATER": a > b,
                "GREATER_EQUAL": a >= b,
            }  # fmt: skip
            return int(table[op])
    raise TypeError(f"expression {node!r} is not supported here")
