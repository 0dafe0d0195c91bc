"""Kernels: when they are compiled, and that what an older version of their sources left in the cache does no harm."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distq.util import jit
from distq.util.jit import always, njit
from helpers.paths import REPOSITORY

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


CALLEE = """
from distq.util.jit import njit

@njit
def number():
    return {number}
"""
CALLER = """
from callee_of_test_jit import number
from distq.util.jit import njit

@njit
def call():
    return number()
"""


def called(folder: Path, number: int) -> int:
    """What a compiled function returns that calls another one of another file, in a process of its own."""
    (folder / "callee_of_test_jit.py").write_text(CALLEE.format(number=number))
    code = "from caller_of_test_jit import call; print(call())"
    path = os.pathsep.join([str(folder), str(REPOSITORY)])
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return int(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout)


@pytest.mark.slow
def test_a_kernel_is_compiled_again_when_one_that_it_calls_has_changed(tmp_path: Path) -> None:
    (tmp_path / "caller_of_test_jit.py").write_text(CALLER)
    assert called(tmp_path, 1) == 1
    assert called(tmp_path, 1234) == 1234


@njit
def doubled(word: Any) -> Any:
    """A kernel that overflows."""
    return word * np.uint64(2)


@njit
def quadrupled(word: Any) -> Any:
    """A kernel that calls another one."""
    return doubled(doubled(word))


def test_kernels_call_kernels_of_their_own_form() -> None:
    word = np.uint64(2**63 + 3)
    assert quadrupled.plain(word) == quadrupled.compiled(word) == 12
    with always("plain"):
        assert quadrupled(word) == 12
    assert set(quadrupled.callees) == {"doubled"}


def test_work_is_compiled_once_it_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = jit.Kernel(doubled.function, {})
    quadrupled.compiled(np.uint64(1))  # wakes numba
    assert kernel.sized(jit.LOAD_S / 2) is kernel.plain
    assert kernel.sized(jit.LOAD_S) is kernel.compiled
    monkeypatch.setattr(jit, "_numba", None)
    other = jit.Kernel(doubled.function, {})
    monkeypatch.setattr(jit, "KERNELS", [other])
    assert other.sized(jit.WAKE_S) is other.plain
    assert other.sized(jit.WAKE_S / 100) is other.compiled
    with jit.always("plain"):
        assert other.sized(100.0) is other.plain
    with jit.always("compiled"):
        assert jit.Kernel(doubled.function, {}).sized(0.0) is not doubled.plain
