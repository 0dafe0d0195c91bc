"""How faithful a distributed circuit is: from protocol events with noise to fidelities and counts.

In: a lowered plan (events), its schedule and a network. Out: an estimate of the fidelity, or counts of classical bits.
``noise`` turns error rates and idle times into channels, ``reduction`` removes exactly what is not a qubit of the
circuit, ``engines`` simulate what is left, and ``monolithic`` is the one big machine to compare with::

    events --to_copies--> CopyProgram --to_frames--> FrameProgram --find_faults--> Fault, ... --engine--> Outcome

Open ``estimate`` first: it is this flow on one screen. The names below are loaded on first use, so that options can be
checked before anything heavy is imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distq.simulation.fidelity import BoundsEstimate, SimulatedEstimate
    from distq.simulation.options import SimulationOptions

__all__ = ["BoundsEstimate", "SimulatedEstimate", "SimulationOptions"]

_HOME = {
    "BoundsEstimate": "distq.simulation.fidelity",
    "SimulatedEstimate": "distq.simulation.fidelity",
    "SimulationOptions": "distq.simulation.options",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
