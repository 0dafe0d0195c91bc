"""``exact``: a plan with the fewest Bell pairs that any valid plan has, for small programs.

What is proven is the optimum of the whole copy-set model of :mod:`distq.ir.plan` and
:mod:`distq.verification.plan_checker`: every order of commuting operations, births of qubits anywhere at any time,
moves, operations at third QPUs, relays, copies that follow X-blocks, and the data and memory ions that the network has.
The proof is either a lower bound (:mod:`distq.planning.bounds`) that a plan attains, or a search that has seen every
state that fewer Bell pairs can reach (:mod:`distq.planning.strategies.exact_kernels`).
"""

from __future__ import annotations

from dataclasses import replace

from distq.errors import DistqError, InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.strategies.exact_encoding import (
    ACTION_QPUS,
    STATE_BITS,
    Buffers,
    EncodedProgram,
    States,
    encode_network,
    encode_program,
)
from distq.planning.strategies.exact_plan_builder import FixedHomeError, PlanBuilder
from distq.planning.strategies.registry import PlanningOptions, get_strategy, register

MAX_STATES = 3_000_000
"""States held at most, about 100 MB."""
HEURISTICS = ("anneal", "kl")
"""Strategies that say below how many Bell pairs to search."""
HEURISTIC_EFFORT = 0.05
"""Effort of these: a better plan of theirs shortens the search, but does not change what it proves."""
BOUND_NODES = 4
"""Nodes for the lower bound that makes the search superfluous where it is met."""
NO_LIMIT = 1 << 30
"""More Bell pairs than any plan within reach needs."""


class TooLargeError(DistqError):
    """The program is too large for a proof."""


@register(
    "exact",
    "proven optimum for small circuits (a dozen qubits, some dozens of gates)",
    cuts=False,
    parts=False,
    shares=False,
)
def exact(program: Program, network: Network, *, seed: int) -> Plan:
    """A plan with as few Bell pairs as any valid plan.

    Raises
    ------
    TooLargeError
        The proof needs more states or bits than there are.
    InfeasiblePlanError
        Proven: no valid plan exists with the memory ions given.
    """
    plan = _heuristic_plan(program, network, seed)
    if plan is None:
        plan = optimal_plan(program, network)
        if plan is None:
            raise InfeasiblePlanError(
                f"no plan exists for {program.name!r} on network {network.name!r}: every order of steps was searched",
                "give the QPUs more memory ions, or add links",
            )
    else:
        ebits = tally(plan, program, network).ebits
        if ebits > 0 and lower_bound(program, network, nodes=BOUND_NODES).ebits < ebits:
            plan = optimal_plan(program, network, below=ebits) or plan
    return replace(plan, strategy="exact", seed=seed)


def _heuristic_plan(program: Program, network: Network, seed: int) -> Plan | None:
    """The heuristics' plan with the fewest Bell pairs, for the program as it is; None if memory allows none."""
    best: Plan | None = None
    for name in HEURISTICS:
        try:
            plan = get_strategy(name).plan(
                program, network, seed=seed, options=PlanningOptions(effort=HEURISTIC_EFFORT)
            )
        except InfeasiblePlanError:
            continue
        if plan.rewriting is not None:
            continue
        if best is None or tally(plan, program, network).ebits < tally(best, program, network).ebits:
            best = plan
    return best


def optimal_plan(
    program: Program, network: Network, *, below: int | None = None, max_states: int = MAX_STATES
) -> Plan | None:
    """The plan with the fewest Bell pairs, if that is fewer than ``below`` (None: however many); else None.

    Time and memory grow exponentially with the program, up to ``max_states`` states of some 36 bytes.

    Raises
    ------
    TooLargeError
        More states than ``max_states``, or more operations, qubits or QPUs than a state can hold.
    """
    from distq.planning.strategies import exact_kernels

    encoded = encode_program(program)
    _refuse_too_large(encoded, network)
    states = States.empty(max_states)
    machine = encode_network(network, program.num_qubits)
    limit = NO_LIMIT if below is None else below
    buffers = Buffers.empty(encoded.masks, machine)
    explore = exact_kernels.explore.sized(exact_kernels.PLAIN_S * max_states)
    outcome, last = explore(encoded.masks, machine, states, buffers, limit)
    if outcome == exact_kernels.FULL:
        raise TooLargeError(
            f"the proof for {program.name!r} on network {network.name!r} needs more than {max_states} states",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
    if outcome == exact_kernels.EXHAUSTED:
        return None
    try:
        return PlanBuilder(encoded, network).build(states.path(last))
    except FixedHomeError:
        raise TooLargeError(
            f"{program.name!r} on network {network.name!r} might take fewer Bell pairs if homes moved in X-blocks, "
            "which they cannot; the search does not tell what is possible without",
            "use strategy 'auto' and compare with ebits_lower_bound",
        ) from None


def _refuse_too_large(encoded: EncodedProgram, network: Network) -> None:
    """Raise TooLargeError if the search cannot express the program on the network."""
    if network.swaps:
        raise TooLargeError(
            f"the exact search counts one Bell pair per copy, and network {network.name!r} has links made by swapping",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
    count, blocks = len(encoded.operations), len(encoded.blocks)
    n, k = encoded.program.num_qubits, len(network.qpus)
    if count + blocks > STATE_BITS or n * k > STATE_BITS or (blocks and k > ACTION_QPUS):
        raise TooLargeError(
            f"{encoded.program.name!r} has {count} operations inside, {blocks} X-blocks and {n} qubits for {k} QPUs; a "
            f"proof takes at most {STATE_BITS} operations and X-blocks, {STATE_BITS} qubits times QPUs, and "
            f"{ACTION_QPUS} QPUs for X-blocks",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
