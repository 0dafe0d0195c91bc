"""How long Bell pairs take to be heralded: means, and random waits.

A random wait is a function of (seed, link, number of the pair on its link, sample, renewal) alone. So two plans, or two
policies, that use the same links are compared with common random numbers, and their difference is hardly noise.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.networks.network import Network
from distq.networks.parts import Link
from distq.util.counter_rng import Words, mix, open_uniform
from distq.util.jit import njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def channels(link: Link) -> int:
    """Pairs that the link can herald at once: channels of its model, each with its share of the rate."""
    return int(getattr(link.model, "channels", 1))


def mean_waits_s(network: Network) -> Floats:
    """(links,) Mean seconds until one channel of each link has heralded a pair."""
    return np.array([channels(link) * link.mean_wait_s for link in network.links], dtype=np.float64)


class PairWaits(NamedTuple):
    """What the waits for P Bell pairs follow from; the kernels take it as it is.

    The wait is exponential. Where the model of a link says how often it attempts, it is a geometric number of attempts
    instead, of which the exponential is the limit for many short attempts of small probability.

    Attributes
    ----------
    keys
        (P,) Word of every pair; none at all where nothing is random.
    mean_s
        (P,) Mean wait.
    log_miss
        (P,) Logarithm of the probability that an attempt heralds no pair; 0 for an exponential wait.
    attempt_s
        (P,) Duration of an attempt; 0 for an exponential wait.
    """

    keys: Words
    mean_s: Floats
    log_miss: Floats
    attempt_s: Floats


FIXED_WAITS = PairWaits(np.zeros(0, dtype=np.uint64), np.zeros(0), np.zeros(0), np.zeros(0))
"""Nothing is random: a pair that is heralded again takes as long again."""


def pair_waits(network: Network, seed: int, link: Ints, number: Ints) -> PairWaits:
    """The distribution and the keys of pairs ``number[k]`` on links ``link[k]``."""
    keys = mix.plain(mix.plain(np.full(len(link), seed % 2**64, dtype=np.uint64)) ^ link.astype(np.uint64))
    keys = mix.plain(keys ^ number.astype(np.uint64))
    log_miss, attempt_s = np.zeros(len(network.links)), np.zeros(len(network.links))
    for index, joined in enumerate(network.links):
        attempts_hz = None if joined.model is None else joined.model.budget().attempts_hz
        if attempts_hz is not None and attempts_hz > joined.rate_hz:
            log_miss[index] = np.log1p(-joined.rate_hz / attempts_hz)
            attempt_s[index] = channels(joined) / attempts_hz
    return PairWaits(keys, mean_waits_s(network)[link], log_miss[link], attempt_s[link])


def sample_words(samples: range) -> Words:
    """The words by which the runs with these numbers differ."""
    words: Words = mix.plain(np.arange(samples.start, samples.stop, dtype=np.uint64))
    return words


@njit
def first_waits(waits: PairWaits, sample: np.uint64, waits_s: Floats) -> None:
    """Fill in ``waits_s`` (P,): until each pair is heralded for the first time, in the run with the word ``sample``."""
    keys, mean_s, log_miss, attempt_s = waits
    for pair in range(len(keys)):
        waits_s[pair] = _wait(mix(keys[pair] ^ sample), mean_s[pair], log_miss[pair], attempt_s[pair])


@njit
def renewed_wait(waits: PairWaits, pair: int, sample: np.uint64, renewal: int) -> float:
    """Seconds until a pair is heralded again, after it has expired ``renewal`` times."""
    word = mix(mix(waits.keys[pair] ^ sample) + np.uint64(renewal))
    return _wait(word, waits.mean_s[pair], waits.log_miss[pair], waits.attempt_s[pair])


@njit
def _wait(word: np.uint64, mean_s: float, log_miss: float, attempt_s: float) -> float:
    """The wait at the quantile that a random word stands for."""
    log_u = math.log(open_uniform(word))
    if log_miss < 0.0:
        return math.ceil(log_u / log_miss) * attempt_s
    return -log_u * mean_s
