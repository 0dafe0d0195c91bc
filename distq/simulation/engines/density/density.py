"""The exact engine: density matrices of the qubits, one for every value of the live frames and classical bits.

Index bits of a density matrix: n row bits, n column bits, then one bit per live frame. Coherent copies are qubits too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Condition, Kind
from distq.simulation.engines.density.kernels import mix
from distq.simulation.noise.pauli_channels import Channel
from distq.simulation.noise.steps import KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.frame_program import (
    UNUSED,
    ChangeReference,
    FrameNoise,
    FrameProgram,
    FrameSite,
    NewFrame,
    Operand,
    PauliActions,
)
from distq.simulation.reduction.operations import Gate, Prepare
from distq.simulation.statevector import kernels
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import FlatProgram, flatten

Complex = NDArray[np.complex128]
Bits = tuple[int, ...]
Operands = tuple[Operand, ...]


@dataclass
class _Branch:
    """Unnormalised state given the classical bits; ``frames`` are the live ones, lowest index bit first."""

    rho: Complex
    frames: list[int] = field(default_factory=list)


def elements(framed: FrameProgram) -> int:
    """Complex numbers in the largest density matrix of one branch."""
    return int(4**framed.lines * 2**framed.peak_frames)


def final_states(framed: FrameProgram, state: InputState, *, noisy: bool = True) -> dict[Bits, Complex]:
    """Exact output of a program.

    Returns
    -------
    dict
        Values of all classical bits (of measurements with an effect inside the program) -> unnormalised density matrix
        of shape (2**n, 2**n). The traces sum to 1.
    """
    evolution = _Evolution(framed, flatten(framed, state, noisy=noisy), noisy)
    slot = 0
    slots = framed.fault_sites if noisy else ()
    for index in range(len(framed.ops) + 1):
        while slot < len(slots) and slots[slot].position == index:
            evolution.noise(slots[slot])
            slot += 1
        if index < len(framed.ops):
            evolution.step(index)
    side, kept = 2**framed.lines, 2**framed.program.num_qubits  # lines of copies are |0>
    return {bits: branch.rho.reshape(side, side).T[:kept, :kept] for bits, branch in evolution.branches.items()}


def fidelity(framed: FrameProgram, state: InputState, wanted: Complex | None = None) -> float:
    """Fidelity of the noisy with the noiseless joint state of classical bits and qubits, exact.

    For a unitary program ``wanted`` may be another state to compare with.

    It is (sum_c tr sqrt(sqrt(s_c) r_c sqrt(s_c)))^2 over values c of the classical bits, with unnormalised noiseless
    and noisy states s_c and r_c; <psi|r|psi> where there are no bits and s is pure.
    """
    noisy = final_states(framed, state)
    if wanted is not None:
        (rho,) = noisy.values()
        return float(np.clip(np.vdot(wanted, rho @ wanted).real, 0.0, 1.0))
    return joint_fidelity(final_states(framed, state, noisy=False), noisy)


def joint_fidelity(ideal: dict[Bits, Complex], noisy: dict[Bits, Complex]) -> float:
    """Fidelity of two joint states of classical bits and qubits; see :func:`fidelity`."""
    root = sum(_root_fidelity(ideal[c], noisy[c]) for c in ideal if c in noisy)
    return min(1.0, root**2)


def _root_fidelity(ideal: Complex, noisy: Complex) -> float:
    trace = float(np.trace(ideal).real)
    if trace <= 0.0:
        return 0.0
    column = int(np.argmax(np.diag(ideal).real))
    if abs(float(np.linalg.norm(ideal)) - trace) <= 1e-9 * trace:
        pure = ideal[:, column] / np.sqrt(ideal[column, column].real)  # carries the trace of the noiseless state
        return float(np.sqrt(max(0.0, np.vdot(pure, noisy @ pure).real)))
    values, vectors = np.linalg.eigh(ideal)
    keep = values > 1e-14 * trace
    root = vectors[:, keep] * np.sqrt(values[keep])
    inner = root.conj().T @ noisy @ root
    return float(np.sqrt(np.clip(np.linalg.eigvalsh(inner), 0.0, None)).sum())


class _Evolution:
    """All branches, moving through the program together."""

    def __init__(self, framed: FrameProgram, flat: FlatProgram, noisy: bool) -> None:
        self.framed, self.flat, self.noisy = framed, flat, noisy
        self.n = framed.lines
        rho = np.zeros(4**self.n, dtype=np.complex128)
        rho[0] = 1.0
        self.branches: dict[Bits, _Branch] = {(0,) * framed.program.num_clbits: _Branch(rho)}

    def step(self, index: int) -> None:
        match self.framed.ops[index]:
            case Rotation() | LocalUnitary() | Undo() | KrausNoise() as op if self.noisy:
                self.non_pauli_noise(index, op)
            case NewFrame(frame, sources):
                if self.framed.last_use[frame] != UNUSED:
                    for branch in self.branches.values():
                        self.new_frame(branch, frame, sources)
            case ChangeReference(line, frame, others):
                kept = tuple([f for f in others if self.framed.last_use[f] > index])
                for branch in self.branches.values():
                    self.change_reference(branch, frame, line, kept)
            case Prepare():
                self.local(index, self.branches.values())
            case Gate(operation, operands):
                if not self.noisy:
                    operands = tuple([Operand(qubit) for qubit in self.framed.program.operations[operation].qubits])
                self.gate(index, operation, operands)
        for branch in self.branches.values():
            for frame in [f for f in branch.frames if self.framed.last_use[f] <= index]:
                self.drop(branch, frame)

    def gate(self, index: int, operation: int, operands: Operands) -> None:
        op = self.framed.program.operations[operation]
        chosen = {bits: branch for bits, branch in self.branches.items() if holds(op.condition, bits)}
        match op.kind:
            case Kind.LOCAL:
                self.local(index, chosen.values())
            case Kind.ROTATION:
                for branch in chosen.values():
                    self.rotation(branch, index, operands)
            case Kind.PHASE:
                for branch in chosen.values():
                    self.phase(branch, index, operands)
            case Kind.MEASURE:
                assert op.clbit is not None
                self.measure(chosen, operands[0], op.clbit)
            case Kind.RESET:
                for branch in chosen.values():
                    self.reset(branch, operands[0].line)

    def non_pauli_noise(self, index: int, op: FrameNoise) -> None:
        """Noise that is no Pauli channel."""
        chosen = self.where_holds(None if isinstance(op, KrausNoise) else op.condition_of)
        match op:
            case LocalUnitary():
                self.local(index, chosen)
            case Rotation(operands):
                for branch in chosen:
                    self.rotation(branch, index, operands)
            case Undo(operation, operands):
                rotates = self.framed.program.operations[operation].kind is Kind.ROTATION
                for branch in chosen:
                    if rotates:
                        self.rotation(branch, index, operands)
                    else:
                        self.phase(branch, index, operands)
            case KrausNoise():
                for branch in chosen:
                    self.mixture(branch, op)

    def mixture(self, branch: _Branch, op: KrausNoise[Operand, PauliActions]) -> None:
        """Sum over Kraus operators; where the line is inverted by a frame, they are diagonal."""
        total = np.zeros_like(branch.rho)
        index = np.arange(branch.rho.size)
        line, of_x, of_z = op.operand.line, op.pauli_on.of_x, op.pauli_on.of_z
        inverted = (index & self.frame_mask(branch, _frames((op.operand,)))) != 0
        row, column = (((index >> shift & 1) == 1) ^ inverted for shift in (line, line + self.n))
        for (m00, m01, m10, m11), pauli in op.operators:
            if m01 == m10 == 0.0:
                part = branch.rho * np.where(row, m11, m00) * np.where(column, m11, m00).conj()
            else:
                part = branch.rho.copy()
                kernels.apply_1q(part, line, m00, m01, m10, m11)
                conjugate = np.conj((m00, m01, m10, m11))
                kernels.apply_1q(part, line + self.n, *conjugate)
            if pauli & 2:
                z = np.bitwise_count(index & self.flips(branch, of_z.z, ())).astype(np.int64) & 1
                part *= 1 - 2 * z
            total += part[index ^ self.flips(branch, of_x.x, of_x.frames)] if pauli & 1 else part
        branch.rho = total

    def local(self, index: int, branches: Iterable[_Branch]) -> None:
        k = self.flat.place[index]
        if k == self.flat.place[index + 1]:
            return
        op = self.flat.ops[k]
        q, m = int(op["qubit"]), np.array([op["m00"], op["m01"], op["m10"], op["m11"]])
        for branch in branches:
            kernels.apply_1q(branch.rho, q, *m)
            kernels.apply_1q(branch.rho, q + self.n, *m.conj())

    def rotation(self, branch: _Branch, index: int, operands: Operands) -> None:
        k = self.flat.place[index]
        op = self.flat.ops[k]
        mask, angle = int(op["mask"]), float(op["angle"])
        flips = self.frame_mask(branch, _frames(operands))
        kernels.rotate(branch.rho, mask | flips, angle)
        kernels.rotate(branch.rho, mask << self.n | flips, -angle)

    def phase(self, branch: _Branch, index: int, operands: Operands) -> None:
        k = self.flat.place[index]
        op = self.flat.ops[k]
        mask, value, angle = int(op["mask"]), int(op["value"]), float(op["angle"])
        for pattern, flipped in self._patterns(branch, operands, value):
            for shift, sign in ((0, 1), (self.n, -1)):
                kernels.phase(branch.rho, mask << shift | pattern[0], flipped << shift | pattern[1], sign * angle)

    def _patterns(self, branch: _Branch, operands: Operands, value: int) -> Iterator[tuple[tuple[int, int], int]]:
        """Per value of the frames involved: (their mask, their bits), and the lines' bits that get the phase."""
        involved = [(line, frame) for line, frame in operands if frame is not None]
        mask = self.frame_mask(branch, _frames(operands))
        for choice in range(2 ** len(involved)):
            bits, flipped = 0, value
            for k, (line, frame) in enumerate(involved):
                if choice >> k & 1:
                    bits |= self.frame_bit(branch, frame)
                    flipped ^= 1 << line
            yield (mask, bits), flipped

    def measure(self, chosen: dict[Bits, _Branch], operand: Operand, clbit: int) -> None:
        line, frame = operand
        found: dict[Bits, _Branch] = {b: s for b, s in self.branches.items() if b not in chosen}
        for bits, branch in chosen.items():
            for outcome in (0, 1):
                part = _Branch(branch.rho.copy(), list(branch.frames))
                kernels.project(part.rho, line, outcome, False)
                kernels.project(part.rho, line + self.n, outcome, False)
                for recorded in (0, 1):
                    piece = part
                    wrong = self.frame_bit(part, frame) if frame in part.frames else 0
                    if wrong:
                        piece = _Branch(part.rho.copy(), list(part.frames))
                        kernels.project(piece.rho, wrong.bit_length() - 1, outcome ^ recorded, False)
                    elif recorded != outcome:
                        continue
                    if np.trace(self._marginal(piece)).real > 1e-15:
                        _add(found, (*bits[:clbit], recorded, *bits[clbit + 1 :]), piece)
        self.branches = found

    def _marginal(self, branch: _Branch) -> Complex:
        side = 2**self.n
        out: Complex = branch.rho.reshape(-1, side, side).sum(axis=0)
        return out

    def reset(self, branch: _Branch, line: int) -> None:
        kept = branch.rho.copy()
        for matrix, outcome in ((kept, 0), (branch.rho, 1)):
            kernels.project(matrix, line, outcome, True)
            kernels.project(matrix, line + self.n, outcome, True)
        branch.rho += kept

    def new_frame(self, branch: _Branch, frame: int, sources: Bits) -> None:
        mask = self.frame_mask(branch, tuple([f for f in sources if f in branch.frames]))
        index = np.arange(branch.rho.size) if mask else np.zeros(1, dtype=np.int64)
        odd = np.bitwise_count(index & mask) & 1
        branch.rho = np.concatenate([np.where(odd, 0.0, branch.rho), np.where(odd, branch.rho, 0.0)])
        branch.frames.append(frame)

    def change_reference(self, branch: _Branch, frame: int, line: int, others: Bits) -> None:
        bit = self.frame_bit(branch, frame)
        flips = self.flips(branch, 1 << line, others)
        index = np.arange(branch.rho.size)
        branch.rho = branch.rho[np.where(index & bit, index ^ flips, index)]

    def drop(self, branch: _Branch, frame: int) -> None:
        bit = self.frame_bit(branch, frame)
        branch.rho = branch.rho.reshape(-1, 2, bit).sum(axis=1).ravel()
        branch.frames.remove(frame)

    def noise(self, site: FrameSite) -> None:
        for branch in self.where_holds(site.condition_of):
            by_x = [self.flips(branch, of_x.x, of_x.frames) for of_x, _ in site.operands]
            by_z = [self.flips(branch, of_z.x, of_z.frames) for _, of_z in site.operands]
            signs = [self.flips(branch, of_z.z, ()) for _, of_z in site.operands]
            out = np.empty_like(branch.rho)
            mix(branch.rho, out, *_table(site.error.channel, by_x, by_z), signs[0], signs[-1])
            branch.rho = out

    def where_holds(self, condition_of: int | None) -> list[_Branch]:
        """Branches whose classical bits meet the condition of that operation."""
        if condition_of is None:
            return list(self.branches.values())
        condition = self.framed.program.operations[condition_of].condition
        return [branch for bits, branch in self.branches.items() if holds(condition, bits)]

    def flips(self, branch: _Branch, lines: int, frames: Bits) -> int:
        """Index bits that X on the lines of bit mask ``lines`` and a flip of the live ones of ``frames`` turn over."""
        return lines | lines << self.n | self.frame_mask(branch, tuple([f for f in frames if f in branch.frames]))

    def frame_bit(self, branch: _Branch, frame: int) -> int:
        return 1 << (2 * self.n + branch.frames.index(frame))

    def frame_mask(self, branch: _Branch, frames: Bits) -> int:
        mask = 0
        for frame in frames:
            mask ^= self.frame_bit(branch, frame)
        return mask


def _frames(operands: Operands) -> Bits:
    return tuple([operand.frame for operand in operands if operand.frame is not None])


def holds(condition: Condition | None, bits: Bits) -> bool:
    """True if the classical bits meet the condition."""
    if condition is None:
        return True
    read = sum(bits[clbit] << k for k, clbit in enumerate(condition.clbits))
    return (read == condition.value) != condition.negate


def _add(branches: dict[Bits, _Branch], bits: Bits, piece: _Branch) -> None:
    if bits in branches:
        branches[bits].rho += piece.rho
    else:
        branches[bits] = piece


def _table(channel: Channel, by_x: list[int], by_z: list[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What ``mix`` takes: the different ``flips``, none first, and ``table[a, d]``.

    ``by_x`` and ``by_z`` are, per operand, the index bits that its X and its Z turn over. ``table[a, d]`` is the sum of
    the probabilities of all Paulis that turn over ``flips[a]``, signed by the Z parts of the operands with parities d.
    """
    rows: dict[int, NDArray[np.float64]] = {0: np.zeros(4)}
    for pauli, p in enumerate(channel):
        turned, sign = 0, np.ones(4)
        for k in range(len(by_x)):
            digit = pauli >> 2 * k & 3
            turned ^= (by_x[k] if digit & 1 else 0) ^ (by_z[k] if digit & 2 else 0)
            if digit & 2:
                sign = sign * (1 - 2 * (np.arange(4) >> k & 1))
        rows[turned] = rows.get(turned, 0.0) + p * sign
    return np.array(list(rows), dtype=np.int64), np.array(list(rows.values()))
