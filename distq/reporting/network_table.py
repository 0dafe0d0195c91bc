"""A network as tables of text cells, equal QPUs and equal links on one row each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.presets import EXTRA_NOISE

_SHOWN = 4
_EXTRA = {"t1_s": "T1", "overrotation_1q": "over-rotation 1q", "overrotation_2q": "over-rotation 2q"}

Row = tuple[str, ...]


@dataclass(frozen=True)
class NetworkRows:
    """Headers and rows of the tables of QPUs, links and hubs; every cell is text with its unit."""

    qpu_header: Row
    qpu_rows: tuple[Row, ...]
    link_header: Row
    link_rows: tuple[Row, ...]
    hub_header: Row
    hub_rows: tuple[Row, ...]


def network_rows(network: Network) -> NetworkRows:
    """The QPUs and links of a network for display.

    QPUs (links) that differ in nothing but their name (ends) share a row, whose second cell says how many they are.
    """
    extra = tuple(
        key for key in EXTRA_NOISE if any(getattr(qpu, key) != QPU.model_fields[key].default for qpu in network.qpus)
    )
    qpus = _grouped((qpu.name, _qpu_cells(qpu, extra)) for qpu in network.qpus)
    links = _grouped((network.link_name(i), _link_cells(link, network)) for i, link in enumerate(network.links))
    shared = [sum(link.hub == index for link in network.links) for index in range(len(network.hubs))]
    hubs = [
        (hub.name, str(links_there), str(hub.analysers), seconds(hub.reconfiguration_s))
        for hub, links_there in zip(network.hubs, shared, strict=True)
    ]
    errors = ("error 1q", "error 2q", "error measure", "error reset", "error transfer")
    times = ("time 1q", "time 2q", "time measure", "time reset", "time transfer")
    more = [_EXTRA[key] for key in extra]
    return NetworkRows(
        qpu_header=("QPU", "count", "data", "memory", "zones", "communication", *errors, *times, "T2", *more, "preset"),
        qpu_rows=qpus,
        link_header=("link", "count", "fidelity", "weights I Z X Y", "pairs/s", "mean wait", "cutoff", "hub", "preset"),
        link_rows=links,
        hub_header=("hub", "links", "analysers", "reconfiguration"),
        hub_rows=tuple(hubs),
    )


def _grouped(entries: Iterable[tuple[str, Row]]) -> tuple[Row, ...]:
    names: dict[Row, list[str]] = {}
    for name, cells in entries:
        names.setdefault(cells, []).append(name)
    return tuple((_names(of), str(len(of)), *cells) for cells, of in names.items())


def _names(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= _SHOWN else f"{', '.join(names[: _SHOWN - 1])}, ... {names[-1]}"


def _qpu_cells(qpu: QPU, extra: tuple[str, ...]) -> Row:
    errors = (qpu.error_1q, qpu.error_2q, qpu.error_measure, qpu.error_reset, qpu.error_transfer)
    times = (qpu.time_1q_s, qpu.time_2q_s, qpu.time_measure_s, qpu.time_reset_s, qpu.time_transfer_s)
    limits = ("inf" if limit is None else str(limit) for limit in (qpu.memory, qpu.zones, qpu.communication))
    return (
        *(str(qpu.data), *limits),
        *(f"{error:.3g}" for error in errors),
        *(seconds(time) for time in times),
        seconds(qpu.t2_s),
        *[seconds(qpu.t1_s) if key == "t1_s" else f"{getattr(qpu, key):.3g}" for key in extra],
        qpu.preset or "",
    )


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
