"""The physics of heralded links: from photons to Bell pairs per second, and what can be made of the pairs.

One file per family of link models (``two_photon``, ``one_photon``, ``direct``); importing this package registers them.
"""

from distq.networks.links.bell_diagonal import Weights
from distq.networks.links.direct import Direct
from distq.networks.links.model import (
    BudgetLine,
    LinkBudget,
    LinkModel,
    SurvivalFactor,
    families,
    get_family,
    parse_model,
    register,
)
from distq.networks.links.one_photon import OnePhoton
from distq.networks.links.two_photon import TwoPhoton

__all__ = [
    "BudgetLine",
    "Direct",
    "LinkBudget",
    "LinkModel",
    "OnePhoton",
    "SurvivalFactor",
    "TwoPhoton",
    "Weights",
    "families",
    "get_family",
    "parse_model",
    "register",
]
