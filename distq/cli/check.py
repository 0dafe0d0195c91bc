"""``distq check``: is a compiled circuit or a plan the original circuit?"""

from __future__ import annotations

import click

from distq.cli.options import budget_option, common_options, max_rounds_option, network_option
from distq.cli.session import Session


@click.command(short_help="Is a compiled circuit the original?")
@click.argument("original", metavar="ORIGINAL")
@click.argument("compiled", metavar="COMPILED")
@network_option()
@budget_option(
    "Accept that rotations were left out if that costs so much fidelity at most. [default: nothing left out]"
)
@max_rounds_option()
@common_options
@click.pass_context
def check(
    ctx: click.Context,
    original: str,
    compiled: str,
    network: str,
    approximation_budget: float | None,
    max_rounds: int,
) -> None:
    """Is COMPILED the circuit ORIGINAL on NETWORK? Exit code 0 if so, 1 if not.

    COMPILED: a distributed circuit, a plan (.json), or a directory of node programs.
    """
    from distq.compiler.intake import as_network
    from distq.verification.compare_files import compare

    session: Session = ctx.obj
    with session.progress() as progress:
        progress("checking")
        found = compare(original, compiled, as_network(network), approximation_budget, max_rounds)
    if found.equal:
        less = (
            f" but for what was left out, an infidelity of {found.infidelity:.3g} at most" if found.infidelity else ""
        )
        click.echo(f"{compiled}: yes, this is {original} on {network}{less}")
        return
    click.echo(f"{compiled}: no: {found.reason}")
    ctx.exit(1)
