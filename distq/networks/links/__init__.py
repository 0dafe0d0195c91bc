"""The physics of heralded links: from photons to Bell pairs per second, and what can be made of the pairs.

In: a table of parameters. Out: a link's rate and Bell weights, with a budget that says where the photons go. Open
``model`` first. There is one file per family of models (``two_photon`` and ``one_photon`` on ``photon``; ``direct``);
importing this package registers them. ``distillation`` and ``swapping`` make other pairs out of raw ones.
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
