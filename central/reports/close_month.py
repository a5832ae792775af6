"""月次締め: a month of the ledger on one sheet, with the chain's head at its end, to be printed, signed and kept."""

from __future__ import annotations

from datetime import date, timedelta

from central.database.transaction import Connection
from central.japan import seconds_of
from central.ledger.verify_ledger import verify_ledger
from central.reports.sheet import Cell, Column, Fact, Period, Report, Sheet, Table, Verdict, named
from central.reports.store import (
    Turnover,
    kinds_of_events,
    moment_before,
    moved_by_kind,
    turnovers,
)
from central.words.ledger_words import ACCOUNT_KINDS, EVENTS, UNITS
from central.words.words import Words
from rules.ledger.accounts import KURAPO, AccountKind

WORDS: Words = ("月次締め", "closing sheet")
ALWAYS = (
    AccountKind.MEMBER,
    AccountKind.CASH_DESK,
    AccountKind.CARD_GATEWAY,
    AccountKind.DRIVER_CASH,
    AccountKind.EXPIRED,
    AccountKind.OWED,
    AccountKind.SUSPENSE,
)
"""Kinds that stand on every sheet, at zero too: that there is nothing is what somebody signs."""
_TURNED = frozenset(
    {
        AccountKind.ISSUER,
        AccountKind.CASH_DESK,
        AccountKind.CARD_GATEWAY,
        AccountKind.DRIVER_CASH,
        AccountKind.OWED,
        AccountKind.SUSPENSE,
    }
)
"""What the ledger counts below zero: on paper cash in the till is a number above it."""
VERIFIED: dict[str, Words] = {
    Verdict.RIGHT: ("違いはありません", "no difference"),
    Verdict.WRONG: ("違いがあります", "there are differences"),
    Verdict.UNKNOWN: ("月が終わってからの検算がまだです", "not verified since the month ended"),
}
_KIND = Column("kind", ("科目", "account"))
_UNIT = Column("unit", ("単位", "unit"))
_CAME = Column("came", ("増", "came"))
_WENT = Column("went", ("減", "went"))
_BALANCES = (
    _KIND,
    Column("programme", ("事業", "programme")),
    _UNIT,
    Column("opening", ("月初", "opening")),
    _CAME,
    _WENT,
    Column("closing", ("月末", "closing")),
)
_EVENT = Column("what", ("取引", "event"))
_NOT_OVER = (
    "この月はまだ終わっていません。数字は変わります。 / The month is not over: the figures will change."
)
_SIGNS = (
    "発行・現金・売掛・未収・仮勘定は、元帳では0より下に数えるものを正の数で示しています。 / "
    "What was issued, cash, receivables and suspense stand below zero in the ledger and above it here."
)
_WRONG = (
    "元帳に違いがあります。署名せず、ledger verify の結果を確かめてください。 / "
    "The ledger does not verify: do not sign, and see what ledger verify says."
)


def read_closing(connection: Connection, first: date, now: int) -> Sheet:
    """`closing_sheet`, with the whole ledger as it is now recomputed beside it."""
    verdict = Verdict.WRONG if verify_ledger(connection).problems else Verdict.RIGHT
    return closing_sheet(connection, first, now, verdict)


def closing_sheet(connection: Connection, first: date, now: int, verdict: Verdict) -> Sheet:
    """As it was when the month that begins with `first` ended in Japan. What is posted later changes nothing in it.

    `verdict` is whether the ledger verifies.
    """
    begin_s, end_s = seconds_of(first)[0], seconds_of(next_month(first))[0]
    begin, end = moment_before(connection, begin_s), moment_before(connection, end_s)
    kinds = kinds_of_events(connection, begin, end)
    return Sheet(
        (f"{WORDS[0]} {first.year}年{first.month}月", f"{WORDS[1]}, {first:%Y-%m}"),
        (
            Fact("month", ("月", "month"), f"{first:%Y-%m}"),
            Fact("events_total", ("取引の件数", "events"), end.group - begin.group),
            Fact("last_event", ("最後の取引の番号", "last event"), end.group),
            Fact("head_before", ("月初の鎖の端", "head of the chain before"), begin.head),
            Fact("head", ("月末の鎖の端", "head of the chain at the end"), end.head),
            Fact("verified", ("元帳の検算", "ledger verify"), named(VERIFIED, verdict)),
        ),
        (
            Table(
                "balances",
                ("科目ごとの残高", "balances by account"),
                _BALANCES,
                tuple(map(_balance, _with_always(turnovers(connection, begin, end)))),
            ),
            Table(
                "events",
                ("取引ごとの件数", "events by kind"),
                (_EVENT, Column("times", ("件数", "number"))),
                tuple((named(EVENTS, what), times) for what, times in kinds),
            ),
            Table(
                "movements",
                ("取引ごとの増減", "movements by kind of event"),
                (_EVENT, _KIND, _UNIT, _CAME, _WENT),
                tuple(
                    (
                        named(EVENTS, what),
                        named(ACCOUNT_KINDS, kind),
                        named(UNITS, unit),
                        *_signed(kind, came, went),
                    )
                    for what, kind, unit, came, went in moved_by_kind(connection, begin, end)
                ),
            ),
        ),
        (*([_NOT_OVER] if now < end_s else ()), *([_WRONG] if verdict is Verdict.WRONG else ()), _SIGNS),
    )


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def _with_always(found: list[Turnover]) -> list[Turnover]:
    there = {each.kind for each in found}
    nothing = [Turnover(kind, "", KURAPO, 0, 0, 0) for kind in ALWAYS if kind not in there]
    order = list(AccountKind)
    return sorted(
        found + nothing, key=lambda each: (order.index(AccountKind(each.kind)), each.programme, each.unit)
    )


def _balance(each: Turnover) -> tuple[Cell, ...]:
    names = named(ACCOUNT_KINDS, each.kind), each.programme, named(UNITS, each.unit)
    sign = -1 if each.kind in _TURNED else 1
    return *names, sign * each.opening, *_signed(each.kind, each.came, each.went), sign * each.closing


def _signed(kind: str, came: int, went: int) -> tuple[int, int]:
    return (went, came) if kind in _TURNED else (came, went)


CLOSING = Report("close", WORDS, Period.MONTH, read_closing, closing_sheet)
