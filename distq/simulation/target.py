"""The program that was asked for, where the one that runs leaves operations out.

Approximation (``--approximation-budget``) drops rotations by small angles; fidelities are with the output of the whole
program all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.rewrite import dropped, infidelity_bound, process_survival, removal_angles, rewrite
from distq.simulation.monolithic.one_trap import on_one_trap
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.reduction.frame_program import FrameProgram
from distq.simulation.reduction.to_frames import to_frames
from distq.simulation.statevector import op_kernels
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import flatten


@dataclass(frozen=True)
class TargetProgram:
    """The whole program, beside the one that runs.

    Attributes
    ----------
    program
        All of it, without ancillas.
    lines
        Per line of ``program``: the line of the program that runs which has its qubit at the end.
    angles
        Removal angles of what is left out (see :mod:`distq.rewrite.omit`), radians.
    """

    program: Program
    lines: tuple[int, ...]
    angles: tuple[float, ...]

    @classmethod
    def of(cls, program: Program, rewriting: Rewriting | None, network: Network) -> TargetProgram | None:
        """The target of an execution of ``program``, as ``rewriting`` says; None if that leaves nothing out."""
        if rewriting is None or rewriting.exact:
            return None
        lines = [0] * program.num_qubits
        for line, line_that_runs in zip(program.output, rewrite(program, rewriting, network).output, strict=True):
            lines[line] = line_that_runs
        return cls(program, tuple(lines), removal_angles(dropped(program, rewriting, network)))

    @property
    def lowest_fidelity(self) -> float:
        """Without other errors, the state fidelity is below it for no input."""
        return 1.0 - infidelity_bound(self.angles)

    @property
    def process_fidelity(self) -> float:
        """Estimate of the process fidelity without other errors."""
        return process_survival(self.angles)

    @cached_property
    def copy_program(self) -> CopyProgram:
        """The whole program without copies."""
        return on_one_trap(self.program, QPU(name="whole", data=1, memory=0))

    @cached_property
    def frame_program(self) -> FrameProgram:
        """The same without frames, as there are no copies."""
        return to_frames(self.copy_program)

    def output(self, state: InputState) -> NDArray[np.complex128]:
        """Noiseless output for an input of the program that runs, on that program's lines; ancillas end in |0>.

        Only for unitary programs. A state vector of 2^(lines of the program that runs) amplitudes.
        """
        width = self.program.num_qubits
        without_ancillas = InputState(state.kind, state.gates[:width], state.seed)
        vector = without_ancillas.vector()
        flat = flatten(self.frame_program, without_ancillas)
        op_kernels.run(vector, flat.ops, 0, flat.size)
        index = np.arange(vector.size)
        moved = sum((index >> line & 1) << other for line, other in enumerate(self.lines))
        out = np.zeros(1 << len(state.gates), dtype=np.complex128)
        out[moved] = vector
        return out
