"""distq compiles a quantum circuit for several ion-trap QPUs joined by photonic links and says how faithful it is.

>>> import distq
>>> done = distq.compile("circuits/qft_16.qasm", "4x4+2")
>>> done.report.ebits, done.circuit, done.simulate().fidelity    # doctest: +SKIP

The names below are loaded on first use, so that ``import distq`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from distq.compiler import Compilation, compile
    from distq.errors import DistqError
    from distq.network import QPU, Link, Network
    from distq.report import Report

__all__ = ["QPU", "Compilation", "DistqError", "Link", "Network", "Report", "__version__", "compile"]

_HOME = {
    "QPU": "distq.network",
    "Compilation": "distq.compiler",
    "DistqError": "distq.errors",
    "Link": "distq.network",
    "Network": "distq.network",
    "Report": "distq.report",
    "compile": "distq.compiler",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
