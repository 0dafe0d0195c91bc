"""Node programs as OpenQASM 3: the form that ``distq check`` and ``distq node run`` read.

A program declares the ions and the bits of its node alone. Three ``extern`` functions stand for what nodes do together,
since OpenQASM 3 has no words for it. Their arguments are integers (an extern takes no qubits): tags, places of nodes in
the manifest, and for a pair the number of the ion, counted through all ions that the program declares.
"""

from __future__ import annotations

from collections.abc import Iterable

from distq.errors import InternalError
from distq.ir.node_program import (
    Action,
    Conditional,
    Gate,
    Measure,
    NodeProgram,
    NodePrograms,
    PairRequest,
    Receive,
    Reset,
    Send,
    flattened,
)
from distq.nodes.formats.registry import NodeFormat, register

_NAMES = {"u": "U"}
_GATES = "p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu u1 u2 u3 id U"
_LIBRARY = frozenset(_GATES.split())
_DEFINITIONS = {
    "rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "rxx": "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }",
}
"""Gates of distributed circuits that stdgates.inc lacks."""
_EXTERNS = (
    (PairRequest, "extern request_pair(int, int, int);  // tag, the other node, ion"),
    (Send, "extern send_bit(int, int, bit);  // tag, the node that receives it, bit"),
    (Receive, "extern receive_bit(int, int) -> bit;  // tag, the node that sends it"),
)


def write(programs: NodePrograms, stems: list[str]) -> list[str]:
    """One text per node."""
    return [_program(programs, number) for number in range(len(programs.nodes))]


def _program(programs: NodePrograms, number: int) -> str:
    program = programs.nodes[number]
    names = ", ".join(f"{i} {node.name}" for i, node in enumerate(programs.nodes))
    lines = [f"// program of node {number}, {program.name}; nodes: {names}", "OPENQASM 3.0;", 'include "stdgates.inc";']
    kinds = {type(action) for action in program.actions}
    lines += [text for kind, text in _EXTERNS if kind in kinds]
    lines += list(_definitions(program))
    lines += [f"qubit[{size}] {name};" for name, size in program.ions]
    lines += [f'bit[{size}] {name} = "{"0" * size}";' for name, size in program.bits]
    writer = _Writer(program)
    for action in program.actions:
        lines += writer.lines(action)
    return "\n".join(lines) + "\n"


def _definitions(program: NodeProgram) -> Iterable[str]:
    """Definitions of the gates that are not in the standard library."""
    used = dict.fromkeys(_NAMES.get(a.name, a.name) for a in flattened(program.actions) if isinstance(a, Gate))
    for name in used:
        if name not in _LIBRARY:
            if name not in _DEFINITIONS:
                raise InternalError(f"no definition of the gate {name!r} is known in OpenQASM 3")
            yield _DEFINITIONS[name]


class _Writer:
    """Writes the actions of one program."""

    def __init__(self, program: NodeProgram) -> None:
        self.program = program
        self.ions, self.bits = program.ion_names(), program.bit_names()
        self.registers: dict[tuple[int, ...], str] = {}
        start = 0
        for name, size in program.bits:
            self.registers[tuple(range(start, start + size))] = name
            start += size

    def lines(self, action: Action) -> list[str]:
        """The lines of one action."""
        match action:
            case Gate(name, params, ions):
                angles = f"({', '.join(repr(p) for p in params)})" if params else ""
                return [f"{_NAMES.get(name, name)}{angles} {', '.join(self.ions[i] for i in ions)};"]
            case PairRequest(tag, peer, ion):
                return [f"request_pair({tag}, {peer}, {ion});  // {self.ions[ion]}"]
            case Send(tag, peer, bit):
                return [f"send_bit({tag}, {peer}, {self.bits[bit]});"]
            case Receive(tag, peer, bit):
                return [f"{self.bits[bit]} = receive_bit({tag}, {peer});"]
            case Measure(ion, bit):
                return [f"{self.bits[bit]} = measure {self.ions[ion]};"]
            case Reset(ion):
                return [f"reset {self.ions[ion]};"]
            case Conditional():
                return self._conditional(action)

    def _conditional(self, action: Conditional) -> list[str]:
        """An ``if``; if only its else-branch holds anything, under the opposite test."""
        body, otherwise = ([f"  {t}" for a in b for t in self.lines(a)] for b in (action.body, action.otherwise))
        if not body:
            return [f"if (!({self._test(action)})) {{", *otherwise, "}"] if otherwise else []
        return [f"if ({self._test(action)}) {{", *body, *(["} else {", *otherwise] if otherwise else []), "}"]

    def _test(self, action: Conditional) -> str:
        register = self.registers.get(action.bits)
        if register is not None and len(action.bits) > 1:
            return f"{register} == {action.value}"
        tests = [f"{self.bits[b]} == {action.value >> i & 1}" for i, b in enumerate(action.bits)]
        return " && ".join(tests)


FORMAT = register(NodeFormat("openqasm3", ".qasm", "3.0", write))
