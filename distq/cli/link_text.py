"""What ``distq link`` and ``distq validate`` print: plain lines, and the plain values of ``--json``."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distq.cli.catalogue_text import columns
from distq.errors import InputError, UnknownNameError
from distq.networks.distilled_links import distillation_options, swapped
from distq.networks.links import Direct, LinkBudget, LinkModel, parse_model
from distq.networks.links.distillation import Distilled
from distq.networks.links.effective import EffectivePair
from distq.networks.links.model import BudgetLine, SurvivalFactor
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.networks.parts import Link
from distq.networks.presets import LINK_MODEL_PRESETS, LINK_PRESETS, MACHINE_PRESETS
from distq.networks.shorthand import is_shorthand
from distq.networks.swapped_links import photonic
from distq.reporting.network_table import seconds
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.networks.links.sweep import Sweep
    from distq.studies.validation.validate import Row


@dataclass(frozen=True)
class Subject:
    """A link to be explained; ``options`` is empty where its QPUs are not known."""

    title: str
    model: LinkModel
    note: str = ""
    options: tuple[Distilled, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        options = [vars(option) | {"rate_hz": option.rate_hz} for option in self.options]
        head = {"link": self.title, "source": self.model.source, "note": self.note}
        return head | self.model.budget().as_dict() | {"distillation": options}


@dataclass(frozen=True)
class SwappedPath:
    """The pair between two QPUs over the hops between them, and the names of these."""

    names: tuple[str, ...]
    pair: EffectivePair

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"path": list(self.names), **vars(self.pair), "rate_hz": self.pair.rate_hz}


def subjects(target: str, which: str | None) -> list[Subject]:
    """The links that a word of the user means; equal links of a network once.

    Raises
    ------
    InputError
        The word means nothing, or ``which`` names no link of the network.
    """
    if target in LINK_PRESETS:
        return [_of_preset(target)]
    path = target.endswith(".toml") or os.sep in target or os.path.isfile(target)
    if path and (model := _model_file(Path(target))) is not None:
        return [Subject(Path(target).stem, model)]
    if not path and target not in MACHINE_PRESETS and not is_shorthand(target):
        raise UnknownNameError("link preset, network or file", target, {*LINK_PRESETS, *MACHINE_PRESETS})
    network = parse_network(target)
    names = [qpu.name for qpu in network.qpus]
    chosen = [link for link in network.links if which in (None, _title(link, names), _title(link, names, turn=True))]
    if not chosen:
        what = "it has no links" if which is None else f"there is no link {which!r}"
        known = ", ".join(_title(link, names) for link in network.links[:12])
        raise InputError(f"{target}: {what}", f"links: {known}" if known else "give a network with links")
    return _grouped(network, chosen)


def _title(link: Link, names: list[str], *, turn: bool = False) -> str:
    ends = (link.b, link.a) if turn else (link.a, link.b)
    return "-".join(names[end] for end in ends)


def _grouped(network: Network, links: list[Link]) -> list[Subject]:
    """One subject for all links that differ in nothing but their names."""
    titles: dict[str, tuple[list[str], Subject]] = {}
    names = [qpu.name for qpu in network.qpus]
    for link in links:
        found = _of_link(network, link)
        key = repr((found.model, found.note, found.options))
        titles.setdefault(key, ([], found))[0].append(_title(link, names))
    return [
        Subject(", ".join(of[:4]) + (f", ... ({len(of)} in all)" if len(of) > 4 else ""), s.model, s.note, s.options)
        for of, s in titles.values()
    ]


def _of_preset(name: str) -> Subject:
    preset = LINK_PRESETS[name]
    if name in LINK_MODEL_PRESETS:
        found = LINK_MODEL_PRESETS[name]
        return Subject(name, found.model, f"{preset.note} {found.fitted}")
    backed = () if preset.tag == "measured" else ("weights", "rate_hz")
    model = Direct(weights=preset.weights, rate_hz=preset.rate_hz, source=preset.source, assumed=backed)
    return Subject(name, model, preset.note)


def _of_link(network: Network, link: Link) -> Subject:
    if link.model is not None:
        model, note = link.model, ""
    elif link.preset is not None:
        preset = LINK_PRESETS[link.preset]
        model, note = _of_preset(link.preset).model, preset.note
        if (link.weights, link.rate_hz) != (preset.weights, preset.rate_hz):
            model, note = Direct(weights=link.weights, rate_hz=link.rate_hz), f"changed from {link.preset}"
    else:
        model, note = Direct(weights=link.weights, rate_hz=link.rate_hz), ""
    terms = _terms(network, link)
    note = "; ".join([*([note.rstrip(".")] if note else []), *terms]) if terms else note
    return Subject("", model, note, distillation_options(link, network.qpus[link.a], network.qpus[link.b]))


def _terms(network: Network, link: Link) -> tuple[str, ...]:
    """What the network adds to a link: the hub that it shares, and how long its pairs are kept."""
    terms = []
    if link.hub is not None:
        hub = network.hubs[link.hub]
        count = sum(other.hub == link.hub for other in network.links)
        turn = f", {seconds(hub.reconfiguration_s)} to give one to another link" if hub.reconfiguration_s else ""
        links = f"{count} link{'s' * (count > 1)}"
        terms.append(f"rate while it has an analyser: hub {hub.name} has {hub.analysers} for {links}{turn}")
    if link.cutoff_s is not None:
        terms.append(f"a pair is discarded after {seconds(link.cutoff_s)}")
    return tuple(terms)


def _model_file(path: Path) -> LinkModel | None:
    """The model in a file that holds nothing else; None if it is another file."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError):
        return None  # the reader of network files says what is wrong
    return parse_model(table, str(path)) if "family" in table else None


def budget_text(subject: Subject) -> str:
    """A link as a budget: photons, heralding, time, pairs."""
    found = subject.model.budget()
    parts = [f"{subject.title}: {found.family} model"]
    parts += [f"{name}: {text}" for name, text in (("source", subject.model.source), ("note", subject.note)) if text]
    if found.near:
        parts += ["", *_photons(found)]
    for title, lines in (("heralding", found.heralding), ("time", found.timing)):
        if lines:
            parts += ["", title, columns((f"  {line.name}", _value(line), _remark(line)) for line in lines)]
    weights = " ".join(f"{weight:.4g}" for weight in found.weights)
    result = []
    if found.success is not None:
        result.append(("  success probability", f"{found.success:.4g}", "per attempt"))
    if found.attempts_hz is not None:
        result.append(("  attempts", f"{found.attempts_hz:.4g}/s", ""))
    wait = f"one every {seconds(1.0 / found.rate_hz)}" if found.rate_hz > 0.0 else "never"
    result.append(("  pairs", f"{found.rate_hz:.4g}/s", wait))
    share = f"; {found.false_share:.2g} of the heralds are dark counts" if found.false_share > 0.0 else ""
    result.append(("  fidelity", f"{found.fidelity:.4g}", f"weights I Z X Y {weights}{share}"))
    parts += ["", "result", columns(result)]
    if found.blocked is not None:
        parts.append(f"  no pair is ever heralded: {found.blocked}")
    if len(subject.options) > 1:
        parts += ["", "distillation (two-qubit gates, measurement and T2 of the QPUs)", _options_text(subject.options)]
    if found.has_assumed:
        parts += ["", "assumed: no source backs the number"]
    return "\n".join(parts)


def _photons(found: LinkBudget) -> list[str]:
    if [f.value for f in found.near] == [f.value for f in found.far]:
        return ["photons, either end", _path_text(found.near)]
    return ["photons, near end", _path_text(found.near), "", "photons, far end", _path_text(found.far)]


def _path_text(path: tuple[SurvivalFactor, ...]) -> str:
    rows: list[tuple[str, ...]] = [("  stage", "factor", "passes", "so far", "")]
    so_far = 1.0
    for stage, factors in groupby(path, key=lambda factor: factor.stage):
        for index, factor in enumerate(factors):
            so_far *= factor.value
            name = f"  {stage}" if index == 0 else ""
            rows.append((name, factor.name, f"{factor.value:.4g}", f"{so_far:.4g}", _remark(factor)))
    return columns(rows)


def _value(line: BudgetLine) -> str:
    match line.unit:
        case "s":
            return seconds(line.value)
        case _:
            return f"{line.value:.4g}{line.unit}"


def _remark(entry: SurvivalFactor | BudgetLine) -> str:
    return "; ".join(part for part in (entry.note, "assumed" if entry.assumed else "") if part)


def _options_text(options: tuple[Distilled, ...]) -> str:
    rows: list[tuple[str, ...]] = [("  method", "fidelity", "pairs used", "success", "pairs/s")]
    for option in options:
        numbers = (option.fidelity, option.pairs, option.success, option.rate_hz)
        rows.append((f"  {option.method}", *(f"{number:.4g}" for number in numbers)))
    return columns(rows)


def sweep_text(found: Sweep) -> str:
    """A sweep as a table, one line per value."""
    rows: list[tuple[str, ...]] = [(found.key, "success", "attempts/s", "pairs/s", "fidelity", "dark counts")]
    for value, point in zip(found.values, found.budgets, strict=True):
        numbers = (point.success, point.attempts_hz, point.rate_hz, point.fidelity, point.false_share)
        rows.append((f"{value:g}", *("-" if number is None else f"{number:.4g}" for number in numbers)))
    return columns(rows)


def swapping(network: Network, a: str, b: str) -> SwappedPath:
    """The pair between two QPUs by name."""
    names = [qpu.name for qpu in network.qpus]
    for name in (a, b):
        if name not in names:
            raise UnknownNameError("QPU", name, names)
    ends = names.index(a), names.index(b)
    pair = swapped(network, *ends)
    return SwappedPath(tuple(names[qpu] for qpu in photonic(network).path(*ends)), pair)


def path_text(found: SwappedPath) -> str:
    """The swapped pair in words."""
    pair = found.pair
    hops = len(found.names) - 1
    rows = [
        ("fidelity", f"{pair.fidelity:.4g}", f"weights I Z X Y {' '.join(f'{w:.4g}' for w in pair.weights)}"),
        ("pairs", f"{pair.rate_hz:.4g}/s", f"one every {seconds(pair.time_s)}, {pair.pairs} link pairs each"),
    ]
    return f"{' - '.join(found.names)}: {counted(hops, 'hop')}\n{columns(rows)}"


def models_text() -> str:
    """Families, then presets that have a model."""
    from distq.networks.links import families

    rows = [(f"  {model.family}", model.summary) for model in families()]
    presets = [(f"  {preset.name}", preset.model.family, preset.source) for preset in LINK_MODEL_PRESETS.values()]
    return "\n".join(["families, for model = { family = ... }", columns(rows), "", "measured", columns(presets)])


def validation_text(rows: tuple[Row, ...]) -> str:
    """The table of comparisons, topic by topic."""
    parts = []
    for topic, group in groupby(rows, key=lambda row: row.topic):
        lines = [("  source", "quantity", "reported", "predicted", "sigma", "")]
        for row in group:
            reported = f"{row.reported:.6g}" + (f" ± {row.sigma:.2g}" if row.sigma is not None else "")
            deviation = "" if row.deviation is None else f"{row.deviation:+.1f}"
            verdict = _verdict(row)
            remark = f"{verdict}; {row.note}" if row.note else verdict
            lines.append((f"  {row.source}", row.quantity, reported, f"{row.predicted:.6g}", deviation, remark))
        parts += [topic, columns(lines), ""]
    tests = [row for row in rows if row.role == "test"]
    gaps = sum(row.role == "gap" for row in rows)
    good = sum(row.agrees for row in tests)
    parts.append(f"{good} of {len(tests)} comparisons that must agree do; {gaps} known gaps are shown and not counted")
    return "\n".join(parts)


def _verdict(row: Row) -> str:
    match row.role:
        case "fit":
            return "fitted, no prediction"
        case "gap":
            return "agrees" if row.agrees else "known gap"
        case _:
            return "agrees" if row.agrees else "DIFFERS"
