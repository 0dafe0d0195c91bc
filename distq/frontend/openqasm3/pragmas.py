"""Pragmas: distq's own, and those of Amazon Braket that mean something for the circuit; the report names all others.

https://docs.aws.amazon.com/braket/latest/developerguide/braket-openqasm-supported-features.html
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from openqasm3 import ast

from distq.frontend.openqasm3.dialects import unitary_pragma
from distq.frontend.openqasm3.parse import parse_text
from distq.frontend.openqasm3.statements import Interpreter
from distq.frontend.places import SourceText

_UNITARY = re.compile(r"braket\s+unitary\s*\((.*)\)\s*(.*)", re.DOTALL)


class PragmaReader(Interpreter):
    """Executes pragmas."""

    def pragma(self, node: ast.Pragma) -> None:
        """One pragma."""
        words = node.command.split()
        found = _UNITARY.match(node.command.strip())
        if found is not None:
            self._unitary(node, found[1], found[2])
        elif words[:2] == ["distq", "max_rounds"]:
            self._max_rounds(node, words[2:])
        elif words[:2] == ["braket", "noise"]:
            raise self.error(node, "noise of the file's own is not supported", "describe the noise in the network")
        elif words[:2] == ["braket", "verbatim"]:
            self.notes.setdefault("'#pragma braket verbatim' is left out: distq compiles the circuit as a whole")
        elif words:
            self.notes.setdefault(f"'#pragma {' '.join(words[:2])}' is left out")

    def _max_rounds(self, node: Any, words: list[str]) -> None:
        """``#pragma distq max_rounds 20``: of the loops that come after it."""
        if len(words) != 1 or not words[0].isdecimal() or not int(words[0]):
            hint = "write for example: #pragma distq max_rounds 20"
            raise self.error(node, "max_rounds takes one whole number from 1", hint)
        self.max_rounds = int(words[0])

    def _unitary(self, node: Any, matrix: str, operands: str) -> None:
        """A gate that is given by its matrix."""
        try:
            rows = [[complex(x.strip().replace("im", "j").replace(" ", "")) for x in row.split(",")]
                    for row in re.findall(r"\[([^\[\]]*)\]", matrix)]  # fmt: skip
            array = np.asarray(rows, dtype=np.complex128)
        except ValueError:
            raise self.error(node, "the matrix of the pragma cannot be read") from None
        size = len(array)
        if size < 2 or size & (size - 1) or array.shape != (size, size):
            raise self.error(node, f"a matrix of shape {array.shape} is no gate on qubits")
        if np.abs(array @ array.conj().T - np.eye(size)).max() > 1e-6:
            raise self.error(node, "the matrix of the pragma is not unitary")
        call = parse_text(SourceText(self.source.label, f"barrier {operands};")).statements[0]
        assert isinstance(call, ast.QuantumBarrier)
        qubits = self._each_qubit(list(call.qubits))
        if len(qubits) != size.bit_length() - 1:
            raise self.error(node, f"the matrix is one of {size.bit_length() - 1} qubits, not {len(qubits)}")
        self.recorder.apply(unitary_pragma(array), qubits)
