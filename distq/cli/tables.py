"""Tables of networks, strategies and presets for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table

if TYPE_CHECKING:
    from distq.network import Network


def listing(rows: Iterable[tuple[str, str, str]], title: str | None = None) -> Table:
    """Name, what it is, source."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", title_style="bold")
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("what it is", ratio=3)
    table.add_column("source", ratio=2)
    for row in rows:
        table.add_row(*row)
    return table


def network_tables(network: Network) -> Group:
    """The QPUs and the links of a network."""
    qpus = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="QPUs", title_justify="left", title_style="bold")
    numbers = ("error 1q", "2q", "measure", "reset", "time 1q", "2q", "measure", "reset", "T2")
    for head in ("name", "data", "memory", *numbers):
        qpus.add_column(head, justify="left" if head == "name" else "right", no_wrap=True)
    for qpu in network.qpus:
        errors = (qpu.error_1q, qpu.error_2q, qpu.error_measure, qpu.error_reset)
        times = (qpu.time_1q_s, qpu.time_2q_s, qpu.time_measure_s, qpu.time_reset_s)
        memory = "inf" if qpu.memory is None else str(qpu.memory)
        cells = [f"{e:g}" for e in errors] + [f"{t * 1e6:g} us" for t in times] + [f"{qpu.t2_s:g} s"]
        qpus.add_row(qpu.name, str(qpu.data), memory, *cells)
    links = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Links", title_justify="left", title_style="bold")
    for head in ("link", "fidelity", "Bell weights I Z X Y", "pairs/s", "preset"):
        links.add_column(head, no_wrap=True)
    for link in network.links:
        ends = f"{network.qpus[link.a].name} - {network.qpus[link.b].name}"
        weights = " ".join(f"{w:.4g}" for w in link.weights)
        links.add_row(ends, f"{link.fidelity:.4g}", weights, f"{link.rate_hz:g}", link.preset or "")
    size = f"{len(network.qpus)} QPUs, {network.data_ions} data ions, {len(network.links)} links"
    head = f"{network.name or 'network'}: {size}"
    said = [head] if network.scenario is None else [head, f"numbers: {network.scenario}"]
    return Group(*said, "", qpus, links)


def preset_tables() -> Group:
    """All presets, with where their numbers come from."""
    from distq.presets import link_presets, qpu_presets

    links = listing(
        [(p.name, f"fidelity {p.weights[0]:g}, {p.rate_hz:g} pairs/s ({p.tag})", p.source) for p in link_presets()],
        "Links, as in 4x16+2:oxford-2025",
    )
    qpus = listing(
        [
            (p.name, f"2q error {p.error_2q:g}, SPAM {p.error_measure:g}, T2 {p.t2_s:g} s ({p.tag})", p.source)
            for p in qpu_presets()
        ],
        "QPUs, for `preset = ...` in a network file",
    )
    meaning = (
        "measured: the headline numbers are published. scenario: nobody measured it. assumed: a headline number is not "
        "published or not confirmed. What is assumed in each: --notes."
    )
    return Group(links, qpus, meaning)


def preset_notes() -> Table:
    """Per preset: what is behind its numbers and what is assumed."""
    from distq.presets import link_presets, qpu_presets

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("preset", style="bold", no_wrap=True)
    table.add_column("notes")
    for link in link_presets():
        table.add_row(link.name, link.note)
    for qpu in qpu_presets():
        table.add_row(f"{qpu.name} (QPU)", qpu.note)
    return table
