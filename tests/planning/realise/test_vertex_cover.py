"""The two ways to a maximum matching give the same minimum cover."""

from __future__ import annotations

import numpy as np
import pytest

from distq.planning.realise import vertex_cover


@pytest.mark.parametrize("seed", range(40))
def test_both_matchings_are_maximum_and_give_one_cover(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lefts, rights = map(int, rng.integers(1, 15, size=2))
    count = int(rng.integers(1, 40))
    edges = [(int(rng.integers(lefts)), int(rng.integers(rights))) for _ in range(count)]
    start, neighbour = vertex_cover.neighbours(edges, lefts)
    few = vertex_cover.match_few(start, neighbour, rights)
    many = vertex_cover.match_many(start, neighbour, rights)
    assert (few >= 0).sum() == (many >= 0).sum()
    for match in (few, many):
        partners = match[match >= 0]
        assert len(set(partners.tolist())) == len(partners), "a matching"
        assert all((i, int(j)) in edges for i, j in enumerate(match) if j >= 0)
    covers = [vertex_cover.koenig_cover(start, neighbour, match, rights) for match in (few, many)]
    for one, other in zip(*covers, strict=True):
        assert (one == other).all()
    left, right = covers[0]
    assert all(left[i] or right[j] for i, j in edges)
    assert left.sum() + right.sum() == (few >= 0).sum()
