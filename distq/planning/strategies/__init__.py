"""Strategies: each turns a program and a network into a plan. Importing this package registers them all.

======================================  ==============================================
names                                   module
======================================  ==============================================
contiguous, random, greedy, kl          ``static``
hypergraph                              ``hypergraph``
spectral, bisection                     ``spectral``
gather                                  ``gathered`` (by ``wide_gates``, as fixed homes that need it)
anneal                                  ``anneal`` (with ``anneal_chains``)
auto                                    ``auto`` (with ``anneal_on``), the default
exact                                   ``exact``
per-gate, static-packets                ``published_baselines``
burst                                   ``burst``
teledata-routing                        ``teledata_routing``
swap-routing                            ``swap_routing`` (with ``swap_router``, ``swap_placement``, ``routed_plan``)
time-sliced                             ``time_sliced``
======================================  ==============================================

To add one, register a function in a module of this package and import the module below: the docstring of ``registry``
shows it in ten lines. Open ``registry`` first, then ``static`` for the simplest strategies.
"""

from distq.planning.strategies import (
    anneal,
    auto,
    burst,
    exact,
    gathered,
    hypergraph,
    published_baselines,
    spectral,
    static,
    swap_routing,
    teledata_routing,
    time_sliced,
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
    "hypergraph",
    "published_baselines",
    "register",
    "spectral",
    "static",
    "strategies",
    "swap_routing",
    "teledata_routing",
    "time_sliced",
]
