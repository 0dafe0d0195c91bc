"""Networks for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distq.networks.network import Network
from distq.networks.parts import QPU, Link


def network_of(
    sizes: list[int], memory: int | Sequence[int | None] | None = 2, links: list[tuple[int, int]] | str = "complete"
) -> Network:
    """Network of QPUs ``q0``, ``q1``, ... with these data ions; links as pairs, ``complete``, ``line`` or ``star``."""
    k = len(sizes)
    per_qpu = [memory] * k if memory is None or isinstance(memory, int) else list(memory)
    if links == "complete":
        pairs = [(a, b) for a in range(k) for b in range(a + 1, k)]
    elif links == "line":
        pairs = [(a, a + 1) for a in range(k - 1)]
    elif links == "star":
        pairs = [(0, b) for b in range(1, k)]
    else:
        pairs = [(int(a), int(b)) for a, b in links]  # type: ignore[misc]
    qpus = tuple(QPU(name=f"q{i}", data=d, memory=m) for i, (d, m) in enumerate(zip(sizes, per_qpu, strict=True)))
    return Network(name="test", qpus=qpus, links=tuple(Link(a=a, b=b) for a, b in pairs))


def varied(network: Network, seed: int) -> Network:
    """Links and QPUs with numbers at random."""
    rng = np.random.default_rng(seed)
    links = [
        Link(
            a=link.a, b=link.b, weights=(f := rng.uniform(0.7, 0.99), 1 - f, 0.0, 0.0), rate_hz=10 ** rng.uniform(1, 4)
        )
        for link in network.links
    ]

    def numbers() -> dict[str, float]:
        names = ("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer")
        return {"t2_s": rng.uniform(1, 20)} | {name: 10 ** rng.uniform(-4, -2) for name in names}

    qpus = [q.model_copy(update=numbers()) for q in network.qpus]
    return network.model_copy(update={"links": tuple(links), "qpus": tuple(qpus)})
