"""What the annealer pays for a Bell pair over each link and for a two-qubit gate at each QPU.

There are two objectives.

- By ``ebits`` every pair costs 1 (a swapped one as much as the pairs that it is made of), so that the search counts
  pairs. Quality only breaks ties: where links or QPUs differ, the worst link costs up to QUALITY_WEIGHT more than the
  best one, the others in proportion to their infidelity, and gates likewise. One more pair is worth it only if at least
  1 / QUALITY_WEIGHT others move from the worst link to the best.
- By ``fidelity`` pairs and gates cost their estimated infidelity (:mod:`distq.planning.infidelity_model`), in units of
  that of an average pair, so that the temperatures of the search suit both objectives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distq.networks.distilled_links import idle_infidelity_hz
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.planning.annealing.tree_costs import UNREACHABLE, Reals, cheapest_paths
from distq.planning.infidelity_model import link_infidelity, neg_log_survival, uniform

EBITS, FIDELITY = "ebits", "fidelity"
"""Names of the objectives."""
QUALITY_WEIGHT = 0.1
"""By ``ebits``, what a pair over the worst link costs more than one over the best link, in Bell pairs.

So small that quality is never worth one pair in ten. On two networks of unlike QPUs and links (six circuits, effort
0.1), 0 changes pairs and infidelity by -0.4 and -0.6 %, which is noise, and 1 changes them by -0.2 and -4.0 %.
"""


@dataclass(frozen=True)
class Weights:
    """Costs on a network of k QPUs, in Bell pairs.

    Attributes
    ----------
    distance
        (k, k) cost of the cheapest path between two QPUs.
    gate
        (k,) cost of a two-qubit gate.
    """

    distance: Reals
    gate: Reals

    @classmethod
    def of(cls, network: Network, qubits: int, objective: str = EBITS) -> Weights:
        """The costs on ``network`` for programs of so many ``qubits``, by the objective EBITS or FIDELITY."""
        if uniform(network) or not network.links:
            hops = np.asarray(network.distance, dtype=np.float64)
            return cls(np.where(hops < 0, UNREACHABLE, hops), np.zeros(len(network.qpus)))
        copies = np.asarray(copy_infidelities(network, qubits))
        gates = np.asarray([neg_log_survival(qpu.error_2q) for qpu in network.qpus])
        if objective == FIDELITY:
            links, gates = copies / copies.mean(), gates / copies.mean()
        else:
            pairs = np.asarray([link.hops for link in network.links])
            links = pairs + QUALITY_WEIGHT * (copies - copies.min()) / copies.max()
            gates = QUALITY_WEIGHT * (gates - gates.min()) / copies.max()
        return cls(_cheapest_paths(network, links), gates)


def without_dominated_links(network: Network, qubits: int) -> Network:
    """The network without the links for which a path over others costs less by FIDELITY; itself if there are none.

    Where pairs are swapped, no link is left out.
    """
    if uniform(network) or network.swaps:
        return network
    costs = np.asarray(copy_infidelities(network, qubits))
    cheapest = _cheapest_paths(network, costs)
    kept = [link for link, cost in zip(network.links, costs, strict=True) if cost <= cheapest[link.a, link.b] + 1e-12]
    if len(kept) == len(network.links):
        return network
    fields = {name: getattr(network, name) for name in Network.model_fields}
    return Network(**fields | {"links": tuple(kept)})


def copy_infidelities(network: Network, qubits: int) -> list[float]:
    """Per link, -ln F of a copy over it, opened and closed, while so many ``qubits`` wait for the pair."""
    waiting_hz = idle_infidelity_hz(network, qubits)
    return [
        link_infidelity(link, waiting_hz) + _protocol_infidelity(network.qpus[link.a], network.qpus[link.b])
        for link in network.links
    ]


def _protocol_infidelity(a: QPU, b: QPU) -> float:
    """-ln F of the operations that open a copy at one end and close it at the other, either way with equal chance."""
    ends = [neg_log_survival(qpu.error_2q) / 2 + neg_log_survival(qpu.error_measure) for qpu in (a, b)]
    return sum(ends)


def _cheapest_paths(network: Network, costs: Reals) -> Reals:
    """(k, k) costs of the cheapest paths, for ``costs`` of the links in their order."""
    links = zip(network.links, costs.tolist(), strict=True)
    return cheapest_paths(len(network.qpus), [(link.a, link.b, cost) for link, cost in links])
