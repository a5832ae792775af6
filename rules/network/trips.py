"""Routes, patterns, trips and the days they run on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Route:
    """A GTFS route (系統, keitō)."""

    route_id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """The order of poles that some trips of a route share (運行パターン).

    A pole passed twice stands twice: places on the line are indexes into `stop_ids`, never stop ids.
    `shape_id` is "" where the feed draws no shape for it.
    """

    route_id: str
    direction_id: str
    stop_ids: tuple[str, ...]
    shape_id: str


@dataclass(frozen=True, slots=True)
class Trip:
    """One scheduled run (便, bin). Times are seconds after midnight of the service day and may pass 24 hours.

    `pattern` is an index into the edition's patterns; `arrivals` and `departures` go with its `stop_ids`.
    """

    trip_id: str
    pattern: int
    service_id: str
    headsign: str
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """The days a group of trips runs on (運行日). `weekdays` begins on Monday."""

    service_id: str
    weekdays: tuple[bool, bool, bool, bool, bool, bool, bool]
    start: date
    end: date
    added: tuple[date, ...]
    removed: tuple[date, ...]

    def runs_on(self, day: date) -> bool:
        """Whether the service runs on `day`; exceptions win over the week's pattern."""
        if day in self.removed:
            return False
        if day in self.added:
            return True
        return self.start <= day <= self.end and self.weekdays[day.weekday()]
