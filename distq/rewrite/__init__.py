"""Programs rewritten into equal programs that are cheaper to distribute or fit smaller memories.

Every rewriting is exact: :func:`resynthesise` finds the rotations that circuits of CX gates hide, :func:`expand_wide`
cuts operations down to few operands.
"""

from distq.rewrite.cost import static_cost
from distq.rewrite.expand import expand_wide
from distq.rewrite.phasepoly import resynthesise
from distq.rewrite.simplify import simplify

__all__ = ["expand_wide", "resynthesise", "simplify", "static_cost"]
