"""Expiry rules (有効期限): until when given value is good. Days are those of Japan and end at midnight there.

Japan has had no summer time since 1951: a fixed offset is the whole rule.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from rules.ledger.lots import Lot

_JAPAN = timezone(timedelta(hours=9))
_MARCH = 3
MAX_MONTHS = 120


@dataclass(frozen=True, slots=True)
class NoExpiry:
    """期限なし: good for ever."""


@dataclass(frozen=True, slots=True)
class FiscalYearEnd:
    """年度末: good until 31 March, that day included."""


@dataclass(frozen=True, slots=True)
class MonthsFromGrant:
    """付与からnか月: good until the day of the same number `months` later, that day included."""

    months: int

    def __post_init__(self) -> None:
        _check(self.months)


@dataclass(frozen=True, slots=True)
class MonthsFromUse:
    """最終利用からnか月: as MonthsFromGrant, counted anew from each use of the account in that unit."""

    months: int

    def __post_init__(self) -> None:
        _check(self.months)


Expiry = NoExpiry | FiscalYearEnd | MonthsFromGrant | MonthsFromUse


def expires_at(rule: Expiry, since: int) -> int | None:
    """The first Unix second at which value granted, or last used, at `since` is not good any more; None for never."""
    day = _day(since)
    match rule:
        case NoExpiry():
            return None
        case FiscalYearEnd():
            return _end_of(date(day.year + (day.month > _MARCH), _MARCH, 31))
        case MonthsFromGrant(months) | MonthsFromUse(months):
            return _end_of(months_later(day, months))


def good_until(rule: Expiry, lot: Lot, uses: Iterable[int]) -> int | None:
    """When a lot really expires, by the uses of its account in order (Unix seconds), if the rule counts them.

    A use prolongs what is good then, also by an earlier use; it brings nothing back.
    """
    until = lot.expires_at
    if until is None or not isinstance(rule, MonthsFromUse):
        return until
    for use in uses:
        if use >= until:
            break
        until = max(until, expires_at(rule, use) or until)
    return until


def months_later(day: date, months: int) -> date:
    """The day of the same number `months` later, or that month's last where it has none."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_good_day(expires: int) -> date:
    """The last day on which value is good that expires at that Unix second."""
    return _day(expires - 1)


def _day(second: int) -> date:
    return datetime.fromtimestamp(second, UTC).astimezone(_JAPAN).date()


def _end_of(day: date) -> int:
    after = day + timedelta(days=1)
    return int(datetime(after.year, after.month, after.day, tzinfo=_JAPAN).timestamp())


def _check(months: int) -> None:
    if not 0 < months <= MAX_MONTHS:
        raise ValueError(f"an expiry is 1 to {MAX_MONTHS} months away, not {months}")
