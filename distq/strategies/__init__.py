"""Strategies: program and network in, plan out. Importing this package registers them all."""

from distq.strategies import (
    anneal,
    auto,
    burst,
    exact,
    gathered,
    rivals,
    spectral,
    static,
    teledata_routing,
    time_sliced,
)
from distq.strategies.base import Strategy, get_strategy, register, strategies

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
