"""``distq bench compare``: results side by side, as a table and as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from distq.cli.options import common_options
from distq.cli.session import Session


@click.command("compare", short_help="Compare results: tables, ratios, pictures.")
@click.argument("results", metavar="RESULTS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-c", "--column", "columns", multiple=True, help="What is compared; may be repeated. [ebits, fidelity]")
@click.option(
    "--by",
    type=click.Choice(["strategy", "network", "options", "version"]),
    default="strategy",
    show_default=True,
    help="What stands side by side.",
)
@click.option("--baseline", metavar="NAME", help="Ratios, wins and losses against this one. [the first]")
@click.option(
    "--table",
    "table_format",
    type=click.Choice(["terminal", "markdown", "csv", "latex"]),
    default="terminal",
    show_default=True,
    help="Form of the tables.",
)
@click.option("--plot", type=click.Path(path_type=Path), help="Draw a picture (.png, .svg, .pdf).")
@click.option(
    "--kind",
    type=click.Choice(["profile", "time", "scaling", "pareto"]),
    default="profile",
    show_default=True,
    help="With --plot: performance profile, against seconds or qubits (with fitted exponents), or pairs and fidelity.",
)
@common_options
@click.pass_obj
def compare(
    session: Session,
    /,
    results: tuple[Path, ...],
    columns: tuple[str, ...],
    by: str,
    baseline: str | None,
    table_format: str,
    plot: Path | None,
    kind: str,
) -> None:
    """Compare the rows of RESULTS, files of distq bench run, with each other and with the figures of other tools.

    A .csv file among RESULTS holds such figures: columns circuit, network, strategy (or tool), ebits, ...
    Rows whose circuits differ are not compared, whatever their names.
    """
    from distq.cli.files import check_picture, write_picture
    from distq.errors import UnknownNameError
    from distq.studies.bench.pivot import AXES, pivot
    from distq.studies.bench.plots import draw
    from distq.studies.bench.reading import read_rows
    from distq.studies.bench.render import ComparisonTable, comparison, default_columns, failures

    check_picture(plot)
    rows, notes = read_rows(results, by)
    names = list(dict.fromkeys(AXES[by](row) for row in rows))
    known = {key for row in rows for key, value in row.items() if type(value) in (int, float)} - {"seed"}
    wanted = columns or default_columns(rows)
    for column in wanted:
        if column not in known:
            raise UnknownNameError("column", column, known)
    if baseline is not None and baseline not in names:
        raise UnknownNameError(by, baseline, names)
    against = baseline or (names[0] if len(names) > 1 else None)
    if table_format == "terminal":
        session.show(comparison(rows, wanted, by, against), keep_lines=True)
    else:
        tables = [ComparisonTable(pivot(rows, column, by, against)) for column in wanted]
        click.echo("\n\n".join(getattr(table, table_format)() for table in tables))
        notes = [*failures(rows), *notes]
    for note in notes:
        session.say(f"note: {note}")
    if plot is not None:
        write_picture(plot, lambda file_kind: draw(rows, pivot(rows, wanted[0], by, against), kind, file_kind))
        session.say_written(plot)
