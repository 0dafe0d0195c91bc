"""distq inside Qiskit: a transpiler pass.

In: what Qiskit's pass managers hold. Out: distributed circuits with a true layout. Open ``distribute`` first; ``wires``
reads what earlier passes did, ``compiled`` calls the compiler, ``ions`` tells what a machine can do.
"""

from distq.execution.bell_pairs import with_pair_circuits as for_aer
from distq.qiskit.distribute import DistributePass

__all__ = ["DistributePass", "for_aer"]
