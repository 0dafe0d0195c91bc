"""Distillation as a choice: the photonic links of a network replaced by what distillation makes of them.

Approximations, beyond those of :mod:`distq.networks.links.distillation`: the effective link heralds at the mean rate of
the distilled pairs, and a QPU sets one memory ion aside for spare pairs, whichever of its links distils.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from distq.errors import NetworkError, UnknownNameError
from distq.networks.links.distillation import METHODS, Distilled, pump
from distq.networks.links.effective import EffectivePair
from distq.networks.links.photon import FLIGHT_S_PER_KM, HeraldedLink
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.swapped_links import chained, local_noise, photonic, remade

NONE = "none"
CHOICES = (NONE, *METHODS)
"""What may be done to the pairs of a link."""

MIN_MEMORY = 2
"""Memory ions that distillation needs at both ends: for the kept and for the spare pair."""


def message_s(link: Link) -> float:
    """Time of a classical message over the link's fibre; 0 if no model tells its length."""
    return FLIGHT_S_PER_KM * link.model.length_km if isinstance(link.model, HeraldedLink) else 0.0


def distillation_options(link: Link, qpu_a: QPU, qpu_b: QPU) -> tuple[Distilled, ...]:
    """The raw link, then every distillation that is possible on it, as effective links.

    Parameters
    ----------
    link
        Weights and rate of the raw pairs.
    qpu_a, qpu_b
        Its QPUs: errors of their two-qubit gates and measurements, times, T2, memory.
    """
    raw = Distilled(link.weights, 1.0, link.mean_wait_s, method=NONE, success=1.0)
    if obstacle(link, qpu_a, qpu_b) is not None:
        return (raw,)
    return (raw, *(_effective(method, link, qpu_a, qpu_b) for method in METHODS))


def obstacle(link: Link, qpu_a: QPU, qpu_b: QPU) -> str | None:
    """Why the pairs of a link cannot be distilled; None if they can."""
    if link.fidelity <= 0.5:
        return f"it can never succeed: its pairs have fidelity {link.fidelity:.4g}, not above 0.5"
    for qpu in (qpu_a, qpu_b):
        if qpu.memory_limit < MIN_MEMORY:
            ions = "1 memory ion" if qpu.memory == 1 else "no memory ion"
            return f"{qpu.name!r} has {ions}, and {MIN_MEMORY} are needed, for the kept and the spare pair"
    return None


def distilled(network: Network, method: str | Sequence[str]) -> Network:
    """The network with effective links.

    Parameters
    ----------
    network
        The real one.
    method
        One of :data:`CHOICES` for all links but those made by swapping, which are made anew of them; or one per link.

    Raises
    ------
    UnknownNameError
        No such method.
    NetworkError
        A link cannot be distilled: too little memory, or pairs so bad that it can never succeed.
    """
    methods = [NONE if link.via else method for link in network.links] if isinstance(method, str) else list(method)
    if len(methods) != len(network.links):
        raise ValueError(f"{len(methods)} methods for {len(network.links)} links")
    for name in (method, *methods) if isinstance(method, str) else methods:
        if name not in CHOICES:
            raise UnknownNameError("distillation", name, CHOICES)
    if all(name == NONE for name in methods):
        return network
    links = [_replaced(network, link, name) for link, name in zip(network.links, methods, strict=True)]
    busy = {end for link, name in zip(network.links, methods, strict=True) if name != NONE for end in (link.a, link.b)}
    qpus = [
        qpu.model_copy(update={"memory": qpu.memory - 1}) if index in busy and qpu.memory is not None else qpu
        for index, qpu in enumerate(network.qpus)
    ]
    links = list(remade(network, links))
    used = [name for name in CHOICES if name != NONE and name in methods]
    count = sum(name != NONE for name in methods)
    where = "all links" if count == sum(not link.via for link in links) else f"{count} of {len(links)} links"
    scenario = f"pairs distilled by {', '.join(used)} on {where}, one memory ion per QPU set aside for it"
    if network.scenario is not None:
        scenario = f"{network.scenario}; {scenario}"
    return network.model_copy(update={"links": tuple(links), "qpus": tuple(qpus), "scenario": scenario})


def best_distillation(network: Network, link_use: Sequence[int], idle_hz: float) -> tuple[str, ...]:
    """Per link, what raises the estimated fidelity of a circuit most; often nothing does.

    The estimate is first order: ln F_circuit = sum over links of pairs x (ln F - idle_hz / R), as if pairs came one
    after the other and everything else waited. Ties go to the raw link.

    Parameters
    ----------
    network
        The real one.
    link_use
        Pairs that the circuit consumes on each link.
    idle_hz
        Infidelity per second of waiting (:func:`idle_cost`).
    """
    use = list(link_use)
    for link, pairs in zip(network.links, link_use, strict=True):
        for a, b in pairwise(link.way) if link.via else ():
            use[network.link_index(a, b)] += pairs
    choice = []
    for link, pairs in zip(network.links, use, strict=True):
        options = distillation_options(link, network.qpus[link.a], network.qpus[link.b])
        scores = [_gain(option, idle_hz) for option in options]
        choice.append(options[scores.index(max(scores))].method if pairs > 0 and not link.via else NONE)
    return tuple(choice)


def idle_cost(network: Network, qubits: int) -> float:
    """Infidelity per second of waiting with so many live qubits: each turns by Z at a rate of 1/(2 T2).

    The qubits are taken to be spread over the data ions of all QPUs.
    """
    rate = sum(qpu.data / (2.0 * qpu.t2_s) for qpu in network.qpus)
    return qubits * rate / network.data_ions


def swapped(network: Network, a: int, b: int) -> EffectivePair:
    """The pair between two QPUs over the links of a shortest path, by entanglement swapping.

    Raises
    ------
    NetworkError
        No path joins them.
    """
    path = photonic(network).path(a, b)
    if len(path) < 2:
        names = f"{network.qpus[a].name!r} and {network.qpus[b].name!r}"
        raise NetworkError(f"no chain of links joins {names}", "name two QPUs that are connected")
    return chained(network.qpus, network.links, path)


def _gain(option: Distilled, idle_hz: float) -> float:
    return math.log(option.fidelity) - idle_hz * option.time_s


def _effective(method: str, link: Link, qpu_a: QPU, qpu_b: QPU) -> Distilled:
    ends = local_noise(qpu_a), local_noise(qpu_b)
    return pump(method, link.weights, link.rate_hz, *ends, message_s=message_s(link))


def _replaced(network: Network, link: Link, method: str) -> Link:
    if method == NONE:
        return link
    qpu_a, qpu_b = network.qpus[link.a], network.qpus[link.b]
    why = obstacle(link, qpu_a, qpu_b)
    if why is not None:
        raise NetworkError(
            f"cannot distil the pairs of link {qpu_a.name!r}-{qpu_b.name!r} by {method}: {why}",
            "auto distils only where it is possible and helps; none never does",
        )
    found = _effective(method, link, qpu_a, qpu_b)
    return Link(a=link.a, b=link.b, weights=found.weights, rate_hz=found.rate_hz, hub=link.hub, cutoff_s=link.cutoff_s)
