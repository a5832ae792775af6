"""Inquiries as CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from central.database.transaction import Connection
from central.inquiries.inquiry import Inquiry
from central.inquiries.store import each_inquiry
from central.inquiries.wanted import Wanted
from central.inquiries.words import ABOUTS, FORGOTTEN, STATES, WAYS
from central.japan import stamp_text
from central.words.spreadsheet import Cell, pieces

COLUMNS = (
    "番号",
    "受けた時刻",
    "方法",
    "内容",
    "会員番号",
    "名前・電話",
    "関係する記録",
    "状態",
    "最後の記録",
    "最後の時刻",
    "書いた人",
    "次にすること",
    "次の担当",
)


def inquiries_csv(connection: Connection, wanted: Wanted) -> Iterator[str]:
    """Every inquiry that the filter leaves, in pieces, as it stands."""
    return pieces(COLUMNS, (_cells(each) for each in each_inquiry(connection, wanted)))


def _cells(each: Inquiry) -> tuple[Cell, ...]:
    last = each.last
    return (
        each.id,
        stamp_text(each.at),
        WAYS[each.way][0],
        ABOUTS[each.about][0],
        each.member,
        each.caller,
        each.tie,
        STATES[last.note.state][0],
        FORGOTTEN[0] if each.forgotten else last.note.said,
        stamp_text(last.at),
        last.staff,
        last.note.next_step,
        last.note.next_by,
    )
