"""Network files: writing one, and the commented example.

:mod:`distq.networks.toml_reader` reads what this writes to an equal network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.presets import EXTRA_NOISE, LINK_FIELDS, QPU_FIELDS
from distq.networks.shorthand import TOPOLOGIES, topology_pairs

_QPU_KEYS = ("preset", "ions", "data", "memory", "zones", "communication", *QPU_FIELDS, *EXTRA_NOISE)
_LINK_KEYS = ("preset", *LINK_FIELDS)

_EXAMPLE = """\
# A network of ion-trap QPUs. `distq network check FILE` lists every error in it; `distq presets` lists the presets.
# Keys that are left out take the numbers of the preset, else those of the scenario ionq-two-traps (assumed numbers).

[network]
name = "example"
topology = "ring"            # complete (the default), line, ring, star, grid, grid2x3 or none; [[link]] adds to it
# message_time_s = 1e-6      # a classical message between two QPUs; 0 if left out
# first_operations = "early" # a qubit's first gates as soon as possible, not ("late") just before it is needed
# scenario = "lab, May"      # how reports call the numbers; by default they name every preset that is not measured

[defaults.qpu]               # for every [[qpu]] that does not say otherwise
data = 16                    # ions that hold qubits of the circuit
memory = 2                   # ions that hold halves of Bell pairs and link copies; inf lifts the limit
# ions = 18                  # instead of data and memory: any ion may hold any of these, and communication says how
#                            # many of them can hold halves of Bell pairs; what they hold moves by a transfer
# zones = 4                  # multi-qubit gates at once; no limit if left out
# communication = 1          # memory ions that can be heralding pairs at once; no limit if left out
error_2q = 1e-4              # total probability of a Pauli error of a two-qubit gate
# also: error_1q, error_measure, error_reset, error_transfer (from one ion to another); times in seconds:
# time_1q_s, time_2q_s, time_measure_s, time_reset_s, time_transfer_s; t2_s (coherence of an idle ion)
# t1_s = 1.2                 # relaxation of an idle ion from |1> to |0>; none if left out; t2_s is at most twice this
# overrotation_2q = 0.01     # every two-qubit gate turns 1 % too far, coherently; likewise overrotation_1q

[[qpu]]
name = "alice"

[[qpu]]
name = "bob"
data = 8
error_2q = 5e-4

[[qpu]]                      # two more, helios0 and helios1, with the published numbers of Quantinuum Helios
name = "helios"
count = 2
preset = "quantinuum-helios"
data = 32
memory = 4

[[hub]]                      # an optical switch and Bell-state analysers for links that name it
name = "switch"
analysers = 1                # pairs that it can be heralding at once
reconfiguration_s = 1e-3     # to give an analyser to another link

[defaults.link]
preset = "oxford-2020"       # fidelity and pairs per second of a published experiment

[[link]]                     # instead of the ring's link between these two
between = ["alice", "bob"]
fidelity = 0.985             # a Werner pair; or weights = [0.985, 0.009, 0.003, 0.003]: no error, Z, X, Y
rate_hz = 500                # mean Bell pairs per second, whenever an analyser is free
hub = "switch"               # shares its analysers; left out: it has its own
cutoff_s = 0.5               # a pair that has waited longer is discarded and heralded again; left out: never

[[link]]                     # or a model that computes both; `distq link show FILE` prints where its photons go
between = ["bob", "helios0"]
model = { family = "two-photon", wavelength_nm = 493, length_km = 0.01, collection = 0.1, visibility = 0.97 }
hub = "switch"

[[link]]                     # pairs swapped at alice, of the two links there; two ions, beside her memory, do that
between = ["bob", "helios1"]
via = ["alice"]              # fidelity and rate follow; or swap = true in [network] for all QPUs that no link joins
"""


def example_toml() -> str:
    """A commented network file that shows every feature."""
    return _EXAMPLE


def write_toml(network: Network) -> str:
    """Text of a network file that reads back to an equal network, every number spelt out."""
    topology = _topology(network)
    keys: dict[str, Any] = {"name": network.name, "scenario": network.scenario or "", "topology": topology}
    if network.message_time_s > 0.0:
        keys["message_time_s"] = network.message_time_s
    if network.first_operations != "late":
        keys["first_operations"] = network.first_operations
    qpus = [_values(qpu, _QPU_KEYS) for qpu in network.qpus]
    links = [_link_values(link, network) for link in network.links]
    photonic = [values for values in links if "via" not in values]
    shared = {"qpu": _shared(qpus), "link": _shared(photonic) if topology is None else (links or [{}])[0]}
    parts = [_table("[network]", {key: value for key, value in keys.items() if value is not None})]
    parts += [_table(f"[defaults.{kind}]", values) for kind, values in shared.items() if values]
    for qpu, values in zip(network.qpus, qpus, strict=True):
        parts.append(_table("[[qpu]]", {"name": qpu.name} | _rest(values, shared["qpu"])))
    for hub in network.hubs:
        parts.append(_table("[[hub]]", hub.model_dump()))
    if topology is None:
        for link, values in zip(network.links, links, strict=True):
            ends = [network.qpus[link.a].name, network.qpus[link.b].name]
            own = values if link.via else _rest(values, shared["link"])
            parts.append(_table("[[link]]", {"between": ends} | own))
    return "\n".join(parts)


def _topology(network: Network) -> str | None:
    """The topology whose links these are, in its order, if they are also all alike; else None."""
    pairs = tuple((link.a, link.b) for link in network.links)
    if not pairs:
        return "none"
    first = _link_values(network.links[0], network)
    if any(_link_values(link, network) != first for link in network.links):
        return None
    return next((name for name in TOPOLOGIES if topology_pairs(name, len(network.qpus)) == pairs), None)


def _link_values(link: Link, network: Network) -> dict[str, Any]:
    """The keys of a link; with a model the weights and the rate follow from it."""
    out: dict[str, Any] = _values(link, _LINK_KEYS) if link.model is None else {"model": link.model.as_table()}
    if link.via:
        return {"via": [network.qpus[s].name for s in link.via]} | {key: out[key] for key in LINK_FIELDS}
    if link.hub is not None:
        out["hub"] = network.hubs[link.hub].name
    return out if link.cutoff_s is None else out | {"cutoff_s": link.cutoff_s}


def _values(value: QPU | Link, keys: Sequence[str]) -> dict[str, Any]:
    """The keys of a QPU or link that say something, with their values."""
    out = {key: getattr(value, key) for key in keys}
    for key in EXTRA_NOISE:
        if key in out and out[key] == QPU.model_fields[key].default:
            del out[key]
    if out.get("ions") is not None:
        del out["data"], out["memory"]
    if out.get("memory", 0) is None:
        out["memory"] = math.inf
    return {key: entry for key, entry in out.items() if entry is not None}


def _shared(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The keys to which all tables give the same value.

    None if their presets differ, since a preset overrides the defaults' numbers, or if they share no number, since
    a table that gives all its numbers takes no preset from the defaults.
    """
    if len(tables) < 2 or any(table.get("preset") != tables[0].get("preset") for table in tables):
        return {}
    out = {key: value for key, value in tables[0].items() if all(table.get(key) == value for table in tables)}
    return out if out.keys() & {*QPU_FIELDS, *LINK_FIELDS, "model"} else {}


def _rest(values: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """What is not in the shared table."""
    return {key: value for key, value in values.items() if key not in shared}


def _table(head: str, values: dict[str, Any]) -> str:
    """The text of a table."""
    return "\n".join([head, *(f"{key} = {_toml(value)}" for key, value in values.items())]) + "\n"


def _toml(value: object) -> str:
    """The text of a value."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case dict():
            return "{ " + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case _:
            return repr(value)
