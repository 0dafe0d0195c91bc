"""What one call of the command line shares: how much it says, and where."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PIPED_WIDTH = 100
"""Columns of wrapped text where stdout is no terminal."""
UNWRAPPED_WIDTH = 10_000
"""Wider than any line: nothing is wrapped."""


@dataclass
class Session:
    """One call of ``distq``.

    Attributes
    ----------
    debug
        Show tracebacks.
    quiet
        Say nothing on stderr but errors.
    arguments
        The command line, without the name of the program.
    """

    debug: bool = False
    quiet: bool = False
    arguments: tuple[str, ...] = ()
    _announced: set[str] = field(default_factory=set)

    @property
    def command(self) -> str:
        """The command line for others to repeat, without what is known on this machine only: folders and addresses."""
        shown = [re.sub(r"\w+://\S+", "ADDRESS", argument) for argument in self.arguments]
        return shlex.join(["distq", *(re.sub(r"(^|=)[/~](?:[^=]*/)?(?=[^/=]+$)", r"\1", one) for one in shown)])

    def show(self, content: RenderableType, *, keep_lines: bool = False) -> None:
        """Print a result, as wide as the terminal or as the environment variable COLUMNS says.

        Parameters
        ----------
        content
            What rich prints.
        keep_lines
            Where stdout is no terminal: leave every row on one line, however long, for ``grep`` and the like. Else it
            is wrapped at PIPED_WIDTH.

        Notes
        -----
        Unless stdout is a terminal, the text is plain, its blanks are plain blanks, and none ends a line.
        """
        from rich.console import Console

        if sys.stdout.isatty():
            Console(file=sys.stdout, highlight=False).print(content)
            return
        wrapped = UNWRAPPED_WIDTH if keep_lines else PIPED_WIDTH
        width = None if os.environ.get("COLUMNS", "").isdigit() else wrapped
        console = Console(file=sys.stdout, highlight=False, width=width)
        with console.capture() as capture:
            console.print(content)
        text = capture.get().replace("\N{NO-BREAK SPACE}", " ")
        click.echo("\n".join(line.rstrip() for line in text.splitlines()))

    def err(self) -> Console:
        """Console for talk."""
        from rich.console import Console

        return Console(stderr=True, highlight=False)

    @property
    def chatty(self) -> bool:
        """True if progress may be shown: stderr is a terminal and nobody asked for quiet."""
        return not self.quiet and sys.stderr.isatty()

    def say(self, message: str) -> None:
        """Talk, on stderr."""
        if not self.quiet:
            # sys.stderr is looked up here: a progress display puts itself between, and so is not torn.
            sys.stderr.write(message + "\n")
            sys.stderr.flush()

    def say_written(self, *paths: Path | None) -> None:
        """Name the files that were written, where somebody looks; None is no file."""
        for path in paths:
            if path is not None and self.chatty:
                self.say(f"wrote {path}")

    @contextlib.contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that shows what is being done now; shows nothing where nobody looks."""
        if not self.chatty:
            yield lambda stage: None
            return
        from distq.cli.progress_line import ProgressLine

        line = ProgressLine()
        with self.err().status(line):
            yield line.tell

    @contextlib.contextmanager
    def announce_kernels(self) -> Iterator[None]:
        """Say so on stderr when kernels are compiled: once for each group of them, and how long that takes about."""
        from distq.cli.kernel_groups import group_of
        from distq.util.jit import told_of_compilations

        def announce(module: str, _: str) -> None:
            group = group_of(module)
            if group is not None and group.name not in self._announced:
                self._announced.add(group.name)
                self.say(f"compiling {group.name}, once for this machine: about {group.seconds} s (all: distq warm)")

        with told_of_compilations(announce):
            yield
