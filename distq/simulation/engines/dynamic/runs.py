"""Noisy runs of programs with measurements, resets and conditions inside, as the compiled kernels take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Condition, Kind
from distq.simulation.bits import Bits
from distq.simulation.engines.dynamic.kernels import UNCONDITIONAL
from distq.simulation.execution import Execution
from distq.simulation.noise.steps import LocalUnitary, Rotation, Undo
from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.frame_program import FrameProgram
from distq.simulation.reduction.operations import Gate
from distq.simulation.statevector import kernels
from distq.simulation.statevector.fault_sampling import FaultSampler, Trajectories
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import Flat, flatten


class Runs:
    """Runs of an execution on an input."""

    def __init__(self, run: Execution, state: InputState, *, noisy: bool, need: int = 0) -> None:
        self.program = run.copy_program.program
        self.state = state
        self.lines = run.frame_program.lines
        self.perfect = flatten(run.frame_program, state, noisy=False)
        self.flat = flatten(run.frame_program, state) if noisy else self.perfect
        self.classical = _classical(run.frame_program, self.flat)
        self._perfect_classical = _classical(run.frame_program, self.perfect)
        faults = run.faults if noisy else ()
        places = {
            op.operation: int(self.flat.place[i]) for i, op in enumerate(run.frame_program.ops) if isinstance(op, Gate)
        }
        conditional = [UNCONDITIONAL if fault.condition_of is None else places[fault.condition_of] for fault in faults]
        self._when = np.array(conditional, dtype=np.int64)
        self._sampler = FaultSampler(
            faults, self.flat, need, run.fault_probabilities if noisy else FaultProbabilities.of((), None)
        )
        self.chance = self._sampler.chance
        """Probability of the runs that are drawn: those with at least ``need`` faults."""
        random = np.isin(self.flat.kind, (kernels.PROJECT, kernels.RESET, kernels.TRACE))
        self._jumps = bool(np.any(self.flat.kind == kernels.BRANCH))
        self._draws = int(random.sum()) + 1
        classical = random | (np.diff(self.classical[0]) > 0)
        self._unitary_ops = int(np.argmax(classical)) if classical.any() else len(classical)
        """Ops before the first one that draws an outcome or depends on a bit."""

    def start(self, shots: int, rng: np.random.Generator) -> tuple[Bits, Any]:
        """Empty bits, (shots, bits), and the first arguments of a kernel, up to them."""
        return self._arguments(self._sampler.sample(shots, rng), shots, rng)

    def alone(self, shots: int, rng: np.random.Generator) -> tuple[Bits, Any, NDArray[np.int64]]:
        """The same for runs of one fault each, and which fault; see :meth:`FaultSampler.alone`."""
        batch, fault = self._sampler.alone(shots, rng)
        return *self._arguments(batch, shots, rng), fault

    def _arguments(self, batch: Trajectories, shots: int, rng: np.random.Generator) -> tuple[Bits, Any]:
        bits = np.zeros((shots, max(1, self.program.num_clbits)), dtype=np.uint8)
        # A trajectory without faults has its first event nowhere.
        first = np.minimum(batch.first, self._unitary_ops)
        when = self._when[batch.fault]
        luck = rng.random(len(batch.at) if self._jumps else 0)
        events = (batch.pointer, batch.at, batch.what, batch.x, batch.z, when, batch.fault, luck)
        return bits, (self.state.vector(self.lines), first, *events, rng.random((shots, self._draws)), bits)

    def ops(self) -> Any:
        """The last arguments of a kernel."""
        return (*self.classical, *self.flat.arrays())

    def perfect_ops(self) -> Any:
        """The same of the program without noise."""
        return (*self._perfect_classical, *self.perfect.arrays())


def _classical(framed: FrameProgram, flat: Flat) -> tuple[Any, ...]:
    """Conditions and written bits of the flat ops, as :func:`distq.simulation.engines.dynamic.kernels.shoot` takes
    them."""
    size = len(flat.kind)
    conditions: list[Condition | None] = [None] * size
    written = np.full(size, -1, dtype=np.int64)
    for index, op in enumerate(framed.ops):
        place = flat.place[index]
        if place == flat.place[index + 1]:
            continue
        if isinstance(op, Gate):
            source = framed.program.operations[op.operation]
            conditions[place] = source.condition
            if source.kind is Kind.MEASURE and source.clbit is not None:
                written[place] = source.clbit
        elif isinstance(op, Rotation | LocalUnitary | Undo) and op.condition_of is not None:
            conditions[place] = framed.program.operations[op.condition_of].condition
    pairs = [list(_wanted(condition)) for condition in conditions]
    start = np.concatenate([[0], np.cumsum([len(p) for p in pairs])]).astype(np.int64)
    flat_pairs: Sequence[tuple[int, int]] = [pair for p in pairs for pair in p]
    clbit, wanted = np.array(flat_pairs, dtype=np.int64).reshape(-1, 2).T.copy()
    negate = np.array([c is not None and c.negate for c in conditions], dtype=np.int64)
    return start, clbit, wanted, negate, written


def _wanted(condition: Condition | None) -> Iterator[tuple[int, int]]:
    if condition is not None:
        for k, clbit in enumerate(condition.clbits):
            yield clbit, condition.value >> k & 1
