"""Files that commands write: refused before the long work if they could not be, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distq.ir.plan import Plan

PICTURES = (".png", ".svg", ".pdf")


def check_picture(path: Path | None) -> None:
    """Raise InputError unless a picture may be written there; None is no picture."""
    from distq.util.output_files import check_suffix, check_writable

    if path is not None:
        check_suffix(path, PICTURES, "picture")
        check_writable(path)


def check_output(path: Path | None) -> None:
    """Raise InputError unless a circuit or a plan may be written there; None is no file."""
    from distq.util.output_files import OUTPUTS, check_suffix, check_writable

    if path is not None:
        check_suffix(path, OUTPUTS, "output")
        check_writable(path)


def write_picture(path: Path | None, draw: Callable[[str], bytes]) -> None:
    """Write what ``draw`` makes of the kind of picture (``png``, ``svg``, ``pdf``); nothing if there is no path."""
    from distq.util.output_files import write_atomically

    if path is not None:
        write_atomically(path, draw(path.suffix[1:].lower()))


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
