"""Networks whose links and QPUs differ."""

from __future__ import annotations

import numpy as np

from distq.networks.network import Network
from distq.networks.parts import Link


def varied(network: Network, seed: int) -> Network:
    """Werner pairs of 0.85 to 0.99, two-qubit errors of 1e-4 to 5e-3, at random."""
    rng = np.random.default_rng(seed)
    links = []
    for link in network.links:
        f = float(rng.uniform(0.85, 0.99))
        links.append(Link(a=link.a, b=link.b, weights=(f, *[(1 - f) / 3] * 3), rate_hz=link.rate_hz))
    qpus = [q.model_copy(update={"error_2q": float(10 ** rng.uniform(-4, -2.3))}) for q in network.qpus]
    return network.model_copy(update={"links": tuple(links), "qpus": tuple(qpus)})


def half_bad(network: Network) -> Network:
    """Werner pairs of 0.7 and 0.99 on every other link."""
    links = []
    for index, link in enumerate(network.links):
        f = 0.99 if index % 2 else 0.7
        links.append(Link(a=link.a, b=link.b, weights=(f, *[(1 - f) / 3] * 3), rate_hz=link.rate_hz))
    return network.model_copy(update={"links": tuple(links)})


def equals(network: Network) -> Network:
    """The network with the numbers of its first link and QPU everywhere; sizes stay."""
    first, model = network.links[0], network.qpus[0]
    links = [Link(a=x.a, b=x.b, weights=first.weights, rate_hz=first.rate_hz) for x in network.links]
    qpus = [model.model_copy(update={"name": q.name, "data": q.data, "memory": q.memory}) for q in network.qpus]
    return network.model_copy(update={"links": tuple(links), "qpus": tuple(qpus)})
