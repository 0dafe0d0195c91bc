"""Plans of a route: its actions as steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.planning.realise.placement import HomeMove, Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.route import Action, Exchange, Move, Run
from distq.rewrite import SWAP_OPERATIONS, insert_swaps


def plans_of_route(
    program: Program, network: Network, homes: Sequence[int], actions: Sequence[Action], limit: int | None
) -> Iterator[Plan]:
    """One plan that is always valid, with a copy for each operation, and one with shared copies if memory allows it.

    Parameters
    ----------
    program
        What was routed.
    network, homes
        Where, and from which homes.
    actions
        The route.
    limit
        How ``program`` was cut down before, for the plans' rewriting; None: it was not.
    """
    writer = _RouteWriter(program, network, homes)
    for action in actions:
        writer.write(action)
    if not writer.swaps:
        rewriting = None if limit is None else Rewriting(limit=limit)
        routed, order = program, writer.order
        steps = [replace(s, operation=order[s.operation]) if isinstance(s, RunOp) else s for s in writer.steps]
    else:
        rewriting = Rewriting(limit=limit, order=tuple(writer.order), swaps=tuple(writer.swaps))
        routed, steps = insert_swaps(program, writer.order, writer.swaps), writer.steps
        order = list(range(len(routed.operations)))
    yield Plan(tuple(writer.first_homes), tuple(steps), rewriting=rewriting)
    sites = [0] * len(order)
    for index, site in zip(order, _shared_sites(routed, order, writer.homes_then), strict=True):
        sites[index] = site
    placement = Placement(tuple(writer.first_homes), sites, order, tuple(writer.moves))
    try:
        yield replace(realise(routed, network, placement), rewriting=rewriting)
    except InfeasiblePlanError:
        return


class _RouteWriter:
    """Writes actions as steps, in the lines and with the operations that the swaps leave.

    Attributes
    ----------
    order, swaps
        Of the rewriting (:class:`distq.ir.rewriting.Rewriting`).
    first_homes
        Per line: QPU where the plan has it begin.
    steps
        Operations are counted as they run.
    homes_then
        Per operation as they run: the homes of its operands at that time.
    moves
        Of homes, by the number of operations before them.
    """

    def __init__(self, program: Program, network: Network, homes: Sequence[int]) -> None:
        self.program, self.network = program, network
        self.line = list(range(program.num_qubits))  # per qubit of the program: the line that holds it
        self.home = list(homes)  # per line
        self.first_homes = list(homes)
        self.born = [False] * program.num_qubits  # per line
        self.order: list[int] = []
        self.swaps: list[tuple[int, int, int]] = []
        self.steps: list[Step] = []
        self.homes_then: list[tuple[int, ...]] = []
        self.moves: list[HomeMove] = []

    def write(self, action: Action) -> None:
        """Append one action."""
        match action:
            case Run(operation, qpu):
                self.order.append(operation)
                self._run([self.line[q] for q in self.program.operations[operation].qubits], qpu)
            case Move(qubit, qpu):
                self._move(self.line[qubit], qpu)
            case Exchange(first, second):
                self._exchange(first, second)

    def _run(self, lines: Sequence[int], qpu: int) -> None:
        """Run the next operation with a copy of each operand that is elsewhere."""
        away = [line for line in lines if self.home[line] != qpu]
        self.steps += [Grow(line, self.home[line], qpu) for line in away]
        self.steps.append(RunOp(len(self.homes_then), qpu))
        self.steps += [Shrink(line, qpu) for line in away]
        self.homes_then.append(tuple([self.home[line] for line in lines]))
        for line in lines:
            self.born[line] = True

    def _move(self, line: int, qpu: int) -> None:
        self._hand_over([(line, qpu)])

    def _hand_over(self, moves: Sequence[tuple[int, int]]) -> None:
        """Move lines together; those that nothing has touched yet begin where they go."""
        former = {line: self.home[line] for line, _ in moves}
        for line, qpu in moves:
            self.moves.append(HomeMove(len(self.homes_then), line, qpu))
            self.home[line] = qpu
            if not self.born[line]:
                self.first_homes[line] = qpu
        born = [(line, qpu) for line, qpu in moves if self.born[line]]
        self.steps += [Grow(line, former[line], qpu) for line, qpu in born]
        self.steps += [HandOver(tuple(born))] if born else []
        self.steps += [Shrink(line, former[line]) for line, _ in born]

    def _exchange(self, first: int, second: int) -> None:
        """Exchange two qubits: by moves of both where that fits, else by gates between their lines."""
        a, b = self.line[first], self.line[second]
        room = [self.network.qpus[self.home[line]].memory_beside_data for line in (a, b)]
        if self.born[a] and self.born[b] and max(room) < 2:
            self._swap(a, b)
            self.line[first], self.line[second] = b, a
            return
        if room[0] >= 2:  # the QPU that the first one goes to holds its copy, and half of the pair for the other one
            a, b = b, a
        self._hand_over([(a, self.home[b]), (b, self.home[a])])

    def _swap(self, a: int, b: int) -> None:
        self.swaps.append((len(self.order), a, b))
        for _ in range(SWAP_OPERATIONS // 3):
            self._run((a, b), self.home[a])
            self._run((a,), self.home[a])
            self._run((b,), self.home[b])


def _shared_sites(program: Program, order: Sequence[int], homes_then: Sequence[tuple[int, ...]]) -> Iterator[int]:
    """The QPU of each operation in the order, so that few copies of segments serve all.

    An operation runs at the home of an operand, by a copy that serves an earlier operation if there is one, else by
    the one that could serve most.
    """
    wanted: Counter[tuple[int, int]] = Counter()
    for index, homes in zip(order, homes_then, strict=True):
        for segment in program.segment_ids[index]:
            wanted.update({(segment, home) for home in homes})
    opened: set[tuple[int, int]] = set()
    for index, homes in zip(order, homes_then, strict=True):
        segments = program.segment_ids[index]

        def copies(qpu: int, segments: Sequence[int] = segments, homes: Sequence[int] = homes) -> set[tuple[int, int]]:
            return {(e, qpu) for e, home in zip(segments, homes, strict=True) if home != qpu}

        if not segments:
            yield homes[0]
            continue
        best = min(homes, key=lambda qpu: (len(copies(qpu) - opened), -sum(wanted[copy] for copy in copies(qpu)), qpu))
        opened |= copies(best)
        yield best
