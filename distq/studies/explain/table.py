"""An explanation as rich tables."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from distq.studies.explain.explanation import CAUSES, Explanation, Point
from distq.util.text import counted

SHOWN = 8
"""Qubits, links and copies beyond this many are summed up."""


def render(found: Explanation) -> Group:
    """The explanation as something that a rich console prints."""
    title = Text.assemble(
        (found.circuit, "bold"),
        " on ",
        (found.network, "bold"),
        f"   strategy {found.strategy}, seed {found.seed}: ",
        (counted(found.ebits, "Bell pair"), "bold"),
    )
    if found.left_out:
        title.append(
            f"\n{counted(found.left_out, 'rotation')} left out, an infidelity of {found.infidelity:.2g} at most"
        )
    parts: list[RenderableType] = [title, ""]
    if found.ebits:
        parts += [_where_pairs_go(found), ""]
    parts += [_traps(found), ""]
    if found.curve:
        parts += [_curve(found), ""]
    if found.local_transfers is not None:
        text = (
            f"local transfers: {found.local_transfers}; {found.with_one_more} with one more communication ion per QPU"
        )
        parts += [Text(text), ""]
    parts.append(Text.assemble("what limits it: ", (found.binding, "bold")))
    return Group(*parts)


def _plain() -> Table:
    table = Table(box=box.SIMPLE, show_header=False, show_edge=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    return table


def _where_pairs_go(found: Explanation) -> Table:
    table = _plain()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for index, (cause, number) in enumerate(found.causes):
        gates = sum(copy.gates for copy in found.copies if copy.cause == cause)
        served = f"; {counted(gates, 'use')} by gates" if gates else ""
        table.add_row("" if index else "causes", str(number), Text(f"{cause}: {CAUSES[cause]}{served}"))
    table.add_section()
    table.add_row("per qubit", "", _listed([(f"q{q}", n) for q, n in found.qubits], "more qubit"))
    links = [(f"{a}-{b}", n) for a, b, n in found.links]
    table.add_row("per link", "", _listed(links, "more link"))
    busiest = sorted(found.copies, key=lambda copy: -copy.gates)[:SHOWN]
    names = [row.qpu for row in found.occupancy]
    copies = [
        (f"q{c.qubit}@{names[c.target]}", f"{c.cause} {c.gates}" if c.gates else str(c.cause))
        for c in busiest
        if c.gates or c.cause == "move"
    ]
    if copies:
        text = Text("  ".join(f"{label}\N{NO-BREAK SPACE}{what}" for label, what in copies))
        table.add_row("busiest copies", "", text.append("   (cause, gates that used it)", style="dim"))
    return table


def _listed(items: list[tuple[str, int]], rest: str) -> Text:
    shown = "  ".join(f"{label}\N{NO-BREAK SPACE}{number}" for label, number in items[:SHOWN])
    more = items[SHOWN:]
    return Text(shown + (f"  and {sum(n for _, n in more)} by {counted(len(more), rest)}" if more else ""))


def _traps(found: Explanation) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, header_style="dim")
    table.add_column("QPU")
    for heading in ("memory", "full", "from-to operation", "opened again", "data", "full"):
        table.add_column(heading, justify="right")
    for row in found.occupancy:
        when = "-" if row.first_full is None else f"{row.first_full}-{row.last_full}"
        table.add_row(
            row.qpu,
            f"{row.peak_memory} of {'unlimited' if row.memory is None else row.memory}",
            _share(row.full_memory),
            when,
            str(row.evictions) if row.evictions else "-",
            f"{row.peak_data} of {row.data}",
            _share(row.full_data),
        )
    return table


def _curve(found: Explanation) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, header_style="dim")
    table.add_column("ions per QPU")
    for heading in ("memory" if found.local_transfers is None else "ions", "Bell pairs", "saves"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for point in found.curve:
        style = "bold" if point.label == "m" else ""
        saved = "" if point.ebits is None or point.label == "m" else f"{found.ebits - point.ebits:+d}"
        pairs = "none fits" if point.ebits is None else str(point.ebits)
        table.add_row(_name(point), _memory(point), pairs, saved, Text(point.note, style="dim"), style=style)
    return table


def _name(point: Point) -> str:
    names = {"m": "as given", "m-1": "1 memory ion less", "m+1": "1 memory ion more", "2m": "twice the memory"}
    names |= {"ions-1": "1 ion less", "ions+1": "1 ion more", "ions+2": "2 ions more"}
    names |= {"inf": "unlimited memory", "data+1": "1 data ion more"}
    return names.get(point.label, "limited memory")


def _memory(point: Point) -> str:
    return "unlimited" if point.memory is None else str(point.memory)


def _share(share: float) -> str:
    return f"{100 * share:.0f} %" if share else "-"
