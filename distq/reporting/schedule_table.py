"""How long runs take and what they wait for, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from distq.reporting.network_table import seconds
from distq.reporting.plain_table import PlainTable, paragraphs

if TYPE_CHECKING:
    from distq.execution.run_statistics import RunStatistics

SHOWN_SHARES = 8
"""Entries of the critical path beyond this many are not shown."""


def render(title: str, found: RunStatistics) -> Group:
    """The times, links, hubs and the critical path as something that a rich console prints."""
    parts: list[list[RenderableType]] = [[title, PlainTable(_times(found))]]
    links = [(link.name, str(link.pairs), _percent(link.utilisation)) for link in found.links if link.pairs]
    if links:
        parts.append([PlainTable(links, ("link", "pairs", "utilisation"))])
    hubs = [
        (hub.name, str(hub.analysers), str(hub.pairs), _percent(hub.utilisation), f"{hub.reconfigurations:.4g}")
        for hub in found.hubs
    ]
    if hubs:
        parts.append([PlainTable(hubs, ("hub", "analysers", "pairs", "utilisation", "reconfigurations"))])
    critical = [(entry.resource, _percent(entry.share)) for entry in found.critical[:SHOWN_SHARES]]
    if critical:
        parts.append([PlainTable(critical, ("critical path", "share"))])
    return paragraphs(*parts)


def _times(found: RunStatistics) -> list[tuple[str, str]]:
    """Makespans, waits and pairs, with what they are."""
    spread = (found.makespan_p50_s, found.makespan_p95_s, found.makespan_p99_s)
    pairs = f"{found.pairs_generated:.6g} generated, {found.pairs_used} used, {found.pairs_expired:.4g} expired"
    lost = f"which cost about {100 * found.waiting_loss + 0.0:.2g} % fidelity"
    return [
        (f"makespan, {found.samples:,} runs", f"{seconds(found.makespan_mean_s)} mean"),
        ("  p50, p95, p99", ", ".join(map(seconds, spread))),
        ("  with mean waits", seconds(found.makespan_planned_s)),
        ("  bounds on that", f"{seconds(found.bound_pairs_s)} pairs, {seconds(found.bound_path_s)} critical path"),
        ("waiting for pairs", seconds(round(found.bell_wait_s, 12))),
        ("idle ions", f"{found.idle_ion_s:.4g} ion-seconds, {lost}"),
        ("Bell pairs", pairs),
        ("policy", found.policy),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
