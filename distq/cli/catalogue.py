"""Commands that show what there is: ``distq network``, ``distq strategies``, ``distq presets``."""

from __future__ import annotations

from pathlib import Path

import click

from distq.cli.options import common_options
from distq.cli.session import Session
from distq.util.text import counted


@click.group(short_help="Show, check or start a network file.")
@common_options
def network() -> None:
    """Show or check a network, or write a commented example file."""


@network.command()
@click.argument("network", metavar="NETWORK")
@click.option("--toml", is_flag=True, help="Print it as a TOML file, every number spelt out.")
@common_options
@click.pass_obj
def show(session: Session, network: str, toml: bool) -> None:
    """Show the QPUs and links of NETWORK (shorthand, machine or TOML file)."""
    from distq.networks.parse import parse_network
    from distq.networks.toml_writer import write_toml

    found = parse_network(network)
    if toml:
        click.echo(write_toml(found), nl=False)
        return
    from distq.reporting.network_table import render

    session.show(render(found), keep_lines=True)


@network.command("check")
@click.argument("network", metavar="NETWORK")
@common_options
def check_network(network: str) -> None:
    """Check NETWORK (shorthand, machine or TOML file); lists every error at once."""
    from distq.networks.parse import parse_network
    from distq.reporting.network_table import size

    found = parse_network(network)
    count = size(found)
    if found.hubs:
        count += f", {counted(len(found.hubs), 'hub')}"
    apart = sum(1 for distance in found.distance[0] if distance < 0)
    note = f"; {apart} of its QPUs cannot be reached from {found.qpus[0].name!r}" if apart else ""
    click.echo(f"{network}: valid ({count}{note})")


@network.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@common_options
@click.pass_obj
def init(session: Session, file: Path | None, force: bool) -> None:
    """Write a commented example to FILE (or stdout)."""
    from distq.errors import InputError
    from distq.networks.toml_writer import example_toml
    from distq.util.output_files import write_atomically

    if file is None:
        click.echo(example_toml(), nl=False)
        return
    if file.exists() and not force:
        raise InputError(f"{file} exists", "--force replaces it")
    write_atomically(file, example_toml().encode())
    session.say(f"wrote {file}: edit it, then `distq network check {file}`")


@click.command(short_help="List the strategies.")
@common_options
@click.pass_obj
def strategies(session: Session) -> None:
    """List the strategies, one line each, with their source."""
    from distq.cli.catalogue_text import strategy_list

    session.show(strategy_list(), keep_lines=True)


@click.command(short_help="List link, QPU and machine presets with their sources.")
@click.option("--notes", is_flag=True, help="Say what is behind each preset's numbers, and what is assumed.")
@common_options
@click.pass_obj
def presets(session: Session, notes: bool) -> None:
    """List the presets of links, QPUs and machines, one line each, with where their numbers come from."""
    from distq.cli.catalogue_text import preset_list, preset_notes

    session.show(preset_notes() if notes else preset_list(), keep_lines=True)
