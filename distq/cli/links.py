"""``distq link`` and ``distq validate``: where the photons go, and what experiments say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distq.cli.files import check_picture, write_picture
from distq.cli.options import common_options, json_option, picture_option
from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.cli.link_subjects import Subject


@click.group(short_help="Explain a photonic link: where its photons go.")
@common_options
def link() -> None:
    """Explain links: from photons to Bell pairs per second, and what distillation and swapping make of the pairs."""


@link.command()
@click.argument("target", metavar="NETWORK|PRESET|FILE")
@click.option("--link", "which", metavar="A-B", help="Only the link between these two QPUs of a network.")
@click.option("--sweep", metavar="KEY=FROM:TO[:STEPS]", help="A parameter through a range, e.g. length_km=0:50.")
@picture_option("With --sweep: draw it")
@json_option()
@common_options
@click.pass_obj
def show(
    session: Session, target: str, which: str | None, sweep: str | None, picture: Path | None, as_json: bool
) -> None:
    """Show the budget of a link: each factor, the product so far, and the pairs per second that come of it.

    NETWORK: every link of it. PRESET: a link preset. FILE: a network file, or a file with the table of one model.
    """
    from distq.cli.link_subjects import subjects
    from distq.errors import InputError

    if picture is not None and sweep is None:
        raise InputError("--picture draws a sweep, and there is none", "add for example --sweep length_km=0:50")
    check_picture(picture)
    found = subjects(target, which)
    if sweep is not None:
        _sweep(session, found, sweep, picture, as_json)
    elif as_json:
        click.echo(json.dumps({"links": [subject.as_dict() for subject in found]}, indent=2))
    else:
        from distq.cli.link_text import budget_text
        from distq.reporting.plain_table import paragraphs

        session.show(paragraphs(*map(budget_text, found)), keep_lines=True)


def _sweep(session: Session, subjects: list[Subject], text: str, picture: Path | None, as_json: bool) -> None:
    from distq.cli.link_text import sweep_text
    from distq.errors import InputError
    from distq.networks.links import sweep
    from distq.reporting.figures.link_sweep import draw

    if len(subjects) > 1:
        names = ", ".join(subject.title for subject in subjects)
        raise InputError(f"--sweep takes one link, and these differ: {names}", "name one: --link A-B")
    (subject,) = subjects
    found = sweep.sweep(subject.model, text)
    if picture is not None:
        write_picture(picture, lambda kind: draw(found, subject.title, kind))
        session.say(f"wrote {picture}")
    if as_json:
        points = [{"value": value} | point.as_dict() for value, point in zip(found.values, found.budgets, strict=True)]
        click.echo(json.dumps({"link": subject.title, "sweep": found.key, "points": points}, indent=2))
    else:
        session.show(sweep_text(found), keep_lines=True)


@link.command()
@click.argument("network", metavar="NETWORK")
@click.argument("a", metavar="QPU")
@click.argument("b", metavar="QPU")
@json_option()
@common_options
@click.pass_obj
def path(session: Session, network: str, a: str, b: str, as_json: bool) -> None:
    """Show the pair between two QPUs of NETWORK that entanglement swapping makes over the links between them."""
    from distq.cli.link_subjects import swapping
    from distq.networks.parse import parse_network

    found = swapping(parse_network(network), a, b)
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=2))
    else:
        from distq.cli.link_text import path_text

        session.show(path_text(found), keep_lines=True)


@link.command()
@common_options
@click.pass_obj
def models(session: Session) -> None:
    """List the families of link models, and the measured links that have one."""
    from distq.cli.link_text import models_text

    session.show(models_text(), keep_lines=True)


@click.command(short_help="Compare predictions with published experiments.")
@json_option()
@common_options
@click.pass_context
def validate(ctx: click.Context, as_json: bool) -> None:
    """Compare published experiments and closed forms with what distq predicts.

    Exit code 1 if a row that should agree does not. Rows marked as a known gap need not.
    """
    from distq.studies.validation import failures, validation_rows

    rows = validation_rows()
    failed = failures(rows)
    if as_json:
        content: dict[str, Any] = {"rows": [row.as_dict() for row in rows], "failures": len(failed)}
        click.echo(json.dumps(content, indent=2))
    else:
        from distq.studies.validation.table import render

        session: Session = ctx.obj
        session.show(render(rows), keep_lines=True)
    if failed:
        ctx.exit(1)
