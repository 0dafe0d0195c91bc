"""The one-line notation of networks, ``4x16+2@ring:oxford-2025``, and the topologies it names.

::

    SIZES[@TOPOLOGY[+swap]][:LINK]      SIZES is [Kx]DATA[+MEMORY] or [Kx]IONScCOMMUNICATION, or several with commas

``4x9c4`` are 4 QPUs of 9 ions, any of which may hold a qubit or a copy, and 4 of which herald pairs.

``+swap`` adds links whose pairs are swapped between the QPUs that no link joins
(:func:`distq.networks.swapped_links.with_swapping`).
"""

from __future__ import annotations

import math
import re
from typing import Any

from distq.networks.network import Network
from distq.networks.parts import MAX_IONS, QPU, Link
from distq.networks.presets import DEFAULT_LINK, DEFAULT_SCENARIO, LINK_PRESETS, AssumedNumbers, scenario_text
from distq.networks.problems import InvalidValueError, Problem, unknown
from distq.networks.swapped_links import with_swapping
from distq.util.gc_pause import gc_paused

MAX_QPUS = 1024
TOPOLOGIES = ("complete", "line", "ring", "star", "grid")
EXAMPLE = (
    "for example 4x16+2@ring:oxford-2025 = 4 QPUs of 16 data and 2 memory ions, linked in a ring like oxford-2025; "
    "or 16+2,8+4@line = 2 QPUs that differ; or 4x9c4 = 4 QPUs of 9 ions for anything, 4 of them for communication"
)

FORMS = "[Kx]DATA[+MEMORY] or [Kx]IONScCOMMUNICATION"

Pairs = tuple[tuple[int, int], ...]


def topology_pairs(topology: str, count: int) -> Pairs:
    """The QPUs that a topology links, as pairs of indices (a < b).

    Parameters
    ----------
    topology
        ``complete``, ``line``, ``ring``, ``star`` (QPU 0 is the hub), ``grid`` or ``grid2x3`` (rows x columns, numbered
        row by row). A plain ``grid`` is the squarest full rectangle; where that would be a line (5, 7, 11 QPUs, ...),
        the last row is shorter.
    count
        Number of QPUs.

    Raises
    ------
    ValueError
        With a text for the user, if there is no such topology or it is of another size.
    """
    match topology:
        case "complete":
            return tuple((a, b) for a in range(count) for b in range(a + 1, count))
        case "line":
            return tuple((a, a + 1) for a in range(count - 1))
        case "ring":
            closing = ((0, count - 1),) if count > 2 else ()
            return topology_pairs("line", count) + closing
        case "star":
            return tuple((0, b) for b in range(1, count))
        case "grid":
            return _grid(count, _columns(count)) if count else ()
    size = re.fullmatch(r"grid([0-9]{1,4})x([0-9]{1,4})", topology)
    if size is None:
        raise ValueError(unknown("topology", topology, (*TOPOLOGIES, "grid2x3")))
    rows, columns = int(size[1]), int(size[2])
    if rows * columns != count:
        raise ValueError(f"a grid of {rows}x{columns} has {rows * columns} QPUs, but there are {count}")
    return _grid(count, columns)


def _columns(count: int) -> int:
    """Columns of the squarest grid of so many QPUs."""
    rows = next(r for r in range(math.isqrt(count), 0, -1) if count % r == 0)
    return count // rows if rows > 1 or count < 4 else math.ceil(math.sqrt(count))


def _grid(count: int, columns: int) -> Pairs:
    """The pairs of neighbours in a grid that is filled row by row."""
    right = [(a, a + 1) for a in range(count - 1) if (a + 1) % columns]
    down = [(a, a + columns) for a in range(count - columns)]
    return tuple(sorted(right + down))


def is_shorthand(text: str) -> bool:
    """True if the text can only be meant as shorthand, right or wrong."""
    return re.match(r"[-+]?[0-9]|[a-z]?x[0-9]", text) is not None


@gc_paused
def parse_shorthand(text: str) -> Network:
    """Network in the shorthand. Raises NetworkError that lists every part of it that is wrong."""
    rest, colon, link_name = "".join(text.split()).partition(":")
    sizes, at, topology = rest.partition("@")
    topology, swap = topology.removesuffix("+swap"), topology.endswith("+swap")
    problems: list[Problem] = []
    qpus = _qpus(sizes, problems)
    pairs: Pairs = ()
    try:
        # Whether a grid fits can be told only once the number of QPUs is known.
        pairs = topology_pairs(topology if at else "complete", len(qpus) or _any_count(topology))
    except ValueError as error:
        problems.append(_problem("topology", topology, str(error), "after the @"))
    if "@" in link_name:
        problems.append(Problem("link", repr(link_name), "the topology goes before the link: SIZES@TOPOLOGY:LINK"))
    elif colon and link_name not in LINK_PRESETS:
        text_unknown = unknown("link preset", link_name, sorted(LINK_PRESETS))
        problems.append(_problem("link", link_name, text_unknown, "after the :"))
    if problems:
        raise InvalidValueError(f"network {text!r}", problems, EXAMPLE)
    preset = LINK_PRESETS[link_name] if colon else DEFAULT_LINK
    link = Link(a=0, b=1, preset=preset.name)
    links = tuple(link.model_copy(update={"a": a, "b": b}) for a, b in pairs)
    assumed = {AssumedNumbers(DEFAULT_SCENARIO, "qpu")}
    if links and preset.tag != "measured":
        assumed.add(AssumedNumbers(preset.name, "link"))
    network = Network(name=text, qpus=qpus, links=links, scenario=scenario_text(assumed))
    return with_swapping(network) if swap else network


def _problem(what: str, given: str, text: str, where: str) -> Problem:
    """What is wrong with a part of the shorthand, or that it is missing."""
    return Problem(what, repr(given), text) if given else Problem(what, None, f"is missing {where}")


def _any_count(topology: str) -> int:
    """A number of QPUs that suits the topology, to check its name alone."""
    size = re.fullmatch(r"grid([0-9]{1,4})x([0-9]{1,4})", topology)
    return int(size[1]) * int(size[2]) if size else 2


def _qpus(sizes: str, problems: list[Problem]) -> tuple[QPU, ...]:
    """The QPUs of ``4x16+2,8``, named qpu0, qpu1, ...; () with problems added if any part is wrong."""
    groups: list[tuple[int, dict[str, Any]]] = []
    before = len(problems)
    for group in sizes.split(","):
        found = re.fullmatch(r"(?:([^xX+]*)[xX])?([^xX+cC]*)(?:\+([^xX+cC]*)|[cC]([^xX+cC]*))?", group)
        if found is None or not group:
            problems.append(_problem("QPUs", group, f"must be {FORMS}", "before or after a comma"))
            continue
        count = 1 if found[1] is None else _whole("number of QPUs", found[1], 1, MAX_QPUS, problems)
        groups.append((count, _ions(found[2], found[3], found[4], problems)))
    total = sum(count for count, _ in groups)
    if total > MAX_QPUS:
        problems.append(Problem("number of QPUs", str(total), f"must be at most {MAX_QPUS} in all"))
    if len(problems) > before:
        return ()
    each = [ions for count, ions in groups for _ in range(count)]
    return tuple(QPU(name=f"qpu{i}", preset=DEFAULT_SCENARIO, **ions) for i, ions in enumerate(each))


def _ions(size: str, memory: str | None, communication: str | None, problems: list[Problem]) -> dict[str, Any]:
    """The ions of a QPU as values of its fields; without a number of memory ions, ``memory`` is left out."""
    if communication is not None:
        before = len(problems)
        ions = _whole("ions", size, 1, MAX_IONS, problems)
        optical = _whole("communication ions", communication, 0, MAX_IONS, problems)
        if len(problems) == before and optical > ions:
            text = f"must be at most the number of ions, {ions}: in 4x9c4, 4 of 9 ions are for communication"
            problems.append(Problem("communication ions", repr(communication), text))
        return {"ions": ions, "communication": optical}
    data = {"data": _whole("data ions", size, 1, MAX_IONS, problems)}
    if memory is None:
        return data
    limit = None if memory == "inf" else _whole("memory ions", memory, 0, MAX_IONS, problems, " or inf")
    return data | {"memory": limit}


def _whole(what: str, text: str, low: int, high: int, problems: list[Problem], also: str = "") -> int:
    """The whole number that the text is; ``low``, and a problem is added, if it is none from low to high."""
    if re.fullmatch(r"[0-9]{1,9}", text) and low <= int(text) <= high:
        return int(text)
    problems.append(_problem(what, text, f"must be a whole number from {low} to {high:,}{also}", f"in {FORMS}"))
    return low
