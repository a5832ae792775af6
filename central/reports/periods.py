"""Which months and base days a ledger has, and how far each is from the sheet that is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from central.japan import day_of, seconds_of
from central.ledger.last_verified import LastVerified
from central.reports.base_day import base_days
from central.reports.close_month import next_month
from central.reports.sheet import Period, Verdict

MOST_MONTHS = 36
MOST_BASE_DAYS = 10
"""Listed; older ones are asked for by their date."""


class Stands(StrEnum):
    """How a period stands."""

    NOT_OVER = "not-over"
    """Its figures still change."""
    UNVERIFIED = "unverified"
    """It is over; the ledger was not recomputed since."""
    WRONG = "wrong"
    """The ledger was recomputed, and differs."""
    READY = "ready"
    """Its sheet can be printed and signed, or handed in."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A month, by its first day, or a base day, and how it stands."""

    first: date
    stands: Stands


def end_of(period: Period, first: date) -> int:
    """The Unix second in which the month or the day that begins with `first` is over in Japan."""
    return seconds_of(next_month(first))[0] if period is Period.MONTH else seconds_of(first)[1]


def verdict_since(last: LastVerified | None, end: int) -> Verdict:
    """What the last recomputing of the whole ledger says of a period that ended at Unix second `end`."""
    if last is None:
        return Verdict.UNKNOWN
    if last.problems:
        return Verdict.WRONG
    return Verdict.RIGHT if last.at >= end else Verdict.UNKNOWN


def stands(period: Period, first: date, last: LastVerified | None, now: int) -> Stands:
    """How a period stands at Unix second `now`."""
    end = end_of(period, first)
    if now < end:
        return Stands.NOT_OVER
    match verdict_since(last, end):
        case Verdict.RIGHT:
            return Stands.READY
        case Verdict.WRONG:
            return Stands.WRONG
        case Verdict.UNKNOWN:
            return Stands.UNVERIFIED


def months(began: int, last: LastVerified | None, now: int) -> list[Listed]:
    """From that of the ledger's first event to this one, the newest first, MOST_MONTHS at most."""
    found: list[Listed] = []
    first = day_of(now).replace(day=1)
    while first >= day_of(began).replace(day=1) and len(found) < MOST_MONTHS:
        found.append(Listed(first, stands(Period.MONTH, first, last, now)))
        first = month_before(first)
    return found


def past_base_days(began: int, last: LastVerified | None, now: int) -> list[Listed]:
    """From the ledger's first event to today, the newest first, MOST_BASE_DAYS at most."""
    days = base_days(day_of(began), day_of(now))[:MOST_BASE_DAYS]
    return [Listed(day, stands(Period.DAY, day, last, now)) for day in days]


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)
