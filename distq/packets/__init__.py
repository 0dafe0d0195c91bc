"""The packets of a plan: which copy serves what, which could serve it too, and plans with fewer packets."""

from distq.packets.cut import Cut, cut, pruned

__all__ = ["Cut", "cut", "pruned"]
