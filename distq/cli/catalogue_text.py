"""What ``distq network show``, ``distq strategies`` and ``distq presets`` print: plain lines, one thing each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from distq.util.text import counted

if TYPE_CHECKING:
    from distq.networks.network import Network


def columns(rows: Iterable[Sequence[str]]) -> str:
    """Rows as lines, every column but the last as wide as its longest entry."""
    lines = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*(line[:-1] for line in lines), strict=True)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=True)), line[-1]]).rstrip()
        for line in lines
    )


def strategy_list() -> str:
    """One line per strategy: name, what it does, source."""
    from distq.planning.strategies import strategies

    return columns((s.name, s.summary, f"[{s.source}]") for s in strategies())


def preset_list() -> str:
    """One line per preset: name, headline numbers, how far to trust them, source."""
    from distq.networks.presets import LINK_PRESETS, MACHINE_PRESETS, QPU_PRESETS

    links = [
        (f"  {p.name}", p.tag, f"fidelity {p.weights[0]:g}, {p.rate_hz:g} pairs/s", p.source)
        for p in LINK_PRESETS.values()
    ]
    qpus = [
        (f"  {p.name}", p.tag, f"2q error {p.error_2q:g}, SPAM {p.error_measure:g}, T2 {p.t2_s:g} s", p.source)
        for p in QPU_PRESETS.values()
    ]
    machines = [(f"  {p.name}", p.tag, p.source) for p in MACHINE_PRESETS.values()]
    parts = [
        "links, as in 4x16+2:oxford-2025",
        columns(links),
        "\nQPUs, for preset = ... in a network file",
        columns(qpus),
        "\nmachines, as in -n oxford-2025",
        columns(machines),
        "\nmeasured: the headline numbers are published; scenario: nobody measured it; assumed: a headline number",
        "is not published, or not confirmed. `distq presets --notes` says what is assumed in each.",
    ]
    return "\n".join(parts)


def preset_notes() -> str:
    """Per preset: what is behind its numbers and what is assumed."""
    from distq.networks.presets import LINK_PRESETS, MACHINE_PRESETS, QPU_PRESETS

    parts = [f"{p.name} (link, {p.tag})\n  {p.note}" for p in LINK_PRESETS.values()]
    parts += [f"{p.name} (QPU, {p.tag})\n  {p.note}" for p in QPU_PRESETS.values()]
    parts += [f"{p.name} (machine, {p.tag})\n  {p.note}" for p in MACHINE_PRESETS.values()]
    return "\n".join(parts)


def size(network: Network) -> str:
    """``2 QPUs, 4 data ions, 1 link``."""
    numbers = (len(network.qpus), "QPU"), (network.data_ions, "data ion"), (len(network.links), "link")
    return ", ".join([counted(number, noun) for number, noun in numbers])


def network_text(network: Network) -> str:
    """The QPUs and links of a network, a column for each sort."""
    from distq.reporting.network_table import network_rows, seconds

    parts = [f"{network.name or 'network'}: {size(network)}"]
    if network.scenario is not None:
        parts.append(f"numbers: {network.scenario}")
    if network.message_time_s > 0.0:
        parts.append(f"message between QPUs: {seconds(network.message_time_s)}")
    cells = network_rows(network)
    parts += ["", columns(zip(cells.qpu_header, *cells.qpu_rows, strict=True))]
    if cells.link_rows:
        links = zip(cells.link_header, *cells.link_rows, strict=True)
        parts += ["", columns(row for row in links if any(row[1:]))]
    if cells.hub_rows:
        parts += ["", columns(zip(cells.hub_header, *cells.hub_rows, strict=True))]
    return "\n".join(parts)
