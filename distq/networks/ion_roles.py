"""Whether the numbers of ions that a user gives a QPU go together.

Either all ions have any role (``ions`` and ``communication``), or every ion has one for good (``data`` and ``memory``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distq.networks.fields import plain, unlimited
from distq.networks.problems import Problem, shown


def role_conflicts(values: Mapping[str, Any]) -> list[Problem]:
    """Every conflict among ``ions``, ``communication``, ``data`` and ``memory`` as they were given."""
    ions, optical = plain(values.get("ions")), unlimited(values.get("communication"))
    if ions is None:
        if type(optical) is int and optical == 0:
            text = "must be a whole number of communication ions, 1 or more, or inf"
            return [Problem("communication", "0", text)]
        return []
    found = []
    for key, what in (("data", "qubits"), ("memory", "copies and halves of pairs")):
        if key in values:
            text = f"cannot stand beside ions = {shown(ions)}, any of which may hold {what}: give one of the two"
            found.append(Problem(key, shown(values[key]), text))
    if optical is None:
        text = f"must say how many of the ions = {shown(ions)} have an optical interface"
        found.append(
            Problem("communication", shown(values["communication"]) if "communication" in values else None, text)
        )
    elif type(optical) is int and type(ions) is int and optical > ions >= 1:
        found.append(Problem("communication", shown(optical), f"must be at most ions = {ions}, of which they are some"))
    return found
