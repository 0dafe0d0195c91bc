"""Programs rewritten into equal programs that are cheaper to distribute or fit smaller memories.

In: a program. Out: an equal program. :func:`resynthesise` finds the rotations that circuits of CX gates hide,
:func:`expand_wide` cuts operations down to few operands, :func:`gather` collects operands that are at one QPU,
:func:`insert_swaps` exchanges qubits by gates, and :func:`rewrite` does again what a plan or an emitted circuit says
was done (open ``apply`` first). All are exact but :func:`drop`, which leaves operations out, with a bound on what that
costs.
"""

from distq.rewrite.apply import before_dropping, dropped, require_within, rewrite
from distq.rewrite.cost import static_cost
from distq.rewrite.gather_wide import Gathered, gather
from distq.rewrite.omit import (
    angle_within,
    check_budget,
    drop,
    infidelity_bound,
    process_survival,
    removal_angle,
    removal_angles,
)
from distq.rewrite.phase_polynomial import resynthesise
from distq.rewrite.simplify import simplify
from distq.rewrite.split_wide import expand_wide
from distq.rewrite.swap_lines import SWAP_OPERATIONS, insert_swaps

__all__ = [
    "SWAP_OPERATIONS",
    "Gathered",
    "angle_within",
    "before_dropping",
    "check_budget",
    "drop",
    "dropped",
    "expand_wide",
    "gather",
    "infidelity_bound",
    "insert_swaps",
    "process_survival",
    "removal_angle",
    "removal_angles",
    "require_within",
    "resynthesise",
    "rewrite",
    "simplify",
    "static_cost",
]
