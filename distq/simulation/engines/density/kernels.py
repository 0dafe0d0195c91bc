"""The compiled kernel of Pauli channels on density matrices."""

from __future__ import annotations

from distq.simulation.statevector.kernels import Floats, Ints, State, parity
from distq.util.jit import njit


@njit
def mix(source: State, out: State, flips: Ints, table: Floats, z0: int, z1: int) -> None:
    """Pauli channel on a density matrix: ``out[k] = sum_a table[a, d] source[k ^ flips[a]]``.

    ``flips`` are the index bits that each X part turns over, and d = d0 + 2 d1 with d0, d1 the parities of k on ``z0``
    and ``z1`` (a line's row and column bit), which give the signs of the Z parts.
    """
    for k in range(source.size):
        d = parity(k & z0) + 2 * parity(k & z1)
        total = table[0, d] * source[k]
        for a in range(1, flips.size):
            total += table[a, d] * source[k ^ flips[a]]
        out[k] = total
