"""残高と期限のお知らせ: a statement as a page of HTML to print, for members without a phone. It needs no other file."""

from __future__ import annotations

from datetime import date
from html import escape

from central.japan import day_title
from central.points.read_statement import Statement

ON_PAPER = 15
"""Lines of history that leave room for the rest on one sheet of A4."""

_PAGE = """<!doctype html>
<html lang="ja">
<meta charset="utf-8">
<title>残高と期限のお知らせ</title>
<style>
@page {{ size: A4; margin: 20mm }}
body {{ font: 14pt/1.6 "Noto Sans CJK JP", "Noto Sans JP", sans-serif; max-width: 170mm; margin: auto }}
h1 {{ font-size: 20pt }} h2 {{ font-size: 15pt }} small {{ font-size: 10pt }}
.balance {{ font-size: 26pt; font-weight: bold }}
table {{ border-collapse: collapse; width: 100% }}
td {{ border-bottom: 1px solid #888; padding: 1mm 2mm }}
td.n {{ text-align: right; white-space: nowrap }}
tr {{ break-inside: avoid }}
</style>
<h1>残高と期限のお知らせ <small>Balance and expiry</small></h1>
<p>{member} 様<br>{day} 現在 <small>as of this day</small></p>
<p class="balance">{balance} くらポ</p>
{held}<h2>期限 <small>Expiry</small></h2>
{expiring}
<h2>最近のご利用 <small>Recent use</small></h2>
{lines}
</html>
"""
_NOTHING_EXPIRES = "<p>期限のあるものはありません。 <small>Nothing expires.</small></p>"
_NO_LINES = "<p>まだご利用はありません。 <small>Nothing has happened yet.</small></p>"


def statement_page(found: Statement) -> str:
    """The whole page."""
    expiring = [
        f'<tr><td>{_day(each.last_day)} まで <small>last day</small><td class="n">{each.amount:,} くらポ'
        for each in found.expiring
    ]
    lines = [
        f"<tr><td>{_day(line.day)}<td>{escape(line.japanese)} <small>{escape(line.english)}</small>"
        f'<td class="n">{line.amount:+,}'
        for line in found.lines[:ON_PAPER]
    ]
    held = (
        f"<p>うち {found.held:,} は取り置き中です。 <small>Of it so much is set aside.</small></p>\n"
        if found.held
        else ""
    )
    return _PAGE.format(
        member=escape(found.member),
        day=_day(found.day),
        balance=f"{found.balance:,}",
        held=held,
        expiring=_table(expiring) or _NOTHING_EXPIRES,
        lines=_table(lines) or _NO_LINES,
    )


def _table(rows: list[str]) -> str:
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _day(iso: str) -> str:
    return day_title(date.fromisoformat(iso))
