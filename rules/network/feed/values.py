"""Cells to values. None for what is not written the way GTFS asks; Python's own parsers are more generous than that."""

from __future__ import annotations

import re
from datetime import date

_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?")
_PRICE = re.compile(r"([0-9]{1,6})(\.0{0,4})?")
_TIME = re.compile(r"([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def whole(cell: str) -> int | None:
    """A whole number that is not negative."""
    return int(cell) if _WHOLE.fullmatch(cell) else None


def degrees(cell: str, limit: float) -> float | None:
    """Degrees between -`limit` and `limit`."""
    if not _DECIMAL.fullmatch(cell):
        return None
    value = float(cell)
    return value if -limit <= value <= limit else None


def price(cell: str) -> int | None:
    """Whole yen below a million; "150.00" is 150."""
    match = _PRICE.fullmatch(cell)
    return int(match[1]) if match else None


def seconds(cell: str) -> int | None:
    """Seconds after midnight; hours may pass 24."""
    match = _TIME.fullmatch(cell)
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3]) if match else None


def day(cell: str) -> date | None:
    """A date written YYYYMMDD."""
    match = _DAY.fullmatch(cell)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
