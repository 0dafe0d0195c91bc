"""Gates of node programs: those of the standard library by name, all others by their matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import openqasm3
from openqasm3 import ast
from qiskit.quantum_info import Operator

from distq.errors import CircuitError
from distq.frontend.openqasm3.read import read_openqasm3
from distq.frontend.openqasm3.standard import FURTHER, standard_rule
from distq.frontend.places import SourceText
from distq.ir.node_program import Gate

MAX_QUBITS = 6
"""Defined gates act on so many qubits at most: their matrices are worked out."""
_LIBRARY_FILES = ("stdgates.inc",)
_STANDARD = {name: maker for name, maker, _, _ in FURTHER}

Fail = Callable[..., NoReturn]


class GateReader:
    """Knows the gates of one program."""

    def __init__(self, source: SourceText, fail: Fail) -> None:
        self.source, self.fail = source, fail
        self.definitions: dict[str, str] = {}
        self.included = False
        self.matrices: dict[Any, Gate] = {}

    def include(self, node: ast.Include) -> list[Any]:
        """``include "stdgates.inc"``."""
        if node.filename not in _LIBRARY_FILES:
            self.fail(node, f"a node program may include {_LIBRARY_FILES[0]} only")
        self.included = True
        return []

    def define(self, node: ast.QuantumGateDefinition) -> list[Any]:
        """``gate``."""
        self.definitions[node.name.name] = openqasm3.dumps(node)
        return []

    def gate(self, node: ast.QuantumGate, params: tuple[float, ...], ions: tuple[int, ...]) -> Gate:
        """A call of a gate."""
        name = node.name.name
        rule = None if node.modifiers or name in self.definitions else standard_rule(name)
        if name == "U" and not node.modifiers:
            wanted, count = 3, 1
        elif rule is not None and self.included:
            wanted, count = rule.parameters, rule.qubits
        else:
            return self._by_matrix(node, params, ions)
        if (len(params), len(ions)) != (wanted, count):
            self.fail(node, f"{name!r} takes {wanted} parameters and {count} ions, not {len(params)} and {len(ions)}")
        return Gate(name, params, ions)

    def _by_matrix(self, node: ast.QuantumGate, params: tuple[float, ...], ions: tuple[int, ...]) -> Gate:
        """A gate that is defined in the program, or has modifiers."""
        name = node.name.name
        if len(ions) > MAX_QUBITS:
            self.fail(node, f"{name!r} acts on more than {MAX_QUBITS} ions")
        modifiers = "".join(f"{openqasm3.dumps(m).removesuffix('@').strip()} @ " for m in node.modifiers)
        key = (modifiers, name, params, len(ions))
        if key not in self.matrices:
            self.matrices[key] = self._worked_out(node, modifiers, params, len(ions))
        known = self.matrices[key]
        return Gate(known.name, known.params, ions, known.matrix)

    def _worked_out(self, node: ast.QuantumGate, modifiers: str, params: tuple[float, ...], count: int) -> Gate:
        name = node.name.name
        angles = f"({', '.join(repr(p) for p in params)})" if params else ""
        head = ["OPENQASM 3.0;", *(['include "stdgates.inc";'] if self.included else []), *self.definitions.values()]
        call = f"{modifiers}{name}{angles} {', '.join(f'q[{i}]' for i in range(count))};"
        text = "\n".join([*head, f"qubit[{count}] q;", call])
        try:
            matrix = Operator(read_openqasm3(SourceText(f"{self.source.label}, gate {name}", text))).data
        except CircuitError as error:
            self.fail(node, f"the gate {name!r} cannot be worked out: {error.message.splitlines()[0]}")
        maker = None if modifiers else _STANDARD.get(name)
        if maker is not None and np.allclose(Operator(maker(*params)).data, matrix, rtol=0, atol=1e-12):
            return Gate(name, params, ())
        return Gate(modifiers + name, params, (), tuple([tuple([complex(x) for x in row]) for row in matrix]))
