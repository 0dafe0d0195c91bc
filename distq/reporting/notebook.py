"""What notebooks show of results: a few lines of text, a table in HTML, pictures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distq.reporting.report import Report

TABLE_WIDTH = 100
"""In characters."""


@dataclass(frozen=True, repr=False)
class Picture:
    """A picture that notebooks display.

    Attributes
    ----------
    content
        Of a file.
    kind
        ``png``, ``svg`` or ``pdf``.
    """

    content: bytes
    kind: str

    def save(self, path: str | Path) -> None:
        """Write it to a file, whole or not at all."""
        from distq.util.output_files import write_atomically

        write_atomically(Path(path), self.content)

    def __repr__(self) -> str:
        return f"<Picture: {self.kind}, {len(self.content):,} bytes>"

    def _repr_png_(self) -> bytes | None:
        return self.content if self.kind == "png" else None

    def _repr_svg_(self) -> str | None:
        return self.content.decode() if self.kind == "svg" else None


def as_html(report: Report) -> str:
    """The table of the report as HTML."""
    from rich.console import Console

    from distq.reporting.table import render

    console = Console(record=True, width=TABLE_WIDTH, file=io.StringIO(), force_jupyter=False)
    console.print(render(report))
    form = '<pre style="line-height: 1.3; font-family: monospace">{code}</pre>'
    return console.export_html(inline_styles=True, code_format=form)
