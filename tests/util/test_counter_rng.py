"""Random numbers: those of the reference implementation."""

from __future__ import annotations

import numpy as np

from distq.util.counter_rng import INCREMENT, mix, next_uniform

SEED = np.uint64(1234567)
WORDS = [6457827717110365317, 3203168211198807973, 9817491932198370423]
"""The first outputs of the authors' implementation of SplitMix64 for SEED."""


def test_hashed_counters_are_the_outputs_of_splitmix64() -> None:
    counters = SEED + np.arange(3, dtype=np.uint64) * INCREMENT
    assert mix(counters).tolist() == WORDS
    assert [int(mix(counter)) for counter in counters] == WORDS


def test_a_sequence_of_uniform_numbers_has_the_same_outputs() -> None:
    state = np.array([SEED])
    assert [next_uniform(state) for _ in WORDS] == [(word >> 11) * 2.0**-53 for word in WORDS]
