"""Node programs become one circuit again, independent of how they were split.

The classical bits of the circuit are where the programs measure into registers of its names; every other measurement
gets a bit of its own. The order in which :class:`distq.verification.node_order.NodeWalk` follows the programs is
further restricted here: a bit of the circuit is not overwritten while a node is still to test its present value, and
where several nodes write it, they do so in the order that the manifest gives. So one circuit has in its bits, at every
test, what the nodes have in theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from distq.frontend.openqasm3.standard import FURTHER, standard_rule
from distq.ir.node_program import (
    Action,
    Conditional,
    Gate,
    Measure,
    NodePrograms,
    PairRequest,
    Place,
    Receive,
    Reset,
    Send,
)
from distq.verification.node_order import NodeWalk, Order, Turn, Value, check_partners, written
from distq.verification.unreadable import UnreadableError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_FURTHER = {name: make for name, make, _, _ in FURTHER}


def node_order(programs: NodePrograms) -> Order:
    """An order in which the nodes can do what their programs say, fit for one circuit.

    Raises
    ------
    UnreadableError
        For pairs and messages without a partner, nodes that wait for each other, results that are not where the
        manifest says.
    """
    check_partners(programs)
    tests = Counter(value for values in NodeWalk(programs).run().reads.values() for value in values.values())
    return _CircuitWalk(programs, tests).run()


def merge(programs: NodePrograms) -> QuantumCircuit:
    """The programs as one distributed circuit with its layout. Raises as :func:`node_order`."""
    merging = _Merging(programs, node_order(programs))
    return merging.circuit


class _CircuitWalk(NodeWalk):
    """A walk in which the bits of the circuit hold at every test what the nodes hold.

    Attributes
    ----------
    tests
        Per value: how many actions are still to test it.
    current
        Per bit of the circuit: its present value.
    """

    def __init__(self, programs: NodePrograms, tests: Counter[Value]) -> None:
        super().__init__(programs)
        self.tests = tests
        self.current: list[Value] = [(-1, -1, i) for i in range(len(programs.results))]
        self.writes = [0] * len(programs.results)

    def may_run(self, turn: Turn, action: Action) -> bool:
        """Hold a measurement back while the value that it overwrites is still to be tested."""
        bits, values = self.circuit_bits[turn.node], self.values[turn.node]
        for local in written(action):
            bit = bits[local]
            if bit < 0:
                continue
            now, order = self.current[bit], self.programs.writers[bit]
            if order and (self.writes[bit] >= len(order) or order[self.writes[bit]] != turn.node):
                return False
            keeps = isinstance(action, Conditional)
            if (keeps and values[local] != now) or self.tests[now] > keeps:
                return False
        return True

    def advance(self, node: int) -> bool:
        """Do the next action, and keep account of the circuit's bits."""
        action, turn = self.action(node), Turn(node, self.at[node])
        if not super().advance(node):
            return False
        assert action is not None
        for value in self.order.reads.get(turn, {}).values():
            self.tests[value] -= 1
        for local in written(action):
            bit = self.circuit_bits[node][local]
            if bit >= 0:
                self.current[bit] = (node, turn.action, local)
                self.writes[bit] += 1
        return True

    def run(self) -> Order:
        """The order; the results must be where the manifest says."""
        order = super().run()
        names = self.programs.result_names()
        for bit, (node, now) in enumerate(zip(self.programs.results, self.current, strict=True)):
            if node is None:
                if now[0] >= 0:
                    raise UnreadableError(f"{names[bit]} is measured, and no node is said to hold it at the end")
                continue
            name = self.programs.nodes[node].name
            held = [v for b, v in zip(self.circuit_bits[node], self.values[node], strict=True) if b == bit]
            if held != [now]:
                raise UnreadableError(f"{name} does not hold the final value of {names[bit]}")
        return order


class _Merging:
    """The circuit under construction."""

    def __init__(self, programs: NodePrograms, order: Order) -> None:
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

        self.programs, self.order = programs, order
        self.circuit = QuantumCircuit()
        self.first: list[int] = []
        for node in programs.nodes:
            self.first.append(self.circuit.num_qubits)
            for name, size in node.ions:
                self.circuit.add_register(QuantumRegister(size, name))
        for register in programs.registers:
            self.circuit.add_register(ClassicalRegister(register.size, register.name))
        self.halves = {
            (action.tag, number): action.ion
            for number, node in enumerate(programs.nodes)
            for action in node.actions
            if isinstance(action, PairRequest)
        }
        bits = NodeWalk(programs).circuit_bits
        self.bit_of: dict[Value, int] = {(-1, -1, i): i for i in range(len(programs.results))}
        size = len(programs.results)
        for turn in order.turns:
            for local in written(programs.nodes[turn.node].actions[turn.action]):
                circuit_bit = bits[turn.node][local]
                self.bit_of[turn.node, turn.action, local] = size if circuit_bit < 0 else circuit_bit
                size += circuit_bit < 0
        self._add_outcomes(size - len(programs.results))
        self.positions: dict[tuple[int, int], int] = {}
        for turn in order.turns:
            self.positions[turn] = len(self.circuit.data)
            self._add(turn)
        self.circuit.metadata = {"distq": self._metadata()}

    def _add_outcomes(self, size: int) -> None:
        from qiskit import ClassicalRegister

        taken = {register.name for register in self.programs.registers}
        name = next(n for n in ("outcomes", *(f"outcomes_{i}" for i in range(len(taken) + 1))) if n not in taken)
        if size:
            self.circuit.add_register(ClassicalRegister(size, name))

    def _metadata(self) -> dict[str, Any]:
        ions = [None if p is None else self._ion(p) for p in (*self.programs.final, *self.programs.output)]
        lines = len(self.programs.final)
        births = {str(self._ion(place)): list(born) for place, born in self.programs.births}
        found: dict[str, Any] = {"layout": {"births": births, "final": ions[:lines], "output": ions[lines:]}}
        if self.programs.entry is not None:
            found["layout"]["entry"] = self._entries(self.programs.entry)
        if self.programs.rewriting is not None:
            found["rewriting"] = self.programs.rewriting
        return found

    def _entries(self, given: tuple[int, ...]) -> list[int]:
        """Per line: how many instructions of the circuit come before it is there."""
        node = {line: place.node for place, lines in self.programs.births for line in lines}
        if sorted(node) != list(range(len(given))):
            raise UnreadableError(f"the manifest does not give birth to each of {len(given)} qubits once")
        return [self.positions.get((node[line], at), len(self.circuit.data)) for line, at in enumerate(given)]

    def _ion(self, place: Place) -> int:
        return self.first[place.node] + place.ion

    # ---- actions ------------------------------------------------------------------------------------------------

    def _add(self, turn: Turn) -> None:
        """Append an action; a pair stands where the second of its requests does."""
        action = self.programs.nodes[turn.node].actions[turn.action]
        match action:
            case Send() | Receive():
                return
            case PairRequest(tag, peer, ion):
                if turn.node < peer:
                    self._pair(tag, Place(turn.node, ion), peer)
            case _:
                for operation, qubits, clbits in self._operations(action, turn, {}):
                    self.circuit.append(operation, qubits, clbits, copy=False)

    def _pair(self, tag: int, mine: Place, peer: int) -> None:
        from qiskit.circuit import Instruction

        qubits = [self.circuit.qubits[self._ion(place)] for place in (mine, Place(peer, self.halves[tag, peer]))]
        self.circuit.append(Instruction("epr", 2, 0, []), qubits, copy=False)

    def _operations(
        self, action: Action, turn: Turn, inside: dict[int, Value]
    ) -> list[tuple[Any, list[Any], list[Any]]]:
        """An action as instructions on the circuit's bits; ``inside`` a conditional, the values that it reads."""
        from qiskit.circuit import Measure as MeasureOp
        from qiskit.circuit import Reset as ResetOp

        ion = self.circuit.qubits[self.first[turn.node] :]
        match action:
            case Gate(_, _, ions):
                return [(gate_instruction(action), [ion[i] for i in ions], [])]
            case Reset(number):
                return [(ResetOp(), [ion[number]], [])]
            case Measure(number, bit):
                return [(MeasureOp(), [ion[number]], [self.circuit.clbits[self.bit_of[*turn, bit]]])]
            case Conditional():
                reads = inside or self.order.reads[turn]
                self._require_known(action, turn, reads)
                return self._conditional(action, turn, reads)
        raise UnreadableError(f"{self.programs.nodes[turn.node].name} pairs or messages under a condition")

    def _require_known(self, action: Conditional, turn: Turn, reads: dict[int, Value]) -> None:
        name = self.programs.nodes[turn.node].name
        names = self.programs.nodes[turn.node].bit_names()
        unknown = [names[b] for b in action.bits if reads[b] not in self.bit_of]
        if unknown:
            raise UnreadableError(f"{name} tests {unknown[0]}, which nothing has written")
        free = [names[b] for b in written(action) if self.bit_of[*turn, b] >= len(self.programs.results)]
        if free:
            raise UnreadableError(f"{name} measures into {free[0]}, no bit of the circuit, under a condition")

    def _conditional(
        self, action: Conditional, turn: Turn, reads: dict[int, Value]
    ) -> list[tuple[Any, list[Any], list[Any]]]:
        from qiskit.circuit import IfElseOp

        bits = [self.circuit.clbits[self.bit_of[reads[b]]] for b in action.bits]
        branches = [[o for a in b for o in self._operations(a, turn, reads)] for b in (action.body, action.otherwise)]
        if not any(branches):
            return []
        inner = branches[0], branches[1]
        register = next((r for r in self.circuit.cregs if list(r) == bits), None)
        if register is not None and len(bits) > 1:
            tests: list[tuple[Any, int]] = [(register, action.value)]
        else:
            tests = [(bit, action.value >> i & 1) for i, bit in enumerate(bits)]
        body, otherwise = inner
        for target, value in reversed(tests):
            qubits, clbits = _named([*body, *otherwise], bits)
            blocks = [_block(b, qubits, clbits) for b in (body, otherwise)]
            body = [(IfElseOp((target, value), blocks[0], blocks[1] if otherwise else None), qubits, clbits)]
        return body


def _named(operations: Sequence[tuple[Any, list[Any], list[Any]]], bits: list[Any]) -> tuple[list[Any], list[Any]]:
    """The qubits and classical bits of operations, and ``bits``."""
    qubits = dict.fromkeys(q for _, on, _ in operations for q in on)
    clbits = dict.fromkeys([*bits, *(c for _, _, into in operations for c in into)])
    return list(qubits), list(clbits)


def _block(operations: Sequence[tuple[Any, list[Any], list[Any]]], qubits: list[Any], clbits: list[Any]) -> Any:
    from qiskit import QuantumCircuit

    block = QuantumCircuit(qubits, clbits)
    for operation, on, into in operations:
        block.append(operation, on, into, copy=False)
    return block


def gate_instruction(gate: Gate) -> Any:
    """Qiskit's gate."""
    from qiskit.circuit.library import UGate, UnitaryGate

    if gate.matrix is not None:
        return UnitaryGate(gate.matrix, label=gate.name)
    if gate.name == "U":
        return UGate(*gate.params)
    rule = standard_rule(gate.name)
    make = rule.make if rule is not None else _FURTHER[gate.name]
    return make(*gate.params)
