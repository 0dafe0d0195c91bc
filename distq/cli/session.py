"""What one call of the command line shares: how much it says, and the options that every command takes."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

F = TypeVar("F", bound=Callable[..., Any])


class FiniteAboveZero(click.FloatRange):
    """A number above 0 that is neither NaN nor infinite: comparisons alone let both pass."""

    def __init__(self) -> None:
        super().__init__(min=0.0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert, and refuse what is not finite."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


@dataclass
class Session:
    """One call of ``distq``.

    Attributes
    ----------
    debug
        Show tracebacks.
    quiet
        Say nothing on stderr but errors.
    """

    debug: bool = False
    quiet: bool = False
    _announced: set[str] = field(default_factory=set)

    def out(self) -> Console:
        """Console for results. Plain and 100 columns wide unless stdout is a terminal."""
        from rich.console import Console

        terminal = sys.stdout.isatty()
        return Console(file=sys.stdout, highlight=False, width=None if terminal else 100)

    def show(self, content: RenderableType) -> None:
        """Print a result. Unless stdout is a terminal, blanks are plain and none ends a line."""
        console = self.out()
        if sys.stdout.isatty():
            console.print(content)
            return
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

    @contextlib.contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that shows what is being done now; shows nothing where nobody looks."""
        if not self.chatty:
            yield lambda stage: None
            return
        with self.err().status("starting ...") as status:
            yield lambda stage: status.update(f"{stage} ...")

    @contextlib.contextmanager
    def announce_kernels(self) -> Iterator[None]:
        """Say so on stderr when a numba kernel is compiled (once; the result is cached on disk for later runs)."""
        from numba.core import event

        class Announce(event.Listener):
            def on_start(listener, _: Any) -> None:
                if not self._announced:
                    self._announced.add("kernels")
                    self.say("compiling numeric kernels (only now; later runs find them cached)")

            def on_end(listener, _: Any) -> None:
                pass

        with event.install_listener("numba:compile", Announce()):
            yield


def _set(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            setattr(ctx.ensure_object(Session), name, True)

    return callback


def common_options(command: F) -> F:
    """Add ``--debug`` and ``-q`` to a command; they work before and after its name."""
    command = click.option(
        "--debug", is_flag=True, expose_value=False, callback=_set("debug"), help="Show a traceback with an error."
    )(command)
    return click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=_set("quiet"), help="Nothing on stderr but errors."
    )(command)


def network_option(*, multiple: bool = False) -> Callable[[F], F]:
    """Add ``-n`` / ``--network``."""
    return click.option(
        "-n",
        "--network",
        "networks" if multiple else "network",
        required=True,
        multiple=multiple,
        envvar="DISTQ_NETWORK",
        metavar="NETWORK",
        help="KxDATA[+MEMORY][@TOPOLOGY][:PRESET], e.g. 4x16+2@ring:oxford-2025, "
        + "a machine of `distq presets`, or a TOML file."
        + (" May be repeated." if multiple else ""),
    )


class Infidelity(click.FloatRange):
    """A number from 0 to below 1."""

    name = "infidelity"

    def __init__(self) -> None:
        super().__init__(min=0.0, max=1.0, max_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert, and refuse NaN, which compares with nothing."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not in the range 0<=x<1.", param, ctx)
        return number


def approximation_option(command: F) -> F:
    """``--approximation-budget``."""
    return click.option(
        "--approximation-budget",
        type=Infidelity(),
        metavar="EPS",
        help="Leave out remote rotations that cost less than their Bell pairs: the output may lose so much fidelity at "
        "most, for every input. [default: leave out nothing]",
    )(command)


def effort_options(command: F) -> F:
    """``--effort`` and ``--time-limit``: how hard a searching strategy tries."""
    limit = click.option(
        "--time-limit",
        type=FiniteAboveZero(),
        metavar="SECONDS",
        help="Stop each search about then and keep the best plan so far.",
    )
    effort = click.option(
        "--effort",
        type=FiniteAboveZero(),
        default=1.0,
        show_default=True,
        help="How hard a searching strategy tries.",
    )
    return effort(limit(command))


def seed_option(*, multiple: bool = False) -> Callable[[F], F]:
    """Add ``--seed``."""
    return click.option(
        "--seed",
        "seeds" if multiple else "seed",
        type=click.IntRange(min=0),
        multiple=multiple,
        default=(0,) if multiple else 0,
        show_default=not multiple,
        envvar="DISTQ_SEED",
        help="Everything random follows from it." + (" May be repeated; 0 unless given." if multiple else ""),
    )
