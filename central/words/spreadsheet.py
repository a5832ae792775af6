"""CSV for spreadsheets: a byte-order mark for Excel, and no cell that Excel would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

BOM = "\ufeff"
MAX_ROWS = 1_000_000
"""A spreadsheet holds 1,048,576 rows."""
ROWS_A_PIECE = 200

Cell = str | int

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_NUMBER = re.compile(r"0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+")
"""Ids that a spreadsheet would round or shorten as if they were numbers."""


def pieces(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The file, in pieces as its rows are read."""
    piece = _Piece()
    writer = csv.writer(piece)
    writer.writerow(columns)
    yield BOM + piece.take()
    for number, row in enumerate(islice(rows, MAX_ROWS), 1):
        writer.writerow([harmless(cell) for cell in row])
        if number % ROWS_A_PIECE == 0:
            yield piece.take()
    yield piece.take()


def rows_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows of whatever length, for a file that holds several tables; without the byte-order mark."""
    piece = _Piece()
    csv.writer(piece).writerows([harmless(cell) for cell in row] for row in rows)
    return piece.take()


def harmless(cell: Cell) -> Cell:
    """The cell, with an apostrophe before a text that a spreadsheet would run as a formula or round as a number."""
    if isinstance(cell, str) and (cell.startswith(_FORMULA) or _NUMBER.fullmatch(cell)):
        return f"'{cell}"
    return cell


class _Piece:
    """What the csv module has written since the last look."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        self._lines.append(line)

    def take(self) -> str:
        text = "".join(self._lines)
        self._lines.clear()
        return text
