"""Small planning problems with their proven optimum, and how they were made.

``PYTHONPATH=tests python -m helpers.frozen_instances`` rewrites ``tests/data/frozen_instances.json``: for every
candidate the optimum is proven, by a lower bound that a plan attains or by a complete search, or the candidate is left
out. Programs are built in normal form right here, so that the optima hold whatever the frontend does to circuits.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.random import Generator

from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from helpers.networks import network_of
from helpers.paths import DATA

PATH = DATA / "frozen_instances.json"
HADAMARD = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)


@dataclass(frozen=True)
class Instance:
    """A program (by family, size and seed) on a network, and the fewest Bell pairs of any plan."""

    family: str
    qubits: int
    seed: int
    data: tuple[int, ...]
    memory: int | None
    links: str
    ebits: int = -1
    proof: str = ""

    @property
    def name(self) -> str:
        sizes = ",".join(map(str, self.data))
        memory = "inf" if self.memory is None else self.memory
        return f"{self.family}-{self.qubits}-{self.seed} on {sizes}+{memory}@{self.links}"

    @property
    def program(self) -> Program:
        draft = _Draft(self.qubits)
        FAMILIES[self.family](draft, np.random.default_rng(self.seed))
        return draft.program(self.family)

    @property
    def network(self) -> Network:
        return network_of(list(self.data), self.memory, self.links)


class _Draft:
    """A program in normal form under construction. Two Hadamards in a row cancel."""

    def __init__(self, qubits: int) -> None:
        self.qubits = qubits
        self.operations: list[Operation] = []
        self.hadamard = [False] * qubits
        self.bits = 0

    def h(self, q: int) -> None:
        self.hadamard[q] = not self.hadamard[q]

    def _flush(self, *qubits: int) -> None:
        for q in qubits:
            if self.hadamard[q]:
                self.operations.append(Operation(Kind.LOCAL, (q,), factors=(HADAMARD,)))
                self.hadamard[q] = False

    def rzz(self, *qubits: int, angle: float = 0.7) -> None:
        self._flush(*qubits)
        self.operations.append(Operation(Kind.ROTATION, qubits, angle=angle))

    def ccz(self, *qubits: int) -> None:
        self._flush(*qubits)
        self.operations.append(Operation(Kind.PHASE, qubits, angle=np.pi, pattern=(1,) * len(qubits)))

    def cx(self, control: int, target: int) -> None:
        self.h(target)
        self.rzz(control, target)
        self.h(target)

    def ccx(self, a: int, b: int, target: int) -> None:
        self.h(target)
        self.ccz(a, b, target)
        self.h(target)

    def measure(self, q: int) -> None:
        self._flush(q)
        self.operations.append(Operation(Kind.MEASURE, (q,), clbit=self.bits))
        self.bits += 1

    def reset(self, q: int) -> None:
        self._flush(q)
        self.operations.append(Operation(Kind.RESET, (q,)))

    def program(self, name: str) -> Program:
        self._flush(*range(self.qubits))
        registers = (("c", tuple(range(self.bits))),) if self.bits else ()
        return Program(name, self.qubits, self.bits, tuple(self.operations), tuple(range(self.qubits)), registers)


def _phases(draft: _Draft, rng: Generator) -> None:
    """Random controlled phases between Hadamards (the cp-fraction benchmark)."""
    share = rng.uniform(0.4, 0.9)
    for _ in range(2):
        for q in range(draft.qubits):
            if rng.random() < 0.6:
                draft.h(q)
        for a, b in itertools.combinations(range(draft.qubits), 2):
            if rng.random() < share / 2:
                draft.rzz(a, b)


def _brickwork(draft: _Draft, rng: Generator) -> None:
    for layer in range(int(rng.integers(2, 5))):
        for a in range(layer % 2, draft.qubits - 1, 2):
            draft.rzz(a, a + 1)
        for q in range(draft.qubits):
            draft.h(q)


def _qft(draft: _Draft, rng: Generator) -> None:
    for a in range(draft.qubits):
        draft.h(a)
        for b in range(a + 1, draft.qubits):
            draft.rzz(a, b)


def _ghz(draft: _Draft, rng: Generator) -> None:
    order = [int(q) for q in rng.permutation(draft.qubits)]
    draft.h(order[0])
    for i in range(1, draft.qubits):
        draft.cx(order[int(rng.integers(i))], order[i])


def _qaoa(draft: _Draft, rng: Generator) -> None:
    edges = [e for e in itertools.combinations(range(draft.qubits), 2) if rng.random() < 2.5 / (draft.qubits - 1)]
    for _ in range(2):
        for a, b in edges:
            draft.rzz(a, b)
        for q in range(draft.qubits):
            draft.h(q)


def _adder(draft: _Draft, rng: Generator) -> None:
    """Cuccaro's ripple-carry adder: carry, then pairs (b, a), then the carry out if a qubit is left."""
    size = (draft.qubits - 1) // 2
    carry = [0] + [2 + 2 * i for i in range(size)]
    for i in range(size):
        c, b, a = carry[i], 1 + 2 * i, 2 + 2 * i
        draft.cx(a, b)
        draft.cx(a, c)
        draft.ccx(c, b, a)
    if draft.qubits % 2 == 0:
        draft.cx(carry[size], draft.qubits - 1)
    for i in reversed(range(size)):
        c, b, a = carry[i], 1 + 2 * i, 2 + 2 * i
        draft.ccx(c, b, a)
        draft.cx(a, c)
        draft.cx(c, b)


def _pairs(draft: _Draft, rng: Generator) -> None:
    """Layers of random pairs with changes of basis between them (quantum-volume-like)."""
    for _ in range(3):
        order = [int(q) for q in rng.permutation(draft.qubits)]
        for a, b in zip(order[::2], order[1::2], strict=False):
            draft.rzz(a, b)
            draft.h(a)
            draft.h(b)


def _measured(draft: _Draft, rng: Generator) -> None:
    """Random CX gates, resets in between, and measurements of most qubits at their end."""
    for _ in range(2 * draft.qubits):
        a, b = (int(q) for q in rng.choice(draft.qubits, 2, replace=False))
        draft.cx(a, b)
        if rng.random() < 0.1:
            draft.reset(a)
    for q in range(draft.qubits):
        if rng.random() < 0.7:
            draft.measure(q)


FAMILIES: dict[str, Callable[[_Draft, Generator], None]] = {
    "phases": _phases,
    "brickwork": _brickwork,
    "qft": _qft,
    "ghz": _ghz,
    "qaoa": _qaoa,
    "adder": _adder,
    "pairs": _pairs,
    "measured": _measured,
}


def frozen() -> list[Instance]:
    """The stored instances."""
    rows = json.loads(PATH.read_text())
    return [Instance(**(row | {"data": tuple(row["data"])})) for row in rows]


def _candidates() -> Iterator[Instance]:
    """Two or three QPUs, exactly full and with slack, 1, 2 or any number of memory ions, now and then in a line."""
    for family in FAMILIES:
        for number in range(24):
            rng = np.random.default_rng([number, *family.encode()])
            n = int(rng.integers(4, 9))
            k = int(rng.integers(2, 4))
            sizes = [n // k + (s < n % k) for s in range(k)]
            if number % 2:
                sizes[int(rng.integers(k))] += 1
            memory = [1, 2, None][number % 3]
            links = "line" if k == 3 and number % 5 == 4 else "complete"
            yield Instance(family, n, number, tuple(sizes), memory, links)


def _proven(instance: Instance, states: int) -> tuple[int, str] | None:
    """The optimum and how it was proven; None if it could not be, or no plan was found."""
    from distq.errors import InfeasiblePlanError
    from distq.ir.tally import tally
    from distq.planning.bounds import lower_bound
    from distq.planning.strategies import get_strategy
    from distq.planning.strategies.exact import TooLargeError, optimal_plan
    from distq.planning.strategies.registry import PlanningOptions

    program, network = instance.program, instance.network
    costs = []
    for name in ("kl", "anneal"):
        try:
            plan = get_strategy(name).plan(program, network, seed=0, options=PlanningOptions(effort=0.1))
        except InfeasiblePlanError:
            continue
        costs.append(tally(plan, program, network).ebits)
    if costs and lower_bound(program, network, nodes=30).ebits == min(costs):
        return min(costs), "bound"
    try:
        found = optimal_plan(program, network, below=min(costs, default=None), max_states=states)
    except TooLargeError:
        return None
    if found is not None:
        return tally(found, program, network).ebits, "search"
    return (min(costs), "search") if costs else None


def main(states: int = 3_000_000) -> None:
    """Prove the candidates and store them."""
    rows = []
    for instance in _candidates():
        proof = _proven(instance, states)
        sys.stdout.write(f"{instance.name}: {proof}\n")
        sys.stdout.flush()
        if proof is not None and proof[0] > 0:
            rows.append(asdict(instance) | {"ebits": proof[0], "proof": proof[1]})
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
