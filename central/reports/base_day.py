"""What 資金決済法 (the Payment Services Act) asks of an issuer on a base day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from rules.ledger.accounts import Unit, trips

BASE_DAYS: Final = ((3, 31), (9, 30))
"""基準日: month and day on which the unused balance counts."""
BASE_YEN: Final = 10_000_000
"""基準額: an issuer with more unused than this must notify, or be registered, and deposit half of it."""


def base_days(first: date, last: date) -> list[date]:
    """Those from `first` to `last`, both included, the newest first."""
    years = range(last.year, first.year - 1, -1)
    found = [date(year, month, day) for year in years for month, day in reversed(BASE_DAYS)]
    return [day for day in found if first <= day <= last]


def next_base_day(after: date) -> date:
    """The first one that is not before `after`."""
    return base_days(after, after + timedelta(days=366))[-1]


def deposit_by(base_day: date) -> date:
    """The last day of the two months from the day after a base day, in which to deposit: 31 May, 30 November."""
    begins = base_day + timedelta(days=1)
    return begins.replace(month=begins.month + 2) - timedelta(days=1)


def counts_in_yen(unit: Unit) -> bool:
    """Whether one of the unit is worth 1 yen; trips are not."""
    return not unit.startswith(trips(0).removesuffix("0"))


def deposit(unused: int) -> int:
    """The least 発行保証金 in yen for so much unused, 0 up to `BASE_YEN`: half of it, rounded up."""
    return 0 if unused <= BASE_YEN else -(-unused // 2)
