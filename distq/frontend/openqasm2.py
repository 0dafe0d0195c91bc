"""OpenQASM 2 to Qiskit circuits, by Qiskit's parser.

Files that a text includes are put in its place before it is parsed, so that errors in them can be told with their own
names and lines. Texts in Quantinuum's dialect, whose gates have capital letters, go through the reader of OpenQASM 3.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from distq.errors import CircuitError
from distq.frontend.places import SourceText, located, pass_on_interrupts

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_GATE = re.compile(r"\bgate\s+([a-z]\w*)")
_DEFINITION = re.compile(r"\bgate\s[^{]*\{[^}]*\}|\bopaque\s[^;]*;|\binclude\s[^;]*;")
_INCLUDE = re.compile(r"\binclude\s*\"([^\"]*)\"\s*;")
_QUANTINUUM = re.compile(r"include\s*\"hqslib1(?:_dev)?\.inc\"|\bgate\s+(?!U\b|CX\b)[A-Z]")
_PLACE = re.compile(r"^\"?(?:<input>|.*?):(\d+),(\d+): (.*)$", re.DOTALL)

MAX_INCLUDES = 100
"""Files may include each other so often in all."""


def without_comments(text: str) -> str:
    """The text with blanks where comments were, so that places stay."""
    return _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def read_openqasm2(source: SourceText) -> QuantumCircuit:
    """The circuit of an OpenQASM 2 text.

    Raises
    ------
    CircuitError
        The text, or one that it includes, is wrong; with file, line and column.
    """
    from qiskit import qasm2

    if _QUANTINUUM.search(without_comments(source.text)):
        from distq.frontend.openqasm3 import read_openqasm3

        return read_openqasm3(source)
    lines = list(_with_includes(source, [0]))
    text = "\n".join(line.text for line in lines)
    known = {custom.name: custom for custom in qasm2.LEGACY_CUSTOM_INSTRUCTIONS}
    defined = [name for name in dict.fromkeys(_GATE.findall(without_comments(text))) if name in known]
    own: set[str] = set()
    try:
        if defined:
            own = set(defined)
            own = {name for name in defined if not _is_standard(text, known, own, name)}
        return _loads(text, known, own)
    except BaseException as error:  # the parser also panics
        pass_on_interrupts(error)
        raise _parse_error(error, lines, source) from error


class _Line(NamedTuple):
    """A line of the text to parse: where it comes from, and how far it is shifted to the left."""

    text: str
    source: SourceText
    number: int
    shift: int


def _with_includes(source: SourceText, count: list[int]) -> list[_Line]:
    """The lines of a text with those of the files that it includes in their places."""
    out: list[_Line] = []
    bare = without_comments(source.text).splitlines()
    for number, (line, code) in enumerate(zip(source.text.splitlines(), bare, strict=True), 1):
        start = 0
        for found in _INCLUDE.finditer(code):
            if found[1] == "qelib1.inc":
                continue
            count[0] += 1
            if count[0] > MAX_INCLUDES:
                raise located(source, number, found.start() + 1, f"more than {MAX_INCLUDES} files are included")
            out.append(_Line(line[start : found.start()], source, number, start))
            out += _with_includes(_included(source, number, found), count)
            start = found.end()
        out.append(_Line(line[start:], source, number, start))
    return out


def _included(source: SourceText, number: int, found: re.Match[str]) -> SourceText:
    """The file that an ``include`` names, beside the file that it stands in."""
    path = Path(found[1])
    if not path.is_absolute() and not source.label.startswith("<"):
        path = Path(source.label).parent / path
    try:
        return SourceText(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        what = f"the included file {str(path)!r} cannot be read"
        raise located(source, number, found.start() + 1, what, "write it beside the file that includes it") from None


def _loads(text: str, known: dict[str, Any], own: set[str]) -> QuantumCircuit:
    """The text with Qiskit's gates for the names in ``known``, except those that mean the file's ``own`` gates."""
    from qiskit import qasm2

    return qasm2.loads(
        text,
        custom_instructions=[custom for name, custom in known.items() if name not in own],
        custom_classical=qasm2.LEGACY_CUSTOM_CLASSICAL,
        include_path=qasm2.LEGACY_INCLUDE_PATH,
    )


def _is_standard(text: str, known: dict[str, Any], own: set[str], name: str) -> bool:
    """True if the file's definition of the gate ``name`` is Qiskit's gate of that name, up to global phase."""
    import numpy as np
    from qiskit.quantum_info import Operator

    custom = known[name]
    angles = [0.37 + 0.71 * i for i in range(custom.num_params)]
    call = f"({', '.join(map(str, angles))})" if angles else ""
    operands = ", ".join(f"sample[{i}]" for i in range(custom.num_qubits))
    head = [found[0] for found in _DEFINITION.finditer(without_comments(text))]
    sample = "\n".join(["OPENQASM 2.0;", *head, f"qreg sample[{custom.num_qubits}];", f"{name}{call} {operands};"])
    a = Operator(_loads(sample, known, own)).data
    b = Operator(custom.constructor(*angles)).data
    return bool(abs(abs(np.vdot(a, b)) / len(a) - 1) < 1e-12)


def _parse_error(error: BaseException, lines: list[_Line], source: SourceText) -> CircuitError:
    """What the library says, at the place that it means: its columns count from 0."""
    message = str(getattr(error, "message", None) or error).strip().strip("'\"")
    found = _PLACE.match(message)
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return CircuitError(f"{source.label}: cannot be read: {message or type(error).__name__}")
    line = lines[int(found[1]) - 1]
    return located(line.source, line.number, int(found[2]) + 1 + line.shift, found[3].strip())
