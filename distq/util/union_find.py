"""Which things are connected, directly or through others: union-find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def components(count: int, groups: Iterable[Sequence[int]]) -> list[int]:
    """Per thing, numbered from 0 to ``count`` - 1, the representative of all things that it is connected to.

    Parameters
    ----------
    count
        How many things there are.
    groups
        Things that are connected directly, at least one in each group.

    Notes
    -----
    Paths are halved, so the time is nearly linear in the size of the groups.
    """
    root = list(range(count))

    def find(thing: int) -> int:
        while root[thing] != thing:
            root[thing] = root[root[thing]]
            thing = root[thing]
        return thing

    for first, *others in groups:
        for other in others:
            root[find(other)] = find(first)
    return [find(thing) for thing in range(count)]
