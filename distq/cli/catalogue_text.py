"""What ``distq strategies`` and ``distq presets`` print: one row for each."""

from __future__ import annotations

from rich.console import Group, RenderableType

from distq.reporting.plain_table import PlainTable, paragraphs


def strategy_list() -> RenderableType:
    """One row per strategy: name, what it does, source."""
    from distq.planning.strategies import strategies

    return PlainTable((s.name, s.summary, f"[{s.source}]") for s in strategies())


def preset_list() -> Group:
    """One row per preset: name, how far to trust its numbers, the most important of them, source."""
    from distq.networks.presets import LINK_PRESETS, MACHINE_PRESETS, QPU_PRESETS

    links = [
        (p.name, p.tag, f"fidelity {p.weights[0]:g}, {p.rate_hz:g} pairs/s", p.source) for p in LINK_PRESETS.values()
    ]
    qpus = [
        (p.name, p.tag, f"2q error {p.error_2q:g}, SPAM {p.error_measure:g}, T2 {p.t2_s:g} s", p.source)
        for p in QPU_PRESETS.values()
    ]
    machines = [(p.name, p.tag, p.source) for p in MACHINE_PRESETS.values()]
    return paragraphs(
        ["links, as in 4x16+2:oxford-2025", PlainTable(links, indent=2)],
        ["QPUs, for preset = ... in a network file", PlainTable(qpus, indent=2)],
        ["machines, as in -n oxford-2025", PlainTable(machines, indent=2)],
        [
            "measured: the headline numbers are published; scenario: nobody measured it; assumed: a headline number",
            "is not published, or not confirmed. `distq presets --notes` says what is assumed in each.",
        ],
    )


def preset_notes() -> Group:
    """Per preset: what is behind its numbers and what is assumed."""
    from rich.padding import Padding
    from rich.text import Text

    from distq.networks.presets import LINK_PRESETS, MACHINE_PRESETS, QPU_PRESETS

    kinds = (("link", LINK_PRESETS.values()), ("QPU", QPU_PRESETS.values()), ("machine", MACHINE_PRESETS.values()))
    parts: list[RenderableType] = []
    for kind, presets in kinds:
        for preset in presets:
            parts.append(Text(f"{preset.name} ({kind}, {preset.tag})"))
            parts.append(Padding(Text(preset.note), (0, 0, 0, 2)))
    return Group(*parts)
