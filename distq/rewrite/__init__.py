"""Programs rewritten into equal programs that are cheaper to distribute or fit smaller memories.

Every rewriting is exact: :func:`resynthesise` finds the rotations that circuits of CX gates hide, :func:`expand_wide`
cuts operations down to few operands, :func:`gather` collects operands that are together, and :func:`rewrite` does what
a plan asks for.
"""

from distq.rewrite.cost import static_cost
from distq.rewrite.expand import expand_wide
from distq.rewrite.gather import Gathered, gather
from distq.rewrite.phasepoly import resynthesise
from distq.rewrite.recipe import read_rewriting, rewrite, write_rewriting
from distq.rewrite.simplify import simplify

__all__ = [
    "Gathered",
    "expand_wide",
    "gather",
    "read_rewriting",
    "resynthesise",
    "rewrite",
    "simplify",
    "static_cost",
    "write_rewriting",
]
