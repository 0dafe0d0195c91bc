"""Whether the parts of a network fit together: names, links, hubs, and the ways along which pairs are swapped.

In: QPUs, links and hubs, each valid by itself. Out: nothing, or ``ValueError`` with the first fault in words for users.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from distq.networks.parts import QPU, SWAP_IONS, Hub, Link
from distq.util.text import counted


def link_table(links: Sequence[Link]) -> dict[tuple[int, int], int]:
    """Index of the link that joins two QPUs, by both orders of them."""
    table = {}
    for index, link in enumerate(links):
        table[link.a, link.b] = table[link.b, link.a] = index
    return table


def check_parts(qpus: Sequence[QPU], links: Sequence[Link], hubs: Sequence[Hub]) -> None:
    """Raise ValueError unless the parts make a network."""
    _check_names("QPUs", [qpu.name for qpu in qpus])
    _check_names("hubs", [hub.name for hub in hubs])
    seen: set[frozenset[int]] = set()
    for index, link in enumerate(links):
        _check_ends(index, link, qpus)
        _check_ions(index, link, qpus)
        _check_hub(index, link, hubs)
        pair = frozenset((link.a, link.b))
        if pair in seen:
            raise ValueError(f"two links join {qpus[link.a].name!r} and {qpus[link.b].name!r}")
        seen.add(pair)
    link_of = link_table(links)
    for index, link in enumerate(links):
        if link.via:
            _check_way(index, qpus, links, hubs, link_of)


def swap_obstacle(
    way: Sequence[int],
    qpus: Sequence[QPU],
    links: Sequence[Link],
    hubs: Sequence[Hub],
    link_of: Mapping[tuple[int, int], int],
) -> str | None:
    """Why the pairs of all photonic links along a way of QPUs cannot be heralded at once; None if they can.

    ``link_of`` is the :func:`link_table` of the links, which must join all neighbours on the way.
    """
    for qpu in (qpus[s] for s in way[1:-1]):
        if qpu.ions is None and qpu.communication is not None and qpu.communication < SWAP_IONS:
            return f"{qpu.name!r} has {qpu.communication} communication ion, and swapping takes {SWAP_IONS} at once"
    used = [links[link_of[ends]].hub for ends in itertools.pairwise(way)]
    for index, hub in enumerate(hubs):
        if used.count(index) > hub.analysers:
            taken = counted(used.count(index), "analyser")
            return f"it takes {taken} of hub {hub.name!r} at once, which has {hub.analysers}"
    return None


def _check_names(what: str, names: Sequence[str]) -> None:
    """Raise ValueError if a name comes twice."""
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two {what} are named {twice!r}")


def _check_ends(index: int, link: Link, qpus: Sequence[QPU]) -> None:
    """Raise ValueError unless a link joins two QPUs that are there."""
    if max(link.a, link.b) >= len(qpus):
        raise ValueError(f"links[{index}] names QPU {max(link.a, link.b)}; there are {len(qpus)}")
    if link.a == link.b:
        raise ValueError(f"links[{index}] joins QPU {qpus[link.a].name!r} to itself")


def _check_ions(index: int, link: Link, qpus: Sequence[QPU]) -> None:
    """Raise ValueError if a link's model has more communication ions than a QPU has memory ions."""
    wanted = 0 if link.model is None else link.model.communication_ions
    each = 1 if link.model is None else link.model.ions_per_pair
    for qpu in (qpus[link.a], qpus[link.b]):
        if qpu.ions is not None and qpu.communication == 0:
            raise ValueError(f"links[{index}] ends at {qpu.name!r}, which has communication = 0 and heralds no pairs")
        if qpu.ions is None and wanted > 1 and wanted > qpu.memory_limit:
            raise ValueError(
                f"the model of links[{index}] has {wanted} communication ions, but {qpu.name!r} has {qpu.memory} "
                "memory ions, which include them"
            )
        if qpu.ions is not None and qpu.communication is not None and wanted > max(1, qpu.communication):
            raise ValueError(
                f"the model of links[{index}] has {wanted} communication ions, but {qpu.name!r} has "
                f"communication = {qpu.communication}"
            )
        if qpu.communication is not None and each > qpu.communication:
            raise ValueError(
                f"the model of links[{index}] takes {each} communication ions for a pair, but {qpu.name!r} has "
                f"communication = {qpu.communication}"
            )


def _check_hub(index: int, link: Link, hubs: Sequence[Hub]) -> None:
    """Raise ValueError if a link's hub is not there, or its model takes turns at one already."""
    if link.hub is None:
        return
    if link.hub >= len(hubs):
        raise ValueError(f"links[{index}] is at hub {link.hub}; there are {len(hubs)}")
    if link.model is not None and link.model.takes_turns:
        raise ValueError(
            f"links[{index}] is at hub {hubs[link.hub].name!r}, and its model takes turns (shared_by) as "
            "well: give one of the two"
        )


def _check_way(
    index: int,
    qpus: Sequence[QPU],
    links: Sequence[Link],
    hubs: Sequence[Hub],
    link_of: Mapping[tuple[int, int], int],
) -> None:
    """Raise ValueError unless photonic links lead from end to end, with analysers and ions for all at once."""
    link = links[index]
    if max(link.via) >= len(qpus):
        raise ValueError(f"links[{index}] goes via QPU {max(link.via)}; there are {len(qpus)}")
    names = [qpus[s].name for s in link.way]
    if len(set(names)) < len(names):
        raise ValueError(f"the way of links[{index}], {'-'.join(names)}, visits a QPU twice")
    for a, b in itertools.pairwise(link.way):
        if (a, b) not in link_of or links[link_of[a, b]].via:
            raise ValueError(
                f"the way of links[{index}] is {'-'.join(names)}, but no photonic link joins "
                f"{qpus[a].name!r} and {qpus[b].name!r}"
            )
    why = swap_obstacle(link.way, qpus, links, hubs, link_of)
    if why is not None:
        raise ValueError(f"the pairs of links[{index}] cannot be swapped along {'-'.join(names)}: {why}")
