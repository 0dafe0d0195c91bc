"""The groups of kernels that distq compiles: what to call them on the command line, and how long they take."""

from __future__ import annotations

from typing import NamedTuple


class KernelGroup(NamedTuple):
    """Kernels in the modules below ``package``: what they compute, and about how many seconds they take to compile."""

    package: str
    name: str
    seconds: int


GROUPS = (
    KernelGroup("distq.planning.annealing", "the kernels of the annealer", 16),
    KernelGroup("distq.planning.strategies", "the kernels of the exact search", 6),
    KernelGroup("distq.execution.dispatch", "the kernels that time runs", 6),
    KernelGroup("distq.simulation.statevector", "the kernels of state vectors", 12),
    KernelGroup("distq.simulation.reduction", "the kernels of fault probabilities", 2),
    KernelGroup("distq.simulation.engines.density", "the kernels of density matrices", 1),
    KernelGroup("distq.simulation.engines.dynamic", "the kernels of dynamic circuits", 4),
)


def group_of(module: str) -> KernelGroup | None:
    """The group of a kernel of this module; None for small ones, which others call."""
    for group in GROUPS:
        if module.startswith(group.package + "."):
            return group
    return None
