"""Files, standard input and streams to Qiskit circuits.

In: OpenQASM 2, OpenQASM 3 or QPY, told apart by what they begin with, or the name of a benchmark circuit (``@qft:16``).
Out: a Qiskit circuit, or ``CircuitError`` with the line and column of the fault.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from distq.circuits import PREFIX, build_circuit, families
from distq.errors import CircuitError
from distq.frontend.openqasm2 import read_openqasm2, without_comments
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.frontend.places import NOTES, SourceText, located, pass_on_interrupts
from distq.frontend.qpy_sizes import too_large
from distq.frontend.qpy_versions import too_new

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_QPY_MAGIC = b"QISKIT"
_VERSION = re.compile(r"OPENQASM\s+(\d+)(?:\.\d+)?\s*;")
_SURELY_3 = re.compile(r"\bqubit\b|\"stdgates\.inc\"|\$\d|@")
_SURELY_2 = re.compile(r"\b(?:qreg|creg|opaque)\b|\"qelib1\.inc\"")
_LIKELY_3 = re.compile(r"\b(?:bit|const|gate|def|defcal|defcalgrammar|extern|input|let)\b")
_METADATA = re.compile(r"^\s*//\s*distq:\s*(\{.*)$", re.MULTILINE)


def read_circuit(
    source: str | Path | BinaryIO | IO[str], name: str | None = None, max_rounds: int = UNCERTAIN_ROUNDS
) -> QuantumCircuit:
    """Read a circuit: OpenQASM 2 or 3 (told apart by the version line) or QPY (told by its first bytes).

    Parameters
    ----------
    source
        A path, ``"-"`` for standard input, the name of a benchmark circuit after an ``@`` (:mod:`distq.circuits`), or
        an open stream of bytes or text.
    name
        Name of the circuit; the file's stem if None (a circuit in QPY keeps its own).
    max_rounds
        How many rounds are unrolled of a loop of an OpenQASM 3 file whose end depends on measured bits.

    Returns
    -------
    QuantumCircuit
        With ``metadata["distq"]`` restored from a ``// distq: {...}`` comment of a QASM file.

    Raises
    ------
    CircuitError
        If there is no such file or it is not one circuit in one of these formats; with line, column and the line
        itself where the position is known.
    InputError
        There is no benchmark circuit of that name.
    """
    if isinstance(source, str) and source.startswith(PREFIX):
        circuit = build_circuit(source)
        circuit.name = name or circuit.name
        return circuit
    data, label = _load(source)
    if data.startswith(_QPY_MAGIC):
        circuit = _read_qpy(data, label)
    else:
        circuit = _read_qasm(_text(data, label), label, max_rounds)
        circuit.name = Path(label).stem if not label.startswith("<") else "circuit"
    if name is not None:
        circuit.name = name
    return circuit


def _load(source: Any) -> tuple[bytes, str]:
    """The bytes of ``source`` and what to call it in messages."""
    if not isinstance(source, str | Path):
        content = source.read()
        label = getattr(source, "name", None)
        data = content.encode() if isinstance(content, str) else bytes(content)
        return data, label if isinstance(label, str) else "<stream>"
    if str(source) == "-":
        return sys.stdin.buffer.read(), "<stdin>"
    path = Path(source)
    try:
        return path.read_bytes(), str(source)
    except FileNotFoundError:
        raise CircuitError(f"{source}: no such file", _nearest(path)) from None
    except IsADirectoryError:
        raise CircuitError(f"{source}: is a directory, not a circuit", "name a .qasm or .qpy file") from None
    except OSError as error:
        raise CircuitError(f"{source}: cannot be read: {error.strerror}") from None


def _nearest(path: Path) -> str | None:
    """Hint at a file of a similar name."""
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no directory {str(path.parent)!r}"
    near = difflib.get_close_matches(path.name, names, n=1)
    if not near and path.name.partition(":")[0] in {family.name for family in families()}:
        return f"names of benchmark circuits begin with {PREFIX}: did you mean '{PREFIX}{path}'?"
    return f"did you mean {str(path.parent / near[0])!r}?" if near else None


def _text(data: bytes, label: str) -> str:
    """The bytes of a file as text; raises CircuitError if they are none."""
    hint = "distq reads OpenQASM 2, OpenQASM 3 and QPY"
    if not data.strip():
        raise CircuitError(f"{label}: is empty", hint)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CircuitError(f"{label}: is neither text nor QPY (byte {error.start} is not UTF-8)", hint) from None
    if "\0" in text:
        raise CircuitError(f"{label}: is neither text nor QPY (it holds zero bytes)", hint)
    return text


def _read_qpy(data: bytes, label: str) -> QuantumCircuit:
    """The one circuit in a QPY file."""
    from qiskit import qpy

    refused = too_new(data, label) or too_large(data, label)
    if refused is not None:
        raise refused
    try:
        circuits = qpy.load(io.BytesIO(data))
    except BaseException as error:  # a damaged file fails wherever it breaks: in struct, numpy, zlib, Rust
        pass_on_interrupts(error)
        raise CircuitError(f"{label}: damaged or unknown QPY: {_first_line(error)}", "write it again") from error
    if len(circuits) != 1:
        names = ", ".join(repr(c.name) for c in circuits[:5]) + (", ..." if len(circuits) > 5 else "")
        raise CircuitError(f"{label}: holds {len(circuits)} circuits ({names})", "write each to a file of its own")
    return circuits[0]


def _read_qasm(text: str, label: str, max_rounds: int) -> QuantumCircuit:
    """The circuit in an OpenQASM file, of the version that its first statement names, or that it looks like."""
    source = SourceText(label, text)
    bare = without_comments(text)
    version = _VERSION.match(bare.lstrip())
    written = _METADATA.search(text)
    major = int(version[1]) if version is not None else _guessed_version(source, bare)
    if major == 2:
        circuit = read_openqasm2(source)
    elif major == 3:
        from distq.frontend.openqasm3 import read_as_written, read_openqasm3  # the parser takes a while to import

        circuit = read_as_written(source) if written is not None else read_openqasm3(source, max_rounds)
    else:
        raise CircuitError(f"{label}: OPENQASM {major} is not a version that distq reads", "it reads 2.0 and 3.0")
    if version is None:
        notes = [f"no version line: read as OpenQASM {major}", *(circuit.metadata or {}).get(NOTES, ())]
        circuit.metadata = {**(circuit.metadata or {}), NOTES: notes}
    if written is not None:
        metadata = _metadata(source, written)
        circuit = _with_parameters_renamed(circuit, metadata)
        circuit.metadata = {**(circuit.metadata or {}), "distq": metadata}
    return circuit


def _metadata(source: SourceText, found: re.Match[str]) -> Any:
    """What distq wrote into a comment of a file."""
    try:
        return json.loads(found[1])
    except json.JSONDecodeError as error:
        text = source.text
        line, start = text.count("\n", 0, found.start(1)) + 1, text.rfind("\n", 0, found.start(1)) + 1
        column = found.start(1) - start + error.colno
        raise located(source, line, column, f"damaged distq metadata: {error.msg}") from None


def _guessed_version(source: SourceText, bare: str) -> int:
    """The version of a text without a version line, by the words that only one of them has."""
    for version, words in ((3, _SURELY_3), (2, _SURELY_2), (3, _LIKELY_3)):
        if words.search(bare):
            return version
    line = bare[: len(bare) - len(bare.lstrip())].count("\n") + 1
    hint = "start the file with 'OPENQASM 2.0;' or 'OPENQASM 3.0;'"
    if source.label.endswith(".qpy"):
        hint = "this is no QPY, which starts with QISKIT: write it with qiskit.qpy.dump"
    raise located(source, line, 1, "no OPENQASM version line", hint)


def _with_parameters_renamed(circuit: QuantumCircuit, metadata: Any) -> QuantumCircuit:
    """The circuit with the names that its parameters had before they were written as OpenQASM 3."""
    names = metadata.get("names") if isinstance(metadata, dict) else None
    renamed = names.get("parameters") if isinstance(names, dict) else None
    if not isinstance(renamed, dict):
        return circuit
    from qiskit.circuit import Parameter

    values = {p: Parameter(str(renamed[p.name])) for p in circuit.parameters if p.name in renamed}
    return circuit.assign_parameters(values) if values else circuit


def _first_line(error: BaseException) -> str:
    """The first line of an error's message, for use inside another one."""
    lines = str(getattr(error, "message", None) or error).strip().strip("'\"").splitlines()
    return lines[0].rstrip(" :") if lines else type(error).__name__
