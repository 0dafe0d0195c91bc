"""A network as a backend of Qiskit."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.providers import BackendV2, Options
from qiskit.transpiler.exceptions import TranspilerError

from distq.compiler import CompileOptions, Progress
from distq.compiler.intake import as_network
from distq.compiler.options import silent
from distq.errors import InputError, UnknownNameError
from distq.execution.bell_pairs import with_pair_circuits
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.planning.strategies.registry import PlanningOptions
from distq.qiskit.compiled import DistributeOptions
from distq.qiskit.ions import objection
from distq.qiskit.job import NetworkJob, experiment
from distq.qiskit.shots import run_shots
from distq.qiskit.stages import NAME
from distq.qiskit.target import NetworkTarget, linked_network

ENGINES = ("distq", "aer")


class NetworkBackend(BackendV2):
    """A network of QPUs as a backend: ``transpile(circuit, backend=NetworkBackend("4x16+2"))`` distributes a circuit.

    Qubits are the ions, QPU by QPU, first the data ions, then the memory ions. ``transpile`` and
    ``generate_preset_pass_manager(level, backend=...)`` give circuits whose gates stay inside QPUs and whose Bell
    pairs, ``epr``, join memory ions of linked QPUs. ``circuit.metadata["distq"]`` has the report row.

    Parameters
    ----------
    network
        A network, its shorthand such as ``"4x16+2:oxford-2025"``, the name of a machine, or the path of a TOML file.
    strategy, seed, objective, distill, swap, options, approximation_budget, reuse, max_rounds, progress
        As of :class:`~distq.qiskit.DistributePass`. ``seed_transpiler`` takes the place of ``seed``.
    dt
        Unit of time of schedules, in seconds.

    Raises
    ------
    DistqError
        No such network or strategy, or a QPU has any number of memory ions.
    """

    def __init__(
        self,
        network: Network | str | Path,
        strategy: str | Plan = "auto",
        seed: int = 0,
        *,
        objective: str = "ebits",
        distill: str = "none",
        swap: str | None = None,
        options: PlanningOptions | None = None,
        approximation_budget: float | None = None,
        reuse: bool | None = None,
        max_rounds: int = UNCERTAIN_ROUNDS,
        progress: Progress = silent,
        dt: float | None = None,
    ) -> None:
        self.network = as_network(network)
        super().__init__(name=self.network.name or "network", description=f"linked QPUs: {self.network.name}")
        planning = options or PlanningOptions()
        compiling = CompileOptions(
            strategy,
            seed,
            objective,
            distill,
            swap,
            approximation_budget,
            planning,
            reuse is not False,
            max_rounds,
            progress,
        )
        self._target = NetworkTarget(self.network, DistributeOptions(compiling, keep_measured=reuse is None), dt)

    @property
    def target(self) -> NetworkTarget:
        """What the ions can do."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """There is no limit."""
        return None

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, seed_simulator=None, memory=False, noise=True, engine="distq")

    def get_translation_stage_plugin(self) -> str:
        """The stage that keeps gates as they are."""
        return NAME

    def get_scheduling_stage_plugin(self) -> str:
        """The stage that distributes."""
        return NAME

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> NetworkJob:
        """Run distributed circuits from |0..0>.

        Parameters
        ----------
        run_input
            A circuit that ``transpile(..., backend=...)`` made, or several.
        **options
            ``shots`` (1024), ``seed_simulator``, ``memory`` (single shots too), ``noise`` (that of the network, True),
            ``engine``: ``"distq"`` (:mod:`distq.qiskit.shots`), or ``"aer"``, which knows no noise.

        Raises
        ------
        TranspilerError
            A circuit is no circuit of this machine.
        DistqError
            An unknown option or engine, too many ions, or Aer is not installed.
        """
        circuits = [run_input] if isinstance(run_input, QuantumCircuit) else list(run_input)
        chosen = self._chosen(options)
        for circuit in circuits:
            why = objection(circuit, self.target.ions, linked_network(self.network, self.target.options))
            if why is not None:
                raise TranspilerError(
                    f"{circuit.name!r} cannot run on {self.name}: {why} (transpile it for this backend)"
                )
        seeds = np.random.SeedSequence(chosen["seed_simulator"]).generate_state(len(circuits))
        done = [self._experiment(c, chosen, int(seed)) for c, seed in zip(circuits, seeds, strict=True)]
        return NetworkJob(self, done)

    def _chosen(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options of a run, with those of the backend where none are given."""
        known = {name: getattr(self.options, name) for name in ("shots", "seed_simulator", "memory", "noise", "engine")}
        for name in options:
            if name not in known:
                raise UnknownNameError("option of a run", name, known)
        chosen = {**known, **{name: value for name, value in options.items() if value is not None}}
        if not isinstance(chosen["shots"], Integral) or chosen["shots"] < 1:
            raise InputError(f"shots={chosen['shots']!r}: it is a whole number, 1 or more")
        if chosen["engine"] not in ENGINES:
            raise UnknownNameError("engine", chosen["engine"], ENGINES)
        return chosen

    def _experiment(self, circuit: QuantumCircuit, chosen: dict[str, Any], seed: int) -> Any:
        if chosen["engine"] == "aer":
            return aer_experiment(circuit, chosen["shots"], seed, memory=chosen["memory"])
        network = linked_network(self.network, self.target.options)
        rows = run_shots(circuit, self.target.ions, network, chosen["shots"], seed, noise=chosen["noise"])
        return experiment(circuit, rows, seed, memory=chosen["memory"])


def aer_experiment(circuit: QuantumCircuit, shots: int, seed: int, *, memory: bool) -> Any:
    """The result of one circuit from Aer, without noise. Raises InputError if Aer is not installed."""
    try:
        from qiskit_aer import AerSimulator
    except ImportError:
        raise InputError("engine='aer' needs Qiskit Aer, which is not installed", "pip install qiskit-aer") from None
    job = AerSimulator().run(with_pair_circuits(circuit), shots=shots, seed_simulator=seed, memory=memory)
    return job.result().results[0]
