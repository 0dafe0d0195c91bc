"""Cycles of moves, for qubits that change places among QPUs whose data ions are all taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from distq.errors import InfeasiblePlanError
from distq.networks.network import Network


def move_cycle(network: Network, home: Sequence[int], targets: Mapping[int, int]) -> list[int]:
    """Qubits each of which moves to the home of the next one, and the last one to that of the first.

    Parameters
    ----------
    network
        Names QPUs in errors.
    home
        Per qubit: QPU of its home.
    targets
        QPU that each moving qubit goes to, never its home. No target has a free data ion.

    Raises
    ------
    InfeasiblePlanError
        If nobody leaves a QPU that a qubit wants to go to: the targets do not fit into the data ions.
    """
    leaving: dict[int, int] = {}  # QPU -> the first qubit that leaves it
    for qubit in targets:
        leaving.setdefault(home[qubit], qubit)
    path: list[int] = []
    qpu = next(iter(leaving))
    while qpu not in path:
        if qpu not in leaving:
            raise InfeasiblePlanError(f"the placement puts more qubits on {network.qpus[qpu].name} than fit")
        path.append(qpu)
        qpu = targets[leaving[qpu]]
    return [leaving[s] for s in path[path.index(qpu) :]]
