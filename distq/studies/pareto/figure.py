"""Estimated fidelity over mean makespan, as a picture."""

from __future__ import annotations

from distq.studies.pareto.pareto import ParetoStudy


def draw(study: ParetoStudy, kind: str = "png") -> bytes:
    """Estimated fidelity over mean makespan, Bell pairs written beside; as the content of a picture file."""
    import io

    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "distq", "font.size": 9.0}):
        figure = Figure(figsize=(8.0, 5.0), layout="constrained")
        axes = figure.add_subplot()
        for front, colour, label in (
            (False, "#BBBBBB", "beaten: some plan is nowhere worse"),
            (True, "#D55E00", "Pareto front"),
        ):
            mine = [plan.candidate for plan in study.plans if plan.front == front]
            x, y = [1e3 * c.makespan_s for c in mine], [c.fidelity for c in mine]
            axes.scatter(x, y, s=36, color=colour, edgecolors="black", linewidths=0.5, label=label, zorder=2 + front)
            for c in mine:
                text = f"{c.plan.strategy}, {c.ebits} pairs"
                at = (1e3 * c.makespan_s, c.fidelity)
                if front:
                    axes.annotate(text, at, xytext=(6, 4), textcoords="offset points", fontsize=8)
        times = [plan.candidate.makespan_s for plan in study.plans]
        if max(times) > 4 * min(times) > 0:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
        axes.set_xlabel("mean makespan (ms)")
        axes.set_ylabel("estimated process fidelity")
        axes.margins(0.12)
        axes.grid(alpha=0.25)
        axes.set_title(f"{study.circuit} on {study.network or 'network'}", loc="left", fontweight="bold")
        axes.legend(frameon=False)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        buffer = io.BytesIO()
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
        figure.savefig(buffer, format=kind, dpi=150, metadata=metadata)
    return buffer.getvalue()
