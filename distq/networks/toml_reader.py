"""Network files (TOML) to networks.

A network file::

    [network]               name, scenario, topology, message_time_s, first_operations, swap
    [defaults.qpu]          keys of a QPU that all share
    [defaults.link]         keys of a link that all share
    [[qpu]]                 name, count, preset, data, memory, zones, communication, error_1q, ... t2_s, t1_s, ...
    [[hub]]                 name, analysers, reconfiguration_s
    [[link]]                between = ["alice", "bob"], hub, cutoff_s, preset, fidelity or weights, rate_hz; or
                            model = {...} in place of the latter; or
                            between, via = ["carol"] for pairs swapped there

What a table says itself goes before its own preset, that before what the defaults say, that before the defaults'
preset, and where nothing is said the scenario ``ionq-two-traps`` applies (:mod:`distq.networks.toml_parts`). Links are
read by :mod:`distq.networks.toml_links`. :func:`distq.networks.toml_writer.example_toml` has every feature.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from distq.networks.network import Network
from distq.networks.parts import QPU, Hub
from distq.networks.presets import EXTRA_NOISE, QPU_FIELDS, QPU_PRESETS, scenario_text
from distq.networks.problems import InvalidValueError, Problem
from distq.networks.shorthand import MAX_QPUS
from distq.networks.swapped_links import with_swapping
from distq.networks.toml_lines import line_of
from distq.networks.toml_links import LINK_KEYS, LinkReader
from distq.networks.toml_parts import QPU_KIND, LayeredPart, PartReader
from distq.networks.toml_tables import Table, TomlTables

NO_LINES: Mapping[str, int] = MappingProxyType({})
HINT = "`distq network init` writes a commented example"

_NETWORK_KEYS = ("name", "scenario", "topology", "message_time_s", "first_operations", "swap")
_NETWORK_TEXTS = ("name", "scenario", "topology")
_QPU_KEYS = ("name", "count", "preset", "ions", "data", "memory", "zones", "communication", *QPU_FIELDS, *EXTRA_NOISE)
_QPU_DEFAULTS = tuple(key for key in _QPU_KEYS if key not in ("name", "count"))
_HUB_KEYS = ("name", "analysers", "reconfiguration_s")
_LINK_DEFAULTS = tuple(key for key in LINK_KEYS if key not in ("between", "via"))


def network_from_tables(
    tables: Table, name: str, source: str, lines: Mapping[str, int] = MappingProxyType({})
) -> Network:
    """The network in the tables of a file.

    Parameters
    ----------
    tables
        As ``tomllib`` has them.
    name
        The network's name if the file gives none.
    source
        How messages call the file.
    lines
        Line of each key (:func:`distq.networks.toml_lines.key_lines`).

    Raises
    ------
    InvalidValueError
        With every problem in the file.
    """
    return _TomlReader(tables, lines).read(name, source)


class _TomlReader:
    """Reads one file, and notes every problem on the way."""

    def __init__(self, tables: Table, lines: Mapping[str, int]) -> None:
        self.lines = lines
        self.tables = TomlTables(tables)
        self.parts = PartReader(self.tables)

    def read(self, name: str, source: str) -> Network:
        """The network; raises InvalidValueError with every problem."""
        tables = self.tables
        tables.known(tables.top, "", ("network", "defaults", "qpu", "hub", "link"))
        network = self.network_table()
        defaults = tables.table(tables.top, "defaults", "", ("qpu", "link"))
        qpus = self.qpus(tables.table(defaults, "qpu", "defaults.", _QPU_DEFAULTS))
        self.read_hubs()
        default_link = tables.table(defaults, "link", "defaults.", _LINK_DEFAULTS)
        links = LinkReader(self.parts, qpus).read(default_link, network.get("topology"))
        message = self.message_time(network)
        swap, first = self.swap(network), self.first_operations(network)
        if tables.problems:
            raise InvalidValueError(source, self.placed(source), HINT)
        found = Network(
            name=network.get("name", name),
            qpus=tuple(qpu for qpu in qpus.values() if qpu is not None),
            links=links,
            hubs=tuple(self.parts.hubs.values()),
            scenario=network.get("scenario", scenario_text(self.parts.assumed)) or None,
            message_time_s=message,
            first_operations=first,
        )
        return with_swapping(found) if swap else found

    def placed(self, source: str) -> list[Problem]:
        """All problems, with the lines at which they stand, in the order of these."""
        found = [(line_of(problem.key, self.lines), problem) for problem in self.tables.problems]
        found.sort(key=lambda pair: pair[0] or 0)
        return [replace(problem, place=f"{source}:{line}" if line else "") for line, problem in found]

    def network_table(self) -> Table:
        """The table ``[network]``, without texts that are none."""
        network = self.tables.table(self.tables.top, "network", "", _NETWORK_KEYS)
        for key in sorted(network.keys() & set(_NETWORK_TEXTS)):
            if not isinstance(network[key], str):
                self.tables.note(f"network.{key}", "must be text", network.pop(key))
        return network

    def message_time(self, network: Table) -> float:
        """The time of a classical message, 0 if nothing or something wrong is said."""
        seconds = network.get("message_time_s", 0.0)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0.0 <= seconds < math.inf:
            self.tables.note("network.message_time_s", "must be a time in seconds, 0 or more", seconds)
            return 0.0
        return float(seconds)

    def first_operations(self, network: Table) -> Literal["late", "early"]:
        """When the first gates of qubits run."""
        when = network.get("first_operations", "late")
        if when not in ("late", "early"):
            self.tables.note("network.first_operations", 'must be "late" or "early"', when)
        return "early" if when == "early" else "late"

    def swap(self, network: Table) -> bool:
        """Whether pairs are to be swapped between all QPUs that no link joins."""
        swap = network.get("swap", False)
        if not isinstance(swap, bool):
            self.tables.note("network.swap", "must be true or false", swap)
            return False
        return swap

    def qpus(self, defaults: Table) -> dict[str, QPU | None]:
        """QPUs by name, in order; None for one that is wrong."""
        tables = self.tables.array("qpu", _QPU_KEYS)
        if not self.tables.top.get("qpu"):
            self.tables.note("qpu", "at least one table [[qpu]] is needed")
        sized = {} if "ions" in defaults else {"data": 1}
        self.parts.check_defaults(QPU_KIND, {"name": "qpu"} | sized | defaults)
        out: dict[str, QPU | None] = {}
        table_of: dict[str, int] = {}
        for index, table in enumerate(tables):
            path = f"qpu[{index}]"
            count = self.count(table, path)
            qpu = self.first_qpu(table, path, defaults)
            for i in range(count):
                name = f"{table['name']}{i if count > 1 else ''}" if "name" in table else f"qpu{len(out)}"
                if name in out:
                    first = table_of[name]
                    self.tables.note(f"{path}.name", f"names a second QPU {name!r}; the first is qpu[{first}]")
                out[name] = None if qpu is None else qpu.model_copy(update={"name": name})
                table_of.setdefault(name, index)
        if len(out) > MAX_QPUS:
            self.tables.note("qpu", f"there are {len(out)} QPUs; must be at most {MAX_QPUS}")
        return out

    def count(self, table: Table, path: str) -> int:
        """How many QPUs a table stands for."""
        count = table.get("count", 1)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_QPUS:
            self.tables.note(f"{path}.count", f"must be a whole number of QPUs from 1 to {MAX_QPUS}", count)
            return 1
        return count

    def first_qpu(self, table: Table, path: str, defaults: Table) -> QPU | None:
        """The first of the QPUs that a table stands for; all ions of its preset are data ions but for the memory."""
        own = {key: value for key, value in table.items() if key != "count"}
        values, said_by = self.parts.layered(QPU_KIND, own, path, defaults)
        preset = QPU_PRESETS.get(values.get("preset", ""))
        if not values.keys() & {"data", "ions"} and preset is not None and preset.ions is not None:
            memory = values.get("memory", QPU.model_fields["memory"].default)
            values["data"] = preset.ions - (memory if isinstance(memory, int) else 0)
        qpu: QPU | None = self.parts.build(QPU_KIND, LayeredPart({"name": "qpu"} | values, said_by), path)
        return qpu

    def read_hubs(self) -> None:
        """Read the hubs, which links may then name."""
        for index, table in enumerate(self.tables.array("hub", _HUB_KEYS)):
            path = f"hub[{index}]"
            values: Table = {"name": f"hub{index}"} | table
            try:
                hub = Hub(**values)
            except InvalidValueError as error:
                self.tables.add_inside(path, error.problems)
                continue
            if hub.name in self.parts.hubs:
                self.tables.note(f"{path}.name", f"names a second hub {hub.name!r}")
            self.parts.hubs[hub.name] = hub
