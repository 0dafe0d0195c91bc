"""A lower bound from groups of qubits that interact and do not fit one QPU."""

from __future__ import annotations

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.bounds.precedence import coexisting


def connectivity_bound(program: Program, network: Network) -> int:
    """Pairs that tie together the QPUs over which connected groups of qubits must spread.

    Take qubits that interact, directly or through others. The QPUs that ever hold a member of one of them are connected
    by the Bell pairs spent on them, because a qubit's members are and interacting qubits share a QPU. Those live at a
    common moment fill at least p QPUs, so the group costs at least p - 1; groups share no Bell pair.
    """
    group = _connected_groups(program)
    sizes: dict[int, int] = {}
    for qubit in coexisting(program):
        sizes[group[qubit]] = sizes.get(group[qubit], 0) + 1
    capacities = sorted((qpu.data for qpu in network.qpus), reverse=True)
    return sum(_qpus_for(size, capacities) - 1 for size in sizes.values())


def _connected_groups(program: Program) -> list[int]:
    """Per qubit: a number of the group of qubits that interact with it, directly or through others (union-find)."""
    root = list(range(program.num_qubits))

    def find(qubit: int) -> int:
        while root[qubit] != qubit:
            root[qubit] = root[root[qubit]]
            qubit = root[qubit]
        return qubit

    for index in program.multi_qubit:
        first, *others = program.operations[index].qubits
        for other in others:
            root[find(other)] = find(first)
    return [find(qubit) for qubit in range(program.num_qubits)]


def _qpus_for(size: int, capacities: list[int]) -> int:
    """Least number of QPUs with room for ``size`` qubits; ``capacities`` descend."""
    used = 0
    while size > 0 and used < len(capacities):
        size -= capacities[used]
        used += 1
    return max(used, 1)
