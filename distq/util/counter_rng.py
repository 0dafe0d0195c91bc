"""Random numbers without state: hashed counters. Compiled, for the kernels and for whole arrays.

Words are 64 bits hashed by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.util.jit import njit

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Words: TypeAlias = NDArray[np.uint64]


@njit
def mix(word: Any) -> Any:
    """The hash of a word (or of every word of an array)."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit
def wait(word: Any, mean: float, log_miss: float, period: float) -> float:
    """Seconds until a pair is heralded, from a random word.

    Exponential of that mean; where ``log_miss`` < 0, the logarithm of the chance that an attempt heralds none, it is
    a geometric number of attempts of ``period`` seconds.
    """
    log_u = math.log((np.float64(word >> np.uint64(11)) + 0.5) * 2.0**-53)
    if log_miss < 0.0:
        return math.ceil(log_u / log_miss) * period
    return -log_u * mean


@njit
def waits(keys: Words, rows: Words, mean: Floats, log_miss: Floats, period: Floats) -> Floats:
    """First waits, shape (rows, keys); ``mean``, ``log_miss`` and ``period`` are per key."""
    out = np.empty((len(rows), len(keys)))
    for s in range(len(rows)):
        for k in range(len(keys)):
            out[s, k] = wait(mix(keys[k] ^ rows[s]), mean[k], log_miss[k], period[k])
    return out
