"""``distq warm`` compiles every kernel, and nothing a second time."""

from __future__ import annotations

from typing import Any

import pytest

from distq.studies.warm import examples, kernel_names
from distq.util import jit
from helpers.cli import call


def with_callees(kernels: set[jit.Kernel[..., Any]]) -> set[jit.Kernel[..., Any]]:
    """These kernels and all that they call."""
    found, waiting = set(), list(kernels)
    while waiting:
        kernel = waiting.pop()
        if kernel not in found:
            found.add(kernel)
            waiting += kernel.callees.values()
    return found


@pytest.mark.slow
def test_the_examples_need_every_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[jit.Kernel[..., Any]] = set()

    def recorded(method: Any) -> Any:
        def run(kernel: jit.Kernel[..., Any], *args: Any) -> Any:
            used.add(kernel)
            return method(kernel, *args)

        return run

    monkeypatch.setattr(jit.Kernel, "__call__", recorded(jit.Kernel.__call__))
    monkeypatch.setattr(jit.Kernel, "sized", recorded(jit.Kernel.sized))
    with jit.always("compiled"):
        for example in examples():
            example()
    names = {(kernel.__module__, kernel.__qualname__) for kernel in with_callees(used)}
    assert kernel_names() <= names


@pytest.mark.slow
def test_a_second_call_has_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "warm").code == 0
    again = call(capsys, "warm")
    assert (again.code, again.err) == (0, "")
    assert again.out == f"nothing was left to do: all {len(kernel_names())} kernels are compiled\n"
