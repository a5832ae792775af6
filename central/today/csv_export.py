"""The day as CSV for spreadsheets: a byte-order mark for Excel, and no cell that Excel would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from central.japan import stamp_text
from central.today import words
from central.today.names import Names
from central.today.reading import Reading
from central.today.record_line import record_line
from central.today.ride_line import ride_line
from central.today.rows import Record, Ride
from central.today.words import words_for
from rules.messages.events import AnyEvent

BOM = "\ufeff"
MAX_ROWS = 1_000_000
"""A spreadsheet holds 1,048,576 rows."""
ROWS_A_PIECE = 200

RIDE_COLUMNS = (
    "運行日",
    "機器",
    "便",
    "便ID",
    "乗車時刻",
    "乗車停留所",
    "乗車停留所ID",
    "降車時刻",
    "降車停留所",
    "降車停留所ID",
    "利用者",
    "同伴おとな",
    "同伴こども",
    "運賃",
    "くらポ",
    "現金",
    "未収",
    "状態",
    "パスID",
    "パスの種類",
    "定期券",
    "版",
    "乗車の記録",
    "降車の記録",
    "記録簿",
)
RECORD_COLUMNS = (
    "時刻",
    "時計",
    "届いた時刻",
    "機器",
    "記録簿",
    "番号",
    "出来事",
    "結果",
    "内容",
    "パスID",
    "帳簿に入らなかった理由",
    "ハッシュ",
    "記録",
)

Cell = str | int

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_NUMBER = re.compile(r"0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+")
"""Ids that a spreadsheet would round or shorten as if they were numbers."""


def rides_csv(reading: Reading, day: date) -> Iterator[str]:
    """Every ride that the reading asks for, in pieces."""
    return _pieces(RIDE_COLUMNS, (_ride(ride, reading.names, day) for ride in reading.each_ride()))


def records_csv(reading: Reading, day: date) -> Iterator[str]:
    """Every record that the reading asks for, in pieces; the last column is the record itself."""
    rows = (_record(record, event, reading.names, day) for record, event in reading.each_record())
    return _pieces(RECORD_COLUMNS, rows)


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


def _pieces(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    piece = _Piece()
    writer = csv.writer(piece)
    writer.writerow(columns)
    yield BOM + piece.take()
    for number, row in enumerate(islice(rows, MAX_ROWS), 1):
        writer.writerow([harmless(cell) for cell in row])
        if number % ROWS_A_PIECE == 0:
            yield piece.take()
    yield piece.take()


def harmless(cell: Cell) -> Cell:
    """The cell, with an apostrophe before a text that a spreadsheet would run as a formula or round as a number."""
    if isinstance(cell, str) and (cell.startswith(_FORMULA) or _NUMBER.fullmatch(cell)):
        return f"'{cell}"
    return cell


def _ride(ride: Ride, names: Names, day: date) -> tuple[Cell, ...]:
    line = ride_line(ride, names, day)
    return (
        ride.service_date,
        ride.device,
        str(line.trip),
        ride.trip_id,
        stamp_text(ride.board_wall),
        line.start,
        ride.board_stop_id,
        stamp_text(ride.alight_wall),
        line.end,
        ride.alight_stop_id or "",
        words_for(words.CLASSES, ride.rider_class)[0],
        ride.adults,
        ride.children,
        ride.fare,
        ride.held,
        line.cash,
        line.owed,
        line.words[0],
        ride.pass_id,
        words_for(words.PASS_KINDS, ride.pass_kind)[0],
        names.product(ride.edition, ride.product, ride.service_date),
        ride.edition,
        ride.board_number,
        "" if ride.alight_number is None else ride.alight_number,
        ride.epoch,
    )


def _record(record: Record, event: AnyEvent | None, names: Names, day: date) -> tuple[Cell, ...]:
    line = record_line(record, event, names, day)
    return (
        stamp_text(record.wall),
        words_for(words.CLOCKS, event.at.quality)[0] if event else "",
        stamp_text(record.received_at),
        record.device,
        record.epoch,
        record.number,
        line.event[0],
        line.outcome[0],
        line.summary,
        line.pass_id,
        record.refused,
        record.hash,
        record.body.decode(errors="replace"),
    )
