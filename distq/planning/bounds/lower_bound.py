"""The best lower bound on the Bell pairs of every valid plan.

All methods hold for the whole copy-set model as :mod:`distq.verification.plan_checker` states it: any order of
commuting operations, qubits allocated at any QPU at any time, homes that move, operations at third QPUs, any use of
memory. They bound *plans*. An operator-Schmidt rank would bound every protocol, but on a layer of diagonal gates it is
never the larger number: there the rank across a cut is at most the number of qubits whose copies cover the cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.bounds.connectivity import connectivity_bound
from distq.planning.bounds.counting import InteractionSummary, cut_bound, meeting_bound, spread_bound, summarise
from distq.planning.bounds.integer_program import integer_program_bound
from distq.planning.bounds.time_windows import divisions

_COUNTING: dict[str, Callable[[InteractionSummary, Network], int]] = {
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
        The method that gave it.
    all
        What every method gave: ``(method, ebits)``.
    """

    ebits: int
    method: str
    all: tuple[tuple[str, int], ...]


def lower_bound(program: Program, network: Network, *, nodes: int = 1, reached: int | None = None) -> Bound:
    """The best of all lower bounds.

    Parameters
    ----------
    program, network
        As planned for: operations stay whole, as they are. (A circuit may have another normal form that needs fewer
        pairs.) Bounds hold for the memory that the network has; more of it never raises them.
    nodes
        Of the search that solves the integer program, at most; small circuits alone get one. With 1 it takes up to
        0.3 s, with 4 three times as long; with 0 there is none. No clock decides: equal arguments give equal bounds.
    reached
        Bell pairs of a plan. A bound that is as high is the best there is, and the integer program is left out.
    """
    if len(network.qpus) < 2 or not program.multi_qubit:
        return Bound(0, "nothing is remote", (("nothing is remote", 0),))
    found = {"connectivity": connectivity_bound(program, network)} | _counting_bounds(program, network)
    if nodes and (reached is None or max(found.values()) < reached):
        by_program = integer_program_bound(program, network, nodes)
        if by_program is not None:
            found["integer program"] = by_program
    method = max(found, key=lambda name: found[name])
    return Bound(found[method], method, tuple(found.items()))


def _counting_bounds(program: Program, network: Network) -> dict[str, int]:
    """For each way of counting, the best sum over the windows of a division; and of the best method for each window."""
    found: dict[str, int] = {}
    for windows in divisions(program):
        summaries = [summarise(window) for window in windows]
        values = [{name: bound(summary, network) for name, bound in _COUNTING.items()} for summary in summaries]
        for name in _COUNTING:
            found[name] = max(found.get(name, 0), sum(value[name] for value in values))
        if len(windows) > 1:
            name = "windows in time"
            found[name] = max(found.get(name, 0), sum(max(value.values()) for value in values))
    return found
