"""Files that commands write: refused before the long work if they could not be, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distq.ir.plan import Plan

PICTURES = (".png", ".svg", ".pdf")
PAGES = (".html", ".htm")


def check_picture(path: Path | None) -> None:
    """Raise InputError unless a picture may be written there; None is no picture."""
    from distq.util.output_files import check_suffix, check_writable

    if path is not None:
        check_suffix(path, PICTURES, "picture")
        check_writable(path)


def check_page(path: Path | None) -> None:
    """Raise InputError unless a page may be written there; None is no page."""
    from distq.util.output_files import check_suffix, check_writable

    if path is not None:
        check_suffix(path, PAGES, "page")
        check_writable(path)


@dataclass(frozen=True)
class Output:
    """Where a compilation is written.

    Attributes
    ----------
    path
        A file, or a directory of node programs.
    language
        Of the node programs; None: ``path`` is a file.
    """

    path: Path
    language: str | None

    def check(self) -> None:
        """Raise InputError unless it may be written there."""
        from distq.util.output_directory import check_directory
        from distq.util.output_files import OUTPUTS, check_suffix, check_writable

        if self.language is None:
            check_suffix(self.path, OUTPUTS, "output")
            check_writable(self.path)
            return
        from distq.frontend.node_programs.manifest import MANIFEST
        from distq.nodes.formats import format_named

        format_named(self.language)
        check_directory(self.path, MANIFEST)


def parse_output(given: str | None, language: str | None) -> Output | None:
    """What ``-o`` and ``--format`` say together; None if nothing is to be written.

    Raises
    ------
    InputError
        A format without a directory.
    """
    from distq.errors import InputError
    from distq.util.output_files import OUTPUTS

    directory = given is not None and (
        given.endswith("/") or (Path(given).is_dir() and Path(given).suffix.lower() not in OUTPUTS)
    )
    if language is not None and not directory:
        said = "no -o is given" if given is None else f"-o {given} is a file"
        raise InputError(f"--format {language} is for programs of nodes, and {said}", "give a directory: -o DIR/")
    if given is None:
        return None
    return Output(Path(given), (language or "openqasm3") if directory else None)


def write_picture(path: Path | None, draw: Callable[[str], bytes]) -> None:
    """Write what ``draw`` makes of the kind of picture (``png``, ``svg``, ``pdf``); nothing if there is no path."""
    from distq.util.output_files import write_atomically

    if path is not None:
        write_atomically(path, draw(path.suffix[1:].lower()))


def write_page(path: Path, content: str) -> None:
    """Write a page."""
    from distq.util.output_files import write_atomically

    write_atomically(path, content.encode())


def read_strategy(given: str) -> Plan | str:
    """The name of a strategy, or the plan in the file (.json) that is named in its place.

    Raises
    ------
    InputError
        It looks like another file, or the file holds no plan.
    """
    from distq.errors import InputError
    from distq.ir.plan_file import read_plan

    if given.endswith(".json"):
        return read_plan(Path(given))
    if Path(given).suffix:
        raise InputError(f"-s {given}: a plan is a .json file", "write one with -o plan.json, or name a strategy")
    return given
