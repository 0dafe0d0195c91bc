"""What a plan costs, counted from its steps. :mod:`distq.verification.plan_checker` counts it independently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Step
from distq.ir.program import Program
from distq.ir.replay import PlanReplay
from distq.networks.network import Network


@dataclass(frozen=True)
class Tally:
    """What a plan costs, counted from its steps.

    Attributes
    ----------
    ebits
        Bell pairs consumed: one per copy opened, or as many as are swapped into its pair.
    link_ebits
        Pairs per link, indexed like ``Network.links``.
    teledata
        Qubits whose home moved (one per entry of a HandOver).
    packets
        Copies that served at least one operation. Former homes that a HandOver has left behind count as well.
    remote_gates
        Multi-qubit operations run with at least one operand away from its home.
    peak_memory
        The largest number of memory ions in use on any QPU, halves of pairs in transit included.
    peak_memory_by_qpu
        The same for each QPU.
    peak_ions_by_qpu
        The largest number of ions in use on each QPU, for whatever.
    """

    ebits: int
    link_ebits: tuple[int, ...]
    teledata: int
    packets: int
    remote_gates: int
    peak_memory: int
    peak_memory_by_qpu: tuple[int, ...]
    peak_ions_by_qpu: tuple[int, ...]


def bell_pairs(steps: Iterable[Step], network: Network) -> int:
    """Bell pairs that the steps consume."""
    grows = [step for step in steps if isinstance(step, Grow)]
    if not network.swaps:
        return len(grows)
    return sum([network.links[network.link_index(step.source, step.target)].hops for step in grows])


def tally(plan: Plan, program: Program, network: Network) -> Tally:
    """Count the cost of ``plan``. Assumes a valid plan (see :mod:`distq.verification.plan_checker`)."""
    link_ebits = [0] * len(network.links)
    teledata = remote_gates = 0
    replay = PlanReplay(program, network, plan)
    for step in plan.steps:
        match step:
            case RunOp(operation, qpu):
                qubits = program.operations[operation].qubits
                remote_gates += len(qubits) > 1 and any(replay.home[q] != qpu for q in qubits)
            case Grow(_, source, target):
                link_ebits[network.link_index(source, target)] += 1
            case HandOver(moves):
                teledata += len(moves)
        replay.advance(step)
    replay.finish()
    return Tally(
        ebits=sum([link.hops * pairs for link, pairs in zip(network.links, link_ebits, strict=True)]),
        link_ebits=tuple(link_ebits),
        teledata=teledata,
        packets=sum([bool(copy.served) for copy in replay.copies]),
        remote_gates=remote_gates,
        peak_memory=max(replay.peak_memory, default=0),
        peak_memory_by_qpu=tuple(replay.peak_memory),
        peak_ions_by_qpu=tuple(replay.peak_ions),
    )
