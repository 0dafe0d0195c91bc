"""What a strategy is, and the registry that finds it by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from distq.errors import UnknownNameError
from distq.network import Network
from distq.plan import Plan
from distq.program import Program


class Planner(Protocol):
    """A strategy's function: pure, deterministic for a given seed."""

    def __call__(self, program: Program, network: Network, *, seed: int) -> Plan: ...


@dataclass(frozen=True)
class Strategy:
    """A registered strategy: its name, one line on what it does, its source (a paper or library), its function."""

    name: str
    summary: str
    source: str
    plan: Planner


_REGISTRY: dict[str, Strategy] = {}


def register(name: str, summary: str, source: str = "distq") -> Callable[[Planner], Planner]:
    """Decorator that makes a planner available by name."""

    def add(planner: Planner) -> Planner:
        _REGISTRY[name] = Strategy(name, summary, source, planner)
        return planner

    return add


def strategies() -> tuple[Strategy, ...]:
    """All registered strategies, by name."""
    return tuple(_REGISTRY[name] for name in sorted(_REGISTRY))


def get_strategy(name: str) -> Strategy:
    """The strategy of that name; raises UnknownNameError with the nearest one."""
    if name not in _REGISTRY:
        raise UnknownNameError("strategy", name, _REGISTRY)
    return _REGISTRY[name]
