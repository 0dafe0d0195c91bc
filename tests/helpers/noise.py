"""Networks and Bell pairs with errors large enough to be seen."""

from __future__ import annotations

import numpy as np

from distq.networks.network import Network


def noisy(network: Network, rng: np.random.Generator, scale: float = 1.0) -> Network:
    """The network with large, uneven errors everywhere."""
    qpus = []
    for qpu in network.qpus:
        names = ("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer")
        errors = {name: scale * float(rng.uniform(0.01, 0.1)) for name in names}
        qpus.append(qpu.model_copy(update={**errors, "t2_s": float(rng.uniform(0.01, 0.05)) / scale}))
    links = []
    for link in network.links:
        weights = rng.dirichlet((12 / scale, 1, 1, 1))
        links.append(link.model_copy(update={"weights": tuple(float(w) for w in weights)}))
    return network.model_copy(update={"qpus": tuple(qpus), "links": tuple(links)})


NOISES = ("pauli", "relaxation", "2q", "2q, perfect 1q", "1q", "all")


def beyond_pauli(network: Network, kind: str, rng: np.random.Generator) -> Network:
    """The network with large relaxation, over-rotated gates, or both."""
    qpus = []
    for qpu in network.qpus:
        more: dict[str, float] = {}
        if kind in ("relaxation", "all"):
            more["t1_s"] = float(rng.uniform(0.6, 3.0)) * qpu.t2_s
        if kind in ("2q", "2q, perfect 1q", "all"):
            more["overrotation_2q"] = float(rng.uniform(-0.2, 0.2))
        if kind == "2q, perfect 1q":
            more["error_1q"] = 0.0
        if kind in ("1q", "all"):
            more["overrotation_1q"] = float(rng.uniform(-0.2, 0.2))
        qpus.append(qpu.model_copy(update=more))
    return network.model_copy(update={"qpus": tuple(qpus)})


PERFECT = np.array([1, 0, 0, 1]) / np.sqrt(2)


def noisy_pair(seed: int) -> np.ndarray:
    """Mostly the perfect pair, and something random."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    other = root @ root.conj().T
    mixed: np.ndarray = 0.8 * np.outer(PERFECT, PERFECT) + 0.2 * other / np.trace(other)
    return mixed
