"""Where noise comes from: what a report blames a loss of fidelity on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias


class Source(NamedTuple):
    """What noise is blamed on: ``kind`` is one of KINDS, ``where`` the index of the link or QPU."""

    kind: str
    where: int


KINDS = ("link", "local", "measurement", "preparation", "waiting", "approximation")
"""``link``: the pair's own error; ``local``: gates and transfers of a QPU; ``measurement``: wrong outcomes;
``preparation``: resets that leave |1>; ``waiting``: dephasing and relaxation of idle ions; ``approximation``: no noise,
but operations left out."""

Shares: TypeAlias = tuple[tuple[Source, float], ...]
"""The fraction of some noise that each source contributes. They sum to 1; empty for what is no noise."""


def all_of(source: Source) -> Shares:
    """The shares of noise that comes from one source alone."""
    return ((source, 1.0),)


def shares_of(weights: Sequence[tuple[Source, float]]) -> Shares:
    """Weights of sources, scaled to sum to 1; all to the first source if every weight is 0."""
    total = sum(weight for _, weight in weights)
    if total <= 0.0:
        return ((weights[0][0], 1.0),)
    return tuple([(source, weight / total) for source, weight in weights if weight > 0.0])
