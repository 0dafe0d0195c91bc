"""``exact``: a plan with the fewest Bell pairs that any valid plan has, for small programs.

What is proven is the optimum of the whole copy-set model of :mod:`distq.ir.plan` and
:mod:`distq.verification.plan_checker`: every order of commuting operations, births of qubits anywhere at any time,
moves, operations at third QPUs, relays, copies that follow X-blocks, and the data and memory ions that the network has.
The proof is either a lower bound (:mod:`distq.planning.bounds`) that a plan attains, or a search that has seen every
state that fewer Bell pairs can reach (:mod:`distq.planning.strategies.exact_kernels`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from distq.errors import DistqError, InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.bounds.integer_program import twins
from distq.planning.strategies.exact_puzzle import BITS, MASK, Ints, _puzzle, _Writer
from distq.planning.strategies.registry import PlanningOptions, get_strategy, register

STATES = 3_000_000
"""States held at most (about 36 bytes each)."""
HEURISTICS = ("anneal", "kl")
EFFORT = 0.05
"""Of the heuristics, which only say below how many Bell pairs to search."""


class TooLargeError(DistqError):
    """The program is too large for a proof."""


@register("exact", "proven optimum for small circuits (a dozen qubits, some dozens of gates)")
def exact(program: Program, network: Network, *, seed: int) -> Plan:
    """A plan with as few Bell pairs as any valid plan.

    Raises
    ------
    TooLargeError
        The proof needs more states or bits than there are.
    InfeasiblePlanError
        Proven: no valid plan exists with the memory ions given.
    """
    best = _heuristic(program, network, seed)
    found = None
    if best is not None:
        ebits = tally(best, program, network).ebits
        if ebits == 0 or lower_bound(program, network).ebits >= ebits:
            return replace(best, strategy="exact", seed=seed)
        found = search(program, network, ebits)
    else:
        found = search(program, network, None)
        if found is None:
            raise InfeasiblePlanError(
                f"no plan exists for {program.name!r} on network {network.name!r}: every order of steps was searched",
                "give the QPUs more memory ions, or add links",
            )
    plan = found if found is not None else best
    assert plan is not None
    return replace(plan, strategy="exact", seed=seed)


def _heuristic(program: Program, network: Network, seed: int) -> Plan | None:
    best: Plan | None = None
    for name in HEURISTICS:
        try:
            plan = get_strategy(name).plan(program, network, seed=seed, options=PlanningOptions(effort=EFFORT))
        except InfeasiblePlanError:
            continue
        if plan.rewriting is not None:
            continue
        if best is None or tally(plan, program, network).ebits < tally(best, program, network).ebits:
            best = plan
    return best


def search(program: Program, network: Network, limit: int | None, *, states: int = STATES) -> Plan | None:
    """The best plan with fewer than ``limit`` Bell pairs (None: any number); None if there is none.

    Raises
    ------
    TooLargeError
        More states than ``states``, or more operations or qubits than a state can hold.
    """
    from distq.planning.strategies import exact_kernels

    if network.swaps:
        raise TooLargeError(
            f"the exact search counts one Bell pair per copy, and network {network.name!r} has links made by swapping",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
    puzzle = _puzzle(program)
    n, k = program.num_qubits, len(network.qpus)
    count = len(puzzle.operations)
    blocks = len(puzzle.blocks)
    if count + blocks > BITS or n * k > BITS or (blocks and k > MASK):
        raise TooLargeError(
            f"{program.name!r} has {count} operations inside, {blocks} X-blocks and {n} qubits for {k} QPUs; a proof "
            f"takes at most {BITS} operations and X-blocks, {BITS} qubits times QPUs, and {MASK} QPUs for X-blocks",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
    dones, packs = np.empty(states, np.int64), np.empty(states, np.int64)
    parents, actions = np.empty(states, np.int32), np.empty(states, np.int32)
    table = np.full(1 << (2 * states - 1).bit_length(), -1, np.int32)
    outcome, last, _ = exact_kernels.search(
        puzzle.operands, puzzle.needs, puzzle.boundary, puzzle.dies, *puzzle.x_blocks(), *_machine(network, n),
        limit if limit is not None else 1 << 30, table, dones, packs, parents, actions,
    )  # fmt: skip
    if outcome == exact_kernels.FULL:
        raise TooLargeError(
            f"the proof for {program.name!r} on network {network.name!r} needs more than {states} states",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
    if outcome == exact_kernels.EXHAUSTED:
        return None
    path = []
    while actions[last] >= 0:
        path.append(int(actions[last]))
        last = int(parents[last])
    plan = _Writer(program, network, puzzle).plan(path[::-1])
    if plan is None:
        raise TooLargeError(
            f"{program.name!r} on network {network.name!r} might take fewer Bell pairs if homes moved in X-blocks, "
            "which they cannot; the search does not tell what is possible without",
            "use strategy 'auto' and compare with ebits_lower_bound",
        )
    return plan


def _machine(network: Network, qubits: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Data ions, memory ions, masks of linked QPUs, and the lowest like of every QPU."""
    most = qubits + 1
    return (
        np.array([qpu.data for qpu in network.qpus], np.int64),
        np.array([most if qpu.memory is None else min(qpu.memory, most) for qpu in network.qpus], np.int64),
        np.array([sum(1 << t for t in near) for near in network.neighbours], np.int64),
        np.array(twins(network), np.int64),
    )
