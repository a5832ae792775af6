"""When a bath house is open, by the clock on its wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from rules.instant import Instant

JAPAN = timezone(timedelta(hours=9), "JST")
"""No summer time since 1951."""
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From `opens` until before `closes`, minutes of the day; past midnight where `closes` is the smaller one."""

    opens: int
    closes: int

    def is_open(self, at: Instant) -> bool:
        """Whether the house is open. Without the time it is: a guest stands there, after all."""
        if not at.wall_known:
            return True
        now = local_time(at)
        minute = now.hour * 60 + now.minute
        if self.opens <= self.closes:
            return self.opens <= minute < self.closes
        return minute >= self.opens or minute < self.closes

    def __str__(self) -> str:
        """As in `10:00–21:00`; "" for all day."""
        return "" if self == ALL_DAY else f"{_clock(self.opens)}–{_clock(self.closes)}"


ALL_DAY = Hours(0, DAY_MINUTES)


def local_time(at: Instant) -> datetime:
    """What a clock on the wall would show, only as good as `at.quality`."""
    return datetime.fromtimestamp(at.wall, UTC).astimezone(JAPAN)


def day_of(at: Instant) -> date | None:
    """The day on the wall's calendar; None while the time is not known."""
    return local_time(at).date() if at.wall_known else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
