"""One QPU or link of a network file: its own keys, its preset, the defaults and their preset, in that order.

In: the table of a part and the table of defaults. Out: the part; where each value was said, for messages; and which
numbers are assumed ones, for reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from distq.networks.links import LinkModel, parse_model
from distq.networks.parts import QPU, Hub, Link
from distq.networks.presets import (
    DEFAULT_SCENARIO,
    LINK_FIELDS,
    LINK_PRESETS,
    QPU_FIELDS,
    QPU_PRESETS,
    AssumedNumbers,
    LinkPreset,
    QPUPreset,
)
from distq.networks.problems import InvalidValueError, unknown
from distq.networks.toml_tables import Table, TomlTables

ANY_ENDS: Table = {"a": 0, "b": 1}
"""Ends for a link of which only the other keys are being read."""


@dataclass(frozen=True)
class PartKind:
    """What a network has several of: QPUs or links.

    Attributes
    ----------
    key
        What the file calls one.
    preset_title
        What messages call its presets.
    model
        The class of the part.
    presets
        Its presets by name.
    fields
        The fields that a preset gives.
    """

    key: str
    preset_title: str
    model: type[QPU] | type[Link]
    presets: Mapping[str, QPUPreset] | Mapping[str, LinkPreset]
    fields: tuple[str, ...]

    def is_assumed(self, preset: QPUPreset | LinkPreset, field: str) -> bool:
        """True if the preset's value of that field is not a published one."""
        listed = preset.assumed if isinstance(preset, QPUPreset) else ()
        return preset.tag != "measured" or field in listed


QPU_KIND = PartKind("qpu", "QPU preset", QPU, QPU_PRESETS, QPU_FIELDS)
LINK_KIND = PartKind("link", "link preset", Link, LINK_PRESETS, LINK_FIELDS)


class Layer(NamedTuple):
    """What one table says about a part: the path of the table, and the values of fields in it."""

    where: str
    says: Table


class LayeredPart(NamedTuple):
    """What holds for a part: the value of each field, and the path of the table that says it."""

    values: Table
    said_by: dict[str, str]


def layered_values(kind: PartKind, layers: Sequence[Layer]) -> Table:
    """The value of each field that any layer gives; later layers go before earlier ones.

    A preset gives all fields of its sort, beneath what its own layer says. A preset, a rate or a fidelity takes the
    place of a link model of an earlier layer; ions of any role take the place of data and memory ions, and vice versa.
    """
    values: Table = {}
    for layer in layers:
        if layer.says.keys() & {"preset", *kind.fields}:
            values.pop("model", None)
        for key in ("data", "memory") if "ions" in layer.says else ():
            values.pop(key, None)
        if layer.says.keys() & {"data", "memory"}:
            values.pop("ions", None)
        preset = kind.presets.get(layer.says.get("preset", ""))
        if preset is not None:
            values |= {field: getattr(preset, field) for field in kind.fields}
        values |= layer.says
    last = layers[-1].says
    if "preset" not in last and last.keys() >= set(kind.fields):
        values.pop("preset", None)  # none of its numbers is left
    return values


def assumed_numbers(kind: PartKind, layers: Sequence[Layer]) -> set[AssumedNumbers]:
    """The presets of which a part uses at least one number that is not a published one."""
    giver = dict.fromkeys(kind.fields, DEFAULT_SCENARIO)
    for layer in layers:
        preset = kind.presets.get(layer.says.get("preset", ""))
        if preset is not None:
            giver |= {field: preset.name if kind.is_assumed(preset, field) else "" for field in kind.fields}
        giver |= {field: "" for field in layer.says if field in kind.fields}
    return {AssumedNumbers(name, kind.key) for name in giver.values() if name}


class PartReader:
    """Reads QPUs and links out of their tables, and notes what is wrong with them.

    Attributes
    ----------
    assumed
        Of all parts read so far: the presets and link models of which an assumed number is used.
    hubs
        The hubs that links may name.
    """

    def __init__(self, tables: TomlTables) -> None:
        self.tables = tables
        self.assumed: set[AssumedNumbers] = set()
        self.hubs: dict[str, Hub] = {}

    def layered(self, kind: PartKind, own: Table, path: str, defaults: Table) -> LayeredPart:
        """What holds for a part, by its own table, ``path``, and by the defaults beneath it."""
        layers = [
            Layer(where, self.says(kind, table, where))
            for table, where in ((defaults, f"defaults.{kind.key}"), (own, path))
        ]
        values = layered_values(kind, layers)
        self.assumed |= assumed_numbers(kind, layers)
        model = values.get("model")
        if isinstance(model, LinkModel) and model.budget().has_assumed:
            self.assumed.add(AssumedNumbers(f"{model.family} model", kind.key))
        return LayeredPart(values, {key: layer.where for layer in layers for key in layer.says})

    def build(self, kind: PartKind, part: LayeredPart, path: str) -> Any:
        """The QPU or link; None, its problems noted, if a value is wrong."""
        try:
            return kind.model(**part.values)
        except InvalidValueError as error:
            self.tables.add(error.problems, lambda key: f"{part.said_by.get(key.split('[')[0], path)}.{key}")
            return None

    def check_defaults(self, kind: PartKind, defaults: Table) -> None:
        """Note what is wrong with the defaults even where no QPU or link uses them."""
        before = set(self.assumed)
        path = f"defaults.{kind.key}"
        self.build(kind, self.layered(kind, defaults, path, {}), path)
        self.assumed = before

    def says(self, kind: PartKind, table: Table, where: str) -> Table:
        """What a table says, as values of fields; what is wrong with it is noted and left out.

        A link's model is built and gives weights and rate, its hub becomes an index, and its fidelity Werner weights.
        """
        out = dict(table)
        preset = out.get("preset", next(iter(kind.presets)))
        if not isinstance(preset, str) or preset not in kind.presets:
            text = unknown(kind.preset_title, str(preset), sorted(kind.presets))
            self.tables.note(f"{where}.preset", text, out.pop("preset"))
        if "model" in out:
            self._build_model(out, where)
        if "hub" in out:
            self._find_hub(out, where)
        if "fidelity" in out:
            self._to_weights(out, where)
        return out

    def _build_model(self, out: Table, where: str) -> None:
        """Replace the table of a link model by the model, and add the weights and the rate that it gives."""
        table = out.pop("model")
        both = [key for key in ("preset", "fidelity", "weights", "rate_hz") if key in out]
        if both:
            self.tables.note(f"{where}.model", f"give a model, or {' and '.join(both)}, not both")
        if not isinstance(table, dict):
            text = 'must be a table: model = { family = "two-photon", ... }'
            self.tables.note(f"{where}.model", text, table)
            return
        try:
            link = Link(**ANY_ENDS, model=parse_model(table))
        except InvalidValueError as error:
            self.tables.add(error.problems, lambda key: f"{where}.model" + (f".{key}" if key else ""))
            return
        if not both and link.model is not None:
            out |= {"model": link.model, "weights": link.weights, "rate_hz": link.rate_hz}

    def _find_hub(self, out: Table, where: str) -> None:
        """Replace the name of a hub by its index."""
        name = out.pop("hub")
        if isinstance(name, str) and name in self.hubs:
            out["hub"] = list(self.hubs).index(name)
        elif self.hubs:
            self.tables.note(f"{where}.hub", unknown("hub", str(name), list(self.hubs), "hubs"), name)
        else:
            self.tables.note(f"{where}.hub", "there is no hub: add [[hub]] with a name", name)

    def _to_weights(self, out: Table, where: str) -> None:
        """Replace a fidelity by the weights of a Werner pair."""
        fidelity = out.pop("fidelity")
        if "weights" in out:
            self.tables.note(f"{where}.fidelity", "give fidelity or weights, not both")
        elif isinstance(fidelity, bool) or not isinstance(fidelity, int | float) or not 0.25 <= fidelity <= 1.0:
            self.tables.note(f"{where}.fidelity", "must be a number from 0.25 (a fully mixed pair) to 1", fidelity)
        else:
            rest = round((1.0 - fidelity) / 3.0, 15)
            out["weights"] = (float(fidelity), rest, rest, rest)
