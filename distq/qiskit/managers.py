"""Pass managers for those who compose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qiskit.transpiler import PassManager, StagedPassManager
from qiskit.transpiler.passes import CommutativeCancellation, InverseCancellation

from distq.compiler.intake import as_network
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.qiskit.analysis import CountCost
from distq.qiskit.distribute import DistributePass
from distq.qiskit.ions import Ions


def pass_manager(
    network: Network | str | Path, strategy: str | Plan = "auto", seed: int = 0, **options: Any
) -> StagedPassManager:
    """A pass manager that distributes circuits, with stages that can be replaced or added to.

    ``init`` cancels what cancels, and leaves gates on many qubits whole: distq serves one with few Bell pairs, where
    the preset pass managers, at level 3, cut it into gates on two. ``distribution`` is a
    :class:`~distq.qiskit.DistributePass`. ``analysis`` counts the cost (:class:`~distq.qiskit.CountCost`), unless a QPU
    has any number of memory ions.

    Parameters
    ----------
    network, strategy, seed, ``**options``
        As of :class:`~distq.qiskit.DistributePass`.

    Examples
    --------
    >>> manager = pass_manager("2x8+1", "kl")
    >>> manager.stages
    ('init', 'distribution', 'analysis')
    """
    machine = as_network(network)
    return StagedPassManager(
        ["init", "distribution", "analysis"],
        init=PassManager([InverseCancellation(), CommutativeCancellation()]),
        distribution=PassManager([DistributePass(machine, strategy, seed, **options)]),
        analysis=PassManager([CountCost(machine)] if Ions.of(machine) is not None else []),
    )
