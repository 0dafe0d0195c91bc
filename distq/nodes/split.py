"""A distributed circuit becomes one program per node.

The circuit is read once, in order. What acts on the ions of a QPU goes into its program; a Bell pair becomes a request
of both QPUs. A classical bit is known where it was measured. Where another node tests it, a message is sent right after
the measurement and received right before the test. Since all programs follow the order of one circuit, no two nodes can
wait for each other.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, IfElseOp, ParameterExpression

from distq.errors import InputError, InternalError
from distq.ir.node_program import (
    Action,
    Conditional,
    Gate,
    Measure,
    NodeProgram,
    NodePrograms,
    PairRequest,
    Place,
    Receive,
    Register,
    Reset,
    Send,
    SourceRegister,
    flattened,
)
from distq.networks.network import Network
from distq.nodes.names import local_names

_IGNORED = frozenset({"barrier", "delay", "id", "global_phase"})
_WITH_BITS = frozenset({"measure", "if_else"})
INBOX = "inbox"
"""The register of bits that other nodes send and that are none of the circuit's own."""


def split(circuit: QuantumCircuit, network: Network) -> NodePrograms:
    """One program per QPU that takes part.

    Parameters
    ----------
    circuit
        A distributed circuit, as :func:`distq.execution.emit.emit` writes it: with its layout in the metadata.
    network
        The one that it was compiled for.

    Raises
    ------
    InputError
        For loops, unbound parameters, and classical registers that share bits.
    """
    splitting = _Splitting(circuit, network)
    for position, entry in enumerate(circuit.data):
        splitting.note_entries(position)
        splitting.take(entry)
    splitting.note_entries(len(circuit.data))
    return splitting.finish()


def node_registers(circuit: QuantumCircuit, network: Network) -> list[tuple[int, list[Any]]]:
    """Per QPU that has registers in a distributed circuit: its index and these registers."""
    found: list[tuple[int, list[Any]]] = []
    registers = list(circuit.qregs)
    for index, qpu in enumerate(network.qpus):
        base = re.escape(re.sub(r"\W", "_", qpu.name, flags=re.ASCII))
        own = []
        while registers and re.fullmatch(rf"(qpu_)?{base}_[a-z]+(_\d+)?", registers[0].name):
            own.append(registers.pop(0))
        if own:
            found.append((index, own))
    if registers:
        raise InternalError(f"the register {registers[0].name!r} of the distributed circuit is no QPU's")
    return found


def _used_qubits(circuit: QuantumCircuit) -> set[Any]:
    """The qubits that something happens to, or in which qubits of the source circuit begin."""
    births = [circuit.qubits[int(ion)] for ion in circuit.metadata["distq"]["layout"]["births"]]
    return {q for entry in circuit.data if entry.name not in _IGNORED for q in entry.qubits}.union(births)


class _Node:
    """The program of one node under construction. Each slot is one action, and what is sent right after it."""

    def __init__(self, name: str, registers: list[Any], turns: list[list[Action]]) -> None:
        self.name, self.turns = name, turns
        self.registers = tuple([Register(r.name, r.size) for r in registers])
        self.slots: list[list[Action]] = []

    def append(self, action: Action) -> None:
        self.slots.append([action])
        self.turns.append(self.slots[-1])


class _Splitting:
    """The programs so far, and where each classical bit is known.

    While the programs grow, bits are numbers of the circuit's classical bits; ``finish`` gives them their places.
    """

    def __init__(self, circuit: QuantumCircuit, network: Network) -> None:
        self.circuit = circuit
        self.clbit = {bit: i for i, bit in enumerate(circuit.clbits)}
        self.nodes: list[_Node] = []
        self.turns: list[list[Action]] = []
        self.place: dict[Any, Place] = {}
        found = node_registers(circuit, network)
        self.outcomes = list(circuit.cregs[len(circuit.cregs) - len(found) :])
        used = _used_qubits(circuit)
        for index, registers in found:
            qubits = [q for register in registers for q in register]
            if used.isdisjoint(qubits):
                continue
            self.place |= {q: Place(len(self.nodes), i) for i, q in enumerate(qubits)}
            self.nodes.append(_Node(network.qpus[index].name, registers, self.turns))
        self.holder: dict[int, int] = {}
        self.written_in: dict[int, int] = {}
        self.knows: dict[int, set[int]] = {}
        self.writers: dict[int, list[int]] = {}
        self.pair_tags, self.message_tags = count(), count()
        layout = circuit.metadata["distq"]["layout"]
        self.born_at = {
            line: self.place[circuit.qubits[int(ion)]] for ion, lines in layout["births"].items() for line in lines
        }
        self.entering: dict[int, list[int]] = {}
        for line, position in enumerate(layout["entry"]):
            self.entering.setdefault(position, []).append(line)
        self.entry_slots: dict[int, int] = {}

    def note_entries(self, position: int) -> None:
        """Remember where in its node's program each line begins that enters before instruction ``position``."""
        for line in self.entering.get(position, ()):
            self.entry_slots[line] = len(self.nodes[self.born_at[line].node].slots)

    def take(self, entry: Any) -> None:
        """Distribute one instruction."""
        if entry.name in _IGNORED:
            return
        if entry.name == "epr":
            a, b = (self.place[q] for q in entry.qubits)
            tag = next(self.pair_tags)
            self.nodes[a.node].append(PairRequest(tag, b.node, a.ion))
            self.nodes[b.node].append(PairRequest(tag, a.node, b.ion))
            return
        if entry.name not in _WITH_BITS and (entry.clbits or entry.is_control_flow()):
            hint = "write one circuit: -o FILE.qasm or FILE.qpy"
            raise InputError(f"programs for nodes hold no {entry.name!r} yet", hint)
        (node,) = {self.place[q].node for q in entry.qubits}
        ions = {q: self.place[q].ion for q in entry.qubits}
        bits = {c: self.clbit[c] for c in entry.clbits}
        action = self._action(entry, ions, bits)
        if isinstance(action, Conditional) and not action.body and not action.otherwise:
            return
        written = {a.bit for a in flattened((action,)) if isinstance(a, Measure)}
        if isinstance(action, Conditional):
            tested = [b for a in flattened((action,)) if isinstance(a, Conditional) for b in a.bits]
            for bit in dict.fromkeys([*tested, *sorted(written)]):  # what is not overwritten keeps its value
                self._require(bit, node)
        self.nodes[node].append(action)
        for bit in written:
            self.holder[bit], self.knows[bit] = node, {node}
            self.written_in[bit] = len(self.nodes[node].slots) - 1
            self.writers.setdefault(bit, []).append(node)

    def _require(self, bit: int, node: int) -> None:
        """Make the present value of a bit known at a node."""
        holder = self.holder.get(bit)
        if holder is None or node in self.knows[bit]:
            return
        tag = next(self.message_tags)
        self.nodes[holder].slots[self.written_in[bit]].append(Send(tag, node, bit))
        self.nodes[node].append(Receive(tag, holder, bit))
        self.knows[bit].add(node)

    def _action(self, entry: Any, ions: dict[Any, int], bits: dict[Any, int]) -> Action:
        name = entry.name
        if name == "measure":
            return Measure(ions[entry.qubits[0]], bits[entry.clbits[0]])
        if name == "reset":
            return Reset(ions[entry.qubits[0]])
        if name == "if_else":
            return self._conditional(entry, ions, bits)
        if any(isinstance(p, ParameterExpression) and p.parameters for p in entry.params):
            names = ", ".join(sorted({p.name for p in self.circuit.parameters})[:5])
            raise InputError(f"programs for nodes need numbers for the parameters {names}", "bind them first")
        return Gate(name, tuple([float(p) for p in entry.params]), tuple([ions[q] for q in entry.qubits]))

    def _conditional(self, entry: Any, ions: dict[Any, int], bits: dict[Any, int]) -> Conditional:
        operation = entry.operation
        assert isinstance(operation, IfElseOp)
        if not isinstance(operation.condition, tuple):
            raise InternalError("a distributed circuit holds a condition that is an expression")
        target, value = operation.condition
        tested = [target] if isinstance(target, Clbit) else list(target)
        branches: list[tuple[Action, ...]] = []
        for block in operation.blocks:
            inner = {b: ions[q] for b, q in zip(block.qubits, entry.qubits, strict=True)}
            inside = {b: bits[c] for b, c in zip(block.clbits, entry.clbits, strict=True)}
            branches.append(tuple([self._action(i, inner, inside) for i in block.data if i.name not in _IGNORED]))
        return Conditional(tuple([self.clbit[b] for b in tested]), int(value), *branches)

    # ---- the end ------------------------------------------------------------------------------------------------

    def finish(self) -> NodePrograms:
        """The programs with their own bits, and the layout."""
        registers = [(r, list(r)) for r in self.circuit.cregs if r not in self.outcomes]
        numbers = [self.clbit[b] for r in registers for b in r[1]]
        if len(set(numbers)) < len(numbers):
            raise InputError("classical registers of the circuit share bits", "give every bit one register")
        several = [self.writers.get(b, []) for b in numbers]
        layout = self.circuit.metadata["distq"]["layout"]
        places = {i: self.place[q] for i, q in enumerate(self.circuit.qubits) if q in self.place}
        taken = [r.name for r in self.circuit.qregs] + [r.name for r in self.outcomes] + [INBOX]
        names = local_names([r[0].name for r in registers], taken)
        sources = tuple([SourceRegister(r[0].name, n, r[0].size) for r, n in zip(registers, names, strict=True)])
        return NodePrograms(
            nodes=tuple([self._program(n, sources, numbers) for n in self.nodes]),
            registers=sources,
            results=tuple([self.holder.get(b) for b in numbers]),
            writers=tuple([tuple(w) if len(set(w)) > 1 else () for w in several]),
            entry=tuple([self._entry(line) for line in range(len(layout["entry"]))]),
            births=tuple([(places[int(ion)], tuple(lines)) for ion, lines in layout["births"].items()]),
            final=tuple([None if ion is None else places[ion] for ion in layout["final"]]),
            output=tuple([None if ion is None else places[ion] for ion in layout["output"]]),
            order=self._order(),
            rewriting=self.circuit.metadata["distq"].get("rewriting"),
        )

    def _order(self) -> tuple[int, ...]:
        """The node of each action, in the order of the circuit."""
        node = {id(slot): number for number, n in enumerate(self.nodes) for slot in n.slots}
        return tuple([node[id(slot)] for slot in self.turns for _ in slot])

    def _entry(self, line: int) -> int:
        slots = self.nodes[self.born_at[line].node].slots
        return sum(len(slot) for slot in slots[: self.entry_slots[line]])

    def _program(self, node: _Node, sources: tuple[SourceRegister, ...], numbers: list[int]) -> NodeProgram:
        """A program whose bits are its own: those of the circuit that it uses, its outcomes, and its inbox."""
        actions = tuple([action for slot in node.slots for action in slot])
        used = dict.fromkeys(bit for action in flattened(actions) for bit in _bits_of(action))
        registers: list[Register] = []
        place: dict[int, int] = {}
        start = size = 0
        for source in sources:
            members = numbers[start : start + source.size]
            if any(b in used for b in members):
                place |= {b: size + i for i, b in enumerate(members)}
                registers.append(Register(source.local, source.size))
                size += source.size
            start += source.size
        own = {a.bit for a in flattened(actions) if isinstance(a, Measure)} - place.keys()
        for register in self.outcomes:
            members = [self.clbit[b] for b in register]
            if own.intersection(members):
                place |= {b: size + i for i, b in enumerate(members)}
                registers.append(Register(register.name, len(members)))
                size += len(members)
        foreign = [b for b in used if b not in place]
        if foreign:
            place |= {b: size + i for i, b in enumerate(foreign)}
            registers.append(Register(INBOX, len(foreign)))
        return NodeProgram(node.name, node.registers, tuple(registers), tuple([_placed(a, place) for a in actions]))


def _bits_of(action: Action) -> tuple[int, ...]:
    match action:
        case Send() | Receive() | Measure():
            return (action.bit,)
        case Conditional():
            return action.bits
    return ()


def _placed(action: Action, place: dict[int, int]) -> Action:
    """The action with its bits renumbered."""
    match action:
        case Send(tag, peer, bit):
            return Send(tag, peer, place[bit])
        case Receive(tag, peer, bit):
            return Receive(tag, peer, place[bit])
        case Measure(ion, bit):
            return Measure(ion, place[bit])
        case Conditional(bits, value, body, otherwise):
            inner = [tuple([_placed(a, place) for a in branch]) for branch in (body, otherwise)]
            return Conditional(tuple([place[b] for b in bits]), value, *inner)
    return action
