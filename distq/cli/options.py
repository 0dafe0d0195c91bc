"""The arguments and options that several commands take, each written once."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.networks.network import Network

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]


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


def with_options(*options: Decorator[Any]) -> Decorator[Any]:
    """One decorator of several; ``--help`` lists their options in this order."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _set(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """A callback that sets an attribute of the session."""

    def callback(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            setattr(ctx.ensure_object(Session), name, True)

    return callback


def _add_plugins(ctx: click.Context, param: click.Parameter, files: tuple[Path, ...]) -> None:
    """Have the files loaded when strategies are asked for."""
    from distq.util.plugins import add_plugin

    for file in files:
        add_plugin(file)


common_options = with_options(
    click.option(
        "--plugin",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        multiple=True,
        expose_value=False,
        callback=_add_plugins,
        help="Load FILE, which registers strategies of your own (repeatable).",
    ),
    click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=_set("quiet"), help="Nothing on stderr but errors."
    ),
    click.option(
        "--debug", is_flag=True, expose_value=False, callback=_set("debug"), help="Show a traceback with an error."
    ),
)
"""``--plugin``, ``-q`` and ``--debug``; they work before and after the name of a command."""

circuit_argument: Decorator[Any] = click.argument("circuit", metavar="CIRCUIT")


def network_option(*, multiple: bool = False, required: bool = True) -> Decorator[Any]:
    """``-n`` / ``--network``."""
    return click.option(
        "-n",
        "--network",
        "networks" if multiple else "network",
        required=required,
        multiple=multiple,
        envvar="DISTQ_NETWORK",
        metavar="NETWORK",
        help="KxDATA[+MEMORY][@TOPOLOGY][:PRESET], e.g. 4x16+2@ring:oxford-2025, "
        + "a machine of `distq presets`, or a TOML file."
        + (" May be repeated." if multiple else ""),
    )


def strategy_option(*, plans: bool = True) -> Decorator[Any]:
    """``-s`` / ``--strategy``; with ``plans``, the file of a plan may take the place of a name."""
    return click.option(
        "-s",
        "--strategy",
        default="auto",
        show_default=True,
        envvar="DISTQ_STRATEGY",
        help="A name that `distq strategies` lists" + (", or a plan file (.json)." if plans else "."),
    )


def seed_option(*, multiple: bool = False) -> Decorator[Any]:
    """``--seed``."""
    return click.option(
        "--seed",
        "seeds" if multiple else "seed",
        type=click.IntRange(min=0),
        multiple=multiple,
        default=() if multiple else 0,
        show_default=not multiple,
        envvar="DISTQ_SEED",
        help="Everything random follows from it." + (" May be repeated; 0 unless given." if multiple else ""),
    )


first_operations_option = click.option(
    "--first-operations",
    type=click.Choice(["late", "early"]),
    help="Run the first gates of a qubit just before something needs it, or as early as possible. [default: late, or "
    "what the network file says]",
)


def parse_network_with(text: str, first_operations: str | None) -> Network:
    """The network that a text stands for, with the value of :data:`first_operations_option`."""
    from distq.networks.parse import parse_network

    network = parse_network(text)
    if first_operations is None:
        return network
    return network.model_copy(update={"first_operations": first_operations})


effort_options = with_options(
    click.option(
        "--effort",
        type=FiniteAboveZero(),
        default=1.0,
        show_default=True,
        help="How hard a searching strategy tries.",
    ),
    click.option(
        "--time-limit",
        type=FiniteAboveZero(),
        metavar="SECONDS",
        help="Stop each search about then and keep the best plan so far.",
    ),
)
"""``--effort`` and ``--time-limit``: how hard a searching strategy tries."""


def budget_option(help: str) -> Decorator[Any]:
    """``--approximation-budget``."""
    return click.option("--approximation-budget", type=Infidelity(), metavar="EPS", help=help)


approximation_option = budget_option(
    "Leave out remote rotations that cost less than their Bell pairs: the output may lose so much fidelity at "
    "most, for every input. [default: leave out nothing]"
)
"""``--approximation-budget`` of the commands that plan."""


def max_rounds_option() -> Decorator[Any]:
    """``--max-rounds``. The default is that of ``frontend.outcomes.control``, which takes long to import."""
    return click.option(
        "--max-rounds",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        help="Rounds that are compiled of a loop whose end depends on measured bits.",
    )


def workers_option(help: str) -> Decorator[Any]:
    """``--workers``."""
    return click.option("--workers", type=click.IntRange(min=1), help=help)


def picture_option(help: str) -> Decorator[Any]:
    """``--picture``; the kinds of picture are added to ``help``."""
    return click.option("--picture", type=click.Path(path_type=Path), help=f"{help} (.png, .svg, .pdf).")


def json_option(help: str = "Print one JSON object.") -> Decorator[Any]:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help=help)
