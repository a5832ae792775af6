"""A published table as CSV: a line for each cell, its mark in a column of its own."""

from __future__ import annotations

from collections.abc import Iterator

from central.figures.figure import Figure, Month
from central.figures.publish import OTHERS, Published
from central.words.spreadsheet import pieces
from rules.figures.small_numbers import Hidden

ALL = "計 / all"
MARKS = {Hidden.SMALL: "<5", Hidden.BESIDE: "伏せ / hidden", Hidden.NEVER: "便なし / no bus"}


def table_csv(figure: Figure, month: Month, table: Published) -> Iterator[str]:
    """All of it, in pieces: what a page shows of the table and no more."""
    parts = (*figure.row_parts, *figure.column_parts)
    names = ["month", *(part.name for part in parts), "gathered", "people", "mark"]
    return pieces(names, _lines(figure, month, table))


def _lines(figure: Figure, month: Month, table: Published) -> Iterator[tuple[str | int, ...]]:
    height, width = len(figure.row_parts), len(figure.column_parts)
    for place, cells in enumerate(table.cells):
        row = table.rows[place] if place < len(table.rows) else (ALL,) * height
        gathered = row[1] if row[0] == OTHERS else ""
        names = (OTHERS,) * height if gathered else row
        for number, cell in enumerate(cells):
            column = table.columns[number] if number < len(table.columns) else (ALL,) * width
            said: tuple[str | int, str] = ("", MARKS[cell]) if isinstance(cell, Hidden) else (cell, "")
            yield (str(month), *names, *column, gathered, *said)
