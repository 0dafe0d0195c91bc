"""What ``distq link`` prints: budgets of links, sweeps, swapped pairs and the families of link models."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from distq.cli.link_subjects import Subject, SwappedPath
from distq.networks.links import LinkBudget
from distq.networks.links.distillation import Distilled
from distq.networks.links.model import BudgetLine, SurvivalFactor
from distq.reporting.network_table import seconds
from distq.reporting.plain_table import PlainTable, paragraphs
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.networks.links.sweep import Sweep

Part = list[RenderableType]


def budget_text(subject: Subject) -> Group:
    """A link as a budget: photons, heralding, time, pairs."""
    found = subject.model.budget()
    head: Part = [f"{subject.title}: {found.family} model"]
    head += [f"{name}: {text}" for name, text in (("source", subject.model.source), ("note", subject.note)) if text]
    parts = [head, *_photons(found)]
    for title, lines in (("heralding", found.heralding), ("time", found.timing)):
        if lines:
            parts.append([title, PlainTable([(line.name, _value(line), _remark(line)) for line in lines], indent=2)])
    parts.append(["result", PlainTable(_result(found), indent=2)])
    if found.blocked is not None:
        parts[-1].append(f"  no pair is ever heralded: {found.blocked}")
    if len(subject.options) > 1:
        parts.append(
            ["distillation (two-qubit gates, measurement and T2 of the QPUs)", _distillations(subject.options)]
        )
    if found.has_assumed:
        parts.append(["assumed: no source backs the number"])
    return paragraphs(*parts)


def _photons(found: LinkBudget) -> list[Part]:
    """What becomes of a photon on its way from either end."""
    if not found.near:
        return []
    if [f.value for f in found.near] == [f.value for f in found.far]:
        return [["photons, either end", _path(found.near)]]
    return [["photons, near end", _path(found.near)], ["photons, far end", _path(found.far)]]


def _path(path: Sequence[SurvivalFactor]) -> RenderableType:
    rows = []
    so_far = 1.0
    for stage, factors in groupby(path, key=lambda factor: factor.stage):
        for index, factor in enumerate(factors):
            so_far *= factor.value
            name = stage if index == 0 else ""
            rows.append((name, factor.name, f"{factor.value:.4g}", f"{so_far:.4g}", _remark(factor)))
    return PlainTable(rows, ("stage", "factor", "passes", "so far", ""), indent=2)


def _value(line: BudgetLine) -> str:
    return seconds(line.value) if line.unit == "s" else f"{line.value:.4g}{line.unit}"


def _remark(entry: SurvivalFactor | BudgetLine) -> str:
    return "; ".join(part for part in (entry.note, "assumed" if entry.assumed else "") if part)


def _result(found: LinkBudget) -> list[tuple[str, str, str]]:
    """What comes out: how often pairs are heralded, and how good they are."""
    rows = []
    if found.success is not None:
        rows.append(("success probability", f"{found.success:.4g}", "per attempt"))
    if found.attempts_hz is not None:
        rows.append(("attempts", f"{found.attempts_hz:.4g}/s", ""))
    wait = f"one every {seconds(1.0 / found.rate_hz)}" if found.rate_hz > 0.0 else "never"
    rows.append(("pairs", f"{found.rate_hz:.4g}/s", wait))
    false = f"; {found.false_share:.2g} of the heralds are dark counts" if found.false_share > 0.0 else ""
    rows.append(("fidelity", f"{found.fidelity:.4g}", f"{_weights(found.weights)}{false}"))
    return rows


def _weights(weights: Sequence[float]) -> str:
    return f"weights I Z X Y {' '.join(f'{weight:.4g}' for weight in weights)}"


def _distillations(options: Sequence[Distilled]) -> RenderableType:
    rows = []
    for option in options:
        numbers = (option.fidelity, option.pairs, option.success, option.rate_hz)
        rows.append((option.method, *(f"{number:.4g}" for number in numbers)))
    return PlainTable(rows, ("method", "fidelity", "pairs used", "success", "pairs/s"), indent=2)


def sweep_text(found: Sweep) -> RenderableType:
    """A sweep as a table, one line per value."""
    rows = []
    for value, point in zip(found.values, found.budgets, strict=True):
        numbers = (point.success, point.attempts_hz, point.rate_hz, point.fidelity, point.false_share)
        rows.append((f"{value:g}", *("-" if number is None else f"{number:.4g}" for number in numbers)))
    return PlainTable(rows, (found.key, "success", "attempts/s", "pairs/s", "fidelity", "dark counts"))


def path_text(found: SwappedPath) -> Group:
    """The swapped pair between two QPUs."""
    pair = found.pair
    rows = [
        ("fidelity", f"{pair.fidelity:.4g}", _weights(pair.weights)),
        ("pairs", f"{pair.rate_hz:.4g}/s", f"one every {seconds(pair.time_s)}, {pair.pairs} link pairs each"),
    ]
    title = f"{' - '.join(found.names)}: {counted(len(found.names) - 1, 'hop')}"
    return paragraphs([title, PlainTable(rows)])


def models_text() -> Group:
    """Families of link models, then the measured links that have one."""
    from distq.networks.links import families
    from distq.networks.presets import LINK_MODEL_PRESETS

    known = [(model.family, model.summary) for model in families()]
    measured = [(preset.name, preset.model.family, preset.source) for preset in LINK_MODEL_PRESETS.values()]
    return paragraphs(
        ["families, for model = { family = ... }", PlainTable(known, indent=2)],
        ["measured", PlainTable(measured, indent=2)],
    )
