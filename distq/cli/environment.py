"""Options that are set in the environment: ``DISTQ_*`` variables that no option reads are told."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from distq.errors import nearest_name

PREFIX = "DISTQ"


def unread_variables(group: click.Group) -> Iterator[str]:
    """What to say about every variable that begins with ``DISTQ_`` and that no option reads."""
    names = [name for name in os.environ if name.startswith(f"{PREFIX}_")]
    if not names:
        return
    known = sorted(set(_variables(group, PREFIX)))
    for name in sorted(set(names) - set(known)):
        near = nearest_name(name.removeprefix(PREFIX), [other.removeprefix(PREFIX) for other in known])
        guess = f"; did you mean {PREFIX}{near}?" if near else ""
        yield f"the environment variable {name} is not read{guess}"


def _variables(command: click.Command, prefix: str) -> Iterator[str]:
    """The variables that the options of a command and of those below it read."""
    for param in command.params:
        if isinstance(param, click.Option) and param.name is not None:
            yield f"{prefix}_{param.name.upper()}"
            named = param.envvar or ()
            yield from [named] if isinstance(named, str) else named
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _variables(inner, f"{prefix}_{name.replace('-', '_').upper()}")
