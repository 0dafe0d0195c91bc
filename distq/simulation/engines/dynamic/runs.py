"""Noisy runs of programs with measurements, resets and conditions inside: what the compiled kernels need for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distq.simulation.bits import Bits
from distq.simulation.engines.dynamic.kernels import UNCONDITIONAL, RunBatch
from distq.simulation.execution import Execution
from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.faults import Fault
from distq.simulation.reduction.operations import Gate
from distq.simulation.statevector.fault_sampling import FaultSampler
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import flatten
from distq.simulation.statevector.op_kernels import BRANCH, PROJECT, RESET, TRACE
from distq.simulation.statevector.trajectory_batch import TrajectoryBatch


class Runs:
    """Runs of an execution on an input.

    Attributes
    ----------
    noisy, perfect
        The program with noise, and without; the same object if no noise was asked for.
    probability
        Probability of the runs that are drawn: those with at least ``need`` faults.
    """

    def __init__(self, execution: Execution, state: InputState, *, noisy: bool, need: int = 0) -> None:
        framed = execution.frame_program
        self.program, self.state, self.lines = framed.program, state, framed.lines
        self.noisy = self.perfect = flatten(framed, state, noisy=False)
        faults: tuple[Fault, ...] = ()
        probabilities = FaultProbabilities.of((), None)
        if noisy:
            self.noisy = flatten(framed, state)
            faults, probabilities = execution.faults, execution.fault_probabilities
        places = {op.operation: int(self.noisy.place[i]) for i, op in enumerate(framed.ops) if isinstance(op, Gate)}
        when = [UNCONDITIONAL if fault.condition_of is None else places[fault.condition_of] for fault in faults]
        self._when = np.array(when, dtype=np.int64)
        self._sampler = FaultSampler(faults, self.noisy, need, probabilities)
        self.probability = self._sampler.probability
        ops = self.noisy.ops[: self.noisy.size]
        kind = ops["kind"]
        random = np.isin(kind, (PROJECT, RESET, TRACE))
        self._jumps = bool(np.any(kind == BRANCH))
        self._draws = int(random.sum()) + 1
        classical = random | (ops["last_condition"] > ops["first_condition"])
        self._unitary_ops = int(np.argmax(classical)) if classical.any() else len(classical)
        """Ops before the first one that draws an outcome or depends on a bit."""

    def start(self) -> NDArray[np.complex128]:
        """The input state, as a new array."""
        return self.state.vector(self.lines)

    def batch(self, shots: int, rng: np.random.Generator) -> tuple[RunBatch, Bits]:
        """Faults and random numbers of so many runs, and empty bits for them."""
        return self._with_draws(self._sampler.sample(shots, rng), rng)

    def batch_of_lone_faults(self, shots: int, rng: np.random.Generator) -> tuple[RunBatch, Bits]:
        """The same for runs of one fault each; see :meth:`FaultSampler.alone`."""
        return self._with_draws(self._sampler.alone(shots, rng), rng)

    def _with_draws(self, events: TrajectoryBatch, rng: np.random.Generator) -> tuple[RunBatch, Bits]:
        shots = events.shots
        bits: Bits = np.zeros((shots, max(1, self.program.num_clbits)), dtype=np.uint8)
        # A run without faults has its first event nowhere.
        events = events._replace(first=np.minimum(events.first, self._unitary_ops))
        acceptance = rng.random(len(events.at) if self._jumps else 0)
        return RunBatch(events, self._when[events.fault], acceptance, rng.random((shots, self._draws))), bits
