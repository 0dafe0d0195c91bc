"""How do Bell pairs, fidelity and time follow the numbers of the network, and which numbers does a target require?

In: a circuit, a network, ranges of some of its numbers. Out: a :class:`Sweep`. Open ``sweep`` first; ``ranges`` reads
what users write, ``numbers`` changes a network, ``table`` shows the result.
"""

from distq.studies.sweep.ranges import Range, Target, parse_range, parse_target
from distq.studies.sweep.sweep import Point, Requirement, Sweep, sweep_network

__all__ = ["Point", "Range", "Requirement", "Sweep", "Target", "parse_range", "parse_target", "sweep_network"]
