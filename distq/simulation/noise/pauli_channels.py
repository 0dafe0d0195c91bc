"""Pauli channels, and where noise comes from. (Other noise: :mod:`distq.simulation.noise.kraus`.)

A Pauli on one operand is a digit ``x + 2 z``: I = 0, X = 1, Z = 2, Y = 3; on two operands ``first + 4 second``. A
channel is the tuple of the probabilities of all its Paulis, 4 or 16 numbers that sum to 1.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

Channel: TypeAlias = tuple[float, ...]


class Source(NamedTuple):
    """What a fault is blamed on: ``kind`` is one of KINDS, ``where`` the index of the link or QPU."""

    kind: str
    where: int


Shares: TypeAlias = tuple[tuple[Source, float], ...]
"""How much each source contributes to a chance; sums to 1."""

KINDS = ("link", "local", "measurement", "preparation", "waiting", "approximation")
"""``link``: the pair's own error; ``local``: gates and transfers of a QPU; ``measurement``: wrong outcomes;
``preparation``: resets that leave |1>; ``waiting``: dephasing and relaxation of idle ions; ``approximation``: no fault,
but operations left out."""


@lru_cache(maxsize=4096)
def depolarize_1q(p: float) -> Channel:
    """X, Y, Z with probability p/3 each."""
    return (1.0 - p, p / 3, p / 3, p / 3)


@lru_cache(maxsize=4096)
def depolarize_2q(p: float) -> Channel:
    """Each of the 15 two-qubit Paulis with probability p/15."""
    return (1.0 - p, *[p / 15] * 15)


@lru_cache(maxsize=4096)
def half_of_2q(p: float) -> Channel:
    """What a two-qubit depolarising error does to the first operand alone."""
    return (1.0 - 12 * p / 15, *[4 * p / 15] * 3)


@lru_cache(maxsize=4096)
def flip(p: float) -> Channel:
    """X with probability p."""
    return (1.0 - p, p, 0.0, 0.0)


@lru_cache(maxsize=4096)
def dephase(p: float) -> Channel:
    """Z with probability p."""
    return (1.0 - p, 0.0, p, 0.0)


@lru_cache(maxsize=4096)
def both(first: int, second: int, p: float) -> Channel:
    """Two Paulis together, with probability p."""
    out = [0.0] * 16
    out[first + 4 * second] = p
    out[0] = 1.0 - p
    return tuple(out)


@lru_cache(maxsize=4096)
def relaxed(decayed: float) -> Channel:
    """Relaxation, twirled: X and Y with a quarter of the probability of a decay each."""
    kept = math.sqrt(1.0 - decayed)
    return ((2.0 + 2.0 * kept - decayed) / 4, decayed / 4, (2.0 - 2.0 * kept - decayed) / 4, decayed / 4)


def idle(time_s: float, dephasing_s: float) -> float:
    """Probability of a Z after ``time_s`` of waiting: (1 - exp(-t/T_phi))/2."""
    return -0.5 * math.expm1(-time_s / dephasing_s)


@lru_cache(maxsize=4096)
def pair_error(weights: tuple[float, float, float, float]) -> Channel:
    """Bell-diagonal weights (I, Z, X, Y) of a link as the Pauli channel on one half of a perfect pair."""
    i, z, x, y = weights
    total = i + z + x + y
    return (i / total, x / total, z / total, y / total)


@lru_cache(maxsize=4096)
def entangling_cx(p: float) -> Channel:
    """Noise of the CX of a cat-entangler as a channel on (root, copy).

    The half's part shows only as a wrong outcome, which is an X on the copy; its Z part shows nowhere.
    """
    out = [0.0] * 16
    for pauli, weight in enumerate(depolarize_2q(p)):
        root, half = pauli % 4, pauli // 4
        out[root + 4 * (half & 1)] += weight
    return tuple(out)


@lru_cache(maxsize=4096)
def independent(channel: Channel) -> Channel | None:
    """The channel as independent flips: entry P is the probability of P happening, whatever else does; entry 0 is 0.

    None if that would take a negative probability. From the eigenvalues l_Q = prod (1 - 2 q_P) over the P that
    anticommute with Q, solved for q by a Walsh-Hadamard transform of their logarithms.
    """
    paulis = range(len(channel))
    signs = np.array([[-1.0 if _anticommute(a, b) else 1.0 for a in paulis] for b in paulis])
    values = signs @ np.array(channel)
    if np.any(values <= 0.0):
        return None
    logs = -(2.0 / len(channel)) * (signs @ np.log(values))
    logs[0] = 0.0
    if np.any(logs > 1e-12):
        return None
    return tuple((-0.5 * np.expm1(np.minimum(logs, 0.0))).tolist())


def _anticommute(a: int, b: int) -> bool:
    odd = 0
    for shift in (0, 2):
        p, q = a >> shift & 3, b >> shift & 3
        odd ^= (p & 1) & (q >> 1) ^ (p >> 1) & (q & 1)
    return bool(odd)
