"""A network with some of its numbers replaced, on all QPUs or on all links."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from distq.networks.network import Network
from distq.networks.presets import EXTRA_NOISE, QPU_FIELDS
from distq.networks.toml_lines import key_lines
from distq.networks.toml_reader import network_from_tables
from distq.networks.toml_writer import write_toml

WHOLE = ("data", "memory", "zones", "communication")
"""Numbers of ions and the like: whole."""
OF_QPUS = (*WHOLE, *QPU_FIELDS, *EXTRA_NOISE)
OF_LINKS = ("fidelity", "rate_hz", "cutoff_s")
NUMBERS = (*OF_QPUS, *OF_LINKS, "message_time_s")
"""What can be swept."""
PLANNED = ("data", "memory")
"""Numbers on which the plan depends; with others it is kept."""


def with_numbers(network: Network, values: Mapping[str, float]) -> Network:
    """The network with these numbers in place of its own. Raises NetworkError if one is not possible."""
    text = write_toml(network)
    tables = tomllib.loads(text)
    if {"fidelity", "rate_hz"} & values.keys():
        _without_models(tables, network)
    for key, value in values.items():
        number = round(value) if key in WHOLE else value
        for table in _tables(tables, key):
            table[key] = number
            if key == "fidelity":
                table.pop("weights", None)
    return network_from_tables(tables, network.name, network.name, key_lines(text))


def _without_models(tables: dict[str, Any], network: Network) -> None:
    """Links whose fidelity and rate follow from a model get them as numbers."""
    names = [qpu.name for qpu in network.qpus]
    links = {frozenset((link.a, link.b)): link for link in network.links}
    for table in tables.get("link", []):
        if table.pop("model", None) is not None:
            ends = frozenset(names.index(name) for name in table["between"])
            table |= {"weights": list(links[ends].weights), "rate_hz": links[ends].rate_hz}


def _tables(tables: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The tables in which a number stands: what all share, and whatever has one of its own."""
    if key == "message_time_s":
        yield tables["network"]
        return
    kind = "qpu" if key in OF_QPUS else "link"
    defaults = tables.setdefault("defaults", {})
    yield defaults.setdefault(kind, {})
    own = {key, "weights"} if key == "fidelity" else {key}
    yield from (table for table in tables.get(kind, []) if own & table.keys())
