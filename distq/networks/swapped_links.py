"""Entanglement swapping as a choice: links made of the links along a way, without a copy in the middle.

A pair of such a link keeps one channel of every link on its way busy until the last of them has heralded, and a Bell
measurement at each QPU in the middle joins them. Approximations, beyond those of :mod:`distq.networks.links.swapping`:
its pairs come at their mean rate, exponentially; a QPU does one such measurement at a time, on two communication ions
set aside for it, so that its ``memory`` is what is left for copies.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import combinations, pairwise

from distq.errors import NetworkError
from distq.networks.links.effective import EffectivePair, LocalNoise
from distq.networks.links.swapping import RawLink, swap_along
from distq.networks.network import Network
from distq.networks.parts import QPU, SWAP_IONS, Link
from distq.util.text import counted


def local_noise(qpu: QPU) -> LocalNoise:
    """The QPU's operations as distillation and swapping see them."""
    return LocalNoise(qpu.error_2q, qpu.error_measure, qpu.t2_s, qpu.time_2q_s + qpu.time_measure_s)


def without_swapped_links(network: Network) -> Network:
    """The network without the links made by swapping."""
    return network.model_copy(update={"links": tuple([link for link in network.links if not link.via])})


def swapped_pair(qpus: Sequence[QPU], links: Sequence[Link], way: Sequence[int]) -> EffectivePair:
    """The pair between the ends of a way of QPUs, neighbours on which are joined by photonic ones of ``links``."""
    joined = {frozenset((link.a, link.b)): link for link in links if not link.via}
    hops = [joined[frozenset(ends)] for ends in pairwise(way)]
    return swap_along([RawLink(link.weights, link.rate_hz) for link in hops], [local_noise(qpus[s]) for s in way])


def swapped_link(qpus: Sequence[QPU], links: Sequence[Link], way: Sequence[int]) -> Link:
    """The link between the ends of a way, with the rate and the weights of its swapped pairs."""
    found = swapped_pair(qpus, links, way)
    return Link(a=way[0], b=way[-1], via=tuple(way[1:-1]), weights=found.weights, rate_hz=found.rate_hz)


def recomputed(network: Network, links: Sequence[Link]) -> tuple[Link, ...]:
    """``links``, with those made by swapping computed again from the others."""
    return tuple([swapped_link(network.qpus, links, link.way) if link.via else link for link in links])


def with_swapping(network: Network, *, where_possible: bool = False) -> Network:
    """The network with a link made by swapping between every two QPUs that no link joins.

    Its way is the best path (:meth:`distq.networks.network.Network.path`); each QPU in the middle sets aside two memory
    ions.

    Parameters
    ----------
    network
        Any network.
    where_possible
        Leave out the ways along which pairs cannot be swapped, for want of ions or analysers.

    Raises
    ------
    NetworkError
        If a QPU in the middle would have no memory ion left for copies, or swapping takes more analysers or
        communication ions than there are.
    """
    real = without_swapped_links(network)
    count = len(network.qpus)
    ways = []
    for a, b in combinations(range(count), 2):
        way = real.path(a, b)
        if len(way) < 3 or network.linked(a, b):
            continue
        why = swapping_obstacle(network, way)
        if why is None:
            ways.append(way)
        elif not where_possible:
            ends = f"{network.qpus[a].name!r} and {network.qpus[b].name!r}"
            hint = "give it more, or relay copies (--swap none); --swap auto swaps only where it is possible"
            raise NetworkError(f"cannot swap pairs between {ends}: {why}", hint)
    if not ways:
        return network
    middle = {s for way in ways for s in way[1:-1]} - {s for link in network.links for s in link.via}
    made = [swapped_link(network.qpus, real.links, way) for way in ways]
    text = f"pairs over several hops swapped, {SWAP_IONS} ions each set aside at {counted(len(middle), 'QPU')}"
    return Network(
        name=network.name,
        qpus=with_ions_set_aside(network.qpus, middle, SWAP_IONS),
        links=(*network.links, *made),
        hubs=network.hubs,
        scenario=added_to_scenario(network, text),
        message_time_s=network.message_time_s,
        first_operations=network.first_operations,
    )


def with_ions_set_aside(qpus: Sequence[QPU], which: Container[int], ions: int) -> tuple[QPU, ...]:
    """The QPUs, those with an index in ``which`` with so many memory ions fewer."""
    return tuple([qpu.without(ions) if index in which else qpu for index, qpu in enumerate(qpus)])


def added_to_scenario(network: Network, text: str) -> str:
    """The network's scenario with something to say beside it."""
    return text if network.scenario is None else f"{network.scenario}; {text}"


def best_swapped_pair(network: Network, a: int, b: int) -> EffectivePair:
    """The pair between two QPUs over the links of a shortest path, by entanglement swapping.

    Raises
    ------
    NetworkError
        If no path joins them.
    """
    path = without_swapped_links(network).path(a, b)
    if len(path) < 2:
        names = f"{network.qpus[a].name!r} and {network.qpus[b].name!r}"
        raise NetworkError(f"no chain of links joins {names}", "name two QPUs that are connected")
    return swapped_pair(network.qpus, network.links, path)


def swapping_obstacle(network: Network, way: Sequence[int]) -> str | None:
    """Why pairs cannot be swapped along a way of photonic links; None if they can."""
    for qpu in (network.qpus[s] for s in way[1:-1]):
        if qpu.pair_limit <= SWAP_IONS:
            has = counted(int(qpu.pair_limit), "memory ion" if qpu.ions is None else "communication ion")
            return f"{qpu.name!r} has {has}; swapping takes {SWAP_IONS}, and copies 1 or more"
    return network.swap_obstacle(way)
