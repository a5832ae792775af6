"""What the office asked to see. Every choice stands in the address, so that an address can be kept and sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from central.japan import parse_day
from central.words.paging import clean, page_asked
from rules.ride.outcomes import Movement, Outcome

_RECORD = re.compile(r"(?P<device>[^#]*)#(?P<number>[0-9]{1,15})")


class RideState(StrEnum):
    """How far a ride has come, as the rides table says it."""

    OPEN = "open"
    COMPLETE = "complete"
    PROVISIONAL = "provisional"


NOT_APPLIED = "not-applied"
"""The records that could not be entered in the books."""
BY_DRIVER = "by-driver"
"""The records of a rider whom the rules refused and the driver let ride: taps, and boardings by hand."""
BY_CODE = "code"
BY_HAND = "hand"
BY_PHONE = "phone"
"""The rider's phone has read the bus."""


@dataclass(frozen=True, slots=True)
class RecordName:
    """A record asked for by name: `#41` or `bus-001#41`. `device` is "" for any machine's."""

    device: str
    number: int


@dataclass(frozen=True, slots=True)
class Filter:
    """One day's rides and records, narrowed. "" means all.

    `stop` is a stop's name or id; `outcome` an Outcome, a Movement, an event's tag, `NOT_APPLIED` or `BY_DRIVER`;
    `means` one of Means, or `BY_CODE`, `BY_PHONE` or `BY_HAND`; `text` is looked for anywhere. `dated` is False for an
    address without a date, which moves on at midnight.
    """

    day: date
    dated: bool = False
    bus: str = ""
    trip: str = ""
    stop: str = ""
    state: str = ""
    means: str = ""
    outcome: str = ""
    text: str = ""
    rides_page: int = 1
    records_page: int = 1

    @property
    def record(self) -> RecordName | None:
        """The record that `text` names, if it names one."""
        named = _RECORD.fullmatch(self.text)
        return RecordName(named["device"].strip(), int(named["number"])) if named else None

    @property
    def narrows_rides(self) -> bool:
        """Whether rides may be left out."""
        return bool(self.bus or self.trip or self.stop or self.state or self.means or self.text)

    @property
    def narrows_records(self) -> bool:
        """Whether records may be left out."""
        return bool(self.bus or self.trip or self.stop or self.outcome or self.text)

    def query(self, **changes: Any) -> dict[str, Any]:
        """The address's parameters, with `changes`. Only what differs from "everything" is written."""
        asked = replace(self, **changes)
        values = {
            "date": asked.day.isoformat() if asked.dated else "",
            "bus": asked.bus,
            "trip": asked.trip,
            "stop": asked.stop,
            "state": asked.state,
            "means": asked.means,
            "outcome": asked.outcome,
            "q": asked.text,
            "rides_page": str(asked.rides_page) if asked.rides_page > 1 else "",
            "records_page": str(asked.records_page) if asked.records_page > 1 else "",
        }
        return {name: value for name, value in values.items() if value}


def read_filter(args: Mapping[str, str], today: date) -> Filter | None:
    """The filter in an address's parameters; None for a date that is none. Whatever else is odd finds nothing."""
    asked = clean(args.get("date", ""))
    day = parse_day(asked) if asked else today
    if day is None:
        return None
    return Filter(
        day=day,
        dated=bool(asked),
        bus=clean(args.get("bus", "")),
        trip=clean(args.get("trip", "")),
        stop=clean(args.get("stop", "")),
        state=clean(args.get("state", "")),
        means=clean(args.get("means", "")),
        outcome=clean(args.get("outcome", "")),
        text=clean(args.get("q", "")),
        rides_page=page_asked(args.get("rides_page", "")),
        records_page=page_asked(args.get("records_page", "")),
    )


RIDE_STATES = tuple(RideState)
MOVEMENTS = (Movement.BOARD, Movement.ALIGHT, Movement.REFUSED)
OUTCOMES = tuple(Outcome)
