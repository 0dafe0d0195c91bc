"""Pauli channels of gates, resets, measurements and Bell pairs.

Gates depolarise, measurements and resets flip, Bell pairs have the Bell-diagonal weights of their link; see Nielsen and
Chuang, *Quantum Computation and Quantum Information*, section 8.3. Other noise: :mod:`distq.simulation.noise.kraus` and
:mod:`distq.simulation.noise.overrotation`.

A Pauli on one operand is a digit ``x + 2 z``: I = 0, X = 1, Z = 2, Y = 3; on two operands ``first + 4 second``. A
channel is the tuple of the probabilities of all its Paulis, 4 or 16 numbers that sum to 1.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from distq.simulation.noise.sources import Source

Channel: TypeAlias = tuple[float, ...]
"""Probabilities of all Paulis, identity first; see above."""


class PauliError(NamedTuple):
    """A Pauli channel that acts at some moment.

    Attributes
    ----------
    channel
        On as many operands as it has factors 4.
    source
        What it is blamed on.
    idle_column
        For a Z by waiting whose probability differs from schedule to schedule: the column of
        :class:`distq.simulation.noise.waiting.IdleTimes` that it follows from; ``channel`` has its mean. None for all
        other errors.
    """

    channel: Channel
    source: Source
    idle_column: int | None = None


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
    """What a two-qubit depolarising error of probability p does to one operand if the other one is ignored."""
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
def pauli_pair(first: int, second: int, p: float) -> Channel:
    """The Paulis with the digits ``first`` and ``second`` on two operands, together with probability p."""
    out = [0.0] * 16
    out[first + 4 * second] = p
    out[0] = 1.0 - p
    return tuple(out)


@lru_cache(maxsize=4096)
def twirled_relaxation(decayed: float) -> Channel:
    """Relaxation that has decayed |1> with this probability, twirled: X and Y with a quarter of it each, and some Z.

    The Pauli channel with the diagonal of the transfer matrix of amplitude damping (Geller and Zhou, PRA 88, 012314
    (2013))."""
    kept = math.sqrt(1.0 - decayed)
    return ((2.0 + 2.0 * kept - decayed) / 4, decayed / 4, (2.0 - 2.0 * kept - decayed) / 4, decayed / 4)


@lru_cache(maxsize=4096)
def pair_error(weights: tuple[float, float, float, float]) -> Channel:
    """Bell-diagonal weights (I, Z, X, Y) of a link as the Pauli channel on one half of a perfect pair.

    Weights as in :mod:`distq.networks.links.bell_diagonal`; they need not sum to 1."""
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
    """The channel as independent Paulis: entry P is the probability q_P that P happens, whatever else does.

    Entry 0 is 0; None if some q_P would be negative. The channel multiplies Q by the eigenvalue l_Q = prod (1 - 2 q_P)
    over the P that anticommute with Q; a Walsh-Hadamard transform of log l_Q gives the q_P (Flammia and Wallman, ACM
    Trans. Quantum Comput. 1, 3 (2020)).
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
    """True if two Paulis, given by their digits, anticommute."""
    parity = 0
    for shift in (0, 2):
        p, q = a >> shift & 3, b >> shift & 3
        parity ^= (p & 1) & (q >> 1) ^ (p >> 1) & (q & 1)
    return bool(parity)
