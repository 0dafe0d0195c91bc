"""A network as tables: what equals in all but its name stands together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.console import Group, RenderableType

from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.presets import EXTRA_NOISE
from distq.reporting.plain_table import PlainTable, paragraphs, side_by_side
from distq.util.text import counted

_SHOWN = 4
_EXTRA = {"t1_s": "T1", "overrotation_1q": "over-rotation 1q", "overrotation_2q": "over-rotation 2q"}

Row = tuple[str, ...]


class Cells(NamedTuple):
    """A header and rows; every cell is text with its unit."""

    header: Row
    rows: tuple[Row, ...]


def render(network: Network) -> Group:
    """The QPUs, links and hubs of a network as something that a rich console prints."""
    head: list[RenderableType] = [f"{network.name or 'network'}: {size(network)}"]
    if network.scenario is not None:
        head.append(f"numbers: {network.scenario}")
    if network.message_time_s > 0.0:
        head.append(f"message between QPUs: {seconds(network.message_time_s)}")
    qpus, links, hubs = qpu_cells(network), link_cells(network), hub_cells(network)
    parts: list[list[RenderableType]] = [head, [side_by_side(qpus.header, qpus.rows)]]
    if links.rows:
        given = [index for index in range(len(links.header)) if index == 0 or any(row[index] for row in links.rows)]
        rows = [[row[index] for index in given] for row in links.rows]
        parts.append([side_by_side([links.header[index] for index in given], rows)])
    if hubs.rows:
        parts.append([PlainTable(zip(hubs.header, *hubs.rows, strict=True))])
    return paragraphs(*parts)


def size(network: Network) -> str:
    """``2 QPUs, 4 data ions, 1 link``; also ``ions`` where these have any role."""
    apart = sum(qpu.data for qpu in network.qpus if qpu.ions is None)
    any_role = sum(qpu.ions or 0 for qpu in network.qpus)
    ions = [(number, noun) for number, noun in ((apart, "data ion"), (any_role, "ion")) if number]
    numbers = ((len(network.qpus), "QPU"), *ions, (len(network.links), "link"))
    return ", ".join([counted(number, noun) for number, noun in numbers])


def qpu_cells(network: Network) -> Cells:
    """The QPUs; those that differ in nothing but their name share a row, whose second cell says how many they are."""
    extra = tuple(
        key for key in EXTRA_NOISE if any(getattr(qpu, key) != QPU.model_fields[key].default for qpu in network.qpus)
    )
    errors = ("error 1q", "error 2q", "error measure", "error reset", "error transfer")
    times = ("time 1q", "time 2q", "time measure", "time reset", "time transfer")
    more = [_EXTRA[key] for key in extra]
    roles = tuple(role for role in ("ions", "data", "memory") if any(role in _ions(qpu) for qpu in network.qpus))
    return Cells(
        ("QPU", "count", *roles, "zones", "communication", *errors, *times, "T2", *more, "preset"),
        _grouped((qpu.name, _qpu_cells(qpu, roles, extra)) for qpu in network.qpus),
    )


def link_cells(network: Network) -> Cells:
    """The links; those that differ in nothing but their ends share a row, whose second cell says how many they are."""
    return Cells(
        ("link", "count", "fidelity", "weights I Z X Y", "pairs/s", "mean wait", "cutoff", "hub", "preset"),
        _grouped((network.link_name(i), _link_cells(link, network)) for i, link in enumerate(network.links)),
    )


def hub_cells(network: Network) -> Cells:
    """The hubs, each with the number of links that share its analysers."""
    shared = [sum(link.hub == index for link in network.links) for index in range(len(network.hubs))]
    rows = [
        (hub.name, str(links), str(hub.analysers), seconds(hub.reconfiguration_s))
        for hub, links in zip(network.hubs, shared, strict=True)
    ]
    return Cells(("hub", "links", "analysers", "reconfiguration"), tuple(rows))


def _grouped(entries: Iterable[tuple[str, Row]]) -> tuple[Row, ...]:
    names: dict[Row, list[str]] = {}
    for name, cells in entries:
        names.setdefault(cells, []).append(name)
    return tuple((_names(of), str(len(of)), *cells) for cells, of in names.items())


def _names(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= _SHOWN else f"{', '.join(names[: _SHOWN - 1])}, ... {names[-1]}"


def _qpu_cells(qpu: QPU, roles: Row, extra: tuple[str, ...]) -> Row:
    errors = (qpu.error_1q, qpu.error_2q, qpu.error_measure, qpu.error_reset, qpu.error_transfer)
    times = (qpu.time_1q_s, qpu.time_2q_s, qpu.time_measure_s, qpu.time_reset_s, qpu.time_transfer_s)
    limits = ("inf" if limit is None else str(limit) for limit in (qpu.zones, qpu.communication))
    ions = _ions(qpu)
    return (
        *(ions.get(role, "") for role in roles),
        *limits,
        *(f"{error:.3g}" for error in errors),
        *(seconds(time) for time in times),
        seconds(qpu.t2_s),
        *[seconds(qpu.t1_s) if key == "t1_s" else f"{getattr(qpu, key):.3g}" for key in extra],
        qpu.preset or "",
    )


def _ions(qpu: QPU) -> dict[str, str]:
    """Its ions by their roles; ``ions`` are those that have any."""
    if qpu.ions is not None:
        return {"ions": str(qpu.ions)}
    return {"data": str(qpu.data), "memory": "inf" if qpu.memory is None else str(qpu.memory)}


def _link_cells(link: Link, network: Network) -> Row:
    weights = " ".join(f"{weight:.4g}" for weight in link.weights)
    origin = f"{link.model.family} model" if link.model is not None else link.preset or "swapped" * bool(link.via)
    cutoff = "" if link.cutoff_s is None else seconds(link.cutoff_s)
    hub = "" if link.hub is None else network.hubs[link.hub].name
    return (f"{link.fidelity:.4g}", weights, f"{link.rate_hz:.6g}", seconds(link.mean_wait_s), cutoff, hub, origin)


def seconds(value: float) -> str:
    """A time with the unit that suits it: ``200 us``, ``4 ms``, ``10 s``."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if value * factor >= 1.0:
            return f"{value * factor:.4g} {unit}"
    return f"{value * 1e9:.4g} ns" if value > 0.0 else "0 s"
