"""A directory of node programs: one program per node, the tables, the whole circuit, and a manifest with hashes."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distq._version import __version__
from distq.execution.circuit_files import write_qasm3
from distq.frontend.node_programs.manifest import FORM, FORM_VERSION, MANIFEST
from distq.ir.node_program import NodePrograms, Place
from distq.networks.toml_writer import write_toml
from distq.nodes.formats import NodeFormat
from distq.nodes.names import file_stems
from distq.nodes.split import split
from distq.nodes.tables import Row, Tables
from distq.util.output_directory import write_directory

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.execution.schedule import Schedule
    from distq.ir.events import Events
    from distq.ir.program import Program
    from distq.networks.network import Network

CIRCUIT = "circuit.qasm"


def write_nodes(
    path: Path,
    language: NodeFormat,
    circuit: QuantumCircuit,
    lowered: tuple[Program, Events, Schedule, Network],
    facts: dict[str, Any],
) -> None:
    """Write a distributed circuit as programs for its nodes.

    Parameters
    ----------
    path
        Of the directory; it is written whole or not at all, and takes the place of one that was written before.
    language
        Of the programs.
    circuit
        The distributed circuit, with its layout.
    lowered
        The planned program, its events, their schedule, and the network.
    facts
        What else the manifest is to say.

    Raises
    ------
    InputError
        If the circuit cannot be split (loops, unbound parameters), or the directory cannot be written.
    """
    program, events, schedule, network = lowered
    programs = split(circuit, network)
    tables = Tables(programs, program, events, schedule, network)
    stems = file_stems([node.name for node in programs.nodes], ["circuit", "pairs", "messages", "qubits", "manifest"])
    texts = language.write(programs, stems)
    files = {f"{stem}{language.suffix}": text for stem, text in zip(stems, texts, strict=True)}
    shared = {
        CIRCUIT: write_qasm3(_bare(circuit)),
        "pairs.json": _table(tables.pairs()),
        "messages.json": _table(tables.messages()),
        "qubits.json": _table(tables.qubits()),
    }
    manifest = {
        "form": FORM,
        "form_version": FORM_VERSION,
        "language": language.name,
        "language_version": language.version,
        "distq": __version__,
        "qiskit": version("qiskit"),
        **facts,
        "network": {"name": network.name, "sha256": _hash(write_toml(network))},
        "nodes": [
            {"name": node.name, "file": name, "sha256": _hash(text), "ions": [list(r) for r in node.ions]}
            for node, (name, text) in zip(programs.nodes, files.items(), strict=True)
        ],
        "files": [{"file": name, "sha256": _hash(text)} for name, text in shared.items()],
        **_whole(programs),
    }
    files |= shared | {MANIFEST: _manifest(manifest)}
    write_directory(path, {name: text.encode() for name, text in files.items()}, MANIFEST)


def _whole(programs: NodePrograms) -> dict[str, Any]:
    """How the programs make up one circuit."""
    names = [node.name for node in programs.nodes]
    ions = [node.ion_names() for node in programs.nodes]

    def ion(place: Place | None) -> str | None:
        return None if place is None else ions[place.node][place.ion]

    return {
        "registers": [r._asdict() for r in programs.registers],
        "results": [None if n is None else names[n] for n in programs.results],
        "writers": [[names[n] for n in w] for w in programs.writers],
        "layout": {
            "births": {str(ion(place)): list(lines) for place, lines in programs.births},
            "entry": None if programs.entry is None else list(programs.entry),
            "final": [ion(place) for place in programs.final],
            "output": [ion(place) for place in programs.output],
        },
        "order": [[names[node], len(list(run))] for node, run in groupby(programs.order)],
        "rewriting": programs.rewriting,
    }


def _bare(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit without what differs from run to run: only its layout, and how it was rewritten."""
    bare = circuit.copy()
    found = circuit.metadata["distq"]
    bare.metadata = {"distq": {key: found[key] for key in ("layout", "rewriting") if key in found}}
    return bare


def _manifest(found: dict[str, Any]) -> str:
    """JSON with one key a line."""
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()) + "\n}\n"


def _table(rows: list[Row]) -> str:
    """Rows as a JSON list, one a line."""
    return "[\n" + ",\n".join(" " + json.dumps(row) for row in rows) + "\n]\n" if rows else "[]\n"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
