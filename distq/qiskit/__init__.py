"""distq inside Qiskit: a backend, passes, pass managers and primitives.

In: what Qiskit users have. Out: distributed circuits with a true layout, and results. Open ``distribute`` first:
``wires`` reads what earlier passes did, ``compiled`` calls the compiler, ``ions`` tells what a machine can do.
``backend``, ``target``, ``free_target`` and ``stages`` are for ``transpile``; ``shots`` runs circuits as they are;
``primitives`` compile circuits themselves and use the fast engines (``executable``, ``observables``).
"""

from distq.execution.bell_pairs import with_pair_circuits as for_aer
from distq.qiskit.analysis import ChoosePlacement, CountCost
from distq.qiskit.backend import NetworkBackend
from distq.qiskit.distribute import DistributePass
from distq.qiskit.managers import pass_manager
from distq.qiskit.primitives import Estimator, Sampler
from distq.qiskit.target import NetworkTarget

__all__ = [
    "ChoosePlacement",
    "CountCost",
    "DistributePass",
    "Estimator",
    "NetworkBackend",
    "NetworkTarget",
    "Sampler",
    "for_aer",
    "pass_manager",
]
