"""Yesterday beside the month: what a day comes to, and how it differs from its like. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from central.words.words import Words

WEEKS = 4
"""The same weekday of the last four weeks: at the start of a calendar month it would have none to be held against."""


@dataclass(frozen=True, slots=True)
class DayTotals:
    """`riders` are people, rides are counted by how they were taken, the rest is in yen, `points` in points.

    `kurapo` to `owed` are fares by their means: from the wallet, a ticket of a book, cash to the driver, not paid yet.
    """

    riders: int = 0
    by_code: int = 0
    by_hand: int = 0
    by_phone: int = 0
    kurapo: int = 0
    tickets: int = 0
    cash: int = 0
    owed: int = 0
    charged_at_counter: int = 0
    charged_by_card: int = 0
    points: int = 0

    def plus(self, other: DayTotals) -> DayTotals:
        """Both together."""
        return DayTotals(*(getattr(self, name) + getattr(other, name) for name in NAMES))


NAMES = tuple(field.name for field in fields(DayTotals))
_PEOPLE, _RIDES, _YEN, _POINTS = "人", "件", "円", "P"
_ROWS: dict[str, tuple[Words, str]] = {
    "riders": (("乗った人", "riders"), _PEOPLE),
    "by_code": (("乗車：コード", "rides by code"), _RIDES),
    "by_hand": (("乗車：手扱い", "rides by hand"), _RIDES),
    "by_phone": (("乗車：スマホで読む", "rides by phone"), _RIDES),
    "kurapo": (("運賃：くらポ", "fares by Kurapo"), _YEN),
    "tickets": (("運賃：回数券", "fares by ticket"), _YEN),
    "cash": (("運賃：現金", "fares in cash"), _YEN),
    "owed": (("運賃：未収", "fares owed"), _YEN),
    "charged_at_counter": (("チャージ：窓口", "charged at the counter"), _YEN),
    "charged_by_card": (("チャージ：カード", "charged by card"), _YEN),
    "points": (("付けたポイント", "points given"), _POINTS),
}


@dataclass(frozen=True, slots=True)
class TotalLine:
    """A row of the table; `mean` is rounded, None where there is no such day, and `differs` says it in words."""

    name: Words
    unit: str
    day: int
    month: int
    mean: int | None
    differs: Words


def first_day_needed(yesterday: date) -> date:
    """From which day on the table needs totals."""
    return min(yesterday.replace(day=1), yesterday - timedelta(weeks=WEEKS))


def total_lines(days: Mapping[date, DayTotals], yesterday: date) -> list[TotalLine]:
    """Yesterday, its month to date, and the mean of the same weekday in the four weeks before it.

    A day without any row was a day on which nothing ran, and does not count for the mean.
    """
    month = _sum([each for day, each in days.items() if yesterday.replace(day=1) <= day <= yesterday])
    before = [yesterday - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]
    alike = [days[day] for day in before if day in days]
    summed, of_day = _sum(alike), days.get(yesterday, DayTotals())
    lines = []
    for name, (words, unit) in _ROWS.items():
        mean = round(getattr(summed, name) / len(alike)) if alike else None
        day = getattr(of_day, name)
        lines.append(TotalLine(words, unit, day, getattr(month, name), mean, _differs(day, mean, unit)))
    return lines


def _sum(days: Sequence[DayTotals]) -> DayTotals:
    total = DayTotals()
    for each in days:
        total = total.plus(each)
    return total


def _differs(day: int, mean: int | None, unit: str) -> Words:
    if mean is None:
        return "比べる日がまだありません", "nothing to compare with yet"
    if day == mean:
        return "いつもと同じ", "as usual"
    by = f"{abs(day - mean):,}"
    return (f"{by}{unit}多い", f"{by} more") if day > mean else (f"{by}{unit}少ない", f"{by} fewer")
