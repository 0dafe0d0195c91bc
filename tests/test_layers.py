"""The contracts of pyproject.toml on who imports whom."""

from __future__ import annotations

import subprocess
import sys

from helpers.paths import REPOSITORY


def test_imports_run_one_way():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_distq_is_cheap_and_its_names_are_there():
    code = "import sys, distq; assert not {'numpy', 'qiskit', 'pydantic'} & set(sys.modules); print(dir(distq))"
    assert "compile" in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    import distq

    assert all(getattr(distq, name) is not None for name in distq.__all__)
