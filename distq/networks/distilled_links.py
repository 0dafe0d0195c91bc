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
from distq.networks.links.photon import FLIGHT_S_PER_KM, HeraldedLink
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.networks.swapped_links import (
    added_to_scenario,
    local_noise,
    recomputed,
    with_ions_set_aside,
)

NO_DISTILLATION = "none"
DISTILLATION_CHOICES = (NO_DISTILLATION, *METHODS)
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
    raw = Distilled(link.weights, 1.0, link.mean_wait_s, method=NO_DISTILLATION, success=1.0)
    if distillation_obstacle(link, qpu_a, qpu_b) is not None:
        return (raw,)
    return (raw, *(_effective(method, link, qpu_a, qpu_b) for method in METHODS))


def distillation_obstacle(link: Link, qpu_a: QPU, qpu_b: QPU) -> str | None:
    """Why the pairs of a link cannot be distilled; None if they can."""
    if link.fidelity <= 0.5:
        return f"it can never succeed: its pairs have fidelity {link.fidelity:.4g}, not above 0.5"
    for qpu in (qpu_a, qpu_b):
        if qpu.pair_limit < MIN_MEMORY:
            kind = "memory" if qpu.ions is None else "communication"
            ions = f"1 {kind} ion" if qpu.pair_limit == 1 else f"no {kind} ion"
            return f"{qpu.name!r} has {ions}, and {MIN_MEMORY} are needed, for the kept and the spare pair"
    return None


def with_distillation(network: Network, method: str | Sequence[str]) -> Network:
    """The network whose links deliver distilled pairs.

    Parameters
    ----------
    network
        Any network.
    method
        One of :data:`DISTILLATION_CHOICES` for all links, or one per link. Links made by swapping are not distilled;
        they are computed again from those that are.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    NetworkError
        If a link cannot be distilled: too little memory, or pairs so bad that it can never succeed.
    """
    methods = _method_of_each(network, method)
    distils = [(link, name) for link, name in zip(network.links, methods, strict=True) if name != NO_DISTILLATION]
    if not distils:
        return network
    links = [_replaced(network, link, name) for link, name in zip(network.links, methods, strict=True)]
    busy = {end for link, _ in distils for end in (link.a, link.b)}
    used = [name for name in METHODS if name in methods]
    photonic = sum(not link.via for link in links)
    where = "all links" if len(distils) == photonic else f"{len(distils)} of {len(links)} links"
    text = f"pairs distilled by {', '.join(used)} on {where}, one memory ion per QPU set aside for it"
    return network.model_copy(
        update={
            "links": recomputed(network, links),
            "qpus": with_ions_set_aside(network.qpus, busy, 1),
            "scenario": added_to_scenario(network, text),
        }
    )


def raw_pairs(network: Network, method: str | Sequence[str]) -> list[float]:
    """Per link: raw pairs that one of its pairs takes on average, failures included, if links are distilled so.

    Parameters as for :func:`with_distillation`. A pair swapped over several hops takes what its hops take.
    """
    each: dict[frozenset[int], float] = {}
    for link, name in zip(network.links, _method_of_each(network, method), strict=True):
        ends = network.qpus[link.a], network.qpus[link.b]
        each[frozenset((link.a, link.b))] = 1.0 if name == NO_DISTILLATION else _effective(name, link, *ends).pairs
    return [sum([each[frozenset(hop)] for hop in pairwise(link.way)]) for link in network.links]


def _method_of_each(network: Network, method: str | Sequence[str]) -> list[str]:
    """The method of each link, from one for all or one per link."""
    if isinstance(method, str):
        given, methods = [method], [NO_DISTILLATION if link.via else method for link in network.links]
    else:
        given = methods = list(method)
    if len(methods) != len(network.links):
        raise ValueError(f"{len(methods)} methods for {len(network.links)} links")
    for name in given:
        if name not in DISTILLATION_CHOICES:
            raise UnknownNameError("distillation", name, DISTILLATION_CHOICES)
    return methods


def best_distillation(network: Network, link_use: Sequence[int], idle_hz: float) -> tuple[str, ...]:
    """Per link, the method that raises the estimated fidelity of a circuit most; often that is none.

    The estimate is first order: ln F_circuit = sum over links of pairs x (ln F - idle_hz / R), as if pairs came one
    after the other and everything else waited. Ties go to the raw link.

    Parameters
    ----------
    network
        Any network.
    link_use
        Pairs that the circuit consumes on each link.
    idle_hz
        Infidelity per second of waiting (:func:`idle_infidelity_hz`).
    """
    use = list(link_use)
    for link, pairs in zip(network.links, link_use, strict=True):
        for a, b in pairwise(link.way) if link.via else ():
            use[network.link_index(a, b)] += pairs
    choice = []
    for link, pairs in zip(network.links, use, strict=True):
        options = distillation_options(link, network.qpus[link.a], network.qpus[link.b])
        scores = [_log_fidelity(option, idle_hz) for option in options]
        choice.append(options[scores.index(max(scores))].method if pairs > 0 and not link.via else NO_DISTILLATION)
    return tuple(choice)


def pair_fidelities(network: Network, link_use: Sequence[int], idle_hz: float) -> tuple[float, float] | None:
    """Estimated fidelity of the pairs of a circuit and of the waits for them: all raw, and distilled where possible.

    Of the methods the best is taken on each link. Parameters as for :func:`best_distillation`; None if no link that is
    used can be distilled.
    """
    raw = distilled = 0.0
    possible = False
    for link, pairs in zip(network.links, link_use, strict=True):
        if link.via or not pairs:
            continue
        plain, *options = distillation_options(link, network.qpus[link.a], network.qpus[link.b])
        raw += pairs * _log_fidelity(plain, idle_hz)
        distilled += pairs * max([_log_fidelity(option, idle_hz) for option in options or (plain,)])
        possible |= bool(options)
    return (math.exp(raw), math.exp(distilled)) if possible else None


def idle_infidelity_hz(network: Network, qubits: int) -> float:
    """Infidelity per second in which so many qubits wait: each suffers a Z at a rate of 1/(2 T2).

    The qubits are taken to be spread evenly over the data ions of all QPUs.
    """
    rate = sum(qpu.data / (2.0 * qpu.t2_s) for qpu in network.qpus)
    return qubits * rate / network.data_ions


def _log_fidelity(option: Distilled, idle_hz: float) -> float:
    """Estimated ln F of one pair and of the wait for it."""
    return math.log(option.fidelity) - idle_hz * option.time_s


def _effective(method: str, link: Link, qpu_a: QPU, qpu_b: QPU) -> Distilled:
    """What a method makes of the pairs of a link."""
    ends = local_noise(qpu_a), local_noise(qpu_b)
    return pump(method, link.weights, link.rate_hz, *ends, message_s=message_s(link))


def _replaced(network: Network, link: Link, method: str) -> Link:
    """The link that delivers distilled pairs. Raises NetworkError if it cannot."""
    if method == NO_DISTILLATION:
        return link
    qpu_a, qpu_b = network.qpus[link.a], network.qpus[link.b]
    why = distillation_obstacle(link, qpu_a, qpu_b)
    if why is not None:
        raise NetworkError(
            f"cannot distil the pairs of link {qpu_a.name!r}-{qpu_b.name!r} by {method}: {why}",
            "auto distils only where it is possible and helps; none never does",
        )
    found = _effective(method, link, qpu_a, qpu_b)
    return Link(a=link.a, b=link.b, weights=found.weights, rate_hz=found.rate_hz, hub=link.hub, cutoff_s=link.cutoff_s)
