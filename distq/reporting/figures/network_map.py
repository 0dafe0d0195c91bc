"""The picture of a network: QPUs with their ions, and links as wide as the pairs that they deliver are many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from distq.networks.network import Network
from distq.reporting.figures.qpu_colours import colour_of, pattern_of
from distq.reporting.figures.style import FULL, GREY, LIGHT_GREY, SMALL_PT, View, drawn, titled
from distq.reporting.figures.subject import Subject, caption_of, title_of

Place = tuple[float, float]
MAX_LABELS = 36
"""Links beyond that bear no text."""


def draw(subject: Subject, kind: str = "png", view: View = FULL) -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: figure_of(subject, view), kind, caption=f"{_remark(subject)} {caption_of(subject.report)}")


def figure_of(subject: Subject, view: View = FULL) -> Any:
    """The picture as a matplotlib Figure."""
    from matplotlib.figure import Figure

    network, pairs = subject.network, subject.tally.link_ebits
    side = min(view.width_in, 4.6)
    figure = Figure(figsize=(view.width_in, 0.85 * side), layout="constrained")
    axes = figure.add_subplot()
    places = layout(network)
    _links(axes, network, pairs, places)
    radius = min(0.22, 0.9 * _nearest(places) / 2.6)
    for index, place in enumerate(places):
        _qpu(axes, subject, index, place, radius)
    axes.set_xlim(*_limits([x for x, _ in places], radius))
    axes.set_ylim(*_limits([y for _, y in places], radius))
    axes.set_aspect("equal", adjustable="box")
    axes.axis("off")
    titled(axes, title_of(subject.report), view.width_in)
    return figure


def layout(network: Network) -> tuple[Place, ...]:
    """Where QPUs stand, from -1 to 1: on a circle where it shows every link, else where their distances draw them."""
    count = len(network.qpus)
    angles = [math.pi * (2 * i + 1) / count for i in range(count)]
    circle = [(-math.cos(angle), math.sin(angle)) for angle in angles]
    if count == 1:
        return ((0.0, 0.0),)
    if count == 2:
        return ((-1.0, 0.0), (1.0, 0.0))
    if count <= 8 or network.complete:
        return tuple(circle)
    import networkx

    graph = networkx.Graph([(link.a, link.b) for link in network.links if not link.via])
    graph.add_nodes_from(range(count))
    found = networkx.kamada_kawai_layout(graph, pos=dict(enumerate(circle)))
    return tuple([(float(found[i][0]), float(found[i][1])) for i in range(count)])


def _nearest(places: Sequence[Place]) -> float:
    return min([math.dist(a, b) for i, a in enumerate(places) for b in places[:i]], default=2.0)


def _limits(values: Sequence[float], radius: float) -> tuple[float, float]:
    return min(values) - 1.6 * radius, max(values) + 1.6 * radius


def _links(axes: Any, network: Network, pairs: Sequence[int], places: Sequence[Place]) -> None:
    most = max(pairs, default=0) or 1
    shown = [i for i, link in enumerate(network.links) if not link.via or pairs[i]]
    for index in shown:
        link = network.links[index]
        way = [places[s] for s in link.way]
        width = 0.5 + 4.5 * pairs[index] / most if pairs[index] else 0.6
        style = (0, (1.5, 1.5)) if link.via else "-"
        colour = "#555555" if pairs[index] else LIGHT_GREY
        axes.plot(*zip(*way, strict=True), color=colour, lw=width, ls=style, solid_capstyle="round", zorder=1)
    if len(shown) <= MAX_LABELS:
        for index in shown:
            _link_label(axes, network, index, pairs[index], places)


def _link_label(axes: Any, network: Network, index: int, pairs: int, places: Sequence[Place]) -> None:
    """Number of pairs, at the link, off the middle, where links cross."""
    link = network.links[index]
    (x0, y0), (x1, y1) = places[link.a], places[link.b]
    part = 0.5 if len(network.links) <= len(network.qpus) else 0.36
    text = f"{pairs}" if _alike(network) else f"{pairs}\n{link.fidelity:.3g}, {_rate(link.rate_hz)}"
    axes.text(
        x0 + part * (x1 - x0), y0 + part * (y1 - y0), text, ha="center", va="center", fontsize=SMALL_PT + 0.5, zorder=3,
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
    )  # fmt: skip


def _alike(network: Network) -> bool:
    return len({(link.weights, link.rate_hz) for link in network.links}) <= 1


def _rate(rate_hz: float) -> str:
    return f"{rate_hz:.3g}/s"


def _remark(subject: Subject) -> str:
    """What the labels of the links mean."""
    network = subject.network
    if not network.links:
        return "No links."
    if _alike(network):
        link = network.links[0]
        return f"At each link the Bell pairs it delivers, of fidelity {link.fidelity:.3g}, {_rate(link.rate_hz)}."
    return "At each link the Bell pairs it delivers, then their fidelity and rate."


def _qpu(axes: Any, subject: Subject, index: int, place: Place, radius: float) -> None:
    from matplotlib.patches import Circle

    qpu = subject.network.qpus[index]
    disc = Circle(place, radius, facecolor="white", edgecolor=colour_of(index), lw=2.2, zorder=4)
    ring = Circle(
        place, radius, facecolor="none", edgecolor=colour_of(index), lw=0, hatch=pattern_of(index), alpha=0.25
    )
    axes.add_patch(disc)
    axes.add_patch(ring).set_zorder(5)
    if radius < 0.07:
        axes.text(*place, str(index), ha="center", va="center", fontsize=SMALL_PT, zorder=6)
        return
    peak = subject.tally.peak_memory_by_qpu[index]
    limit = "unlimited" if qpu.memory is None else f"{qpu.memory}"
    axes.text(place[0], place[1] + 0.28 * radius, qpu.name, ha="center", va="center", fontweight="bold", zorder=6)
    text = f"{qpu.data} data\n{peak} of {limit} memory" if qpu.ions is None else f"{qpu.ions} ions"
    axes.text(place[0], place[1] - 0.25 * radius, text, ha="center", va="center", fontsize=SMALL_PT - 1.2, color=GREY,
              zorder=6)  # fmt: skip
