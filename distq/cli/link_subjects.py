"""Which links a word of the user means, and what is to be said about each."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distq.errors import InputError, UnknownNameError
from distq.networks.distilled_links import distillation_options
from distq.networks.links import Direct, LinkModel, parse_model
from distq.networks.links.distillation import Distilled
from distq.networks.links.effective import EffectivePair
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.networks.parts import Link
from distq.networks.presets import LINK_MODEL_PRESETS, LINK_PRESETS, MACHINE_PRESETS
from distq.networks.shorthand import is_shorthand
from distq.networks.swapped_links import best_swapped_pair, without_swapped_links
from distq.reporting.network_table import seconds

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Subject:
    """A link to be explained; ``options`` is empty where its QPUs are not known."""

    title: str
    model: LinkModel
    note: str = ""
    options: tuple[Distilled, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        keys = ("method", "weights", "success", "pairs", "time_s", "rate_hz")
        options = [{key: getattr(option, key) for key in keys} for option in self.options]
        head = {"link": self.title, "source": self.model.source, "note": self.note}
        return head | self.model.budget().as_dict() | {"distillation": options}


@dataclass(frozen=True)
class SwappedPath:
    """The pair between two QPUs over the hops between them, and the names of these."""

    names: tuple[str, ...]
    pair: EffectivePair

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        keys = ("weights", "pairs", "time_s", "rate_hz")
        return {"path": list(self.names)} | {key: getattr(self.pair, key) for key in keys}


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


def swapping(network: Network, a: str, b: str) -> SwappedPath:
    """The pair between two QPUs by name."""
    names = [qpu.name for qpu in network.qpus]
    for name in (a, b):
        if name not in names:
            raise UnknownNameError("QPU", name, names)
    ends = names.index(a), names.index(b)
    pair = best_swapped_pair(network, *ends)
    return SwappedPath(tuple(names[qpu] for qpu in without_swapped_links(network).path(*ends)), pair)
