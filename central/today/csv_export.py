"""The day as CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from central.japan import stamp_text
from central.today.reading import Reading
from central.today.record_line import record_line
from central.today.ride_line import ride_line
from central.today.rows import Record, Ride
from central.words import words
from central.words.names import Names
from central.words.spreadsheet import Cell, pieces
from central.words.words import words_for
from rules.messages.events import AnyEvent

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
    "訂正の回数",
    "停留所は推定",
    "払いすぎた現金",
    "手扱い",
    "人数",
    "運転士の判断",
    "カメラ",
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


def rides_csv(reading: Reading, day: date) -> Iterator[str]:
    """Every ride that the reading asks for, in pieces."""
    return pieces(RIDE_COLUMNS, ride_rows(reading, day))


def ride_rows(reading: Reading, day: date) -> Iterator[tuple[Cell, ...]]:
    """A row for every ride that the reading asks for."""
    return (_ride(ride, reading.names, day) for ride in reading.each_ride())


def records_csv(reading: Reading, day: date) -> Iterator[str]:
    """Every record that the reading asks for, in pieces; the last column is the record itself."""
    return pieces(RECORD_COLUMNS, record_rows(reading, day))


def record_rows(reading: Reading, day: date) -> Iterator[tuple[Cell, ...]]:
    """A row for every record that the reading asks for."""
    return (_record(record, event, reading.names, day) for record, event in reading.each_record())


def _ride(ride: Ride, names: Names, day: date) -> tuple[Cell, ...]:
    line = ride_line(ride, names, day)
    return (
        ride.service_date,
        ride.device,
        str(line.trip),
        ride.trip_id,
        "" if ride.board_number is None else stamp_text(ride.board_wall),
        line.start,
        ride.board_stop_id,
        stamp_text(ride.alight_wall),
        line.end,
        ride.alight_stop_id or "",
        words_for(words.CLASSES, ride.rider_class)[0],
        ride.adults,
        ride.children,
        "" if ride.fare is None else ride.fare,
        ride.held,
        line.cash,
        line.owed,
        line.words[0],
        ride.pass_id,
        "" if ride.pass_kind is None else words_for(words.PASS_KINDS, ride.pass_kind)[0],
        names.product(ride.edition, ride.product, ride.service_date),
        ride.edition,
        "" if ride.board_number is None else ride.board_number,
        "" if ride.alight_number is None else ride.alight_number,
        ride.epoch,
        ride.corrected,
        int(ride.board_unsure or ride.alight_unsure),
        ride.overpaid,
        line.means[0] if line.means else "",
        ride.people,
        int(ride.overruled),
        int(ride.camera),
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
