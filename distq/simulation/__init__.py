"""Noise: from lowered events to fidelities.

::

    events --reduce_events--> CopyProgram --to_frames--> FrameProgram --find_faults--> Fault, ... --engine--> Estimate

Each step removes something exactly: halves of pairs and protocol measurements, then copies, then frames.
"""

from distq.simulation.estimate import estimate
from distq.simulation.fidelity import BoundsEstimate, SimulatedEstimate
from distq.simulation.options import SimulationOptions

__all__ = ["BoundsEstimate", "SimulatedEstimate", "SimulationOptions", "estimate"]
