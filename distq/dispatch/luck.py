"""Random waits for pairs. Each is a function of (seed, link, number of the pair on its link, sample) alone.

So two plans, or two policies, that use the same links meet the same luck, and their difference is not noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distq.network import Link, Network

Words = NDArray[np.uint64]


def channels(link: Link) -> int:
    """Pairs that the link can herald at once: channels of its model, each with its share of the rate."""
    return int(getattr(link.model, "channels", 1))


def mean_waits(network: Network) -> NDArray[np.float64]:
    """Mean seconds per link until one of its channels has heralded a pair."""
    return np.array([channels(link) * link.mean_wait_s for link in network.links], dtype=np.float64)


def uniforms(seed: int, link: NDArray[np.int64], number: NDArray[np.int64], samples: range) -> NDArray[np.float64]:
    """Numbers in (0, 1), shape (samples, pairs), from counters hashed by SplitMix64 (Steele et al., 2014)."""
    pairs = _mix(_mix(np.full(len(link), seed % 2**64, dtype=np.uint64)) ^ link.astype(np.uint64))
    pairs = _mix(pairs ^ number.astype(np.uint64))
    rows = _mix(np.arange(samples.start, samples.stop, dtype=np.uint64))
    words = _mix(pairs[None, :] ^ rows[:, None])
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def draw(
    network: Network, seed: int, link: NDArray[np.int64], number: NDArray[np.int64], samples: range
) -> NDArray[np.float64]:
    """Seconds that every pair takes, shape (samples, pairs).

    Where the link's model tells how often it attempts, the number of attempts is geometric; else the wait is
    exponential, the limit of many short attempts of small probability.
    """
    log_u = np.log(uniforms(seed, link, number, samples))
    waits = -log_u * mean_waits(network)[link]
    for index, joined in enumerate(network.links):
        attempts_hz = None if joined.model is None else joined.model.budget().attempts_hz
        mine = link == index
        if attempts_hz is None or not attempts_hz > joined.rate_hz or not mine.any():
            continue
        chance = joined.rate_hz / attempts_hz
        waits[:, mine] = np.ceil(log_u[:, mine] / np.log1p(-chance)) * (channels(joined) / attempts_hz)
    return waits


def _mix(words: Words) -> Words:
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Words = words ^ (words >> np.uint64(31))
    return mixed
