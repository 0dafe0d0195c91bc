"""What a network's ``scenario`` says about numbers that are not published ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from distq.networks.presets.qpus import QPU_PRESETS

_PARTS = {"qpu": "QPUs", "link": "links"}


class AssumedNumbers(NamedTuple):
    """A preset, or a link model, of which a network uses at least one assumed number; ``part`` is qpu or link."""

    name: str
    part: str


def scenario_text(assumed: Iterable[AssumedNumbers]) -> str | None:
    """How a network's ``scenario`` names the numbers that are not published ones; None if there are none.

    A QPU preset that is tagged measured is said to be assumed in part.
    """
    parts: dict[str, list[str]] = {}
    for name, part in sorted(assumed, key=lambda numbers: (numbers.part != "qpu", numbers.name)):
        parts.setdefault(name, []).append(_PARTS[part])
    measured = {preset.name for preset in QPU_PRESETS.values() if preset.tag == "measured"}
    texts = []
    for name, of in parts.items():
        text = name if len(of) == len(_PARTS) else f"{name} {of[0]}"
        texts.append(f"{text} in part" if name in measured else text)
    return ", ".join(texts) or None
