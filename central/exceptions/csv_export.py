"""The exceptions as CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from central.exceptions.exception_line import fare_of, todo_of
from central.exceptions.kinds import QUARANTINED, REFUSED, kind_of
from central.exceptions.reading import Reading
from central.exceptions.store import Incident, QuarantinedRecord, RefusedRecord, Row
from central.japan import stamp_text
from central.words import words
from central.words.names import Names
from central.words.say_event import read_event, summary
from central.words.spreadsheet import Cell, pieces
from central.words.words import words_for

COLUMNS = (
    "届いた時刻",
    "最初の時刻",
    "回数",
    "種類",
    "機器",
    "記録簿",
    "番号",
    "内容",
    "理由・詳しく",
    "運賃",
    "対応",
    "ハッシュ",
    "役場の記録のハッシュ",
    "引き継いだ記録",
    "記録",
)


def exceptions_csv(reading: Reading) -> Iterator[str]:
    """Every exception that the reading asks for, in pieces; the last column is the record itself."""
    return pieces(COLUMNS, (_cells(row, reading.names) for row in reading.each_row()))


def _cells(row: Row, names: Names) -> tuple[Cell, ...]:
    todo = todo_of(row)[0]
    if isinstance(row, Incident):
        return (
            stamp_text(row.last_at),
            stamp_text(row.first_at),
            row.times,
            kind_of(row.what).name[0],
            row.device,
            "",
            "",
            words_for(words.INCIDENTS, row.what)[0],
            row.detail,
            "",
            todo,
            "",
            "",
            "",
            "",
        )
    event = read_event(row.body)
    return (
        stamp_text(row.received_at),
        "",
        1,
        kind_of(REFUSED if isinstance(row, RefusedRecord) else QUARANTINED).name[0],
        row.device,
        row.epoch,
        row.number,
        summary(event, names),
        row.refused if isinstance(row, RefusedRecord) else row.as_refused or "",
        fare_of(event) or "",
        todo,
        row.hash,
        (row.held_hash or "") if isinstance(row, QuarantinedRecord) else "",
        _bringer(row) if isinstance(row, QuarantinedRecord) else "",
        row.body.decode(errors="replace"),
    )


def _bringer(row: QuarantinedRecord) -> str:
    return "" if row.as_number is None else f"{row.as_epoch}#{row.as_number}"
