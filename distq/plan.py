"""Plans: who holds a copy of what, when, and where every operation runs.

The state that a plan acts on is, per qubit, its *copy set*: the QPUs that hold a Z-copy of it. One member, the *home*,
sits in a data ion; every other member sits in a memory ion. A qubit takes its data ion at the first step that touches
it (until then it is |0>, wherever it is wanted) and gives it back after the last one if that is a measurement.
Qubits that no step touches stay at ``Plan.homes`` and take their data ion at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from distq.program import Kind
from distq.rewriting import Rewriting

if TYPE_CHECKING:
    from distq.network import Network
    from distq.program import Program


@dataclass(frozen=True, slots=True)
class Grow:
    """Open a copy of ``qubit`` at QPU ``target`` from its copy at ``source`` (cat-entangler).

    Consumes one Bell pair of the link source-target. Needs a free memory ion at the target (it stays in use) and one
    at the source (for the half of the pair, free again at once).
    """

    qubit: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Shrink:
    """Close the copy of ``qubit`` at ``qpu`` (cat-disentangler). Not the home; another member stays."""

    qubit: int
    qpu: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """Make other members the homes, all at once: ``moves`` holds (qubit, QPU of the new home).

    The former home stays in the copy set, now in a memory ion. Data and memory limits hold after the whole group, so
    two qubits can change places between QPUs whose data ions are all occupied.
    """

    moves: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Execute operation ``operation`` of the program at ``qpu``, where every operand has a member.

    Boundaries (LOCAL, MEASURE, RESET) need their qubit to have exactly one member, with one exception, the transversal
    rule: the boundary that opens an X-block (:class:`distq.program.XBlock`) may run at the home while there are copies.
    The qubit is then *held* until the closing boundary: its copy set stays, the operations of the block run at its home
    while their controls have a member wherever it has one and are not held, and its copies follow by a CX each.
    """

    operation: int
    qpu: int


Step: TypeAlias = Grow | Shrink | HandOver | Run


@dataclass(frozen=True)
class Plan:
    """A complete list of placement decisions for a program on a network. Immutable.

    Attributes
    ----------
    homes
        QPU at which each qubit is born.
    steps
        In execution order.
    strategy, seed
        What made it.
    rewriting
        What the given program was rewritten to before it was planned; None: the plan is for the program itself.
    """

    homes: tuple[int, ...]
    steps: tuple[Step, ...]
    strategy: str = ""
    seed: int = 0
    rewriting: Rewriting | None = None


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
    """Count the cost of ``plan``. Assumes a valid plan (see :mod:`distq.check`)."""
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
            case Run(operation, qpu):
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
            case Run(operation):
                for qubit in program.operations[operation].qubits:
                    last[qubit] = index
            case Grow(qubit) | Shrink(qubit):
                last[qubit] = index
            case HandOver(moves):
                for qubit, _ in moves:
                    last[qubit] = index
    return last
