"""``swap-routing``: moves into free data ions, and exchanges of neighbours by gates where there is none.

It needs one memory ion per QPU, so it has a plan wherever links join the QPUs and the qubits fit the data ions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from distq.ir.plan import Plan
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.planning.strategies.cheapest import cheapest
from distq.planning.strategies.neighbourhood import Neighbourhood
from distq.planning.strategies.registry import register
from distq.planning.strategies.route import Route
from distq.planning.strategies.routed_plan import plans_of_route
from distq.planning.strategies.swap_placement import placements
from distq.planning.strategies.swap_router import SwapRouter
from distq.rewrite import expand_wide

SMALL = 3_000
"""Multi-qubit operations up to which every start and width is tried; beyond, one."""


@register(
    "swap-routing",
    "look-ahead routing by moves and by exchanges through gates; works with one memory ion each",
    cuts=False,
)
def swap_routing(program: Program, network: Network, *, seed: int) -> Plan:
    """The cheapest of several routed plans: from several placements, with wide gates whole or cut down.

    Where two neighbouring QPUs have one memory ion each and no free data ion, a copy of one qubit cannot be opened
    while one of the other is there, so they cannot change places by teleportation. But a SWAP is three rotations of
    both, and each needs one copy only. So any two neighbours can change places, and the operands of any gate can be
    brought to neighbouring QPUs.

    Raises
    ------
    InfeasiblePlanError
        Qubits that interact fit no QPUs that links and memory ions join, or measured qubits, whose ions may not be used
        again, are in the way.
    """
    near = Neighbourhood(network)

    def plans(narrow: Program, limit: int | None, homes: list[int]) -> Iterator[Plan]:
        return plans_of_route(narrow, network, homes, _routed(narrow, near, homes).actions, limit)

    attempts = (
        partial(plans, narrow, limit, homes)
        for narrow, limit in _widths(program, network, near)
        for homes in _starts(narrow, near, seed)
    )
    return replace(cheapest(attempts, network), strategy="swap-routing", seed=seed)


class _Narrowed(NamedTuple):
    """A program cut down to operations on at most ``limit`` qubits; None: it is as it was."""

    program: Program
    limit: int | None


def _widths(program: Program, network: Network, near: Neighbourhood) -> Iterator[_Narrowed]:
    """The program with wide operations as whole as QPUs with a neighbour each can run them, and cut down."""
    ions: dict[int, int] = {}
    for s, qpu in enumerate(network.qpus):
        if near.neighbours[s]:
            ions[near.group[s]] = max(qpu.data, ions.get(near.group[s], 0))
    widest = 1 + min(ions.values(), default=program.num_qubits)
    limits = [widest, 2] if widest > 2 and program.gates_2q <= SMALL else [max(widest, 2)]
    for limit in limits:
        narrow = expand_wide(program, limit)
        yield _Narrowed(narrow, None if narrow is program else limit)
        if all(len(program.operations[i].qubits) <= 2 for i in program.multi_qubit):
            return


def _starts(program: Program, near: Neighbourhood, seed: int) -> Iterator[list[int]]:
    """Homes to start from: placements, and where a route to the end and back again leads from each.

    That gives the first gates and the last ones equal weight, as G. Li, Y. Ding, Y. Xie do (SABRE, ASPLOS 2019).
    """
    forwards = _without_measurements(program)
    backwards = replace(forwards, operations=forwards.operations[::-1])
    for homes in placements(program, near.network, near.group, seed):
        yield homes
        if program.gates_2q > SMALL:
            return
        yield _routed(backwards, near, _routed(forwards, near, homes).home).home


def _routed(program: Program, near: Neighbourhood, homes: list[int]) -> Route:
    """The route from these homes."""
    router = SwapRouter(program, near, homes)
    router.run()
    return router.route


def _without_measurements(program: Program) -> Program:
    """A program with gates and boundaries at the same places, for which qubits are wanted at any time."""
    operations = [
        replace(op, condition=None) if op.diagonal else Operation(Kind.LOCAL, op.qubits) for op in program.operations
    ]
    return replace(program, operations=tuple(operations))
