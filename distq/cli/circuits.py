"""``distq circuits``: benchmark circuits by name, listed or written to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.options import common_options
from distq.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from distq.circuits import CircuitName

FORMATS = ("qasm", "qpy")


@click.command(short_help="List benchmark circuits, or write them to files.")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(path_type=Path),
    help="Write the circuits: a file (.qasm: OpenQASM 2, .qpy) for one circuit, or else a folder.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    default="qasm",
    show_default=True,
    help="Of the files in the folder.",
)
@common_options
@click.pass_obj
def circuits(session: Session, names: tuple[str, ...], output: Path | None, kind: str) -> None:
    """List the families of benchmark circuits; with NAMEs, show these circuits or write them.

    NAME: FAMILY[:SIZE[,SIZE...]][:KEY=VALUE...], e.g. qft:16,32 or cp-fraction:32:fraction=0.3:seed=1. Every command
    takes such a name, after an @, for CIRCUIT: distq run @qft:16 -n 4x4+2.
    """
    from distq.circuits import parse_names
    from distq.errors import InputError

    if not names:
        if output is not None:
            raise InputError("no circuits to write", "name some, e.g. distq circuits qft:16,32 -o folder")
        session.show(_family_list(), keep_lines=True)
        return
    found = [one for name in names for one in parse_names(name)]
    if output is None:
        session.show(_circuit_list(found), keep_lines=True)
        return
    for name, path in _targets(found, output, kind):
        _write(name, path)
        session.say(f"wrote {path}")


def _family_list() -> RenderableType:
    """One row per family: an example of its name, its parameters, what it is."""
    from distq.circuits import families
    from distq.reporting.plain_table import PlainTable

    rows = []
    for one in families():
        given = " ".join(f"{key}={value:g}" for key, value in one.parameters.items())
        rows.append((f"@{one.name}:{one.default}", one.size, given, f"{one.summary} [{one.source}]"))
    return PlainTable(rows, ("name", "size is the number of", "parameters", "what it is"))


def _circuit_list(found: list[CircuitName]) -> RenderableType:
    """One row per circuit: what it is made of."""
    from distq.reporting.plain_table import PlainTable

    rows = []
    for name in found:
        circuit = name.build()
        gates = ", ".join(f"{count} {gate}" for gate, count in circuit.count_ops().items())
        several = circuit.num_nonlocal_gates()
        rows.append((str(name), str(circuit.num_qubits), str(several), str(circuit.depth()), gates))
    return PlainTable(rows, ("name", "qubits", "multi-qubit gates", "depth", "gates"))


def _targets(found: list[CircuitName], output: Path, kind: str) -> list[tuple[CircuitName, Path]]:
    """Every circuit and its file, all of which can be written."""
    from distq.errors import InputError
    from distq.util.output_files import check_writable

    if output.suffix[1:].lower() in FORMATS:
        if len(found) > 1:
            raise InputError(f"{output} is one file, and there are {len(found)} circuits", "give the name of a folder")
        targets = [(found[0], output)]
    else:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {output}: {error.strerror}", "give another -o") from error
        targets = [(name, output / f"{name.label}.{kind}") for name in found]
    for _, path in targets:
        check_writable(path)
    return targets


def _write(name: CircuitName, path: Path) -> None:
    import io

    from qiskit import qasm2, qpy

    from distq.util.output_files import write_atomically

    circuit = name.build()
    if path.suffix.lower() == ".qpy":
        buffer = io.BytesIO()
        qpy.dump(circuit, buffer)
        write_atomically(path, buffer.getvalue())
    else:
        write_atomically(path, qasm2.dumps(circuit).encode() + b"\n")
