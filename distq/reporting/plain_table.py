"""Tables without lines that wrap on narrow terminals, and the parts of a text that a rich console prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

T = TypeVar("T")

UNLIMITED = 10_000
"""Wider than any table."""
GAP = 2
"""Blanks between two columns; one where there is no room for more."""
LONGEST_WORD = 16
"""Longer words may be broken."""
PROSE = 24
"""A last column with cells longer than this holds remarks: it goes below its row rather than become narrower."""
BELOW = 4
"""Blanks before a remark that stands below its row."""


class PlainTable:
    """Rows in columns as wide as their longest cell; where that is too wide, cells wrap between their words.

    Parameters
    ----------
    rows
        Cells; all rows have as many.
    header
        Cells of the first line, if there is one.
    indent
        Blanks before every line.
    """

    def __init__(self, rows: Iterable[Sequence[str]], header: Sequence[str] = (), *, indent: int = 0) -> None:
        self.rows = [tuple(row) for row in rows]
        self.header, self.indent = header, indent
        columns = list(zip(*([header] if header else []), *self.rows, strict=True))
        self._natural = [max(map(cell_len, column)) for column in columns]
        self._least = [max(map(_longest_word, column)) for column in columns]
        if columns:
            self._least[0] = self._natural[0]  # names stay whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width - self.indent
        gap, widths = _fitted(self._natural, self._least, room)
        if widths and widths[-1] < PROSE < self._natural[-1]:
            gap, widths = _fitted(self._natural[:-1], self._least[:-1], room)
            yield from self._with_remarks_below(gap, widths)
        else:
            yield self._indented(self._table(self.header, self.rows, gap, widths))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        gaps = len(self._natural) - 1
        return Measurement(self.indent + sum(self._least) + gaps, self.indent + sum(self._natural) + GAP * gaps)

    def _with_remarks_below(self, gap: int, widths: Sequence[int]) -> Iterator[RenderableType]:
        """Every row but its last cell, and that below it; columns of fixed widths keep the rows aligned."""
        if self.header:
            yield self._indented(self._table(self.header[:-1], [], gap, widths))
            if self.header[-1]:
                yield self._indented(Text(self.header[-1], style="dim"), BELOW)
        for row in self.rows:
            yield self._indented(self._table((), [row[:-1]], gap, widths))
            if row[-1]:
                yield self._indented(Text(row[-1]), BELOW)

    def _indented(self, content: RenderableType, more: int = 0) -> RenderableType:
        return Padding(content, (0, 0, 0, self.indent + more), expand=False)

    @staticmethod
    def _table(header: Sequence[str], rows: Sequence[Sequence[str]], gap: int, widths: Sequence[int]) -> Table:
        table = Table(box=None, show_header=bool(header), pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
        for index, width in enumerate(widths):
            table.add_column(Text(header[index]) if header else "", width=width, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        return table


def _longest_word(cell: str) -> int:
    return min(LONGEST_WORD, max(map(cell_len, cell.split()), default=0))


class _Fitted(NamedTuple):
    """Blanks between columns, and the width of each column."""

    gap: int
    widths: list[int]


def _fitted(natural: Sequence[int], least: Sequence[int], room: int) -> _Fitted:
    """Make columns narrower, the widest first, until all fit into ``room``; break words only if they must."""
    for gap, narrowest in ((GAP, least), (1, least), (1, [1] * len(least))):
        left = room - gap * (len(narrowest) - 1)
        if sum(narrowest) <= left:
            break
    widths = list(natural)
    for _ in range(sum(widths) - left):
        wider = [index for index, width in enumerate(widths) if width > narrowest[index]]
        if wider:
            widths[max(wider, key=lambda index: widths[index])] -= 1
    return _Fitted(gap, widths)


class InBlocks(Generic[T]):
    """A table whose columns find no room beside each other on narrow terminals: they continue in tables below.

    Parameters
    ----------
    columns
        What the columns show.
    table
        Makes a table of some of them, with whatever is to be repeated in each.
    """

    def __init__(self, columns: Sequence[T], table: Callable[[Sequence[T]], RenderableType]) -> None:
        self.columns, self.table = columns, table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown: list[T] = []
        for column in self.columns:
            wider = Measurement.get(console, options.update(width=UNLIMITED), self.table([*shown, column]))
            if shown and wider.maximum > options.max_width:
                yield self.table(shown)
                yield ""
                shown = []
            shown.append(column)
        yield self.table(shown)


def side_by_side(labels: Sequence[str], things: Sequence[Sequence[str]]) -> InBlocks[Sequence[str]]:
    """A table that is read from top to bottom: a column of labels, then one column for each thing."""
    return InBlocks(things, lambda shown: PlainTable(zip(labels, *shown, strict=True)))


def paragraphs(*parts: RenderableType | Sequence[RenderableType]) -> Group:
    """Parts of a text with a blank line between them; a sequence is one part."""
    shown: list[RenderableType] = []
    for part in parts:
        shown += ["", *_lines(part)] if shown else _lines(part)
    return Group(*shown)


def _lines(part: RenderableType | Sequence[RenderableType]) -> list[RenderableType]:
    """The lines and tables of one part; text is shown as it is, without markup."""
    each = [part] if isinstance(part, str) or not isinstance(part, Sequence) else list(part)
    return [Text(line) if isinstance(line, str) else line for line in each]
