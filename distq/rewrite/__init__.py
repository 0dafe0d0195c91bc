"""Programs rewritten into equal programs that are cheaper to distribute or fit smaller memories.

Every rewriting is exact but :func:`drop`, which leaves operations out: :func:`resynthesise` finds the rotations that
circuits of CX gates hide, :func:`expand_wide` cuts operations down to few operands, :func:`gather` collects operands
that are together, and :func:`rewrite` does what a plan asks for.
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

__all__ = [
    "Gathered",
    "angle_within",
    "before_dropping",
    "check_budget",
    "drop",
    "dropped",
    "expand_wide",
    "gather",
    "infidelity_bound",
    "process_survival",
    "removal_angle",
    "removal_angles",
    "require_within",
    "resynthesise",
    "rewrite",
    "simplify",
    "static_cost",
]
