"""distq compiles a quantum circuit for several ion-trap QPUs joined by photonic links and says how faithful it is.

>>> import distq
>>> done = distq.compile("circuits/qft_16.qasm", "4x4+2")
>>> done.report.ebits, done.circuit, done.simulate().fidelity    # doctest: +SKIP

The names below are loaded on first use, so that ``import distq`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from distq._version import __version__

if TYPE_CHECKING:
    from distq.compiler import Compilation, compile
    from distq.errors import DistqError
    from distq.networks.network import Network
    from distq.networks.parts import QPU, Link
    from distq.reporting.report import Report

__all__ = ["QPU", "Compilation", "DistqError", "Link", "Network", "Report", "__version__", "compile"]

_HOME = {
    "QPU": "distq.networks.parts",
    "Compilation": "distq.compiler.compilation",
    "DistqError": "distq.errors",
    "Link": "distq.networks.parts",
    "Network": "distq.networks.network",
    "Report": "distq.reporting.report",
    "compile": "distq.compiler.flow",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
