"""The results file: one JSON object a line, appended as results exist, continued later."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from distq.errors import InputError
from distq.studies.bench.tasks import Result


class DiskError(InputError):
    """A result could not be written; the file is as it was before."""


@dataclass
class Results:
    """A results file, open for appending; a context manager.

    A last line that was cut short by an interruption is dropped. Entering raises InputError if the file cannot be used,
    if it holds something else, or if another process is writing to it.

    Attributes
    ----------
    path
        The file.
    known
        Results that it holds, by the id of their task; of several, the last.
    """

    path: Path
    known: dict[str, Result] = field(default_factory=dict)

    def __enter__(self) -> Self:
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise InputError(f"cannot write {self.path}: {error.strerror or error}", "give another -o") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            hint = "wait for it, or give another -o; `distq bench compare` reads several files"
            raise InputError(f"{self.path} is in use by another distq bench run", hint) from error
        try:
            whole = read_whole_lines(self.path, self.known)
            os.truncate(self._file, whole)
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def append(self, result: Result) -> None:
        """Add a line, and return when it is on the disk. Raises DiskError, with the file as before, if it cannot be."""
        before = os.fstat(self._file).st_size
        rest = json.dumps(result, allow_nan=False).encode() + b"\n"
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            os.truncate(self._file, before)
            hint = "it keeps what it held; make room, and the same command goes on from there"
            raise DiskError(f"cannot write {self.path}: {error.strerror or error}", hint) from error
        self.known[result["id"]] = result

    def other_versions(self, version: str) -> dict[str, int]:
        """Versions of distq whose results the file holds beside those of ``version``, and how many."""
        others = [str(row.get("version")) for row in self.known.values() if row.get("version") != version]
        return {other: others.count(other) for other in sorted(set(others))}

    def forget_failures(self, ids: Collection[str]) -> None:
        """Take the failures among these tasks for undone. Their lines stay until new ones take their place."""
        for key in ids:
            if self.known.get(key, {}).get("error"):
                del self.known[key]


def read_whole_lines(path: Path, into: dict[str, Result]) -> int:
    """Read the results of a file, and return how many of its bytes are whole lines.

    Raises
    ------
    InputError
        The file cannot be read, or it holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}", "name a results file (.jsonl)") from error
    whole = content.rfind(b"\n") + 1
    for number, line in enumerate(content[:whole].splitlines(), 1):
        try:
            row = json.loads(line)
            into[row["id"]] = row
        except (ValueError, KeyError, TypeError) as error:
            hint = "name a file that `distq bench run` has written"
            raise InputError(f"{path}:{number}: not a result of distq bench run", hint) from error
    return whole
