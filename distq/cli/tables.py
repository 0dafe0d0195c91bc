"""What ``distq network show``, ``distq strategies`` and ``distq presets`` print: plain lines, one thing each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distq.network import QPU, Link, Network


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
    from distq.strategies import strategies

    return columns((s.name, s.summary, f"[{s.source}]") for s in strategies())


def preset_list() -> str:
    """One line per preset: name, headline numbers, how far to trust them, source."""
    from distq.machines import machine_presets
    from distq.presets import link_presets, qpu_presets

    links = [
        (f"  {p.name}", p.tag, f"fidelity {p.weights[0]:g}, {p.rate_hz:g} pairs/s", p.source) for p in link_presets()
    ]
    qpus = [
        (f"  {p.name}", p.tag, f"2q error {p.error_2q:g}, SPAM {p.error_measure:g}, T2 {p.t2_s:g} s", p.source)
        for p in qpu_presets()
    ]
    machines = [(f"  {p.name}", p.tag, p.source) for p in machine_presets()]
    parts = [
        "links, as in 4x16+2:oxford-2025",
        columns(links),
        "\nQPUs, for preset = ... in a network file",
        columns(qpus),
        "\nmachines, as in -n oxford-2025",
        columns(machines),
        "\nmeasured: the headline numbers are published; scenario: nobody measured it; assumed: a headline number is not",
        "published, or not confirmed. `distq presets --notes` says what is assumed in each.",
    ]
    return "\n".join(parts)


def preset_notes() -> str:
    """Per preset: what is behind its numbers and what is assumed."""
    from distq.machines import machine_presets
    from distq.presets import link_presets, qpu_presets

    parts = [f"{p.name} (link, {p.tag})\n  {p.note}" for p in link_presets()]
    parts += [f"{p.name} (QPU, {p.tag})\n  {p.note}" for p in qpu_presets()]
    parts += [f"{p.name} (machine, {p.tag})\n  {p.note}" for p in machine_presets()]
    return "\n".join(parts)


def network_text(network: Network) -> str:
    """The QPUs and links of a network, equal ones together."""
    title = network.name or "network"
    size = f"{len(network.qpus)} QPUs, {network.data_ions} data ions, {len(network.links)} links"
    parts = [f"{title}: {size}"]
    if network.scenario is not None:
        parts.append(f"numbers: {network.scenario}")
    qpus: dict[QPU, list[str]] = {}
    for qpu in network.qpus:
        qpus.setdefault(qpu.model_copy(update={"name": ""}), []).append(qpu.name)
    for qpu, names in qpus.items():
        parts += ["", f"QPU {_names(names)}", *_qpu_lines(qpu)]
    links: dict[Link, list[str]] = {}
    for link in network.links:
        ends = f"{network.qpus[link.a].name} - {network.qpus[link.b].name}"
        links.setdefault(link.model_copy(update={"a": 0, "b": 1}), []).append(ends)
    for link, names in links.items():
        weights = " ".join(f"{axis} {weight:g}" for axis, weight in zip("IZXY", link.weights, strict=True))
        preset = f"   (preset {link.preset})" if link.preset else ""
        parts += [
            "",
            f"link {_names(names)}",
            f"  pairs    fidelity {link.fidelity:g}, {link.rate_hz:g} a second{preset}",
            f"  weights  {weights}",
        ]
    return "\n".join(parts)


def _qpu_lines(qpu: QPU) -> list[str]:
    memory = "unlimited" if qpu.memory is None else str(qpu.memory)
    times = {
        "1q": qpu.time_1q_s,
        "2q": qpu.time_2q_s,
        "measure": qpu.time_measure_s,
        "reset": qpu.time_reset_s,
        "transfer": qpu.time_transfer_s,
    }
    errors = {
        "1q": qpu.error_1q,
        "2q": qpu.error_2q,
        "measure": qpu.error_measure,
        "reset": qpu.error_reset,
        "transfer": qpu.error_transfer,
    }
    preset = f"   (preset {qpu.preset})" if qpu.preset else ""
    return [
        f"  ions     {qpu.data} data, {memory} memory{preset}",
        "  errors   " + ", ".join(f"{name} {value:g}" for name, value in errors.items()),
        "  times    "
        + ", ".join(f"{name} {value * 1e6:g} us" for name, value in times.items())
        + f"; T2 {qpu.t2_s:g} s",
    ]


def _names(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:6])}, ... {names[-1]} ({len(names)})"
