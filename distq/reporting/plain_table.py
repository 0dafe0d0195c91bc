"""Tables without lines that wrap on narrow terminals, and the parts of a text that a rich console prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GAP = 2
"""Blanks between two columns."""


def plain_table(
    rows: Iterable[Sequence[str]], header: Sequence[str] = (), *, indent: int = 0, keep: Sequence[int] = (0,)
) -> RenderableType:
    """Rows in columns as wide as their longest cell; where that is too wide, cells wrap.

    Parameters
    ----------
    rows
        Cells; all rows have as many.
    header
        Cells of the first line, if there is one.
    indent
        Blanks before every line.
    keep
        Columns whose cells are not wrapped, such as names.
    """
    lines = [tuple(row) for row in rows]
    table = Table(box=None, show_header=bool(header), pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    count = len(header) or max(map(len, lines), default=0)
    for index in range(count):
        table.add_column(Text(header[index]) if header else "", no_wrap=index in keep, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    return Padding(table, (0, 0, 0, indent), expand=False) if indent else table


class SideBySide:
    """A table that is read from top to bottom: a column of labels, then one column for each thing.

    Things that find no room beside each other continue below, with the labels again.
    """

    def __init__(self, labels: Sequence[str], things: Sequence[Sequence[str]]) -> None:
        self.labels, self.things = labels, things

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown: list[Sequence[str]] = []
        for thing in self.things:
            wider = self._table([*shown, thing])
            if shown and Measurement.get(console, options.update(width=10_000), wider).maximum > options.max_width:
                yield self._table(shown)
                yield ""
                shown = []
            shown.append(thing)
        yield self._table(shown)

    def _table(self, things: Sequence[Sequence[str]]) -> RenderableType:
        return plain_table(zip(self.labels, *things, strict=True))


def paragraphs(*parts: RenderableType | Sequence[RenderableType]) -> Group:
    """Parts of a text with a blank line between them; a sequence is one part."""
    shown: list[RenderableType] = []
    for part in parts:
        shown += ["", *_lines(part)] if shown else _lines(part)
    return Group(*shown)


def _lines(part: RenderableType | Sequence[RenderableType]) -> list[RenderableType]:
    each = [part] if isinstance(part, str) or not isinstance(part, Sequence) else list(part)
    return [Text(line) if isinstance(line, str) else line for line in each]
