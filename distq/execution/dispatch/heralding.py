"""Random waits for pairs. Each is a function of (seed, link, number of the pair on its link, sample, renewal) alone.

So two plans, or two policies, that use the same links meet the same luck, and their difference is not noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.networks.network import Network
from distq.networks.parts import Link
from distq.util import counter_rng
from distq.util.counter_rng import Floats, Ints, Words, mix


def channels(link: Link) -> int:
    """Pairs that the link can herald at once: channels of its model, each with its share of the rate."""
    return int(getattr(link.model, "channels", 1))


def mean_waits(network: Network) -> Floats:
    """Mean seconds per link until one of its channels has heralded a pair."""
    return np.array([channels(link) * link.mean_wait_s for link in network.links], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Luck:
    """What the waits of pairs follow from: per pair a key, and the distribution (:func:`distq.util.counter_rng.wait`).

    Where the link's model tells how often it attempts, the number of attempts is geometric; else the wait is
    exponential, the limit of many short attempts of small probability.
    """

    keys: Words
    mean: Floats
    log_miss: Floats
    period: Floats

    @property
    def columns(self) -> tuple[Words, Floats, Floats, Floats]:
        """As the kernels take it."""
        return self.keys, self.mean, self.log_miss, self.period

    def waits(self, samples: range) -> Floats:
        """Seconds that every pair takes to be heralded first, shape (samples, pairs)."""
        found: Floats = counter_rng.waits(self.keys, rows(samples), self.mean, self.log_miss, self.period)
        return found


def luck(network: Network, seed: int, link: Ints, number: Ints) -> Luck:
    """The luck of pairs ``number[k]`` on links ``link[k]``."""
    keys = mix(mix(np.full(len(link), seed % 2**64, dtype=np.uint64)) ^ link.astype(np.uint64))
    keys = mix(keys ^ number.astype(np.uint64))
    log_miss, period = np.zeros(len(network.links)), np.zeros(len(network.links))
    for index, joined in enumerate(network.links):
        attempts_hz = None if joined.model is None else joined.model.budget().attempts_hz
        if attempts_hz is not None and attempts_hz > joined.rate_hz:
            log_miss[index] = np.log1p(-joined.rate_hz / attempts_hz)
            period[index] = channels(joined) / attempts_hz
    return Luck(keys, mean_waits(network)[link], log_miss[link], period[link])


def rows(samples: range) -> NDArray[np.uint64]:
    """The words of samples."""
    words: Words = mix(np.arange(samples.start, samples.stop, dtype=np.uint64))
    return words
