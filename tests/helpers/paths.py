"""Folders that tests read from."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent.parent
REPOSITORY = TESTS.parent
CIRCUITS = REPOSITORY / "circuits"
DATA = TESTS / "data"
