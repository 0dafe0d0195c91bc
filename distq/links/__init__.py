"""The physics of heralded links: from photons to Bell pairs per second, and what can be made of the pairs.

One file per family of link models (``two_photon``, ``one_photon``, ``direct``); importing this package registers them.
"""

from distq.links.base import Budget, Factor, Line, LinkModel, families, get_family, parse_model, register
from distq.links.bell import Weights
from distq.links.direct import Direct
from distq.links.one_photon import OnePhoton
from distq.links.two_photon import TwoPhoton

__all__ = [
    "Budget",
    "Direct",
    "Factor",
    "Line",
    "LinkModel",
    "OnePhoton",
    "TwoPhoton",
    "Weights",
    "families",
    "get_family",
    "parse_model",
    "register",
]
