"""Rate and fidelity of a link over one of its parameters, as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from distq.networks.links.sweep import Sweep


def draw(found: Sweep, title: str, kind: str = "png") -> bytes:
    """Pairs per second and fidelity over the parameter, as the content of a picture file."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "distq", "font.size": 9.0}):
        figure = Figure(figsize=(7.0, 5.0), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        _curve(above, found.values, [b.rate_hz for b in found.budgets], "pairs per second", "#0072B2")
        rates = [b.rate_hz for b in found.budgets]
        if 0.0 < 20.0 * min(rates) < max(rates):
            above.set_yscale("log")
        _curve(below, found.values, [b.fidelity for b in found.budgets], "fidelity of a fresh pair", "#D55E00")
        below.set_xlabel(found.key)
        above.set_title(title, loc="left", fontweight="bold")
        buffer = io.BytesIO()
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
        figure.savefig(buffer, format=kind, dpi=150, metadata=metadata)
    return buffer.getvalue()


def _curve(axes: Any, x: Sequence[float], y: Sequence[float], label: str, colour: str) -> None:
    axes.plot(x, y, color=colour, marker="o", markersize=3, lw=1.4)
    axes.set_ylabel(label)
    axes.grid(alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
