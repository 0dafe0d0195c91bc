"""Strategies: program and network in, plan out. Importing this package registers them all."""

from distq.planning.strategies import (
    anneal,
    auto,
    burst,
    exact,
    gathered,
    spectral,
    static,
    teledata_routing,
    time_sliced,
)
from distq.planning.strategies import (
    published_baselines as rivals,
)
from distq.planning.strategies.registry import Strategy, get_strategy, register, strategies

__all__ = [
    "Strategy",
    "anneal",
    "auto",
    "burst",
    "exact",
    "gathered",
    "get_strategy",
    "register",
    "rivals",
    "spectral",
    "static",
    "strategies",
    "teledata_routing",
    "time_sliced",
]
