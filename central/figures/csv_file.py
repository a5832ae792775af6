"""Tables as CSV: of a published one a line for each cell, its mark in a column of its own; and every number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from central.figures.figure import Counted, Exact, Figure, Month
from central.figures.publish import OTHERS, Published
from central.words.spreadsheet import pieces
from central.words.words import Words
from rules.figures.small_numbers import Hidden

ALL = "計 / all"
MARKS = {Hidden.SMALL: "<5", Hidden.BESIDE: "伏せ / hidden", Hidden.NEVER: "便なし / no bus"}

EXACT_COLUMNS = ("month", "table", "row", "column", "number")
_PEOPLE, _RIDERS = "人数 / people", "のべ人数 / riders"


def table_columns(figure: Figure) -> tuple[str, ...]:
    """The headings of a published table's file."""
    parts = (part.name for part in (*figure.row_parts, *figure.column_parts))
    return ("month", *parts, "gathered", "people", "mark")


def table_csv(figure: Figure, month: Month, table: Published) -> Iterator[str]:
    """All of it, in pieces: what a page shows of the table and no more."""
    return pieces(table_columns(figure), _lines(figure, month, table))


def exact_csv(
    figure: Figure, month: Month, counted: Counted | None, beside: Iterable[Exact]
) -> Iterator[str]:
    """Every number of a month: cells that somebody is in, then what is beside them, a line for each number."""
    cells = _cells(figure, counted) if counted else ()
    numbers = (line for each in beside for line in _numbers(each))
    return pieces(EXACT_COLUMNS, ((str(month), *line) for line in (*cells, *numbers)))


def _cells(figure: Figure, counted: Counted) -> Iterator[tuple[str | int, ...]]:
    name = _said(figure.words)
    for row, people, rides in zip(counted.rows, counted.people, counted.rides, strict=True):
        for column, number, rode in zip(counted.columns, people, rides, strict=True):
            if rode:
                where = name, _joined((*row, *column))
                yield from ((*where, _PEOPLE, number), (*where, _RIDERS, rode))


def _numbers(table: Exact) -> Iterator[tuple[str | int, ...]]:
    for row in table.rows:
        keys = [cell for cell in row if isinstance(cell, str)]
        for words, number in zip(table.columns[len(keys) :], row[len(keys) :], strict=True):
            yield (_said(table.words), _joined(keys), _said(words), number)


def _said(words: Words) -> str:
    return " / ".join(words)


def _joined(keys: Iterable[str]) -> str:
    return " → ".join(keys)


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
