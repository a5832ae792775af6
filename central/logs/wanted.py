"""What the office looks for in the logs. Every choice stands in the address, which can be kept and sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from central.japan import FIRST_DAY, parse_day
from central.words.paging import clean

DAYS = 31
"""So many days are searched, today the last, unless others are asked for."""
MOST_DAYS = 366
MAX_TEXT = 400
"""A code that a scanner has typed is the longest that can be looked for."""
_AFTER = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_(-?[0-9]{1,12})_([a-z]{0,10})_([0-9]{1,18})")


class Odd(StrEnum):
    """Why an address cannot be answered."""

    DATE = "日付は 2026-10-01 の形で指定してください。 / Give dates like 2026-10-01."
    ORDER = "終わりの日が、はじめの日より前です。 / The last day lies before the first."
    LONG = "一度に調べられるのは366日までです。期間を短くしてください。 / At most 366 days at once: ask for fewer."


@dataclass(frozen=True, slots=True)
class After:
    """The last ride of the page before: service day, Unix second of its boarding, means, number among its kind."""

    day: str
    wall: int
    means: str
    id: int

    def __str__(self) -> str:
        return f"{self.day}_{self.wall}_{self.means}_{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rides from `first` to `last`, both included; "" means all.

    `text` is a member's number, name or telephone, a card's serial or code, a pass's id, or a record (`bus-001#41`).
    `stop` is a stop's name or id. `dated` is False for an address without days, which move on at midnight.
    """

    first: date
    last: date
    dated: bool = False
    text: str = ""
    bus: str = ""
    trip: str = ""
    stop: str = ""
    state: str = ""
    means: str = ""
    after: After | None = None

    @property
    def narrows(self) -> bool:
        """Whether rides of these days may be left out."""
        return bool(self.text or self.bus or self.trip or self.stop or self.state or self.means)

    def query(self, **changes: Any) -> dict[str, Any]:
        """The address's parameters, with `changes`. Only what differs from "everything" is written."""
        asked = replace(self, **changes)
        values = {
            "q": asked.text,
            "from": asked.first.isoformat() if asked.dated else "",
            "to": asked.last.isoformat() if asked.dated else "",
            "bus": asked.bus,
            "trip": asked.trip,
            "stop": asked.stop,
            "state": asked.state,
            "means": asked.means,
            "after": str(asked.after) if asked.after else "",
        }
        return {name: value for name, value in values.items() if value}


def read_wanted(args: Mapping[str, str], today: date) -> Wanted | Odd:
    """What an address asks for. Whatever is odd but a date finds nothing."""
    asked = [clean(args.get(name, "")) for name in ("from", "to")]
    days = [parse_day(each) for each in asked]
    if any(each and day is None for each, day in zip(asked, days, strict=True)):
        return Odd.DATE
    last = days[1] or (min(days[0] + timedelta(DAYS - 1), max(today, days[0])) if days[0] else today)
    first = days[0] or max(last - timedelta(DAYS - 1), FIRST_DAY)
    if last < first:
        return Odd.ORDER
    if (last - first).days >= MOST_DAYS:
        return Odd.LONG
    after = _AFTER.fullmatch(args.get("after", ""))
    return Wanted(
        first=first,
        last=last,
        dated=any(asked),
        text=args.get("q", "").strip()[:MAX_TEXT],
        bus=clean(args.get("bus", "")),
        trip=clean(args.get("trip", "")),
        stop=clean(args.get("stop", "")),
        state=clean(args.get("state", "")),
        means=clean(args.get("means", "")),
        after=After(after[1], int(after[2]), after[3], int(after[4])) if after else None,
    )
