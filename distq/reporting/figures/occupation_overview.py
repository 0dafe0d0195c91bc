"""The same picture for long circuits: per QPU how many ions hold whose qubits over time, and the pairs of each link.

Each lane shows the memory ions of a QPU, or all its ions if any of them may have any role: stacked, in the colours of
the QPUs from which the copies come, and grey for ions that herald or hold half a pair. The rows below count heralded
pairs by link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.ir.events import DATA
from distq.networks.network import Network
from distq.reporting.figures.occupation_data import WAIT, Stay, Timeline, births
from distq.reporting.figures.qpu_colours import colour_of, legend_sample, pattern_of, show_legend, show_swatch, tint
from distq.reporting.figures.style import LIGHT_GREY, SMALL_PT, View, hide_sides, time_unit, titled
from distq.reporting.figures.subject import Subject, title_of

Counts = NDArray[np.float64]
MAX_LANES = 24
"""QPUs shown, and links: those with the most pairs."""


def figure_of(subject: Subject, whole: Timeline, line: Timeline, view: View) -> Any:
    """The overview of ``line``, a part of ``whole``, as a matplotlib Figure."""
    from matplotlib.figure import Figure

    network = subject.network
    bins = int(40 * view.width_in)
    edges = np.linspace(line.start_s, max(line.end_s, line.start_s + 1e-6), bins + 1)
    shown = _busiest_qpus(network, line)
    links = _busiest_links(line)
    heights = [0.34] * len(shown) + [max(0.2, 0.1 * len(links))]
    figure = Figure(figsize=(view.width_in, 0.7 + sum(heights) + 0.06 * len(shown)), layout="constrained")
    every = figure.subplots(len(heights), 1, sharex=True, gridspec_kw={"height_ratios": heights, "hspace": 0.04})
    homes = births(whole, subject.program.num_qubits)
    for axes, qpu in zip(every, shown, strict=False):
        stays = [s for s in line.stays if s.ion.qpu == qpu and s.ion.role != DATA]
        _lane(axes, network, qpu, stays, homes, edges, view.width_in - 1.0)
    _pair_rows(figure, every[-1], network, line, links, edges)
    unit = time_unit(line.end_s)
    every[-1].xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    every[-1].set_xlim(edges[0], edges[-1])
    every[-1].set_xlabel(f"time ({unit.symbol}), pairs arriving at their mean rate")
    left_out = len(network.qpus) - len(shown)
    titled(
        every[0], title_of(subject.report) + (f" (the {len(shown)} busiest QPUs)" if left_out else ""), view.width_in
    )
    _legend(figure, view)
    return figure


def _busiest_qpus(network: Network, line: Timeline) -> list[int]:
    pairs = np.zeros(len(network.qpus))
    for _, a, b in line.pairs:
        pairs[a.qpu] += 1
        pairs[b.qpu] += 1
    return sorted(np.argsort(-pairs, kind="stable")[:MAX_LANES].tolist())


def _busiest_links(line: Timeline) -> dict[tuple[int, int], list[float]]:
    """Times of the pairs by QPUs, of the links with the most pairs, in the order of the QPUs."""
    found: dict[tuple[int, int], list[float]] = {}
    for time, a, b in line.pairs:
        found.setdefault((min(a.qpu, b.qpu), max(a.qpu, b.qpu)), []).append(time)
    most = sorted(found, key=lambda link: -len(found[link]))[:MAX_LANES]
    return {link: found[link] for link in sorted(most)}


def _lane(
    axes: Any, network: Network, qpu: int, stays: Sequence[Stay], homes: Sequence[int], edges: Counts, width_in: float
) -> None:
    """Memory ions of one QPU: how many hold copies from where."""
    by_origin: dict[int, list[Stay]] = {}
    for stay in stays:
        by_origin.setdefault(WAIT if stay.qubit == WAIT else homes[stay.qubit], []).append(stay)
    below = np.zeros(len(edges) - 1)
    for origin in sorted(by_origin, key=lambda o: (o == WAIT, o)):
        above = below + mean_number(by_origin[origin], edges)
        colour = LIGHT_GREY if origin == WAIT else tint(colour_of(origin), 0.85)
        hatch = None if origin == WAIT else pattern_of(origin) or None
        axes.stairs(above, edges, baseline=below, fill=True, facecolor=colour, hatch=hatch, edgecolor="white", lw=0)
        below = above
    limit = network.qpus[qpu].ions or network.qpus[qpu].memory
    axes.set_ylim(0, 1.05 * max(1.0, float(limit) if limit is not None else float(below.max())))
    if limit is not None:
        axes.axhline(limit, color=LIGHT_GREY, lw=0.4, ls="--")
    axes.set_yticks([0, limit] if limit else [0])
    axes.tick_params(axis="y", labelsize=SMALL_PT, length=0, pad=8)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.set_ylabel(network.qpus[qpu].name, rotation=0, ha="right", va="center")
    show_swatch(axes, qpu, width_in)
    hide_sides(axes, "left")


def mean_number(stays: Sequence[Stay], edges: Counts) -> Counts:
    """Mean number of these stays in each of the evenly wide bins."""
    width = edges[1] - edges[0]
    covered = np.zeros(len(edges))
    for times, sign in (([s.start_s for s in stays], 1.0), ([s.end_s for s in stays], -1.0)):
        # The integral up to each edge of a step at every time.
        at = np.clip(np.asarray(times), edges[0], edges[-1])
        order = np.sort(at)
        before = np.searchsorted(order, edges, side="right")
        sums = np.concatenate([[0.0], np.cumsum(order)])
        covered += sign * (before * edges - sums[before])
    number: Counts = np.diff(covered) / width
    return number


def _pair_rows(
    figure: Any, axes: Any, network: Network, line: Timeline, links: dict[tuple[int, int], list[float]], edges: Counts
) -> None:
    """Heralded pairs by link over time, as darker and lighter cells."""
    from matplotlib.ticker import MaxNLocator

    names = [f"{network.qpus[a].name}-{network.qpus[b].name}  {len(times)}" for (a, b), times in links.items()]
    merge = 4
    coarse = edges[::merge] if len(edges[::merge]) > 2 else edges
    rows = np.array([np.histogram(times, coarse)[0] for times in links.values()] or [np.zeros(len(coarse) - 1)])
    extent = (coarse[0], coarse[-1], len(rows) - 0.5, -0.5)
    image = axes.imshow(rows, aspect="auto", extent=extent, cmap="Greys", interpolation="nearest", vmin=0)
    axes.set_yticks(range(len(names)), names, fontsize=SMALL_PT)
    axes.tick_params(axis="y", length=0)
    unit = time_unit(line.end_s)
    span = f"{(coarse[1] - coarse[0]) / unit.seconds:.2g} {unit.symbol}"
    hide_sides(axes, "left")
    if rows.max() <= 1:
        return
    bar = figure.colorbar(image, ax=axes, aspect=8, pad=0.01, fraction=0.03)
    bar.set_label(f"pairs in {span}", fontsize=SMALL_PT)
    bar.locator = MaxNLocator(4, integer=True)
    bar.update_ticks()
    bar.ax.tick_params(labelsize=SMALL_PT, length=2)


def _legend(figure: Any, view: View) -> None:
    from matplotlib.patches import Patch

    entries: list[tuple[Any, str]] = [
        (legend_sample(), "memory ions with copies: colour of the QPU they come from"),
        (Patch(facecolor=LIGHT_GREY), "ions that herald or hold half a pair"),
        (Patch(facecolor="black"), "below: Bell pairs heralded, by link"),
    ]
    show_legend(figure, entries, 1 if view.narrow else 3)
