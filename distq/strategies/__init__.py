"""Strategies: program and network in, plan out. Importing this package registers them all."""

from distq.strategies import anneal, auto, static
from distq.strategies.base import Strategy, get_strategy, register, strategies

__all__ = ["Strategy", "anneal", "auto", "get_strategy", "register", "static", "strategies"]
