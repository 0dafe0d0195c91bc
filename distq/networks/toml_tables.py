"""Tables of a network file, read one at a time, with a note of everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from distq.networks.problems import Problem, shown, unknown_key

Table = dict[str, Any]


class TomlTables:
    """The tables of one file.

    Attributes
    ----------
    top
        All tables, as ``tomllib`` has them.
    problems
        What is wrong so far, in the order in which it was found. Reading goes on after a problem, so that a user sees
        all of them at once.
    """

    def __init__(self, top: Table) -> None:
        self.top = top
        self.problems: list[Problem] = []

    def note(self, key: str, text: str, *given: object) -> None:
        """Note a problem with the value of ``key``; ``given``, if any, is the value to show."""
        self.add([Problem(key, shown(given[0]) if given else None, text)])

    def add(self, problems: Iterable[Problem], key: Callable[[str], str] = lambda key: key) -> None:
        """Note problems, each only once. ``key`` tells what the file calls a key that a problem names."""
        for problem in problems:
            found = Problem(key(problem.key), problem.given, problem.text)
            if found not in self.problems:
                self.problems.append(found)

    def add_inside(self, path: str, problems: Iterable[Problem]) -> None:
        """Note problems with the keys of the table ``path``."""
        self.add(problems, lambda key: f"{path}.{key}")

    def table(self, parent: Table, key: str, prefix: str, allowed: Sequence[str]) -> Table:
        """The sub-table ``key`` of a table without unknown keys; {} if it is absent or no table.

        ``prefix`` is the path of the parent, with a dot at its end.
        """
        found = parent.get(key, {})
        if not isinstance(found, dict):
            self.note(prefix + key, f"must be a table: [{prefix}{key}]", found)
            return {}
        return self.known(found, f"{prefix}{key}.", allowed)

    def array(self, key: str, allowed: Sequence[str]) -> list[Table]:
        """The array of tables ``key`` without unknown keys; [] if it is absent or no array of tables."""
        found = self.top.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.note(key, f"must be tables with double brackets: [[{key}]]", found)
            return []
        return [self.known(entry, f"{key}[{i}].", allowed) for i, entry in enumerate(found)]

    def known(self, table: Table, prefix: str, allowed: Sequence[str]) -> Table:
        """A table without unknown keys, which are noted."""
        for key in table:
            if key not in allowed:
                self.note(prefix + key, unknown_key(key, allowed))
        return {key: value for key, value in table.items() if key in allowed}
