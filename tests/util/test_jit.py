"""Compiled kernels: what another version of a module left in the cache does no harm."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

KERNEL = """
from typing import NamedTuple
import numpy as np
from distq.util.jit import njit

class {name}(NamedTuple):
    x: np.ndarray

@njit
def total(given):
    return given.x.sum()

found = total({name}(np.ones(3)))
"""


def run(path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> float:
    """What the kernel finds whose argument is of a class of this name."""
    path.write_text(KERNEL.format(name=name))
    spec = importlib.util.spec_from_file_location("kernel_of_test_jit", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    found: float = module.found
    return found


def test_a_cache_that_names_a_class_which_is_gone_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path / "kernel.py", "Before", monkeypatch) == 3.0
    assert list(tmp_path.glob("__pycache__/*.nbi"))
    assert run(tmp_path / "kernel.py", "Afterwards", monkeypatch) == 3.0
