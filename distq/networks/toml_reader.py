"""Networks as text: the one entry for every notation, and network files (TOML) in and out.

A network file::

    [network]               name, scenario, topology, message_time_s, swap
    [defaults.qpu]          keys of a QPU that all share
    [defaults.link]         keys of a link that all share
    [[qpu]]                 name, count, preset, data, memory, zones, communication, error_1q, ... t2_s, t1_s, ...
    [[hub]]                 name, analysers, reconfiguration_s
    [[link]]                between = ["alice", "bob"], hub, cutoff_s, preset, fidelity or weights, rate_hz; or
                            model = {...} in place of the latter; or
                            between, via = ["carol"] for pairs swapped there

What a table says itself goes before its own preset, that before what the defaults say, that before the defaults'
preset, and where nothing is said the scenario ``ionq-two-traps`` applies. :func:`example_toml` has every feature.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from distq.networks.links import parse_model
from distq.networks.network import Network
from distq.networks.parts import QPU, Hub, Link
from distq.networks.presets import (
    DEFAULT_SCENARIO,
    EXTRA_NOISE,
    LINK_FIELDS,
    LINK_PRESETS,
    QPU_FIELDS,
    QPU_PRESETS,
    LinkPreset,
    QPUPreset,
    scenario_text,
)
from distq.networks.problems import InvalidValueError, Problem, shown, unknown, unknown_key
from distq.networks.shorthand import MAX_QPUS, Pairs, topology_pairs
from distq.networks.swapped_links import swapped_link, with_swapping

HINT = "`distq network init` writes a commented example"
_QPU_KEYS = ("name", "count", "preset", "data", "memory", "zones", "communication", *QPU_FIELDS, *EXTRA_NOISE)
_HUB_KEYS = ("name", "analysers", "reconfiguration_s")
_LINK_KEYS = ("between", "preset", "fidelity", "weights", "rate_hz", "model", "hub", "cutoff_s", "via")
_SWAPPED_KEYS = ("between", "via", "fidelity", "weights", "rate_hz")
_NETWORK_KEYS = ("name", "scenario", "topology", "message_time_s", "swap")
_QPU_DEFAULTS = tuple(key for key in _QPU_KEYS if key not in ("name", "count"))
_LINK_DEFAULTS = tuple(key for key in _LINK_KEYS if key not in ("between", "via"))

Table = dict[str, Any]


@dataclass(frozen=True)
class _Kind:
    """What QPUs and links have in common for the reader."""

    key: str
    title: str
    model: type[QPU] | type[Link]
    presets: Mapping[str, QPUPreset] | Mapping[str, LinkPreset]
    fields: tuple[str, ...]

    def assumed(self, preset: QPUPreset | LinkPreset, field: str) -> bool:
        """True if the preset's value of that field is not a published one."""
        listed = preset.assumed if isinstance(preset, QPUPreset) else ()
        return preset.tag != "measured" or field in listed


_QPU = _Kind("qpu", "QPU preset", QPU, QPU_PRESETS, QPU_FIELDS)
_LINK = _Kind("link", "link preset", Link, LINK_PRESETS, LINK_FIELDS)


class TomlReader:
    """Reads the tables of one file and notes every problem on the way."""

    def __init__(self, tables: Table) -> None:
        self.tables = tables
        self.problems: list[Problem] = []
        self.assumed: set[tuple[str, str]] = set()
        self.hubs: dict[str, Hub] = {}

    def note(self, key: str, text: str, *given: object) -> None:
        problem = Problem(key, shown(given[0]) if given else None, text)
        if problem not in self.problems:
            self.problems.append(problem)

    def read(self, name: str, source: str) -> Network:
        self.known(self.tables, "", ("network", "defaults", "qpu", "hub", "link"))
        network = self.table(self.tables, "network", "", _NETWORK_KEYS)
        for key in sorted(network):
            if key in ("message_time_s", "swap"):
                continue
            if not isinstance(network[key], str):
                self.note(f"network.{key}", "must be text", network.pop(key))
        defaults = self.table(self.tables, "defaults", "", ("qpu", "link"))
        qpus = self.read_qpus(self.table(defaults, "qpu", "defaults.", _QPU_DEFAULTS))
        self.read_hubs()
        default_link = self.table(defaults, "link", "defaults.", _LINK_DEFAULTS)
        links = self.read_links(default_link, qpus, network.get("topology"))
        message = network.get("message_time_s", 0.0)
        if isinstance(message, bool) or not isinstance(message, int | float) or not 0.0 <= message < math.inf:
            self.note("network.message_time_s", "must be a time in seconds, 0 or more", message)
        swap = network.get("swap", False)
        if not isinstance(swap, bool):
            self.note("network.swap", "must be true or false", swap)
        if self.problems:
            raise InvalidValueError(source, self.problems, HINT)
        found = Network(
            name=network.get("name", name),
            qpus=tuple(qpu for qpu in qpus.values() if qpu is not None),
            links=links,
            hubs=tuple(self.hubs.values()),
            scenario=network.get("scenario", scenario_text(self.assumed)) or None,
            message_time_s=float(message),
        )
        return with_swapping(found) if swap else found

    def table(self, parent: Table, key: str, prefix: str, allowed: Sequence[str]) -> Table:
        """The sub-table of that key without unknown keys; {} if it is absent or no table."""
        found = parent.get(key, {})
        if not isinstance(found, dict):
            self.note(prefix + key, f"must be a table: [{prefix}{key}]", found)
            return {}
        return self.known(found, f"{prefix}{key}.", allowed)

    def tables_of(self, key: str, allowed: Sequence[str]) -> list[Table]:
        """The array of tables of that key."""
        found = self.tables.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            self.note(key, f"must be tables with double brackets: [[{key}]]", found)
            return []
        return [self.known(entry, f"{key}[{i}].", allowed) for i, entry in enumerate(found)]

    def known(self, table: Table, prefix: str, allowed: Sequence[str]) -> Table:
        for key in table:
            if key not in allowed:
                self.note(prefix + key, unknown_key(key, allowed))
        return {key: value for key, value in table.items() if key in allowed}

    def merged(self, kind: _Kind, own: Table, path: str, defaults: Table) -> tuple[Table, dict[str, str]]:
        """The values that hold for one QPU or link, and for each the table that says it."""
        values: Table = {}
        origin: dict[str, str] = {}
        assumed = dict.fromkeys(kind.fields, DEFAULT_SCENARIO)
        for table, where in ((defaults, f"defaults.{kind.key}"), (own, path)):
            explicit = self.explicit(kind, table, where)
            if explicit.keys() & {"preset", *kind.fields}:
                values.pop("model", None)
            preset = kind.presets.get(explicit.get("preset", ""))
            if preset is not None:
                values |= {field: getattr(preset, field) for field in kind.fields}
                assumed |= {field: preset.name if kind.assumed(preset, field) else "" for field in kind.fields}
            values |= explicit
            assumed |= {key: "" for key in explicit if key in kind.fields}
            origin |= dict.fromkeys(explicit, where)
        if "preset" not in explicit and explicit.keys() >= set(kind.fields):
            values.pop("preset", None)  # none of its numbers is left
        self.assumed |= {(name, kind.key) for name in assumed.values() if name}
        model = values.get("model")
        if model is not None and model.budget().has_assumed:
            self.assumed.add((f"{model.family} model", kind.key))
        return values, origin

    def explicit(self, kind: _Kind, table: Table, where: str) -> Table:
        """What a table says, without a wrong preset; a fidelity becomes Werner weights."""
        out = dict(table)
        preset = out.get("preset", next(iter(kind.presets)))
        if not isinstance(preset, str) or preset not in kind.presets:
            known = sorted(kind.presets)
            self.note(f"{where}.preset", unknown(kind.title, str(preset), known), out.pop("preset"))
        if "model" in out:
            self.read_model(out, where)
        if "hub" in out:
            name = out.pop("hub")
            if isinstance(name, str) and name in self.hubs:
                out["hub"] = list(self.hubs).index(name)
            elif self.hubs:
                self.note(f"{where}.hub", unknown("hub", str(name), list(self.hubs), "hubs"), name)
            else:
                self.note(f"{where}.hub", "there is no hub: add [[hub]] with a name", name)
        if "fidelity" not in out:
            return out
        fidelity = out.pop("fidelity")
        if "weights" in out:
            self.note(f"{where}.fidelity", "give fidelity or weights, not both")
        elif isinstance(fidelity, bool) or not isinstance(fidelity, int | float) or not 0.25 <= fidelity <= 1.0:
            self.note(f"{where}.fidelity", "must be a number from 0.25 (a fully mixed pair) to 1", fidelity)
        else:
            rest = round((1.0 - fidelity) / 3.0, 15)
            out["weights"] = (float(fidelity), rest, rest, rest)
        return out

    def read_model(self, out: Table, where: str) -> None:
        """Replace the table of a link model by the model, and add the weights and the rate that it gives."""
        table = out.pop("model")
        both = [key for key in ("preset", "fidelity", "weights", "rate_hz") if key in out]
        if both:
            self.note(f"{where}.model", f"give a model, or {' and '.join(both)}, not both")
        if not isinstance(table, dict):
            self.note(f"{where}.model", 'must be a table: model = { family = "two-photon", ... }', table)
            return
        try:
            link = Link(a=0, b=1, model=parse_model(table))
        except InvalidValueError as error:
            for problem in error.problems:
                key = f"{where}.model" + (f".{problem.key}" if problem.key else "")
                moved = Problem(key, problem.given, problem.text)
                if moved not in self.problems:
                    self.problems.append(moved)
            return
        if not both and link.model is not None:
            out |= {"model": link.model, "weights": link.weights, "rate_hz": link.rate_hz}

    def build(self, kind: _Kind, values: Table, origin: dict[str, str], path: str) -> Any:
        """The QPU or link; None, its problems noted, if a value is wrong."""
        try:
            return kind.model(**values)
        except InvalidValueError as error:
            for problem in error.problems:
                where = origin.get(problem.key.split("[")[0], path)
                moved = Problem(f"{where}.{problem.key}", problem.given, problem.text)
                if moved not in self.problems:
                    self.problems.append(moved)
            return None

    def check_defaults(self, kind: _Kind, defaults: Table) -> None:
        """Note what is wrong with the defaults even where no QPU or link uses them."""
        before = set(self.assumed)
        path = f"defaults.{kind.key}"
        self.build(kind, *self.merged(kind, defaults, path, {}), path)
        self.assumed = before

    def read_qpus(self, defaults: Table) -> dict[str, QPU | None]:
        """QPUs by name, in order; None for one that is wrong."""
        tables = self.tables_of("qpu", _QPU_KEYS)
        if not self.tables.get("qpu"):
            self.note("qpu", "at least one table [[qpu]] is needed")
        self.check_defaults(_QPU, {"name": "qpu", "data": 1} | defaults)
        out: dict[str, QPU | None] = {}
        table_of: dict[str, int] = {}
        for index, table in enumerate(tables):
            count, qpu = self.read_qpu(table, f"qpu[{index}]", defaults)
            for i in range(count):
                name = f"{table['name']}{i if count > 1 else ''}" if "name" in table else f"qpu{len(out)}"
                if name in out:
                    self.note(f"qpu[{index}].name", f"names a second QPU {name!r}; the first is qpu[{table_of[name]}]")
                out[name] = None if qpu is None else qpu.model_copy(update={"name": name})
                table_of.setdefault(name, index)
        if len(out) > MAX_QPUS:
            self.note("qpu", f"there are {len(out)} QPUs; must be at most {MAX_QPUS}")
        return out

    def read_hubs(self) -> None:
        """The hubs by name, in order."""
        for index, table in enumerate(self.tables_of("hub", _HUB_KEYS)):
            path = f"hub[{index}]"
            try:
                values: Table = {"name": f"hub{index}"} | table
                hub = Hub(**values)
            except InvalidValueError as error:
                self.problems += [Problem(f"{path}.{p.key}", p.given, p.text) for p in error.problems]
                continue
            if hub.name in self.hubs:
                self.note(f"{path}.name", f"names a second hub {hub.name!r}")
            self.hubs[hub.name] = hub

    def read_qpu(self, table: Table, path: str, defaults: Table) -> tuple[int, QPU | None]:
        """How many QPUs a table stands for, and the first of them."""
        count = table.get("count", 1)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_QPUS:
            self.note(f"{path}.count", f"must be a whole number of QPUs from 1 to {MAX_QPUS}", count)
            count = 1
        own = {key: value for key, value in table.items() if key != "count"}
        values, origin = self.merged(_QPU, own, path, defaults)
        preset = QPU_PRESETS.get(values.get("preset", ""))
        if "data" not in values and preset is not None and preset.ions is not None:
            memory = values.get("memory", QPU.model_fields["memory"].default)
            values["data"] = preset.ions - (memory if isinstance(memory, int) else 0)
        return count, self.build(_QPU, {"name": "qpu"} | values, origin, path)

    def read_links(self, defaults: Table, qpus: dict[str, QPU | None], topology: str | None) -> tuple[Link, ...]:
        """The topology's links, each replaced by a [[link]] of the same QPUs if there is one; then the other ones.

        Those made by swapping come last.
        """
        names = list(qpus)
        self.check_defaults(_LINK, {"a": 0, "b": 1} | defaults)
        swapped: list[tuple[str, Table, tuple[int, ...]]] = []
        index_of = {name: index for index, name in enumerate(names)}
        given: dict[tuple[int, int], Link | None] = {}
        for index, table in enumerate(self.tables_of("link", _LINK_KEYS)):
            path = f"link[{index}]"
            a, b = self.ends(table.pop("between", None), f"{path}.between", index_of) or (-2 - index, -1)
            if (a, b) in given or (b, a) in given:
                self.note(f"{path}.between", "another [[link]] joins the same QPUs", [names[a], names[b]])
            if "via" in table:
                way = self.way((a, b), table.pop("via"), path, index_of)
                if way is not None:
                    swapped.append((path, table, way))
                continue
            values, origin = self.merged(_LINK, table, path, defaults)
            given[a, b] = self.build(_LINK, values | {"a": max(a, 0), "b": max(b, 0)}, origin, path)
        if topology is None:
            topology = "none" if "link" in self.tables else "complete"
        pairs = self.pairs(topology, len(names))
        plain = [pair for pair in pairs if pair not in given and pair[::-1] not in given]
        if plain:
            values, origin = self.merged(_LINK, {}, "defaults.link", defaults)
            default = self.build(_LINK, values | {"a": 0, "b": 1}, origin, "defaults.link")
            if default is not None:
                given |= {(a, b): default.model_copy(update={"a": a, "b": b}) for a, b in plain}
        ordered = [given.pop((a, b), None) or given.pop((b, a), None) for a, b in pairs] + list(given.values())
        links = [link for link in ordered if link is not None]
        known = [qpu for qpu in qpus.values() if qpu is not None]
        if len(known) == len(names) and len(links) == len(ordered):
            made = [self.read_swapped(*entry, known, links) for entry in swapped]
            links += [link for link in made if link is not None]
        return tuple(links)

    def way(self, ends: tuple[int, int], via: object, path: str, names: dict[str, int]) -> tuple[int, ...] | None:
        """Indices of the QPUs along which a link's pairs are swapped; None, with the problem noted, if it is wrong."""
        if not isinstance(via, list) or not via or not all(isinstance(name, str) for name in via):
            self.note(f"{path}.via", "must be the names of the QPUs in the middle, in order", via)
            return None
        for i, name in enumerate(via):
            if name not in names:
                self.note(f"{path}.via[{i}]", unknown("QPU", name, list(names), "QPUs"), name)
        if ends[0] < 0 or not all(name in names for name in via):
            return None
        return (ends[0], *[names[name] for name in via], ends[1])

    def read_swapped(
        self, path: str, table: Table, way: tuple[int, ...], qpus: list[QPU], links: list[Link]
    ) -> Link | None:
        """The link whose pairs are swapped along a way; None, with the problem noted, if it is wrong."""
        wrong = sorted(table.keys() - set(_SWAPPED_KEYS))
        for key in wrong:
            self.note(f"{path}.{key}", f"does not go with via; only {', '.join(_SWAPPED_KEYS[2:])} may", table[key])
        if wrong:
            return None
        linked = {frozenset((link.a, link.b)) for link in links}
        gap = next((ends for ends in pairwise(way) if frozenset(ends) not in linked or len(set(ends)) < 2), None)
        if gap is not None:
            names = [qpus[s].name for s in gap]
            self.note(f"{path}.via", f"no link joins {names[0]!r} and {names[1]!r}, which are next to each other on it")
            return None
        if frozenset((way[0], way[-1])) in linked:
            self.note(f"{path}.between", "a photonic link joins these QPUs already")
            return None
        explicit = self.explicit(_LINK, table, path)
        computed = {"weights", "rate_hz"} - explicit.keys()
        found = swapped_link(qpus, links, way) if computed else None
        values = {key: getattr(found, key) for key in computed} | explicit
        link: Link | None = self.build(_LINK, values | {"a": way[0], "b": way[-1], "via": way[1:-1]}, {}, path)
        return link

    def pairs(self, topology: str, count: int) -> Pairs:
        if topology == "none" or count > MAX_QPUS:
            return ()
        try:
            return topology_pairs(topology, count)
        except ValueError as error:
            self.note("network.topology", str(error), topology)
            return ()

    def ends(self, between: object, path: str, names: dict[str, int]) -> tuple[int, int] | None:
        """Indices of the two QPUs that a link joins; None, with the problem noted, if it does not say."""
        if not isinstance(between, list | tuple) or len(between) != 2 or not all(isinstance(e, str) for e in between):
            example = list(names)[:2] if len(names) > 1 else ["alice", "bob"]
            text = f"must be the names of two QPUs, e.g. between = {shown(example)}"
            self.note(path, text, *([] if between is None else [between]))
            return None
        for i, name in enumerate(between):
            if name not in names:
                self.note(f"{path}[{i}]", unknown("QPU", name, list(names), "QPUs"), name)
        if between[0] not in names or between[1] not in names:
            return None
        if between[0] == between[1]:
            self.note(path, "must be two different QPUs", between)
            return None
        return names[between[0]], names[between[1]]
