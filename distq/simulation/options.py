"""What a simulation should compute and how much work it may do, checked in one place."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distq.errors import SimulationError
from distq.simulation.arrays import gpu_arrays
from distq.simulation.choices import (
    DEVICES,
    ENGINE_CHOICES,
    INPUT_KINDS,
    MODEL_NAMES,
    MOST_QUBITS,
    STATE_OF,
    WAITS,
    check_choice,
)
from distq.simulation.parallel import require_cluster
from distq.simulation.result import EngineOptions, Progress

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

DEFAULT_PRECISION = 0.003
"""Standard error of the mean fidelity where none is asked for."""
OUTCOME_SHOTS = 10_000
"""Shots where only the probability of an outcome was asked for: its standard error is then at most 0.005."""


@dataclass(frozen=True)
class SimulationOptions:
    """Options of a simulation; they are checked when they are made.

    Attributes
    ----------
    inputs
        Kinds of input states: ``"zero"``, ``"basis"``, ``"product"``, ``"stabilizer"``, each as often as wanted. The
        reported fidelity is the mean over them. None: it is the mean over all product states, estimated from random
        ones, whose spread is part of the standard error.
    monolithic
        The machine to compare with, one of :data:`distq.simulation.choices.MODEL_NAMES`.
    engine
        Name of an engine of :data:`distq.simulation.choices.ENGINE_NAMES`, ``"auto"``, or ``"bracket"`` for bounds
        without simulation.
    precision
        Wanted standard error of the mean fidelity; None: DEFAULT_PRECISION.
    process
        Estimate the process fidelity too.
    shots
        Noisy runs from |0..0> whose classical bits are counted; None: none, or OUTCOME_SHOTS if ``outcome`` is given.
    outcome
        The bit string whose probability is wanted (spaces do not matter); None: the likeliest one without noise.
    trajectories
        Random trajectories that estimate the fidelity, over all inputs; None: as many as ``precision`` takes.
    seed
        Everything random follows from it, whatever ``workers``, ``device`` and ``scheduler`` are. None: the seed of the
        compilation, or 0 where there is none.
    workers
        Threads; None: :func:`default_workers`.
    device
        ``"gpu"``: trajectories of two and more faults run on a GPU, with the same random numbers. Other engines, and
        what is computed exactly, stay on the CPU.
    scheduler
        Address of a Dask scheduler whose workers run trajectories and shots, with the same results. Other engines, and
        what is computed exactly, stay in this process.
    waits
        ``"random"``: ions idle while they wait for pairs that are heralded at random, and all of them share a run's
        waits; ``"mean"``: as if every pair took its mean time. See :mod:`distq.simulation.noise.waiting`.
    twirl
        Approximate relaxation and over-rotated pulses by Pauli channels, which every engine can take.

    Raises
    ------
    SimulationError
        A precision, or a number of trajectories, shots or workers, that is too small; options that exclude each other:
        a GPU and a scheduler, or the engine ``clifford`` and inputs that are no stabilizer states.
    UnknownNameError
        An unknown kind of input, machine, engine, device or treatment of waits.
    """

    inputs: Sequence[str] | None = None
    monolithic: str = "same-trap"
    engine: str = "auto"
    precision: float | None = None
    process: bool = False
    shots: int | None = None
    outcome: str | None = None
    trajectories: int | None = None
    seed: int | None = None
    workers: int | None = 1
    device: str = "cpu"
    scheduler: str | None = None
    waits: str = "random"
    twirl: bool = False

    def __post_init__(self) -> None:
        check_choice("monolithic model", self.monolithic, MODEL_NAMES)
        check_choice("simulation engine", self.engine, ENGINE_CHOICES)
        for kind in self.inputs or ():
            check_choice("input state", kind, INPUT_KINDS)
        check_choice("treatment of waits", self.waits, WAITS)
        check_choice("device", self.device, DEVICES)
        if self.precision is not None and not self.precision > 0.0:
            raise SimulationError(
                f"the precision is {self.precision:g}: it is a standard error and must be above 0", "try 0.001"
            )
        for name in ("trajectories", "shots", "workers"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise SimulationError(f"{number} {name} were asked for: at least 1 is needed")
        if self.scheduler is not None and self.device == "gpu":
            raise SimulationError("a scheduler's workers and a GPU of this machine exclude each other", "choose one")
        if self.engine == "clifford" and "product" in (self.inputs or ()):
            raise SimulationError(
                "the engine 'clifford' takes stabilizer states, and inputs of kind 'product' are none",
                "take inputs of kind 'stabilizer', or another engine",
            )

    @property
    def kinds(self) -> tuple[str, ...] | None:
        """Kinds of input states; None for the mean over all product states."""
        return None if self.inputs is None else tuple(self.inputs)

    @property
    def wanted_precision(self) -> float:
        """Wanted standard error of the fidelity; with a given number of trajectories none in particular."""
        if self.precision is not None:
            return self.precision
        return DEFAULT_PRECISION if self.trajectories is None else math.inf

    @property
    def counted_shots(self) -> int | None:
        """Noisy runs whose bits are counted; None if nothing is to be counted."""
        return OUTCOME_SHOTS if self.shots is None and self.outcome is not None else self.shots

    @property
    def threads(self) -> int:
        """Threads of this process."""
        return default_workers() if self.workers is None else self.workers

    def check_machine(self) -> None:
        """Find out whether the GPU or the cluster that is asked for is there.

        Raises
        ------
        SimulationError
            There is no GPU; no Dask scheduler answers, or its workers lack distq.
        """
        if self.device == "gpu":
            gpu_arrays()
        if self.scheduler is not None:
            require_cluster(self.scheduler)

    def check_source(self, circuit: QuantumCircuit) -> None:
        """Find out what a circuit as it was given tells, before it is brought into any other form.

        Raises
        ------
        InputError
            The wanted outcome is no string of as many bits as the circuit has.
        SimulationError
            The engine cannot take so many qubits.
        """
        from distq.simulation.count_statistics import parse_outcome

        if self.outcome is not None:
            parse_outcome(self.outcome, circuit.num_clbits or circuit.num_qubits)
        qubits = circuit.num_qubits
        if qubits > MOST_QUBITS.get(self.engine, qubits):
            used = len({qubit for instruction in circuit.data for qubit in instruction.qubits})
            if used > MOST_QUBITS[self.engine]:
                raise SimulationError(
                    f"engine {self.engine!r} cannot simulate {circuit.name}: {used} qubits are too many for a "
                    f"{STATE_OF[self.engine]}",
                    "use clifford for Clifford circuits, bracket for bounds, or leave the choice to distq",
                )

    def engine_options(self, progress: Progress) -> EngineOptions:
        """What engines are told.

        Raises
        ------
        SimulationError
            A GPU is asked for, and there is none.
        """
        on_gpu = self.device == "gpu"
        return EngineOptions(
            precision=DEFAULT_PRECISION if self.precision is None else self.precision,
            shots=self.trajectories,
            seed=self.seed or 0,
            workers=1 if on_gpu else self.threads,
            progress=progress,
            arrays=gpu_arrays() if on_gpu else None,
            twirl=self.twirl,
        )


def default_workers() -> int:
    """Threads where no number is asked for: one per CPU, up to 8, as memory limits what more would bring."""
    return min(os.cpu_count() or 1, 8)
