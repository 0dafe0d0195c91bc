"""Files, standard input and streams to Qiskit circuits.

In: OpenQASM 2, OpenQASM 3 or QPY, told apart by what they begin with. Out: a Qiskit circuit, or ``CircuitError`` with
the line and column of the fault.
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from distq.errors import CircuitError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_QPY_MAGIC = b"QISKIT"
_VERSION = re.compile(r"OPENQASM\s+(\d+)(?:\.\d+)?\s*;")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_GATE = re.compile(r"\bgate\s+([a-z]\w*)")
_DEFINITION = re.compile(r"\bgate\s[^{]*\{[^}]*\}|\bopaque\s[^;]*;|\binclude\s[^;]*;")
_METADATA = re.compile(r"^\s*//\s*distq:\s*(\{.*)$", re.MULTILINE)
_QASM2_PLACE = re.compile(r"^\"?(?:<input>|.*?):(\d+),(\d+): (.*)$", re.DOTALL)
_QASM3_PLACE = re.compile(r"^L?(\d+)(?:,|:C)(\d+): (.*)$", re.DOTALL)


def read_circuit(source: str | Path | BinaryIO | IO[str], name: str | None = None) -> QuantumCircuit:
    """Read a circuit: OpenQASM 2 or 3 (told apart by the version line) or QPY (told by its first bytes).

    Parameters
    ----------
    source
        A path, ``"-"`` for standard input, or an open stream of bytes or text.
    name
        Name of the circuit; the file's stem if None (a circuit in QPY keeps its own).

    Returns
    -------
    QuantumCircuit
        With ``metadata["distq"]`` restored from a ``// distq: {...}`` comment of a QASM file.

    Raises
    ------
    CircuitError
        If there is no such file or it is not one circuit in one of these formats; with line, column and the line
        itself where the position is known.
    """
    data, label = _load(source)
    if data.startswith(_QPY_MAGIC):
        circuit = _read_qpy(data, label)
    else:
        circuit = _read_qasm(_text(data, label), label)
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

    try:
        circuits = qpy.load(io.BytesIO(data))
    except BaseException as error:  # a damaged file fails wherever it breaks: in struct, numpy, zlib, Rust
        _pass_on_interrupts(error)
        raise CircuitError(f"{label}: damaged or unknown QPY: {_first_line(error)}", "write it again") from error
    if len(circuits) != 1:
        names = ", ".join(repr(c.name) for c in circuits[:5]) + (", ..." if len(circuits) > 5 else "")
        raise CircuitError(f"{label}: holds {len(circuits)} circuits ({names})", "write each to a file of its own")
    return circuits[0]


def _read_qasm(text: str, label: str) -> QuantumCircuit:
    """The circuit in an OpenQASM file, of the version that its first statement names."""
    bare = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    version = _VERSION.match(bare.lstrip())
    if version is None:
        line = bare[: len(bare) - len(bare.lstrip())].count("\n") + 1
        hint = "start the file with 'OPENQASM 2.0;' or 'OPENQASM 3.0;'"
        if label.endswith(".qpy"):
            hint = "this is no QPY, which starts with QISKIT: write it with qiskit.qpy.dump"
        raise _located(label, text, line, 1, "no OPENQASM version line", hint)
    major = int(version[1])
    if major == 2:
        circuit = _read_qasm2(text, label)
    elif major == 3:
        circuit = _read_qasm3(text, label)
    else:
        raise CircuitError(f"{label}: OPENQASM {major} is not a version that distq reads", "it reads 2.0 and 3.0")
    found = _METADATA.search(text)
    if found is not None:
        try:
            metadata = json.loads(found[1])
        except json.JSONDecodeError as error:
            line, start = text.count("\n", 0, found.start(1)) + 1, text.rfind("\n", 0, found.start(1)) + 1
            raise _located(
                label, text, line, found.start(1) - start + error.colno, f"damaged distq metadata: {error.msg}"
            ) from None
        circuit = _with_parameters_renamed(circuit, metadata)
        circuit.metadata = {**(circuit.metadata or {}), "distq": metadata}
    return circuit


def _with_parameters_renamed(circuit: QuantumCircuit, metadata: Any) -> QuantumCircuit:
    """The circuit with the names that its parameters had before they were written as OpenQASM 3."""
    names = metadata.get("names") if isinstance(metadata, dict) else None
    renamed = names.get("parameters") if isinstance(names, dict) else None
    if not isinstance(renamed, dict):
        return circuit
    from qiskit.circuit import Parameter

    values = {p: Parameter(str(renamed[p.name])) for p in circuit.parameters if p.name in renamed}
    return circuit.assign_parameters(values) if values else circuit


def _read_qasm2(text: str, label: str) -> QuantumCircuit:
    from qiskit import qasm2

    known = {custom.name: custom for custom in qasm2.LEGACY_CUSTOM_INSTRUCTIONS}
    defined = [name for name in dict.fromkeys(_GATE.findall(_COMMENT.sub("", text))) if name in known]
    own: set[str] = set()
    try:
        if defined:
            own = set(defined)
            own = {name for name in defined if not _is_standard(text, label, known, own, name)}
        return _loads2(text, label, known, own)
    except qasm2.QASM2ParseError as error:
        raise _parse_error(error, _QASM2_PLACE, text, label) from error


def _loads2(text: str, label: str, known: dict[str, Any], own: set[str]) -> QuantumCircuit:
    """OpenQASM 2 with Qiskit's gates for the names in ``known``, except those that mean the file's ``own`` gates."""
    from qiskit import qasm2

    return qasm2.loads(
        text,
        custom_instructions=[custom for name, custom in known.items() if name not in own],
        custom_classical=qasm2.LEGACY_CUSTOM_CLASSICAL,
        include_path=(*qasm2.LEGACY_INCLUDE_PATH, *_folder(label)),
    )


def _is_standard(text: str, label: str, known: dict[str, Any], own: set[str], name: str) -> bool:
    """True if the file's definition of the gate ``name`` is Qiskit's gate of that name, up to global phase."""
    import numpy as np
    from qiskit.quantum_info import Operator

    custom = known[name]
    angles = [0.37 + 0.71 * i for i in range(custom.num_params)]
    call = f"({', '.join(map(str, angles))})" if angles else ""
    operands = ", ".join(f"sample[{i}]" for i in range(custom.num_qubits))
    head = [found[0] for found in _DEFINITION.finditer(_COMMENT.sub("", text))]
    sample = "\n".join(["OPENQASM 2.0;", *head, f"qreg sample[{custom.num_qubits}];", f"{name}{call} {operands};"])
    a = Operator(_loads2(sample, label, known, own)).data
    b = Operator(custom.constructor(*angles)).data
    return bool(abs(abs(np.vdot(a, b)) / len(a) - 1) < 1e-12)


def _folder(label: str) -> tuple[str, ...]:
    """The file's own folder, for its include statements."""
    return () if label.startswith("<") else (str(Path(label).parent),)


def _read_qasm3(text: str, label: str) -> QuantumCircuit:
    from qiskit import qasm3

    try:
        return qasm3.loads(text)
    except BaseException as error:  # the importer raises several kinds
        _pass_on_interrupts(error)
        raise _parse_error(error, _QASM3_PLACE, text, label) from error


def _pass_on_interrupts(error: BaseException) -> None:
    """Raise ``error`` again unless it comes from the library, whose Rust panics are no ``Exception``."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        raise error


def _first_line(error: BaseException) -> str:
    """The first line of an error's message, for use inside another one."""
    lines = str(getattr(error, "message", None) or error).strip().strip("'\"").splitlines()
    return lines[0].rstrip(" :") if lines else type(error).__name__


def _parse_error(error: BaseException, place: re.Pattern[str], text: str, label: str) -> CircuitError:
    """What the library says, with the position that it gives (columns from 0) taken apart."""
    message = str(getattr(error, "message", None) or error).strip().strip("'\"")
    found = place.match(message)
    if found is not None:
        return _located(label, text, int(found[1]), int(found[2]) + 1, found[3].strip())
    token = _offending_token(error)
    if token is not None:
        what = "unexpected end of file" if token.text == "<EOF>" else f"unexpected {token.text!r}"
        return _located(label, text, token.line, token.column + 1, what)
    return CircuitError(f"{label}: cannot be read: {message or type(error).__name__}")


def _offending_token(error: BaseException | None) -> Any:
    """The token at which the OpenQASM 3 parser gave up, from the chain of causes; None if there is none."""
    while error is not None:
        for holder in (error, *error.args):
            token = getattr(holder, "offendingToken", None)
            if token is not None:
                return token
        error = error.__cause__ or error.__context__
    return None


def _located(label: str, text: str, line: int, column: int, what: str, hint: str | None = None) -> CircuitError:
    """Error with the position and an excerpt of the line."""
    lines = text.splitlines()
    message = f"{label}:{line}:{column}: {what}"
    if 1 <= line <= len(lines):
        start = max(0, column - 60)
        excerpt = lines[line - 1][start : start + 100]
        message += f"\n  {line} | {excerpt}\n  {' ' * len(str(line))} | {' ' * (column - 1 - start)}^"
    return CircuitError(message, hint)
