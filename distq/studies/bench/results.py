"""The results file: one JSON object a line, appended as results exist, continued later."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from distq.errors import InputError
from distq.studies.bench.tasks import Result


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
        Results that it holds, by the id of their task.
    """

    path: Path
    known: dict[str, Result] = field(default_factory=dict)

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("a+b")
        except OSError as error:
            raise InputError(f"cannot write {self.path}: {error.strerror or error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise InputError(f"{self.path} is in use by another distq bench") from error
        self._load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, result: Result) -> None:
        """Add a line, and return when it is on the disk."""
        self.known[result["id"]] = result
        self._file.write(json.dumps(result, allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _load(self) -> None:
        """Read what the file holds, and cut off a torn last line."""
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), 1):
            try:
                row = json.loads(line)
                self.known[row["id"]] = row
            except (ValueError, KeyError, TypeError) as error:
                self._file.close()
                raise InputError(f"{self.path}:{number}: not a result of distq bench", "give another -o") from error
        self._file.truncate(whole)
