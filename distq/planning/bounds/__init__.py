"""Lower bounds on the Bell pairs of every valid plan.

All of them hold for the whole copy-set model as :mod:`distq.verification.plan_checker` states it: any order of
commuting operations, qubits born at any QPU at any time, homes that move, operations at third QPUs, any use of memory.
They bound *plans*; an operator-Schmidt rank would bound every protocol, but is never the larger number on a layer of
diagonal gates, where the rank across a cut is at most the number of qubits whose copies cover the cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.bounds.counting import Graph, cut_bound, graph_of, meeting_bound, spread_bound
from distq.planning.bounds.integer_program import presence_bound
from distq.planning.bounds.precedence import coexisting
from distq.planning.bounds.time_windows import divisions
from distq.util.union_find import components

__all__ = ["Bound", "connectivity_bound", "lower_bound"]

_COUNTING: dict[str, Callable[[Graph, Network], int]] = {
    "pair meeting": meeting_bound,
    "qubit spread": spread_bound,
    "network cuts": cut_bound,
}


@dataclass(frozen=True)
class Bound:
    """A proven lower bound on the number of Bell pairs.

    Attributes
    ----------
    ebits
        No valid plan uses fewer.
    method
        The bound that gave it.
    all
        Every bound computed, with its value: ``(method, ebits)``.
    """

    ebits: int
    method: str
    all: tuple[tuple[str, int], ...]


def lower_bound(program: Program, network: Network, *, time_limit_s: float = 2.0, reached: int | None = None) -> Bound:
    """The best of all lower bounds.

    Parameters
    ----------
    program, network
        As planned for: operations stay whole, as they are. (A circuit may have another normal form that needs fewer.)
        Bounds hold for the memory that the network has; more of it never raises them.
    time_limit_s
        For the integer program, which is left out where it is too large for the time; counting takes what it takes.
    reached
        Bell pairs of a plan: a bound that is as high is the best there is, and the integer program is left out.
    """
    if len(network.qpus) < 2 or not program.multi_qubit:
        return Bound(0, "nothing is remote", (("nothing is remote", 0),))
    found = {"connectivity": connectivity_bound(program, network)}
    for windows in divisions(program):
        graphs = [graph_of(window) for window in windows]
        values = [{name: bound(graph, network) for name, bound in _COUNTING.items()} for graph in graphs]
        for name in _COUNTING:
            found[name] = max(found.get(name, 0), sum(value[name] for value in values))
        if len(windows) > 1:
            name = "windows in time"
            found[name] = max(found.get(name, 0), sum(max(value.values()) for value in values))
    presence = None
    if reached is None or max(found.values()) < reached:
        presence = presence_bound(program, network, time_limit_s)
    if presence is not None:
        found["presence program"] = presence
    method = max(found, key=lambda name: found[name])
    return Bound(found[method], method, tuple(found.items()))


def connectivity_bound(program: Program, network: Network) -> int:
    """Pairs that tie together the QPUs over which connected groups of qubits must spread.

    Take qubits that interact, directly or through others. The QPUs that ever hold a member of one of them are connected
    by the Bell pairs spent on them, because a qubit's members are and interacting qubits share a QPU. Those alive at a
    common moment fill at least p QPUs, so the group costs at least p - 1; groups share no Bell pair.
    """
    group = components(program.num_qubits, (program.operations[index].qubits for index in program.multi_qubit))
    sizes: dict[int, int] = {}
    for qubit in coexisting(program):
        sizes[group[qubit]] = sizes.get(group[qubit], 0) + 1
    capacities = sorted((qpu.data for qpu in network.qpus), reverse=True)
    return sum(_qpus_for(size, capacities) - 1 for size in sizes.values())


def _qpus_for(size: int, capacities: list[int]) -> int:
    """Least number of QPUs with room for ``size`` qubits."""
    used = 0
    while size > 0 and used < len(capacities):
        size -= capacities[used]
        used += 1
    return max(used, 1)
