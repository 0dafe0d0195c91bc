"""Options and fixtures of all tests."""

from __future__ import annotations

from collections.abc import Generator

import hypothesis
import pluggy
import pytest

from helpers.golden import Golden

MAY_BE_MISSING = ("GPU", "PyTorch")
"""What a machine may lack so that a test is skipped; a skip whose reason names none of it is a failure."""

hypothesis.settings.register_profile(
    "distq",
    deadline=None,  # an example that is the first to need a kernel waits until it is compiled
    suppress_health_check=[hypothesis.HealthCheck.too_slow],  # likewise
)
hypothesis.settings.load_profile("distq")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write tests/data/golden anew from what distq says now, in place of comparing with it.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernels before xdist starts its processes: they would all compile the same ones at the same time."""
    option = session.config.option
    if getattr(option, "numprocesses", None) and not option.collectonly:
        from helpers import kernels

        if not kernels.are_cached():
            kernels.compile_all()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    """A test is skipped only for what the machine lacks, never because something of distq does not work."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(name in reason for name in MAY_BE_MISSING):
            report.outcome = "failed"
            report.longrepr = f"a skip must name what the machine lacks ({', '.join(MAY_BE_MISSING)}): {reason}"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares texts with the files of tests/data/golden."""
    return Golden(update=request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def no_terminal_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are as wide as a pipe lets them be, also where xdist tells its processes the width of the terminal."""
    monkeypatch.delenv("COLUMNS", raising=False)
