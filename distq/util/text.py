"""Phrases that tables, figures and messages share."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """``1 Bell pair``, ``2 Bell pairs``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def link_name(a: str, b: str, via: Sequence[str] = ()) -> str:
    """``alice-bob``, or ``alice-carol via bob`` where pairs are swapped."""
    return f"{a}-{b} via {', '.join(via)}" if via else f"{a}-{b}"
