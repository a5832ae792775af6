"""One file of a feed as rows with line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.network.feed.columns import KNOWN, MUST_EXIST, NEEDED_IN_ROW, REQUIRED, misspelt_column
from rules.network.feed.problems import FeedUnreadable, Problems

FeedFiles = Mapping[str, bytes]
"""File names such as stops.txt to what is in them."""

MAX_COLUMNS = 500
MAX_CELL_CHARS = 2000
"""Ids stand in every pair of stops, so a long one is paid for a million times."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. A column the file does not have reads as ""; every cell is stripped of spaces, wide ones too."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file that could be read. `count` is how many there were, the broken ones included."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int


class _Lines(Iterator[list[str]], Protocol):
    """A csv.reader."""

    @property
    def line_num(self) -> int: ...


def read_table(files: FeedFiles, file: str, problems: Problems) -> Table:
    """The rows of `file`; none where the feed does not have it and need not.

    Raises FeedUnreadable where the file must be there and is not, is not UTF-8, or lacks a column without which it
    says nothing.
    """
    if file not in files:
        if file in MUST_EXIST:
            raise FeedUnreadable(
                f"{file} がありません。GTFS-JPのzipまたはフォルダを指定してください。",
                f"{file} is missing; give a GTFS or GTFS-JP zip or folder.",
            )
        return Table(file, (), (), 0)
    lines = csv.reader(io.StringIO(_text(files[file], file), newline=""), strict=True)
    header = _header(lines, file, problems)
    if not header:
        return Table(file, (), (), 0)
    rows = list(_rows(lines, file, header, problems))
    return Table(file, header, tuple(row for row in rows if row is not None), len(rows))


def _text(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FeedUnreadable(
            f"{file} の{line}行目がUTF-8ではありません。UTF-8で保存し直してください。",
            f"{file} line {line} is not UTF-8; save the file as UTF-8 again.",
        ) from error


def _header(lines: _Lines, file: str, problems: Problems) -> tuple[str, ...]:
    try:
        header = tuple(cell.strip() for cell in next(filter(None, lines)))
    except StopIteration:
        header = ()
    except csv.Error as error:
        raise FeedUnreadable(
            f"{file} の見出し行が壊れています({error})。1行目を直してください。",
            f"{file} has a broken header ({error}); correct line 1.",
        ) from error
    if len(header) > MAX_COLUMNS:
        raise FeedUnreadable(
            f"{file} の見出しが{MAX_COLUMNS}列を超えます。コンマを確かめてください。",
            f"{file} has a header of more than {MAX_COLUMNS} columns; check its commas.",
        )
    twice = [column for column in KNOWN[file] if header.count(column) > 1]
    if twice:
        raise FeedUnreadable(
            f"{file} の見出しに {twice[0]} が二度あります。片方を消してください。",
            f"{file} has the column {twice[0]} twice; remove one.",
        )
    _check_spelling(header, file, problems)
    missing = [column for column in REQUIRED.get(file, ()) if column not in header]
    if missing and (header or file in MUST_EXIST):
        names = ", ".join(missing)
        raise FeedUnreadable(
            f"{file} の1行目の見出しに {names} がありません。列名を直してください。",
            f"{file} line 1 has no column {names}; correct the header.",
        )
    return header


def _check_spelling(header: tuple[str, ...], file: str, problems: Problems) -> None:
    for column in header:
        likely = misspelt_column(column, file, header)
        if likely:
            problems.warn(
                file,
                1,
                f"見出し {column} は {likely} の誤記のようです。この列は使いません。",
                f"The header {column} looks like a misspelt {likely}; the column is not used.",
            )


def _rows(lines: _Lines, file: str, header: tuple[str, ...], problems: Problems) -> Iterator[Row | None]:
    """Every row but the blank ones, None for a broken one."""
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            problems.error(
                file,
                line,
                f"CSVとして読めない行です({error})。引用符を確かめてください。",
                f"The row is not readable as CSV ({error}); check its quotes.",
            )
            yield None
            continue
        values = [cell.strip() for cell in cells]
        if any(values):
            usable = _check_cells(values, line, file, header, problems)
            yield Row(line, dict(zip(header, values, strict=False))) if usable else None


def _check_cells(
    values: Sequence[str], line: int, file: str, header: tuple[str, ...], problems: Problems
) -> bool:
    """Whether the row can be used; reports what is odd about its cells."""
    if any(values[len(header) :]):
        problems.error(
            file,
            line,
            f"見出しの{len(header)}列より多くの値があります。コンマを確かめてください。",
            f"The row has more cells than the header's {len(header)}; check its commas.",
        )
        return False
    if any(len(value) > MAX_CELL_CHARS for value in values):
        problems.error(
            file,
            line,
            f"{MAX_CELL_CHARS}字を超える値があります。この行は使いません。",
            f"A cell has more than {MAX_CELL_CHARS} characters; the row is not used.",
        )
        return False
    return len(values) >= len(header) or _check_short(len(values), line, file, header, problems)


def _check_short(cells: int, line: int, file: str, header: tuple[str, ...], problems: Problems) -> bool:
    absent = [column for column in header[cells:] if column]
    if not set(absent).isdisjoint(NEEDED_IN_ROW.get(file, ())):
        problems.error(
            file,
            line,
            f"{absent[0]} の前で行が終わっています。この行は使いません。",
            f"The row ends before {absent[0]}; it is not used.",
        )
        return False
    if absent:
        problems.warn(
            file,
            line,
            f"{absent[0]} の前で行が終わっています。残りは空として読みます。",
            f"The row ends before {absent[0]}; what is left is read as empty.",
        )
    return True
