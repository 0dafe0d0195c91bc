"""Density matrices on their way through a program, one for every value of the classical bits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Condition, Kind
from distq.simulation.engines.density.branch import DensityBranch, Operands
from distq.simulation.noise.steps import KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.frame_program import (
    UNUSED,
    ChangeReference,
    FrameNoise,
    FrameProgram,
    FrameSite,
    NewFrame,
    Operand,
)
from distq.simulation.reduction.operations import Gate, Prepare
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import flatten

Bits = tuple[int, ...]
"""Values of all classical bits."""

IMPOSSIBLE = 1e-15
"""Probability below which an outcome is left out."""


class Evolution:
    """All branches, moving through the program together."""

    def __init__(self, framed: FrameProgram, state: InputState, *, noisy: bool) -> None:
        self.framed, self.flat, self.noisy = framed, flatten(framed, state, noisy=noisy), noisy
        start = DensityBranch.start(framed.lines)
        self.branches: dict[Bits, DensityBranch] = {(0,) * framed.program.num_clbits: start}

    def run(self) -> None:
        """Run the whole program, with its Pauli channels if it is noisy."""
        sites = iter(self.framed.fault_sites if self.noisy else ())
        site = next(sites, None)
        for index in range(len(self.framed.ops) + 1):
            while site is not None and site.position == index:
                self._pauli_channel(site)
                site = next(sites, None)
            if index < len(self.framed.ops):
                self._step(index)

    def _step(self, index: int) -> None:
        """One op, after which frames whose value no longer matters are gone."""
        framed = self.framed
        match framed.ops[index]:
            case Rotation() | LocalUnitary() | Undo() | KrausNoise() as op if self.noisy:
                self._non_pauli_noise(index, op)
            case NewFrame(frame, sources):
                if framed.last_use[frame] != UNUSED:
                    for branch in self.branches.values():
                        branch.new_frame(frame, sources)
            case ChangeReference(line, frame, others):
                kept = tuple([f for f in others if framed.last_use[f] > index])
                for branch in self.branches.values():
                    branch.change_reference(frame, line, kept)
            case Prepare():
                self._local(index, self.branches.values())
            case Gate(operation, operands):
                if not self.noisy:
                    operands = tuple([Operand(qubit) for qubit in framed.program.operations[operation].qubits])
                self._gate(index, operation, operands)
        for branch in self.branches.values():
            for frame in [f for f in branch.frames if framed.last_use[f] <= index]:
                branch.drop(frame)

    def _gate(self, index: int, operation: int, operands: Operands) -> None:
        """An operation of the program, in the branches where its condition holds."""
        op = self.framed.program.operations[operation]
        chosen = {bits: branch for bits, branch in self.branches.items() if holds(op.condition, bits)}
        match op.kind:
            case Kind.LOCAL:
                self._local(index, chosen.values())
            case Kind.ROTATION | Kind.PHASE:
                self._diagonal(index, op.kind, operands, chosen.values())
            case Kind.MEASURE:
                assert op.clbit is not None
                self._measure(chosen, operands[0], op.clbit)
            case Kind.RESET:
                for branch in chosen.values():
                    branch.reset(operands[0].line)

    def _non_pauli_noise(self, index: int, op: FrameNoise) -> None:
        """Noise that is no Pauli channel, in the branches where its condition holds."""
        chosen = self._where_holds(None if isinstance(op, KrausNoise) else op.condition_of)
        match op:
            case LocalUnitary():
                self._local(index, chosen)
            case Rotation(operands):
                self._diagonal(index, Kind.ROTATION, operands, chosen)
            case Undo(operation, operands):
                self._diagonal(index, self.framed.program.operations[operation].kind, operands, chosen)
            case KrausNoise():
                for branch in chosen:
                    branch.kraus(op)

    def _pauli_channel(self, site: FrameSite) -> None:
        for branch in self._where_holds(site.condition_of):
            branch.pauli_channel(site)

    def _local(self, index: int, branches: Iterable[DensityBranch]) -> None:
        """The matrix of op ``index``; nothing if it is an input of |0>, which takes no op."""
        place = self.flat.place[index]
        if place == self.flat.place[index + 1]:
            return
        op = self.flat.ops[place]
        matrix: NDArray[np.complex128] = np.array([op["m00"], op["m01"], op["m10"], op["m11"]])
        for branch in branches:
            branch.local(int(op["qubit"]), matrix)

    def _diagonal(self, index: int, kind: Kind, operands: Operands, branches: Iterable[DensityBranch]) -> None:
        """The rotation or phase of op ``index``."""
        op = self.flat.ops[self.flat.place[index]]
        mask, value, angle = int(op["mask"]), int(op["value"]), float(op["angle"])
        for branch in branches:
            if kind is Kind.ROTATION:
                branch.rotation(mask, angle, operands)
            else:
                branch.phase(mask, value, angle, operands)

    def _measure(self, chosen: dict[Bits, DensityBranch], operand: Operand, clbit: int) -> None:
        """Every branch splits by outcome, and by the bit that is written for it."""
        found: dict[Bits, DensityBranch] = {b: branch for b, branch in self.branches.items() if b not in chosen}
        for bits, branch in chosen.items():
            for outcome in (0, 1):
                part = branch.copy()
                part.project(operand.line, outcome)
                for bit, piece in part.recorded(operand.frame, outcome):
                    if np.trace(piece.marginal).real > IMPOSSIBLE:
                        _add(found, (*bits[:clbit], bit, *bits[clbit + 1 :]), piece)
        self.branches = found

    def _where_holds(self, condition_of: int | None) -> list[DensityBranch]:
        """Branches whose classical bits meet the condition of that operation; None: all."""
        condition = None if condition_of is None else self.framed.program.operations[condition_of].condition
        return [branch for bits, branch in self.branches.items() if holds(condition, bits)]


def holds(condition: Condition | None, bits: Bits) -> bool:
    """True if the classical bits meet the condition."""
    if condition is None:
        return True
    read = sum(bits[clbit] << k for k, clbit in enumerate(condition.clbits))
    return (read == condition.value) != condition.negate


def _add(branches: dict[Bits, DensityBranch], bits: Bits, piece: DensityBranch) -> None:
    if bits in branches:
        branches[bits].rho += piece.rho
    else:
        branches[bits] = piece
