"""``distq warm``: compile all kernels in advance."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import click

from distq.cli.kernel_groups import GROUPS
from distq.cli.options import common_options
from distq.cli.session import Session
from distq.util.gc_pause import gc_paused


@click.command(short_help="Compile all kernels for this machine, in advance.")
@common_options
@click.pass_obj
def warm(session: Session) -> None:
    """Compile all numeric kernels for this machine and keep them, so that no other command has to.

    Needed once after distq has been installed or updated; a second call finds nothing to do. Ctrl-C does no harm: what
    has been compiled is kept.
    """
    start = time.perf_counter()
    from distq.studies.warm import examples, kernel_names
    from distq.util import jit

    names = kernel_names()
    compiled: set[tuple[str, str]] = set()
    with _bar(session, len(names)) as show:

        def tell(module: str, name: str) -> None:
            if (module, name) in names:
                compiled.add((module, name))
                show(len(compiled))

        with jit.always("compiled"), jit.told_of_compilations(tell):
            _run(examples())
    if compiled:
        click.echo(f"compiled {len(compiled)} kernels in {time.perf_counter() - start:.0f} s")
    else:
        click.echo(f"nothing was left to do: all {len(names)} kernels are compiled")


@gc_paused
def _run(examples: Iterator[Callable[[], object]]) -> None:
    for example in examples:
        example()


@contextlib.contextmanager
def _bar(session: Session, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that shows how many of ``total`` kernels are compiled; nothing is shown before the first one."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    progress = Progress(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=session.err())
    with contextlib.ExitStack() as stack:

        def show(done: int) -> None:
            if not progress.tasks:
                seconds = sum(group.seconds for group in GROUPS)
                session.say(f"compiling the kernels for this machine: about {seconds} s if none is there yet")
                progress.add_task("", total=total)
                if session.chatty:
                    stack.enter_context(progress)
            progress.update(progress.task_ids[0], completed=done)

        yield show
