"""``distq link`` and ``distq validate``: where the photons go, and what experiments say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distq.cli.session import Session, common_options

if TYPE_CHECKING:
    from distq.cli.link_text import Subject

PICTURES = (".png", ".svg", ".pdf")


@click.group(short_help="Explain a photonic link: where its photons go.")
@common_options
def link() -> None:
    """Explain links: from photons to Bell pairs per second, and what distillation and swapping make of the pairs."""


@link.command()
@click.argument("target", metavar="NETWORK|PRESET|FILE")
@click.option("--link", "which", metavar="A-B", help="Only the link between these two QPUs of a network.")
@click.option("--sweep", metavar="KEY=FROM:TO[:STEPS]", help="A parameter through a range, e.g. length_km=0:50.")
@click.option("--picture", type=click.Path(path_type=Path), help="With --sweep: draw it (.png, .svg, .pdf).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common_options
@click.pass_obj
def show(
    session: Session, target: str, which: str | None, sweep: str | None, picture: Path | None, as_json: bool
) -> None:
    """Show the budget of a link: each factor, the product so far, and the pairs per second that come of it.

    NETWORK: every link of it. PRESET: a link preset. FILE: a network file, or a file with the table of one model.
    """
    from distq.cli import link_text
    from distq.errors import InputError

    if picture is not None and sweep is None:
        raise InputError("--picture draws a sweep, and there is none", "add for example --sweep length_km=0:50")
    if picture is not None:
        from distq.util import output_files

        output_files.check_suffix(picture, PICTURES, "picture")
        output_files.check_writable(picture)
    subjects = link_text.subjects(target, which)
    if sweep is not None:
        _sweep(session, subjects, sweep, picture, as_json)
    elif as_json:
        click.echo(json.dumps({"links": [subject.as_dict() for subject in subjects]}, indent=2))
    else:
        click.echo("\n\n".join(link_text.budget_text(subject) for subject in subjects))


def _sweep(session: Session, subjects: list[Subject], text: str, picture: Path | None, as_json: bool) -> None:
    from distq.cli import link_text
    from distq.errors import InputError
    from distq.networks.links import sweep

    if len(subjects) > 1:
        names = ", ".join(subject.title for subject in subjects)
        raise InputError(f"--sweep takes one link, and these differ: {names}", "name one: --link A-B")
    (subject,) = subjects
    found = sweep.sweep(subject.model, text)
    if picture is not None:
        from distq.reporting.figures.link_sweep import draw
        from distq.util import output_files

        output_files.write_atomically(picture, draw(found, subject.title, picture.suffix[1:].lower()))
        session.say(f"wrote {picture}")
    if as_json:
        points = [{"value": value} | point.as_dict() for value, point in zip(found.values, found.budgets, strict=True)]
        click.echo(json.dumps({"link": subject.title, "sweep": found.key, "points": points}, indent=2))
    else:
        click.echo(link_text.sweep_text(found))


@link.command()
@click.argument("network", metavar="NETWORK")
@click.argument("a", metavar="QPU")
@click.argument("b", metavar="QPU")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common_options
def path(network: str, a: str, b: str, as_json: bool) -> None:
    """Show the pair between two QPUs of NETWORK that entanglement swapping makes over the links between them."""
    from distq.cli import link_text
    from distq.networks.parse import parse_network

    found = link_text.swapping(parse_network(network), a, b)
    click.echo(json.dumps(found.as_dict(), indent=2) if as_json else link_text.path_text(found))


@link.command()
@common_options
def models() -> None:
    """List the families of link models, and the measured links that have one."""
    from distq.cli import link_text

    click.echo(link_text.models_text())


@click.command(short_help="Compare predictions with published experiments.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common_options
@click.pass_context
def validate(ctx: click.Context, as_json: bool) -> None:
    """Compare published experiments and closed forms with what distq predicts.

    Exit code 1 if a row that should agree does not. Rows marked as a known gap need not.
    """
    from distq.cli import link_text
    from distq.studies.validation.validate import failures, validation_rows

    rows = validation_rows()
    failed = failures(rows)
    if as_json:
        content: dict[str, Any] = {"rows": [row.as_dict() for row in rows], "failures": len(failed)}
        click.echo(json.dumps(content, indent=2))
    else:
        click.echo(link_text.validation_text(rows))
    if failed:
        ctx.exit(1)
