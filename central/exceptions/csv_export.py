"""The exceptions as CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from central.exceptions.exception_line import by_phone_words, fare_of, todo_of
from central.exceptions.handling.acts import ACTS, REASONS, STATES, Act, Done, Reason, State
from central.exceptions.kinds import kind_of
from central.exceptions.reading import Reading
from central.exceptions.rows import Incident, NoticedByPhone, QuarantinedRecord, Row
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
    "状態",
    "担当",
    "状態の時刻",
    "経過",
    "ハッシュ",
    "役場の記録のハッシュ",
    "引き継いだ記録",
    "記録",
)


def exceptions_csv(reading: Reading) -> Iterator[str]:
    """Every exception that the reading asks for, in pieces; the last column is the record itself."""
    return pieces(
        COLUMNS, (_cells(row, state, done, reading.names) for row, state, done in reading.each_row())
    )


def _cells(row: Row, state: State, done: Sequence[Done], names: Names) -> tuple[Cell, ...]:
    handled = (todo_of(row)[0], *_handled(state, done))
    if isinstance(row, Incident):
        return (
            stamp_text(row.last_at),
            stamp_text(row.first_at),
            row.times,
            kind_of(row.value).name[0],
            row.device,
            "",
            "",
            words_for(words.INCIDENTS, row.what)[0],
            row.detail,
            "",
            *handled,
            "",
            "",
            "",
            "",
        )
    if isinstance(row, NoticedByPhone):
        return (
            stamp_text(row.noticed_at),
            "",
            1,
            kind_of(row.value).name[0],
            row.device,
            "",
            "",
            by_phone_words(row, names),
            "",
            row.fare or "",
            *handled,
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
        kind_of(row.value).name[0],
        row.device,
        row.epoch,
        row.number,
        summary(event, names),
        row.reason,
        fare_of(event) or "",
        *handled,
        row.hash,
        (row.held_hash or "") if isinstance(row, QuarantinedRecord) else "",
        _bringer(row) if isinstance(row, QuarantinedRecord) else "",
        row.body.decode(errors="replace"),
    )


def _handled(state: State, done: Sequence[Done]) -> tuple[Cell, ...]:
    """How it stands, by whom and since when, and everything that was done, oldest first."""
    last = next((each for each in reversed(done) if each.act is not Act.NOTE), None)
    by = last if state in (State.TAKEN, State.DONE) else None
    return (
        STATES[state][0],
        by.who if by else "",
        stamp_text(by.at) if by else "",
        " / ".join(_said(each) for each in done),
    )


def _said(done: Done) -> str:
    reason = REASONS[Reason(done.reason)][0] if done.reason in REASONS else ""
    parts = (stamp_text(done.at), done.who, ACTS[done.act][0], reason, done.note)
    return " ".join(part for part in parts if part)


def _bringer(row: QuarantinedRecord) -> str:
    return "" if row.as_number is None else f"{row.as_epoch}#{row.as_number}"
