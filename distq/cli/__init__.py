"""The ``distq`` command. Results go to stdout, talk and progress to stderr; exit codes are those of distq.errors.

Importing this package imports click and nothing heavier: every command imports what it needs when it runs.
"""

from __future__ import annotations

import contextlib
import os
import sys

import click

import distq
from distq.cli.aq import aq
from distq.cli.bench import bench
from distq.cli.breakeven import breakeven
from distq.cli.catalogue import network, presets, strategies
from distq.cli.check import check
from distq.cli.circuits import circuits
from distq.cli.compile import compile_
from distq.cli.draw import draw
from distq.cli.environment import PREFIX, unread_variables
from distq.cli.explain import explain
from distq.cli.links import link, validate
from distq.cli.messages import INTERRUPTED, complain, reader_gone
from distq.cli.node import node
from distq.cli.options import common_options
from distq.cli.pareto import pareto
from distq.cli.run import run
from distq.cli.schedule import schedule
from distq.cli.session import Session
from distq.cli.sweep import sweep
from distq.cli.warm import warm

_EPILOG = """\b
examples:
  distq run @qft:16 -n 4x4+2
  distq compile circuit.qasm -n network.toml -o distributed.qasm
  distq bench run @qft:16,32 circuits/ -n 4x16+2 -s kl -s auto -o results.jsonl

Every option can be set in the environment, e.g. DISTQ_NETWORK, DISTQ_SEED, DISTQ_RUN_MONOLITHIC."""


class _InOrder(click.Group):
    """Lists its commands in the order in which a newcomer wants them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=_EPILOG
)
@click.version_option(distq.__version__, prog_name="distq")
@common_options
def cli() -> None:
    """Compile a quantum circuit for ion-trap QPUs joined by photonic links, and say how faithful it is there."""


for command in (
    run,
    compile_,
    schedule,
    draw,
    pareto,
    breakeven,
    sweep,
    aq,
    explain,
    check,
    node,
    network,
    link,
    circuits,
    strategies,
    presets,
    bench,
    validate,
    warm,
):
    cli.add_command(command)


def invoke(argv: list[str] | None = None) -> int:
    """Run the command line ``argv`` (default: the process's) and return its exit code."""
    session = Session(arguments=tuple(sys.argv[1:] if argv is None else argv))
    try:
        if not {"-q", "--quiet"} & set(session.arguments):
            for message in unread_variables(cli):
                session.say(f"warning: {message}")
        code = cli.main(argv, "distq", standalone_mode=False, obj=session, auto_envvar_prefix=PREFIX)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader has gone (`distq ... | head`). Click leaves by SystemExit on a broken pipe, on nothing else here.
        return reader_gone()
    except Exception as error:
        return complain(error, session)


def main() -> None:
    """Entry point of the ``distq`` command."""
    code = invoke()
    if code == INTERRUPTED:  # everything is written: do not wait for threads that finish what nobody wants any more
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)
    sys.exit(code)
