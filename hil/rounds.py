"""Which trips the demo's bus drives: out and back again, day after day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rules.network.stops import distance_m

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.network.edition import Edition
    from rules.network.stops import Stop
    from rules.network.trips import Trip

NEAR_M = 3_000.0
"""A trip back begins about where the one out ended, and the other way round."""
SEARCH_DAYS = 14


@dataclass(frozen=True, slots=True)
class Round:
    """A trip out and, where the timetable has one, the next trip back on the same day."""

    day: date
    out: Trip
    back: Trip | None


def first_day(edition: Edition, today: date) -> date:
    """A day on which the edition runs: today or soon, else (calendars of real feeds expire) its own first one."""
    for ahead in range(SEARCH_DAYS):
        if edition.trips_on(today + timedelta(days=ahead)):
            return today + timedelta(days=ahead)
    starts = {min((service.start, *service.added)) for service in edition.services.values()}
    days = (start + timedelta(days=ahead) for start in sorted(starts) for ahead in range(SEARCH_DAYS))
    return next(day for day in days if edition.trips_on(day))


def rounds(edition: Edition, day: date) -> Iterator[Round]:
    """Round trips from `day` on, as long as there are any; first comes the feed's first trip that runs then."""
    first = next(trip for trip in edition.trips.values() if edition.services[trip.service_id].runs_on(day))
    begin, end = _ends(edition, first)
    free_from = 0
    for _ in range(SEARCH_DAYS):
        trips = edition.trips_on(day)
        while (out := _next(edition, trips, begin, end, free_from)) is not None:
            back = _next(edition, trips, end, begin, out.arrivals[-1])
            yield Round(day, out, back)
            free_from = (back or out).arrivals[-1]
        day, free_from = day + timedelta(days=1), 0


def _next(edition: Edition, trips: tuple[Trip, ...], begin: Stop, end: Stop, free_from: int) -> Trip | None:
    for trip in trips:
        first, last = _ends(edition, trip)
        if trip.departures[0] >= free_from and _near(first, begin) and _near(last, end):
            return trip
    return None


def _ends(edition: Edition, trip: Trip) -> tuple[Stop, Stop]:
    stops = edition.stops_of(trip.trip_id)
    return stops[0], stops[-1]


def _near(one: Stop, other: Stop) -> bool:
    return distance_m(one.lat, one.lon, other.lat, other.lon) <= NEAR_M
