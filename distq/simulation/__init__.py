"""How faithful a distributed circuit is: from protocol events with noise to fidelities and counts.

In: a lowered plan (events), its schedule and a network. Out: an estimate of the fidelity, or counts of classical bits.
``noise`` turns error rates and idle times into channels, ``reduction`` removes exactly what is not a qubit of the
circuit, ``engines`` simulate what is left, and ``monolithic`` is the one big machine to compare with::

    events --to_copies--> CopyProgram --to_frames--> FrameProgram --find_faults--> Fault, ... --engine--> Outcome

Open ``estimate`` first: it is this flow on one screen.
"""

from distq.simulation.estimate import estimate
from distq.simulation.fidelity import BoundsEstimate, SimulatedEstimate
from distq.simulation.options import SimulationOptions

__all__ = ["BoundsEstimate", "SimulatedEstimate", "SimulationOptions", "estimate"]
