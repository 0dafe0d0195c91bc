"""The packets of a plan: which copy serves what, which could serve it too, and plans with fewer packets."""

from distq.planning.refine.prune_packets import Cut, cut, pruned

__all__ = ["Cut", "cut", "pruned"]
