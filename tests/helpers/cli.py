"""The command line, called within the test's process."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from distq.cli import invoke

KERNELS = re.compile(r"^compiling the kernels .*\n", re.MULTILINE)
"""What a command says when it is the first on this machine to need kernels of a group."""


class Output(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *argv: str) -> Output:
    """Run ``distq`` with these arguments; a message about kernels that are compiled is left out."""
    code = invoke(list(argv))
    captured = capsys.readouterr()
    return Output(code, captured.out, KERNELS.sub("", captured.err))
