"""How machines are compared: by an estimate that needs no simulation, or by simulated state fidelities."""

from __future__ import annotations

from typing import Protocol

from distq.compiler import Compilation
from distq.errors import SimulationError
from distq.simulation.engines.base import Engine
from distq.simulation.engines.bounds import process_product
from distq.simulation.engines.registry import ENGINES, choose
from distq.simulation.execution import Execution
from distq.simulation.inputs import Inputs
from distq.simulation.monolithic.models import MonolithicModel
from distq.simulation.monolithic_fidelity import monolithic_fidelity
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions, MeanWithError
from distq.simulation.statevector.input_states import balanced_set


class FidelityMeasure(Protocol):
    """A way to compare machines."""

    @property
    def uncertain(self) -> bool:
        """True if its values have standard errors."""

    @property
    def method(self) -> str:
        """What its values are, in words."""

    @property
    def curve_points(self) -> int:
        """Points of each curve of the picture."""

    @property
    def bisections(self) -> int:
        """Halvings of the range of a break-even point, before the rest is interpolated."""

    def distributed(self, run: Execution) -> MeanWithError:
        """Fidelity of the distributed circuit."""

    def monolithic(self, machine: MonolithicModel) -> MeanWithError:
        """Fidelity of one big machine. Raises SimulationError if it cannot be found."""


class EstimatedFidelity:
    """The product of the process survivals of all faults, for circuits of any size."""

    uncertain = False
    method = (
        "product of the process survivals of all faults, mean over random schedules: an estimate of the process "
        "fidelity, no simulation"
    )
    curve_points = 25
    bisections = 14  # to 0.1 %

    def distributed(self, run: Execution) -> MeanWithError:
        """Estimate of the process fidelity of the distributed circuit."""
        return MeanWithError(process_product(run))

    def monolithic(self, machine: MonolithicModel) -> MeanWithError:
        """Estimate of the process fidelity of one big machine."""
        return MeanWithError(process_product(Execution(machine.execution())))


class SimulatedFidelity:
    """The mean state fidelity over a balanced set of inputs, for circuits that an engine can take.

    Parameters
    ----------
    done
        The compiled circuit; the engine is chosen for it.
    precision
        Wanted standard error of each value.
    workers
        Threads.

    Raises
    ------
    SimulationError
        No engine can take the circuit.
    """

    uncertain = True
    curve_points = 9
    bisections = 9  # to 3 %, which is below the errors of the values

    def __init__(self, done: Compilation, precision: float, workers: int) -> None:
        self.options = EngineOptions(precision, None, done.report.seed, workers)
        program = done.program
        reduced = reduce_events(program, done.events, done.schedule, done.network)
        run = Execution(reduced, target_program=done.target_program)
        self.engine = _engine(run, program.num_qubits, workers)
        kind, seed = self.engine.random_input, self.options.seed
        states = balanced_set(kind, program.num_qubits, seed, 0, program.ancillas)
        self.inputs = Inputs(states, kind, program.num_qubits, program.ancillas, seed)
        self.method = (
            f"simulated ({self.engine.name}): mean state fidelity over {len(states)} random {kind} states, the same "
            "for all machines"
        )

    def distributed(self, run: Execution) -> MeanWithError:
        """Simulated fidelity of the distributed circuit. Raises KeyboardInterrupt if the simulation was interrupted."""
        return self.engine.run(run, self.inputs.named, self.options).mean

    def monolithic(self, machine: MonolithicModel) -> MeanWithError:
        """Simulated fidelity of one big machine. Raises SimulationError if it takes too many qubits."""
        value, notes = monolithic_fidelity(machine, self.engine, self.inputs, self.options)
        if value is None:
            raise SimulationError(notes[-1].text)
        return value


def _engine(run: Execution, qubits: int, workers: int) -> Engine:
    """The engine for a hundred simulations of about the same circuit."""
    engine = choose("auto", run, None, workers)
    if engine is None:
        raise SimulationError(f"{qubits} qubits are too many to simulate", "leave out --simulate")
    if engine.name == "density" and ENGINES["trajectories"].objection(run, (), workers) is None:
        return ENGINES["trajectories"]  # as good to a given error, and faster
    return engine
