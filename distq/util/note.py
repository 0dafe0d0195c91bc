"""What a reader of a result should know: a decision that was made, or what a number means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = "str | int | float | None"


@dataclass(frozen=True)
class Note:
    """One thing that is told in the report and, as data, in its JSON details.

    Attributes
    ----------
    kind
        A stable name for programs, e.g. ``ions-used-again``; the README lists all.
    text
        The same for people.
    values
        The numbers and names in the text.
    """

    kind: str
    text: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"kind": self.kind, "text": self.text, "values": dict(self.values)}

    def __str__(self) -> str:
        return self.text


def texts(notes: Iterable[Note]) -> list[str]:
    """What the notes say to people."""
    return [note.text for note in notes]
