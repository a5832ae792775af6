"""A till's day: opened with its change (釣り銭, tsurisen), and what should be in it at any moment."""

from __future__ import annotations

from dataclasses import dataclass

from central.counter.answer_once import answer_once
from central.counter.refusals import NotDone, Refused
from central.counter.rows import TillDay
from central.counter.store import add_till_day, last_till_day
from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.store import find_accounts
from rules.ledger.accounts import AccountKind
from rules.ledger.rides import RIDE_UNITS


@dataclass(frozen=True, slots=True)
class TillOpening:
    """A till is opened with so much change in it, in yen. `till` is "" where the office has one."""

    command: str
    till: str
    staff: str
    opening_cash: int


def open_till(connection: Connection, wanted: TillOpening, now: int) -> TillDay | Refused:
    """The till's day, begun by this command; or why it cannot be."""
    answer = answer_once(connection, wanted.command, wanted, lambda: _open(connection, wanted, now), now)
    if isinstance(answer, Refused):
        return answer
    day = last_till_day(connection, wanted.till)
    assert day is not None, "a till that was opened has a day"
    return day


def ready_till(connection: Connection, till: str, now: int) -> TillDay | Refused:
    """The till's day, if it is today's and has not ended: cash may come and go."""
    day = last_till_day(connection, till)
    today = str(day_of(now))
    if day is None or (day.first_count is not None and day.day != today):
        return Refused(NotDone.TILL_NOT_OPEN)
    if day.first_count is not None:
        return Refused(NotDone.TILL_COUNTED)
    if day.day != today:
        return Refused(NotDone.TILL_OF_ANOTHER_DAY, day.day)
    return day


def cash_in_till(connection: Connection, day: TillDay) -> int:
    """What the books say is in the till: its change, and all that was posted to it since, from wherever."""
    return day.opening_cash + day.posted_before - _posted(connection, day.till)


def _open(connection: Connection, wanted: TillOpening, now: int) -> int | Refused:
    if not wanted.staff.strip():
        return Refused(NotDone.NO_STAFF)
    before = last_till_day(connection, wanted.till)
    today = str(day_of(now))
    if before is not None and before.first_count is None:
        return Refused(NotDone.TILL_OPEN, before.day)
    if before is not None and before.day == today:
        return Refused(NotDone.TILL_COUNTED)
    return add_till_day(
        connection,
        {
            "command": wanted.command,
            "till": wanted.till,
            "day": today,
            "opening_cash": wanted.opening_cash,
            "posted_before": _posted(connection, wanted.till),
            "staff": wanted.staff,
            "at": now,
        },
    )


def _posted(connection: Connection, till: str) -> int:
    """The till's balance in whatever counts in yen: below zero by the cash that came in."""
    found = find_accounts(connection, [AccountKind.CASH_DESK], [till])
    return sum(account.balance for ref, account in found.items() if ref.unit in RIDE_UNITS)
