"""distq inside Qiskit: a transpiler pass.

In: what Qiskit's pass managers hold. Out: distributed circuits with a true layout. Open ``distribute`` first; ``wires``
reads what earlier passes did, ``compiled`` calls the compiler, ``ions`` tells what a machine can do.
"""

from distq.execution.bell_pairs import with_pair_circuits as for_aer
from distq.qiskit.backend import NetworkBackend
from distq.qiskit.distribute import DistributePass
from distq.qiskit.target import NetworkTarget

__all__ = ["DistributePass", "NetworkBackend", "NetworkTarget", "for_aer"]
