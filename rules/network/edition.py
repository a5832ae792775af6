"""One numbered edition of stops, trips and prices: all a bus needs to know of the network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rules.network.fares import FareTable
from rules.network.stops import Stop
from rules.network.trips import Pattern, Route, Service, Trip
from rules.tariff.tariff import Tariff

Point = tuple[float, float]
"""(latitude, longitude) in degrees."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A published state of the network. Numbers rise; an edition never changes once it has one.

    `notice` is shown wherever the edition is (for example that the line is a sketch); "" where there is none.
    """

    number: int
    valid_from: date
    operator: str
    feed_version: str
    notice: str
    stops: dict[str, Stop]
    routes: dict[str, Route]
    shapes: dict[str, tuple[Point, ...]]
    patterns: tuple[Pattern, ...]
    services: dict[str, Service]
    trips: dict[str, Trip]
    fares: FareTable
    tariff: Tariff

    def pattern_of(self, trip_id: str) -> Pattern:
        """The pattern of a trip. Raises KeyError for a trip the edition does not have."""
        return self.patterns[self.trips[trip_id].pattern]

    def stops_of(self, trip_id: str) -> tuple[Stop, ...]:
        """The poles of a trip in order; a pole passed twice stands twice."""
        return tuple(self.stops[stop_id] for stop_id in self.pattern_of(trip_id).stop_ids)

    def trips_on(self, day: date) -> tuple[Trip, ...]:
        """The trips of a service day by first departure."""
        running = (trip for trip in self.trips.values() if self.services[trip.service_id].runs_on(day))
        return tuple(sorted(running, key=lambda trip: (trip.departures[0], trip.trip_id)))
