"""What a plan costs, counted from its steps. :mod:`distq.verification.plan_checker` counts it independently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Program
from distq.networks.network import Network


@dataclass(frozen=True)
class Tally:
    """What a plan costs, counted from its steps.

    Attributes
    ----------
    ebits
        Bell pairs consumed: one per pair of a link, or as many as it was swapped of.
    link_ebits
        Pairs per link, indexed like ``Network.links``.
    teledata
        Qubits whose home moved (one per entry of a HandOver).
    packets
        Copies opened that served at least one operation away from their qubit's home.
    remote_gates
        Multi-qubit operations run with at least one operand away from its home.
    peak_memory
        The largest number of memory ions in use on any QPU, halves of pairs in transit included.
    peak_memory_by_qpu
        The same for each QPU.
    """

    ebits: int
    link_ebits: tuple[int, ...]
    teledata: int
    packets: int
    remote_gates: int
    peak_memory: int
    peak_memory_by_qpu: tuple[int, ...]


def bell_pairs(steps: Iterable[Step], network: Network) -> int:
    """Bell pairs that the steps consume."""
    grows = [step for step in steps if isinstance(step, Grow)]
    if not network.swaps:
        return len(grows)
    return sum([network.links[network.link_index(step.source, step.target)].hops for step in grows])


def tally(plan: Plan, program: Program, network: Network) -> Tally:
    """Count the cost of ``plan``. Assumes a valid plan (see :mod:`distq.verification.plan_checker`)."""
    link_ebits = [0] * len(network.links)
    home = list(plan.homes)
    memory = [0] * len(network.qpus)
    peak = [0] * len(network.qpus)
    served: dict[tuple[int, int], bool] = {}
    teledata = packets = remote_gates = 0
    for step in plan.steps:
        match step:
            case Grow(qubit, source, target):
                link_ebits[network.link_index(source, target)] += 1
                memory[target] += 1
                peak[target] = max(peak[target], memory[target])
                peak[source] = max(peak[source], memory[source] + 1)
                served[qubit, target] = False
            case Shrink(qubit, qpu):
                memory[qpu] -= 1
                packets += served.pop((qubit, qpu), False)
            case HandOver(moves):
                for qubit, qpu in moves:
                    teledata += 1
                    memory[qpu] -= 1
                    memory[home[qubit]] += 1
                    packets += served.pop((qubit, qpu), False)
                    home[qubit] = qpu
                for qpu, used in enumerate(memory):
                    peak[qpu] = max(peak[qpu], used)
            case RunOp(operation, qpu):
                op = program.operations[operation]
                if op.kind in (Kind.ROTATION, Kind.PHASE):
                    away = [q for q in op.qubits if home[q] != qpu]
                    remote_gates += len(op.qubits) > 1 and bool(away)
                    for q in away:
                        served[q, qpu] = True
    packets += sum(served.values())
    return Tally(
        ebits=sum([link.hops * pairs for link, pairs in zip(network.links, link_ebits, strict=True)]),
        link_ebits=tuple(link_ebits),
        teledata=teledata,
        packets=packets,
        remote_gates=remote_gates,
        peak_memory=max(peak, default=0),
        peak_memory_by_qpu=tuple(peak),
    )


def last_steps(plan: Plan, program: Program) -> list[int]:
    """Per qubit: index of the last step on it, -1 if there is none."""
    last = [-1] * program.num_qubits
    for index, step in enumerate(plan.steps):
        match step:
            case RunOp(operation):
                for qubit in program.operations[operation].qubits:
                    last[qubit] = index
            case Grow(qubit) | Shrink(qubit):
                last[qubit] = index
            case HandOver(moves):
                for qubit, _ in moves:
                    last[qubit] = index
    return last
