"""An emitted circuit as OpenQASM 3 or QPY, with what distq says about it."""

from __future__ import annotations

import json
import re
from typing import BinaryIO

from qiskit import QuantumCircuit, qasm3, qpy

from distq.execution.bell_pairs import with_epr_gates

QASM3_HEADER = "// distq: "
"""What the comment line with the metadata starts with in an OpenQASM 3 file, which has no other place for it."""


def write_qasm3(circuit: QuantumCircuit) -> str:
    """The circuit as OpenQASM 3; a leading comment line holds the metadata of distq as JSON.

    Names that OpenQASM reserves or does not allow are changed on the way; the metadata say what they were, under
    ``"names"``.
    """
    text: str = qasm3.dumps(with_epr_gates(circuit))
    metadata = (circuit.metadata or {}).get("distq")
    if metadata is None:
        return text
    names = _changed_names(circuit, text)
    metadata = metadata | {"names": names} if names else metadata
    return f"{QASM3_HEADER}{json.dumps(metadata, separators=(',', ':'))}\n{text}"


def _changed_names(circuit: QuantumCircuit, text: str) -> dict[str, dict[str, str]]:
    """The names that the export has changed: of registers by their number, of parameters by their name in the text."""
    registers = re.findall(r"^bit\[\d+\] (\S+);$", text, re.MULTILINE)
    parameters = re.findall(r"^input float\[64\] (\S+);$", text, re.MULTILINE)
    changed = {
        "registers": {
            str(i): old.name
            for i, (new, old) in enumerate(zip(registers, circuit.cregs, strict=False))
            if new != old.name
        },
        "parameters": {
            new: old.name for new, old in zip(parameters, circuit.parameters, strict=False) if new != old.name
        },
    }
    return {kind: names for kind, names in changed.items() if names}


def write_qpy(circuit: QuantumCircuit, file: BinaryIO) -> None:
    """Write the circuit, metadata included, to an open binary file in QPY format."""
    qpy.dump(circuit, file)
