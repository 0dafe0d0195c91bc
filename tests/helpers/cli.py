"""The command line, called within the test's process."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from distq.cli import invoke

KERNELS = "compiling numeric kernels (only now; later runs find them cached)\n"
"""What a command says when it is the first on this machine to need a kernel."""


class Output(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *argv: str) -> Output:
    """Run ``distq`` with these arguments; a message about kernels that are compiled is left out."""
    code = invoke(list(argv))
    captured = capsys.readouterr()
    return Output(code, captured.out, captured.err.replace(KERNELS, ""))
