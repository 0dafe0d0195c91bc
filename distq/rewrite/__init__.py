"""Programs rewritten into equal programs that are cheaper to distribute or fit smaller memories.

Every rewriting is exact but :func:`drop`, which leaves operations out: :func:`resynthesise` finds the rotations that
circuits of CX gates hide, :func:`expand_wide` cuts operations down to few operands, :func:`gather` collects operands
that are together, and :func:`rewrite` does what a plan asks for.
"""

from distq.rewrite.cost import static_cost
from distq.rewrite.drop import (
    angle_within,
    check_budget,
    drop,
    infidelity_bound,
    process_survival,
    removal_angle,
    removal_angles,
)
from distq.rewrite.expand import expand_wide
from distq.rewrite.gather import Gathered, gather
from distq.rewrite.phasepoly import resynthesise
from distq.rewrite.recipe import before_dropping, dropped, read_rewriting, require_within, rewrite, write_rewriting
from distq.rewrite.simplify import simplify

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
    "read_rewriting",
    "removal_angle",
    "removal_angles",
    "require_within",
    "resynthesise",
    "rewrite",
    "simplify",
    "static_cost",
    "write_rewriting",
]
