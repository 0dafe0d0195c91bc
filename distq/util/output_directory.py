"""Output directories that are either complete or absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from distq.errors import InputError


def check_directory(path: Path, marker: str) -> None:
    """Raise InputError unless a directory may be written at ``path``.

    It may stand there already if it is empty or holds the file ``marker``, as those do that were written before.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_dir():
        raise InputError(f"cannot write the directory {path}: it is a file")
    if target.is_dir() and any(target.iterdir()) and not (target / marker).is_file():
        raise InputError(f"will not overwrite {path}: it holds other files", "name a new or an empty directory")
    probe = _beside(target, "new")
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise _unwritable(path, error) from error


def write_directory(path: Path, files: Mapping[str, bytes], marker: str) -> None:
    """Write a directory with ``files`` so that at no moment a part of it is visible under its name.

    It takes the place of one that holds ``marker``, or is empty. Raises InputError if that fails; what stood there
    before then stands there again.
    """
    check_directory(path, marker)
    target = Path(os.path.realpath(path))
    new, old = _beside(target, "new"), _beside(target, "old")
    try:
        new.mkdir()
        for name, content in files.items():
            with (new / name).open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{what}")


def _unwritable(path: Path, error: OSError) -> InputError:
    hint = "give a directory inside one that exists and is writable"
    return InputError(f"cannot write {path}: {error.strerror or error}", hint)
