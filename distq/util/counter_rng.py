"""Random numbers without hidden state: SplitMix64 as a hash of counters, compiled for kernels and for whole arrays.

A number that is a function of what it is for (a seed, an index, a repetition) does not depend on the order in which
numbers are drawn. SplitMix64: Steele, Lea and Flood, OOPSLA 2014, https://doi.org/10.1145/2660193.2660195.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.util.jit import njit

Words: TypeAlias = NDArray[np.uint64]

INCREMENT = np.uint64(0x9E3779B97F4A7C15)
"""SplitMix64 adds this to its state before each output: 2^64 over the golden ratio, made odd."""


@njit
def mix(word: Any) -> Any:
    """The output of SplitMix64 in state ``word`` (uint64, or an array of them): a hash that mixes all 64 bits."""
    word = word + INCREMENT
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit
def open_uniform(word: Any) -> float:
    """A number in the open interval (0, 1), on a grid of 2^53, from a random word: its logarithm is finite."""
    return (np.float64(word >> np.uint64(11)) + 0.5) * 2.0**-53


@njit
def next_uniform(state: Words) -> float:
    """The next number in [0, 1), on a grid of 2^53, of a sequence; advances its ``state``, an array of one word."""
    word = mix(state[0])
    state[0] += INCREMENT
    return float(word >> np.uint64(11)) * 2.0**-53


@njit
def next_below(n: int, state: Words) -> int:
    """The next integer from 0 to n - 1 of a sequence (see :func:`next_uniform`)."""
    return int(next_uniform(state) * n)
