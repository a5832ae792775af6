"""The service day in Japan, and times as the office reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has had no summer time since 1951: a fixed offset is the whole rule."""

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)
"""The days that can be asked for. A machine whose clock says another has no day."""

_WEEKDAYS = "月火水木金土日"
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_S = 86_400
_JAPAN_S = 9 * 3600


def day_of(wall: int) -> date:
    """The day in Japan at Unix second `wall`. Raises OverflowError or ValueError outside the years 1 to 9999."""
    return datetime.fromtimestamp(wall, UTC).astimezone(JAPAN).date()


def seconds_of(day: date) -> tuple[int, int]:
    """The first Unix second of `day` in Japan, and the first of the day after."""
    start = (day.toordinal() - _EPOCH_DAY) * _DAY_S - _JAPAN_S
    return start, start + _DAY_S


def parse_day(text: str) -> date | None:
    """YYYY-MM-DD from `FIRST_DAY` to `LAST_DAY`, None for anything else."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=JAPAN).date()
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def day_title(day: date) -> str:
    """A day as the office writes it: 2026年10月3日（土）."""
    return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def clock_text(wall: int | None, day: date, *, seconds: bool = False) -> str:
    """HH:MM in Japan, with month and day before it when that is not `day`; "" for None, "--:--" for no date at all."""
    if wall is None:
        return ""
    try:
        at = datetime.fromtimestamp(wall, UTC).astimezone(JAPAN)
    except (OverflowError, ValueError, OSError):
        return "--:--"
    text = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    if at.date() == day:
        return text
    return f"{at.month}/{at.day} {text}" if at.year == day.year else f"{at.year}/{at.month}/{at.day} {text}"


def stamp_text(wall: int | None) -> str:
    """YYYY-MM-DD HH:MM:SS in Japan, as spreadsheets read it; "" where there is none."""
    if wall is None:
        return ""
    try:
        return f"{datetime.fromtimestamp(wall, UTC).astimezone(JAPAN):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return ""


def span_text(seconds: int) -> str:
    """A length of time in its largest unit: 40秒, 12分, 3時間, 2日."""
    for unit, name in ((_DAY_S, "日"), (3600, "時間"), (60, "分")):
        if seconds >= unit:
            return f"{seconds // unit}{name}"
    return f"{max(seconds, 0)}秒"
