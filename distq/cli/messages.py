"""How errors are told: ``error:`` what is wrong and where, ``hint:`` how to mend it. The one place that writes them."""

from __future__ import annotations

import errno
import os
import sys
import traceback

import click

from distq.cli.session import Session
from distq.errors import DistqError, InternalError

_NETWORK = (
    "for example -n 4x16+2: 4 QPUs of 16 data and 2 memory ions; `distq presets` lists machines, "
    "`distq network init` writes a file"
)
EXAMPLES = {
    "network": _NETWORK,
    "networks": _NETWORK,
    "circuit": "name an OpenQASM or QPY file, a benchmark circuit such as @qft:16, or - for standard input",
    "circuits": "name OpenQASM or QPY files, e.g. circuits/*.qasm",
    "output": "for example -o picture.png",
}
"""Parameter -> what to give where it is missing."""
INTERRUPTED = 130
"""Exit code of what the user has interrupted: 128 and the number of the signal."""
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
"""What goes wrong with an output rather than with distq."""


def complain(error: BaseException, session: Session) -> int:
    """Tell what is wrong, on stderr, and return the exit code."""
    if session.debug:
        traceback.print_exception(error)
    match error:
        case click.exceptions.NoArgsIsHelpError():
            error.show()
            return error.exit_code
        case click.ClickException():
            _tell(_lowered(error), _hint(error))
            return error.exit_code
        case InternalError():
            _tell(error.message, error.hint)
            _blame(session)
            return error.exit_code
        case DistqError():
            _tell(error.message, error.hint)
            return error.exit_code
        case OSError() if error.errno in CANNOT_WRITE:
            _forget_stdout()
            where = error.filename or "the output"
            _tell(f"cannot write {where}: {error.strerror}", "make room, or write it somewhere else")
            return 2
        case _:
            _tell(f"{type(error).__name__}: {error}")
            _blame(session)
            return 1


def reader_gone() -> int:
    """Exit code of a broken pipe (``distq ... | head``)."""
    _forget_stdout()
    return 141


def _tell(message: str, hint: str | None = None) -> None:
    click.echo(f"error: {message}" + (f"\n  hint: {hint}" if hint else ""), err=True)


def _blame(session: Session) -> None:
    again = "" if session.debug else " with what --debug shows"
    click.echo(f"  this is a fault of distq, not of your input: please report it{again}", err=True)


def _forget_stdout() -> None:
    """Keep the interpreter from failing again when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lowered(error: click.ClickException) -> str:
    """Click's message, as distq writes its own: no capital, no full stop, and the guesses go to the hint."""
    message = error.message if isinstance(error, click.NoSuchOption) else error.format_message()
    message = message.replace("integer range", "whole number").replace("float range", "number")
    message = message.split(" Did you mean ")[0].split("\n")[0].rstrip(". ")
    return message[:1].lower() + message[1:]


def _hint(error: click.ClickException) -> str | None:
    """How to mend what click has found."""
    if isinstance(error, click.MissingParameter) and error.param is not None and error.param.name in EXAMPLES:
        return EXAMPLES[error.param.name]
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx is not None else "distq"
    guesses = _guesses(error)
    return f"{guesses}`{command} --help` says what there is"


def _guesses(error: click.ClickException) -> str:
    """``did you mean ...? ``, or nothing."""
    if isinstance(error, click.NoSuchOption):
        near = list(error.possibilities or ())
    else:
        _, asked, rest = error.format_message().partition("Did you mean ")
        near = [rest.strip(" ?'\"").removeprefix("one of: ")] if asked else []
    return f"did you mean {' or '.join(sorted(near))}? " if near else ""
