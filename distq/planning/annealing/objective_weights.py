"""What the search pays for a pair over each link and for a two-qubit gate at each QPU.

By ``ebits`` a pair costs 1, or as many as it was swapped of. Where links or QPUs differ, what makes one worse than the
best costs something too, but little: LEAN for the infidelity of the worst pair
(:mod:`distq.planning.infidelity_model`), so that the search drifts to the better ones and a plan would have to better
1/LEAN of its pairs from worst to best to be worth another pair. By ``fidelity`` pairs and gates cost their estimated
infidelity, in units of that of an average pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.networks.distilled_links import idle_cost
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.planning.infidelity_model import link_infidelity, neg_log_survival, uniform

Reals = NDArray[np.float64]
EBITS, FIDELITY = "ebits", "fidelity"
LEAN = 0.1
UNREACHABLE = 1e6
"""More than any tree costs."""


@dataclass(frozen=True)
class Weights:
    """Costs on a network of k QPUs.

    Attributes
    ----------
    distance
        (k, k) cost of the cheapest path.
    gate
        (k,) cost of a two-qubit gate.
    """

    distance: Reals
    gate: Reals

    @classmethod
    def of(cls, network: Network, qubits: int, by: str = EBITS) -> Weights:
        """Those of ``network`` for programs of so many ``qubits``, by EBITS or FIDELITY."""
        hops = np.asarray(network.distance, dtype=np.float64)
        hops = np.where(hops < 0, UNREACHABLE, hops)
        if uniform(network) or not network.links:
            return cls(hops, np.zeros(len(network.qpus)))
        pairs = np.asarray(pair_costs(network, qubits))
        gates = np.asarray([neg_log_survival(qpu.error_2q) for qpu in network.qpus])
        if by == FIDELITY:
            links, gates = pairs / pairs.mean(), gates / pairs.mean()
        else:
            made_of = np.asarray([link.hops for link in network.links])
            links = made_of + LEAN * (pairs - pairs.min()) / pairs.max()
            gates = LEAN * (gates - gates.min()) / pairs.max()
        return cls(_shortest(network, links), gates)


def thinned(network: Network, qubits: int) -> Network:
    """The network without the links that a path over others undercuts by FIDELITY; ``network`` if there are none.

    Where pairs are swapped, nothing is left out.
    """
    if uniform(network) or network.swaps:
        return network
    costs = pair_costs(network, qubits)
    cheapest = _shortest(network, np.asarray(costs))
    kept = [link for link, cost in zip(network.links, costs, strict=True) if cost <= cheapest[link.a, link.b] + 1e-12]
    if len(kept) == len(network.links):
        return network
    fields = {name: getattr(network, name) for name in Network.model_fields}
    return Network(**fields | {"links": tuple(kept)})


def pair_costs(network: Network, qubits: int) -> list[float]:
    """Per link, the infidelity of a copy over it, opened and closed, while so many ``qubits`` wait for the pair."""
    waiting_hz = idle_cost(network, qubits)
    return [
        link_infidelity(link, waiting_hz) + _protocols(network.qpus[link.a], network.qpus[link.b])
        for link in network.links
    ]


def _protocols(a: QPU, b: QPU) -> float:
    """Errors of opening and closing a copy, at either end with equal chance."""
    ends = [
        neg_log_survival(qpu.error_2q) / 2 + neg_log_survival(qpu.error_measure) + neg_log_survival(qpu.error_reset)
        for qpu in (a, b)
    ]
    return sum(ends)


def _shortest(network: Network, costs: Reals) -> Reals:
    """(k, k) costs of cheapest paths, by Floyd and Warshall."""
    k = len(network.qpus)
    distance = np.full((k, k), UNREACHABLE)
    np.fill_diagonal(distance, 0.0)
    for link, cost in zip(network.links, costs, strict=True):
        distance[link.a, link.b] = distance[link.b, link.a] = cost
    for s in range(k):
        distance = np.minimum(distance, distance[:, s, None] + distance[None, s])
    return np.asarray(np.minimum(distance, UNREACHABLE))
