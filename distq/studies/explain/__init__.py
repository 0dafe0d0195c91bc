"""Why a plan costs what it costs, which QPU limits it, and what one more ion would save.

In: a circuit and a network (:func:`explain_circuit`), or a valid plan for a program (:func:`explain_plan`). Out: an
:class:`Explanation`. Every Bell pair of a plan opens one copy: each copy is followed to its end, which names the cause
of its pair, and the strategy plans again for networks with fewer and more ions. Open ``explain`` first; ``explanation``
holds the values, ``curve`` plans again, ``bottleneck`` says what limits the plan, ``table`` and ``figure`` show it.
"""

from distq.studies.explain.curve import with_curve
from distq.studies.explain.explain import explain_circuit, explain_plan
from distq.studies.explain.explanation import CAUSES, ExplainedCopy, Explanation, Occupancy, Point

__all__ = [
    "CAUSES",
    "ExplainedCopy",
    "Explanation",
    "Occupancy",
    "Point",
    "explain_circuit",
    "explain_plan",
    "with_curve",
]
