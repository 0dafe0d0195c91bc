"""The manifest of a directory of node programs, and the reading of the whole directory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distq.errors import InputError
from distq.frontend.node_programs.program import read_program
from distq.frontend.places import SourceText
from distq.ir.node_program import NodeProgram, NodePrograms, Place, Register, SourceRegister

MANIFEST = "manifest.json"
FORM = "distq node programs"
FORM_VERSION = 1


@dataclass(frozen=True)
class NodeDirectory:
    """A directory of node programs.

    Attributes
    ----------
    path
        Where it is.
    manifest
        As it stands in the file.
    programs
        All programs, with what the manifest says of them.
    """

    path: Path
    manifest: dict[str, Any]
    programs: NodePrograms


def read_directory(path: Path) -> NodeDirectory:
    """Read and check a directory of node programs.

    Raises
    ------
    InputError
        If the manifest is missing or malformed, or a file is missing or not the one that the manifest names.
    CircuitError
        If a program is no node program.
    """
    manifest = _manifest(path / MANIFEST)
    language = manifest.get("language")
    if language != "openqasm3":
        raise InputError(
            f"{path}: these programs are in {language!r}; distq reads OpenQASM 3",
            "write them with --format openqasm3",
        )
    texts = {entry["file"]: _file(path, entry) for entry in [*manifest["nodes"], *manifest.get("files", [])]}
    try:
        return NodeDirectory(path, manifest, _programs(path, manifest, texts))
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise InputError(f"{path / MANIFEST}: malformed ({type(fault).__name__}: {fault})") from None


def _manifest(file: Path) -> dict[str, Any]:
    """The manifest, if it is one."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "distq compile CIRCUIT -n NETWORK -o DIR/ writes a directory of node programs"
        missing = f"holds no {MANIFEST}" if file.parent.is_dir() else "no such directory"
        raise InputError(f"{file.parent}: {missing}", hint) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{file}: is no JSON: {error}") from None
    if not isinstance(found, dict) or found.get("form") != FORM:
        raise InputError(f"{file}: is no manifest of node programs (form is not {FORM!r})")
    if found.get("form_version") != FORM_VERSION:
        raise InputError(f"{file}: form version {found.get('form_version')!r}; this distq reads {FORM_VERSION}")
    entries = [*found["nodes"], *found.get("files", [])] if isinstance(found.get("nodes"), list) else []
    if not entries or not all(isinstance(e, dict) and isinstance(e.get("file"), str) for e in entries):
        raise InputError(f"{file}: malformed: every node needs the name of its file")
    return found


def _file(path: Path, entry: dict[str, Any]) -> str:
    """The text of a file that the manifest names; its hash is compared if the manifest has one."""
    name = str(entry["file"])
    if Path(name).name != name:
        raise InputError(f"{path / MANIFEST}: the file {name!r} is not in the directory")
    try:
        content = (path / name).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: {name} is missing", "write the directory again, or copy all of it") from None
    except OSError as error:
        raise InputError(f"{path / name}: cannot be read: {error.strerror}") from None
    wanted = entry.get("sha256")
    if wanted is not None and hashlib.sha256(content).hexdigest() != wanted:
        hint = f'if the change is meant, set its "sha256" in {MANIFEST} to null'
        raise InputError(f"{path / name}: has changed since {MANIFEST} was written (SHA-256 differs)", hint)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path / name}: is no text") from None


def _programs(path: Path, manifest: dict[str, Any], texts: dict[str, str]) -> NodePrograms:
    ions = [tuple([Register(str(n), int(k)) for n, k in entry["ions"]]) for entry in manifest["nodes"]]
    names = [str(entry["name"]) for entry in manifest["nodes"]]
    owner = {register.name: name for name, own in zip(names, ions, strict=True) for register in own}
    nodes: list[NodeProgram] = []
    for entry, name, own in zip(manifest["nodes"], names, ions, strict=True):
        foreign = {register: other for register, other in owner.items() if other != name}
        source = SourceText(str(path / entry["file"]), texts[entry["file"]])
        nodes.append(read_program(source, name, own, foreign))
    place = {
        ion: Place(number, i) for number, node in enumerate(nodes) for i, ion in enumerate(node.ion_names())
    }  # names of registers are unique among all nodes
    if len(place) < sum(len(node.ion_names()) for node in nodes):
        raise ValueError("two nodes have ions of one name")
    layout, number = manifest["layout"], {name: i for i, name in enumerate(names)}
    registers = tuple([SourceRegister(str(r["name"]), str(r["local"]), int(r["size"])) for r in manifest["registers"]])
    bits = sum(register.size for register in registers)
    results = tuple([None if n is None else number[n] for n in manifest["results"]])
    writers = [() if not w else tuple([number[n] for n in w]) for w in manifest.get("writers", [[]] * bits)]
    if len(results) != bits or len(writers) != bits:
        raise ValueError(f"results and writers are not for {bits} bits")
    return NodePrograms(
        nodes=tuple(nodes),
        registers=registers,
        results=results,
        writers=tuple(writers),
        births=tuple([(place[ion], tuple([int(line) for line in lines])) for ion, lines in layout["births"].items()]),
        entry=None if layout.get("entry") is None else tuple([int(n) for n in layout["entry"]]),
        final=tuple([None if ion is None else place[ion] for ion in layout["final"]]),
        output=tuple([None if ion is None else place[ion] for ion in layout["output"]]),
        order=tuple([number[name] for name, count in manifest.get("order", []) for _ in range(int(count))]),
        rewriting=manifest.get("rewriting"),
    )
