"""One-qubit channels as transfer matrices: 4 x 4, on I, X, Y, Z.

Entry (i, j) is tr(P_i N(P_j))/2, the Pauli transfer matrix (Greenbaum, arXiv:1509.02921). Channels one after the other
are products of matrices, and a Pauli channel is diagonal.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.simulation.noise.pauli_channels import Channel

Transfer: TypeAlias = NDArray[np.float64]


def of_paulis(channel: Channel) -> Transfer:
    """Transfer matrix of a one-qubit Pauli channel."""
    i, x, z, y = channel
    return np.diag([1.0, i + x - y - z, i + y - x - z, i + z - x - y])


def of_relaxation(decayed: float) -> Transfer:
    """Transfer matrix of relaxation that has decayed |1> with this probability."""
    s = math.sqrt(1.0 - decayed)
    out = np.diag([1.0, s, s, 1.0 - decayed])
    out[3, 0] = decayed
    return out


def of_pair(errors: Transfer, half: float, copy: float) -> Transfer:
    """Pauli errors of a pair and then relaxation of both halves, as a map on the copy.

    A Kraus operator K on one half is its transpose on the other. Trace-preserving only once the outcome is averaged.
    """
    out: Transfer = of_relaxation(copy) @ errors @ of_relaxation(half).T
    return out


def outcome_averaged(transfer: Transfer, flipped: Transfer) -> Transfer:
    """What a map on half of a pair does to the copy: outcome 0, or 1 with X before and after and then ``flipped``."""
    x = np.diag([1.0, 1.0, -1.0, -1.0])
    out: Transfer = (transfer + flipped @ x @ transfer @ x) / 2
    return out


def of_x_rotation(angle: float) -> Transfer:
    """Transfer matrix of exp(-i angle/2 X)."""
    out = np.eye(4)
    out[2:, 2:] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return out
