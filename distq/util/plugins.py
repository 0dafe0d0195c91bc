"""Extensions outside the package: entry points of installed packages, and files named by the environment.

The variable VARIABLE holds the files, so that processes that this one starts load them too.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from distq.errors import DistqError, InputError

GROUP = "distq.plugins"
"""The group of entry points: each names a module, whose import registers what it adds."""
VARIABLE = "DISTQ_PLUGIN"
"""The environment variable that holds the files, separated as in PATH."""


def add_plugin(file: Path) -> None:
    """Have ``file`` loaded by this process and by those that it starts."""
    files = _files()
    if (path := str(file.resolve())) not in files:
        os.environ[VARIABLE] = os.pathsep.join([*files, path])


def load_plugins() -> None:
    """Load every plugin that has not been loaded yet.

    Raises
    ------
    InputError
        A plugin cannot be read or imported.
    """
    _load_entry_points()
    for path in _files():
        _load_file(path)


def _files() -> list[str]:
    return [path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]


@cache
def _load_entry_points() -> None:
    for point in importlib.metadata.entry_points(group=GROUP):
        _guarded(f"plugin {point.name} ({point.value})", point.load)


@cache
def _load_file(path: str) -> None:
    if not Path(path).is_file():
        raise InputError(f"plugin {path}: no such file", "name a Python file that registers a strategy")
    _guarded(f"plugin {path}", lambda: _import_file(path))


def _import_file(path: str) -> None:
    # Two files of one name in two folders are two modules.
    name = f"distq_plugin_{Path(path).stem}_{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError("not a Python file", "its name must end with .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _guarded(what: str, load: Callable[[], object]) -> None:
    """Load, and say of every failure which plugin it was."""
    try:
        load()
    except DistqError as error:
        raise InputError(f"{what}: {error.message}", error.hint) from error
    except Exception as error:  # whatever a stranger's file raises
        raise InputError(f"{what}: {type(error).__name__}: {error}", "--debug shows where") from error
