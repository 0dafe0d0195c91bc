"""Is the normal form the circuit that was given? The third check of a compilation, and the only one of its reading.

The plan checker and the circuit checker start from the normal form, so neither sees a circuit that was misread. Here a
random product state goes through the circuit, as :mod:`distq.verification.source_run` understands it, and through the
normal form, with equal outcomes of measurements; the states must agree. Circuits that are too large for that are
sampled: distinct gates of theirs are read one by one, and the gates among a few of their qubits together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, Gate, Reset

from distq.errors import InternalError
from distq.ir.program import Kind, Operation, Program
from distq.verification.numeric import angle_value, factor_matrix
from distq.verification.source_run import MATRIX_QUBITS, NotRunnableError, run_circuit
from distq.verification.state_run import StateRun, TooLargeError, product_state

MAX_QUBITS = 10
MAX_WORK = 1_000_000
"""Circuits run whole up to this many qubits, and up to this many instructions times amplitudes: about 0.1 s."""

SAMPLED_GATES = 24
"""So many distinct gates of a larger circuit are checked, the first that it has."""

SAMPLED_QUBITS = 7
SAMPLED_INSTRUCTIONS = 400
"""The gates among so many qubits of a larger circuit are checked together, at most so many."""

SCANNED = 20_000
"""Samples are taken from so many instructions at the beginning of a circuit."""

TOLERANCE = 1e-7
"""Distance of the normalised states per square root of the number of operations; every one is exact to 1e-9."""

Reader = Callable[[QuantumCircuit], Program]


def check_reading(source: QuantumCircuit, program: Program, read: Reader) -> str:
    """Compare a circuit with its normal form.

    Parameters
    ----------
    source
        The circuit as it was given.
    program
        Its normal form.
    read
        What made the one of the other; reads sampled gates.

    Returns
    -------
    str
        What was done, for the report.

    Raises
    ------
    InternalError
        They differ.
    """
    if source.num_qubits <= MAX_QUBITS and len(source.data) << source.num_qubits <= MAX_WORK:
        try:
            _compare(source, program)
        except (NotRunnableError, TooLargeError):
            return "reading not checked"
        return "reading checked"
    number = 0
    part = _part(source)
    if part.data:
        with suppress(NotRunnableError, TooLargeError):
            _compare(part, read(part))
    for gate in _distinct_gates(source):
        single = QuantumCircuit(gate.num_qubits)
        single.append(gate, range(gate.num_qubits))
        try:
            _compare(single, read(single))
        except (NotRunnableError, TooLargeError):
            continue
        number += 1
    return f"reading of {number} distinct gates checked"


def _distinct_gates(source: QuantumCircuit) -> Iterator[Any]:
    """The first gates of the circuit that differ in type, name or parameters, and are small enough for a matrix."""
    seen = set()
    for item in source.data[:SCANNED]:
        if item.is_standard_gate() and not item.params and item.name in seen:
            continue
        operation = item.operation
        if isinstance(operation, ControlFlowOp) or operation.num_clbits or operation.num_qubits > MATRIX_QUBITS:
            continue
        if not isinstance(operation, Gate) and not hasattr(operation, "base_op"):
            continue
        key = item.name if item.is_standard_gate() else (item.name, str(operation.params), id(type(operation)))
        if key not in seen:
            seen.add(key)
            yield operation
        if len(seen) >= SAMPLED_GATES:
            return


def _part(source: QuantumCircuit) -> QuantumCircuit:
    """The gates among some qubits that interact, as a circuit of its own."""
    gates = [i for i in source.data[:SCANNED] if not i.clbits and not isinstance(i.operation, ControlFlowOp | Reset)]
    chosen: dict[Any, int] = {}
    for item in gates:
        more = [q for q in item.qubits if q not in chosen]
        if len(item.qubits) > 1 and len(chosen) + len(more) <= SAMPLED_QUBITS and (not chosen or len(more) < 2):
            for qubit in more:
                chosen[qubit] = len(chosen)
    part = QuantumCircuit(len(chosen))
    inside = (item for item in gates if all(q in chosen for q in item.qubits))
    for item in islice(inside, SAMPLED_INSTRUCTIONS):
        part.append(item.operation, [chosen[q] for q in item.qubits])
    return part


def _compare(source: QuantumCircuit, program: Program) -> None:
    """Run both from one random state; raise InternalError if they end differently."""
    state = product_state(source.num_qubits, seed=1)
    expected, found = StateRun(state), StateRun(state)
    run_circuit(source, expected)
    for operation in program.operations:
        _perform(operation, found)
    moved = np.moveaxis(found.state, program.output, range(source.num_qubits))
    far = _distance(expected.state, moved)
    allowed = TOLERANCE * math.sqrt(1 + len(program.operations))
    same_bits = all(expected.bits[b] == found.bits[b] for b in range(source.num_clbits))
    if not same_bits or far > allowed or abs(expected.log_probability - found.log_probability) > 10 * allowed:
        what = "other measurement outcomes" if not same_bits else f"a state that is off by {far:.2g}"
        raise InternalError(f"{source.name} was misread: its normal form gives {what}")


def _distance(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> float:
    """Distance of two states up to a global phase, or of their reduced states where something was discarded."""
    first, second = (x.reshape(-1, x.shape[-1]) / np.linalg.norm(x) for x in (a, b))
    if first.shape[1] > 1 or second.shape[1] > 1:
        return float(np.linalg.norm(first @ first.conj().T - second @ second.conj().T))
    overlap = np.vdot(second, first)
    if abs(overlap) < 0.5:
        return 1.0
    return float(np.linalg.norm(first - second * (overlap / abs(overlap))))


def _perform(operation: Operation, run: StateRun) -> None:
    """One operation of the normal form."""
    condition = operation.condition
    if condition is not None:
        holds = all(run.bits[b] == condition.value >> i & 1 for i, b in enumerate(condition.clbits))
        if holds == condition.negate:
            return
    qubits = operation.qubits
    match operation.kind:
        case Kind.LOCAL:
            for factor in operation.factors:
                run.apply(factor_matrix(factor), qubits)
        case Kind.ROTATION:
            odd = np.zeros((), dtype=np.int64)
            for _ in qubits:
                odd = np.add.outer(odd, np.array([0, 1]))
            _diagonal(np.exp(-0.5j * angle_value(operation.angle) * (1 - 2 * (odd & 1))), qubits, run)
        case Kind.PHASE:
            phases = np.ones((2,) * len(qubits), dtype=np.complex128)
            phases[operation.pattern] = np.exp(1j * angle_value(operation.angle))
            _diagonal(phases, qubits, run)
        case Kind.MEASURE:
            assert operation.clbit is not None
            run.measure(qubits[0], operation.clbit)
        case Kind.RESET:
            run.reset(qubits[0])


def _diagonal(phases: NDArray[np.complex128], qubits: tuple[int, ...], run: StateRun) -> None:
    """Multiply by ``phases``, whose axes are ``qubits``."""
    order = np.argsort(qubits)
    shape = [2 if q in qubits else 1 for q in range(run.state.ndim - 1)] + [1]
    run.state = run.state * np.transpose(phases, order).reshape(shape)
