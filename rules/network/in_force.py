"""Which edition holds on a day. Buses and central ask here, so that they never disagree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

FROM_MIDNIGHT_UTC = timedelta(hours=9 - 3)
"""Japan has had no summer time since 1951, and its buses' day begins at 03:00."""


class Standing(StrEnum):
    """What an edition is on a day. Replaced is also one that another overtook before its own day came."""

    COMING = "coming"
    IN_FORCE = "in force"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


def service_day(wall: int) -> date:
    """The service day (運行日) at Unix second `wall`: a trip after midnight belongs to the day before until 03:00."""
    return (datetime.fromtimestamp(wall, UTC) + FROM_MIDNIGHT_UTC).date()


def in_force(valid_from: Mapping[int, date], withdrawn: Collection[int], day: date | None) -> int | None:
    """The edition of service day `day`: the newest that is not withdrawn and whose day has come.

    `valid_from` are the editions by number. With no known day it is the newest of all; None where there is none.
    """
    return max(
        (
            number
            for number, first in valid_from.items()
            if number not in withdrawn and (day is None or first <= day)
        ),
        default=None,
    )


def standing(valid_from: Mapping[int, date], withdrawn: Collection[int], number: int, day: date) -> Standing:
    """What edition `number` is on `day`. Raises KeyError for one that is not in `valid_from`."""
    first = valid_from[number]
    if number in withdrawn:
        return Standing.WITHDRAWN
    if in_force(valid_from, withdrawn, max(first, day)) != number:
        return Standing.REPLACED
    return Standing.COMING if first > day else Standing.IN_FORCE


def stand_ins(
    valid_from: Mapping[int, date], withdrawn: Collection[int], number: int, day: date
) -> list[int]:
    """The older editions that hold, from `day` on, days which edition `number` would have held, oldest first.

    A machine may have let go of them. Raises KeyError for a number that is not in `valid_from`.
    """
    start = max(valid_from[number], day)
    days = {start, *(first for first in valid_from.values() if first > start)}
    gone = {*withdrawn, number}
    holders = {in_force(valid_from, gone, each) for each in days}
    return sorted(holder for holder in holders if holder is not None and holder < number)
