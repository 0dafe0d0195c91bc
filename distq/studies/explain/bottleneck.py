"""What limits a plan, in one sentence."""

from __future__ import annotations

from distq.studies.explain.explanation import Explanation, Occupancy
from distq.util.text import counted


def bottleneck(found: Explanation) -> str:
    """What limits the plan, in one sentence."""
    if not found.ebits:
        return "nothing: no gate is remote"
    saved = {p.label: found.ebits - p.ebits for p in found.curve if p.ebits is not None}
    memory, data, unlimited, any_role = (saved.get(label, 0) for label in ("m+1", "data+1", "inf", "ions+1"))
    worst = max(found.occupancy, key=lambda row: (row.evictions, row.full_memory))
    if any_role > 0:
        where = f"; {_where(worst)}" if worst.full_memory else ""
        return f"ions: one more per QPU saves {counted(any_role, 'Bell pair')}{where}"
    if max(memory, data) > 0:
        what, gain = ("memory", memory) if memory >= data else ("data", data)
        where = f"; {_where(worst)}" if what == "memory" and worst.full_memory else ""
        return f"{what} ions: one more per QPU saves {counted(gain, 'Bell pair')}{where}"
    if unlimited > 0:
        gained = counted(unlimited, "Bell pair")
        return f"memory ions, but one more is not enough: unlimited ones save {gained}; {_where(worst)}"
    if found.curve:
        return "the circuit on these links: more ions save nothing that this strategy finds"
    if worst.evictions:
        return f"memory ions: {_where(worst)}"
    return "not memory: no copy was evicted"


def _where(row: Occupancy) -> str:
    """When memory was full at a QPU."""
    evicted = f", {row.evictions} of its copies opened again" if row.evictions else ""
    return f"{row.qpu} is full for {100 * row.full_memory:.0f} % of the plan{evicted}"
