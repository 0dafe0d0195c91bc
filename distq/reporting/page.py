"""The report as one page: a self-contained HTML file with numbers, notes, pictures, and how to make it again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from html import escape
from importlib import metadata, resources
from string import Template
from typing import TYPE_CHECKING

from distq.errors import InputError
from distq.execution.circuit_files import QASM3_HEADER
from distq.reporting.figures.kinds import KINDS, Kind
from distq.reporting.figures.subject import Subject, title_of
from distq.reporting.table import Row, checks, cost, fidelity

if TYPE_CHECKING:
    from distq.reporting.report import Report

_REFERENCES = re.compile(r'(\bid="|url\(#|href="#)')
_IMAGE = re.compile(r"<svg\b.*</svg>", re.DOTALL)
_BESIDE_THE_IMAGE = re.compile(r"<metadata>.*?</metadata>|<style\b.*?</style>", re.DOTALL)


def page(subject: Subject, emitted: str, command: str | None = None) -> str:
    """The page of a compiled circuit.

    Parameters
    ----------
    subject
        The compiled circuit; if its report has fidelities, the page has the picture of where they go.
    emitted
        The distributed circuit as OpenQASM 3, of which the page gives the hash.
    command
        The command line that made it; None: none did.

    Returns
    -------
    str
        HTML that loads nothing from elsewhere.
    """
    report = subject.report
    numbers = [("cost", "Cost", cost(report)), ("fidelity", "Fidelity", fidelity(report))]
    sections = [_section(name, heading, _table(rows)) for name, heading, rows in numbers if rows]
    sections.append(_section("checks", "Checks", _table(checks(report))))
    if report.notes:
        notes = "\n".join(f"<li>{escape(note.text)}</li>" for note in report.notes)
        sections.append(_section("notes", "Notes", f"<ul>\n{notes}\n</ul>"))
    sections += [
        _section(name, name.capitalize(), _figure(name, kind, subject))
        for name, kind in KINDS.items()
        if report.fidelity is not None or not kind.simulated
    ]
    template = Template(resources.files("distq.reporting").joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title_of(report)),
        version=escape(report.version),
        planned=escape(f"Strategy {report.details.planner or report.strategy}, seed {report.seed}."),
        sections="\n".join(sections),
        provenance=_table(_provenance(report, emitted, command)),
    )


def _section(name: str, heading: str, content: str) -> str:
    return f'<section id="{name}">\n<h2>{heading}</h2>\n{content}\n</section>'


def _table(rows: Iterable[Row]) -> str:
    lines = [f'<tr><th scope="row">{escape(label)}</th><td>{escape(str(text))}</td></tr>' for label, text in rows]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _figure(name: str, kind: Kind, subject: Subject) -> str:
    """A picture with its caption and buttons, or a sentence that says why there is none."""
    try:
        content = kind.draw(subject, "svg").decode()
    except InputError as error:
        return f"<p>Not shown: {escape(error.message)}.</p>"
    shows = escape(kind.shows[0].upper() + kind.shows[1:])
    return (
        f'<figure data-kind="{name}">\n<figcaption><span>{shows}.</span>'
        f'<button type="button" data-do="out" aria-label="Smaller">−</button>'
        f'<button type="button" data-do="in" aria-label="Larger">+</button>'
        f'<button type="button" data-do="large" aria-expanded="false">Enlarge</button></figcaption>\n'
        f'<div class="frame">{inline_svg(content, name, shows)}</div>\n</figure>'
    )


def inline_svg(content: str, prefix: str, label: str) -> str:
    """An SVG file as an element of a page: no prolog, metadata or style for the rest of the page, identifiers prefixed.

    Parameters
    ----------
    content
        As matplotlib writes it.
    prefix
        Keeps its identifiers apart from those of other pictures on the page.
    label
        Says to those who cannot see it what it shows; escaped.
    """
    found = _IMAGE.search(content)
    if found is None:
        raise ValueError("the picture is no SVG")
    image = _BESIDE_THE_IMAGE.sub("", found[0]).replace("xlink:href=", "href=")
    image = _REFERENCES.sub(rf"\g<1>{prefix}-", image)
    return image.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _provenance(report: Report, emitted: str, command: str | None) -> list[Row]:
    bare = emitted.split("\n", 1)[1] if emitted.startswith(QASM3_HEADER) else emitted
    digest = hashlib.sha256(bare.encode()).hexdigest()
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("qiskit", "numpy"))
    return [
        *([("command", command)] if command else []),
        ("versions", f"distq {report.version}, {libraries}"),
        ("seed", str(report.seed)),
        ("circuit", f"SHA-256 {digest}"),
        ("", f"of the distributed circuit as OpenQASM 3, without the line “{QASM3_HEADER.strip()}” that starts it"),
    ]
