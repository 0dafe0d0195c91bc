"""Words that tables, pictures and messages share."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 Bell pair``, ``2 Bell pairs``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
