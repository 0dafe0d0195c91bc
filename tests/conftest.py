"""Options and fixtures of all tests."""

from __future__ import annotations

import pytest

from helpers.golden import Golden


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write tests/data/golden anew from what distq says now, in place of comparing with it.",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares texts with the files of tests/data/golden."""
    return Golden(update=request.config.getoption("--update-golden"))
