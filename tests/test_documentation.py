"""The README and docs/ name files, modules and commands that exist, and the sdist holds what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
import tomllib
from functools import reduce
from pathlib import Path

import click
import pytest

import distq
from distq.cli import cli
from distq.planning.strategies import registry
from distq.util import plugins
from helpers.cli import call
from helpers.paths import REPOSITORY

FRONT = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*FRONT, *(page for page in sorted((REPOSITORY / "docs").rglob("*.md")) if "_build" not in page.parts)]
WINGS = [module.name for module in pkgutil.iter_modules(distq.__path__)]
TUTORIALS = [page for page in PAGES if page.parent.name in ("tutorials", "howto")]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.M | re.S)
CODE = re.compile(r"`([^`\n]+)`")


def code_in(page: Path) -> list[str]:
    """What stands between backticks, outside of blocks."""
    return CODE.findall(re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S))


def resolved(dotted: str) -> object:
    """The module, class or function ``wing.module.name`` of distq; AttributeError if there is none."""
    parts = dotted.split(".")
    for k in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(["distq", *parts[:k]]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[k:], module)
    raise AttributeError(dotted)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_exist(page: Path) -> None:
    text = page.read_text()
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    files = [name for name in code_in(page) if re.fullmatch(r"(distq|tests|benchmarks|circuits|docs)/[\w./-]*", name)]
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [name for name in files if not (REPOSITORY / name).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_of_modules_exist(page: Path) -> None:
    names = [name for name in code_in(page) if re.fullmatch(rf"({'|'.join(WINGS)})\.[\w.]+", name)]
    missing = []
    for name in names:
        try:
            resolved(name)
        except AttributeError:
            missing.append(name)
    assert not missing


def matches(printed: str, shown: str) -> bool:
    """Is this what the page shows? A line ``...`` stands for any lines; blank lines at the end do not count."""
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in shown.strip().splitlines()]
    text = "".join(line.rstrip() + "\n" for line in printed.strip().splitlines())
    return re.fullmatch("".join(lines), text) is not None


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_commands_of_the_tutorials_print_what_stands_there(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))  # a page's strategy leaves with the page
    commands = 0
    for language, body in BLOCK.findall(page.read_text()):
        if name := re.match(r"# (\w+\.(?:toml|py))\n", body):
            Path(name[1]).write_text(body)
        elif language == "pycon":
            test = doctest.DocTestParser().get_doctest(body, {}, page.name, str(page), 0)
            assert doctest.DocTestRunner().run(test).failed == 0, capsys.readouterr().out
        for command, shown in re.findall(r"^\$ distq (.*)\n((?:(?!\$ ).*\n)*)", body, flags=re.M):
            printed = call(capsys, *shlex.split(command)).out
            assert matches(printed, shown), f"{command}\n{printed}"
            commands += 1
    assert commands


def test_every_wing_is_in_the_readme() -> None:
    found = set(code_in(REPOSITORY / "README.md"))
    assert set(WINGS) <= found


def test_commands_of_the_readme_exist() -> None:
    text = (REPOSITORY / "README.md").read_text()
    context = click.Context(cli)
    blocks = "".join(re.findall(r"^```.*?^```", text, flags=re.M | re.S))
    for command in re.findall(r"^distq (\w+)", blocks, flags=re.M):
        assert cli.get_command(context, command) is not None, command
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", re.sub(r"`(pip|pytest|make|python) [^`]*`", "", text)))
    known = {option for command in cli.commands.values() for option in options_of(command)}
    assert named <= known | set(options_of(cli)), named - known


def options_of(command: click.Command) -> list[str]:
    found = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
    for part in getattr(command, "commands", {}).values():
        found += options_of(part)
    return found


def test_the_citation_names_the_version_and_licence() -> None:
    lines = (REPOSITORY / "CITATION.cff").read_text().splitlines()
    assert f"version: {distq.__version__}" in lines
    assert "license: Apache-2.0" in lines
    assert f"## [{distq.__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text()


def test_the_sdist_holds_what_the_readme_shows() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    text = (REPOSITORY / "README.md").read_text()
    shown = {name for name in re.findall(r"(?<![\w/.])(\w+)/[\w.-]+", text) if (REPOSITORY / name).is_dir()}
    assert {"distq", "tests", "benchmarks", "circuits", "docs"} <= shown
    assert shown <= set(included)
    assert all((REPOSITORY / name).exists() for name in included)
