"""Stages of Qiskit's preset pass managers, found through entry points under the name ``distq``.

A backend can name a translation and a scheduling stage. Translation keeps gates as they are, and scheduling, which is
the last stage, distributes: then Qiskit's own optimisation has seen the circuit as a whole. Until then passes see a
target on which every two qubits can interact (:mod:`distq.qiskit.free_target`).
"""

from __future__ import annotations

from typing import Any

from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import PassManager, PassManagerConfig
from qiskit.transpiler.basepasses import TransformationPass
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.preset_passmanagers.plugin import PassManagerStagePlugin

from distq.qiskit.distribute import distribute
from distq.qiskit.errors import as_transpiler_errors
from distq.qiskit.free_target import FreeTarget
from distq.qiskit.target import NetworkTarget, linked_network

NAME = "distq"
"""Name of both stages."""


class DistributeForTarget(TransformationPass):
    """Distribute for the network of a :class:`~distq.qiskit.target.NetworkTarget`.

    Parameters
    ----------
    target
        The target.
    seed
        Takes the place of the seed of the target's options; None: that one holds.
    """

    def __init__(self, target: NetworkTarget, seed: int | None = None) -> None:
        super().__init__()
        self.target = target
        self.seed = seed

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """The distributed circuit of ``dag``."""
        target = self.target
        with as_transpiler_errors():
            options = target.options.seeded(self.seed)
            return distribute(dag, self.property_set, target.network, options, linked_network(target.network, options))


class TranslationStage(PassManagerStagePlugin):
    """Keeps gates as they are."""

    def pass_manager(
        self, pass_manager_config: PassManagerConfig, optimization_level: int | None = None
    ) -> PassManager:
        """An empty pass manager.

        Raises
        ------
        TranspilerError
            The target is none of a network, or another stage would take the place of distribution.
        """
        machine = _machine(pass_manager_config)
        method = pass_manager_config.scheduling_method
        if method != NAME:
            raise TranspilerError(
                f"scheduling_method={method!r} takes the place of the stage of distq that distributes the circuit: "
                "leave it out, and schedule the result with another pass manager"
            )
        pass_manager_config.target = FreeTarget(machine)  # for the stages that are built after this one
        return PassManager([])


class SchedulingStage(PassManagerStagePlugin):
    """Distributes."""

    def pass_manager(
        self, pass_manager_config: PassManagerConfig, optimization_level: int | None = None
    ) -> PassManager:
        """A pass manager that distributes. Raises TranspilerError if the target is none of a network."""
        machine = _machine(pass_manager_config)
        method = pass_manager_config.translation_method
        if method != NAME:
            raise TranspilerError(f"translation_method={method!r} cannot translate for linked QPUs: leave it out")
        return PassManager([DistributeForTarget(machine, pass_manager_config.seed_transpiler)])


def _machine(config: Any) -> NetworkTarget:
    """The target of the network that a configuration is for."""
    target = config.target
    if isinstance(target, FreeTarget):
        return target.machine
    if not isinstance(target, NetworkTarget):
        raise TranspilerError(
            "the stages 'distq' need the target of a distq.qiskit.NetworkBackend: give backend= without basis_gates= "
            "or coupling_map=, which would take its place"
        )
    return target
