"""Improves finished plans without planning anew.

In: a program, a network and a valid plan. Out: a plan with no more Bell pairs, or with fewer operations where an
approximation is allowed. ``prune_packets`` drops copies that others can replace, and decides what an approximation
leaves out; ``noise_aware`` moves a plan to better links and QPUs, with ``relabel`` and ``better_sites``. Open
``noise_aware`` first; ``packet_use`` says which copies serve what, on which pruning rests.
"""

from distq.planning.refine.prune_packets import PrunedPlan, prune, prune_within

__all__ = ["PrunedPlan", "prune", "prune_within"]
