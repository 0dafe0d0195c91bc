"""Output files that are either complete or absent, and are known to be writable before the long work starts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from distq.errors import InputError

OUTPUTS = (".qasm", ".qpy", ".json")
"""Suffixes of what a compilation can be written as."""


def check_suffix(path: Path, allowed: tuple[str, ...], what: str) -> None:
    """Raise InputError unless ``path`` ends with one of ``allowed``."""
    if path.suffix.lower() not in allowed:
        raise InputError(
            f"{path}: no {what} format has the suffix {path.suffix or '(none)'!r}", f"use one of {', '.join(allowed)}"
        )


def check_writable(path: Path) -> None:
    """Raise InputError if a file ``path`` could not be written now. Leaves nothing behind.

    A permission bit is not enough to know (read-only mounts, superusers), so a neighbour is created and removed.
    """
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a directory", "give the name of a file")
    if path.exists() and not path.is_file():
        return
    try:
        probe = _beside(path)
        probe.open("xb").close()
        probe.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that at no moment a part of it is visible under its name.

    Pipes and devices are written directly. Raises InputError if that fails; the file is then as it was before.
    """
    if path.exists() and not path.is_file():
        try:
            path.write_bytes(content)
        except OSError as error:
            raise _unwritable(path, error) from error
        return
    target = Path(os.path.realpath(path))
    temporary = _beside(target)
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def _unwritable(path: Path, error: OSError) -> InputError:
    hint = "give a file in a directory that exists and is writable"
    return InputError(f"cannot write {path}: {error.strerror or error}", hint)
