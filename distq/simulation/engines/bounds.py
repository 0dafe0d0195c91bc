"""What is known without simulating: a rigorous lower bound, and the product of the faults' process survivals."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from distq.ir.program import Kind, Matrix
from distq.simulation.execution import Execution
from distq.simulation.noise.kraus import proposal_probabilities
from distq.simulation.noise.matrices import number
from distq.simulation.noise.steps import KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.faults import PAULI, Effect
from distq.simulation.reduction.frame_program import FrameOp, FrameProgram, Operand, PauliActions, SwitchedOff
from distq.simulation.reduction.operations import Gate
from distq.simulation.statevector import kernels


def lower_bound(execution: Execution) -> float:
    """Probability that no fault happens, which no input's state fidelity is below.

    Faults of equal effect count as one, which happens if an odd number of them do; those without effect do not count.
    Operations left out, and noise that acts in every run, each turn the state by a limited angle; the fidelity is then
    at least that probability times the squared cosine of the sum of these angles. With coherent copies there is no
    such bound, and it is 0.
    """
    framed = execution.frame_program
    if any(isinstance(op, KrausNoise) and op.traced for op in framed.ops):
        return 0.0
    angle = sum(_largest_angle(matrix) for matrix in _acting_always(framed))
    if execution.target_program is not None:
        angle += math.acos(math.sqrt(execution.target_program.lowest_fidelity))
    return float(execution.fault_probabilities.no_fault.mean()) * math.cos(min(angle, math.pi / 2)) ** 2


def process_product(execution: Execution) -> float:
    """Product over faults of their process survival: the process (entanglement) fidelity, up to cancelling faults.

    A fault alone leaves the process with fidelity |tr(E)|^2/4^n: 0 for a Pauli, cos^2(angle) for a rotation whose sign
    is inverted. Measured against exact process fidelities the product is within 1 % and below, as faults that undo each
    other are not counted. With measurements inside the program it is the product of success probabilities. Operations
    left out count like faults that happen for sure. Noise that acts in every run counts as if its steps did not
    interfere; several over-rotations of one sign lose more together.
    """
    framed = execution.frame_program
    log_survival = sum(_log_survival(matrix) for matrix in _acting_always(framed))
    log_survival += sum(_log_correction(op) for op in framed.ops if isinstance(op, KrausNoise))
    loss = np.zeros(len(execution.faults))
    for index, fault in enumerate(execution.faults):
        pairs = zip(fault.effects, fault.probabilities, strict=True)
        loss[index] = sum(p * (1.0 - _process_survival(framed, effect)) for effect, p in pairs) / fault.probability
    target = execution.target_program
    approximated = 1.0 if target is None else target.process_fidelity
    return math.exp(log_survival) * float(execution.fault_probabilities.survival(loss).mean()) * approximated


def _acting_always(framed: FrameProgram) -> Iterator[Matrix]:
    """What noise does in every run, one matrix per gate or wait: a unitary, or a Kraus operator without a jump."""
    group: list[FrameOp] = []
    for op in (*framed.ops, SwitchedOff()):
        if isinstance(op, Rotation | LocalUnitary | Undo) and op.shares:
            group.append(op)
        elif group:
            yield _unitary(framed, group)
            group = []
        if isinstance(op, KrausNoise) and not op.traced:
            yield np.reshape(np.array(op.operators[0].matrix, dtype=np.complex128), (2, 2))


def _unitary(framed: FrameProgram, group: list[FrameOp]) -> Matrix:
    """Product of noise ops on the few lines that they act on."""
    used: set[int] = set()
    for op in group:
        if isinstance(op, LocalUnitary):
            used.add(op.qubit)
        elif isinstance(op, Rotation | Undo):
            used.update([operand.line for operand in op.operands])
    place = {line: k for k, line in enumerate(sorted(used))}
    columns: Matrix = np.eye(1 << len(used), dtype=np.complex128)
    for column in columns:  # as rows of the transpose
        for op in group:
            match op:
                case LocalUnitary(line, matrix):
                    kernels.apply_1q(column, place[line], *map(complex, matrix))
                case Rotation(operands, angle):
                    kernels.rotate(column, sum(1 << place[line] for line, _ in operands), angle)
                case Undo(operation, operands):
                    source = framed.program.operations[operation]
                    lines = [place[line] for line, _ in operands]
                    mask = sum(1 << line for line in lines)
                    if source.kind is Kind.ROTATION:
                        kernels.rotate(column, mask, -number(source.angle))
                    else:
                        value = sum(bit << line for bit, line in zip(source.pattern, lines, strict=True))
                        kernels.phase(column, mask, value, -number(source.angle))
    return columns.T


def _largest_angle(matrix: Matrix) -> float:
    """Largest angle between a state and what the matrix makes of it, for a unitary or a positive diagonal matrix.

    For the latter it follows from Kantorovich's inequality; for the former it is half the shortest arc that holds all
    eigenvalues.
    """
    values = np.linalg.svd(matrix, compute_uv=False)
    high, low = float(values[0]), float(values[-1])
    if high - low > 1e-12:
        return math.asin((high - low) / (high + low))
    phases = np.sort(np.angle(np.linalg.eigvals(matrix)))
    gap = float(np.max(np.diff(phases, append=phases[0] + 2 * math.pi)))  # the rest of the circle holds all phases
    return min((2 * math.pi - gap) / 2, math.pi / 2)


def _process_survival(framed: FrameProgram, effect: Effect) -> float:
    """|tr(E)|^2/4^n of a lone fault, inverted gates taken to act on distinct sets of qubits."""
    if any(event.kind == PAULI for event in effect.events):
        return 0.0
    amplitude = 1.0
    for event in effect.events:
        gate = framed.ops[event.op]
        if isinstance(gate, KrausNoise):
            number_of_operator = event.x >> 1
            if number_of_operator:  # to invert a diagonal one leaves its trace
                m00, _, _, m11 = gate.operators[number_of_operator].matrix
                probability = float(proposal_probabilities(gate.operators)[number_of_operator])
                amplitude *= abs(m00 + m11) / 2 / math.sqrt(probability)
            continue
        if isinstance(gate, Rotation):
            amplitude *= math.cos(gate.angle)
            continue
        assert isinstance(gate, Gate | Undo)
        op = framed.program.operations[gate.operation]
        if op.kind is Kind.ROTATION:
            amplitude *= math.cos(number(op.angle))
        elif op.kind is Kind.PHASE:
            amplitude *= 1.0 - (1.0 - math.cos(number(op.angle))) / 2 ** (len(op.qubits) - 1)
        else:
            return 0.0
    return amplitude**2


def _log_survival(matrix: Matrix) -> float:
    """Logarithm of |tr(matrix)|^2/4^n."""
    return 2.0 * math.log(max(1e-8, abs(complex(np.trace(matrix))) / len(matrix)))


def _log_correction(op: KrausNoise[Operand, PauliActions]) -> float:
    """Logarithm of what the survival of Kraus noise is too small by.

    As a fault it is counted for the operators other than the first, which are divided by their probabilities.
    """
    if op.traced:
        return math.log(sum(abs(operator.matrix[0]) ** 2 for operator in op.operators if operator.pauli == 0))
    return -math.log(float(proposal_probabilities(op.operators)[0]))
