"""routes.txt and trips.txt: routes, and trips put together from their stops, days and shapes."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from rules.network.feed.problems import Problems
from rules.network.feed.read_days import never
from rules.network.feed.read_names import ENGLISH, Names
from rules.network.feed.read_stop_times import Calls
from rules.network.feed.table import Row, Table
from rules.network.stops import Stop
from rules.network.trips import Pattern, Route, Service, Trip


@dataclass(frozen=True, slots=True)
class TripsRead:
    """`patterns` in the order trips first need them. `routes` and `services` also hold what only trips speak of."""

    routes: dict[str, Route]
    services: dict[str, Service]
    patterns: tuple[Pattern, ...]
    trips: dict[str, Trip]


def read_routes(table: Table, names: Names, problems: Problems) -> dict[str, Route]:
    """Routes by id. The name is the short and the long one together, the id where a route has neither."""
    routes: dict[str, Route] = {}
    for row in table.rows:
        route_id = row["route_id"]
        if not route_id or route_id in routes:
            problems.error(
                table.file,
                row.line,
                f"route_id「{route_id}」が空か二度目です。この行は使いません。",
                f"route_id {route_id!r} is empty or appears twice; this row is not used.",
            )
            continue
        parts = [(name, row[name]) for name in ("route_short_name", "route_long_name") if row[name]]
        english = [names.of(ENGLISH, ("routes", name), route_id, text) or text for name, text in parts]
        translated = english if english != [text for _, text in parts] else []
        routes[route_id] = Route(
            route_id, " ".join(text for _, text in parts) or route_id, " ".join(translated)
        )
    return routes


class TripReader:
    """Puts trips together and keeps the patterns they share."""

    def __init__(
        self,
        calls: Mapping[str, Calls],
        poles: Mapping[str, Stop],
        shapes: Container[str],
        problems: Problems,
    ) -> None:
        self._calls = calls
        self._poles = poles
        self._shapes = shapes
        self._problems = problems
        self._patterns: dict[Pattern, int] = {}

    def read(self, table: Table, routes: dict[str, Route], services: dict[str, Service]) -> TripsRead:
        """The trips of trips.txt that have stops.

        A route or service the feed only mentions is added bare, so that the trip's fares can still be looked up.
        """
        routes, services = dict(routes), dict(services)
        trips: dict[str, Trip] = {}
        for row in table.rows:
            trip_id = row["trip_id"]
            if not trip_id or trip_id in trips:
                self._error(
                    row,
                    f"trip_id「{trip_id}」が空か二度目です。この行は使いません。",
                    f"trip_id {trip_id!r} is empty or appears twice; this row is not used.",
                )
            elif trip_id not in self._calls:
                self._problems.warn(
                    table.file,
                    row.line,
                    f"{trip_id} には使える停留所がありません。この便は使いません。",
                    f"{trip_id} has no usable stops; the trip is not used.",
                )
            else:
                trips[trip_id] = self._trip(row, self._calls[trip_id], routes, services)
        self._report_strangers(table)
        return TripsRead(routes, services, tuple(self._patterns), trips)

    def _trip(self, row: Row, calls: Calls, routes: dict[str, Route], services: dict[str, Service]) -> Trip:
        route_id, service_id = row["route_id"], row["service_id"]
        if route_id not in routes:
            self._error(
                row,
                f"route_id「{route_id}」が routes.txt にありません。routes.txt に加えてください。",
                f"route_id {route_id!r} is not in routes.txt; add it there.",
            )
            routes[route_id] = Route(route_id, route_id, "")
        if service_id not in services:
            self._error(
                row,
                f"service_id「{service_id}」の運行日がありません。この便は運行しない扱いです。",
                f"service_id {service_id!r} is in no calendar file; the trip never runs.",
            )
            services[service_id] = never(service_id)
        pattern = Pattern(route_id, self._direction(row), calls.stop_ids, self._shape(row))
        return Trip(
            trip_id=row["trip_id"],
            pattern=self._patterns.setdefault(pattern, len(self._patterns)),
            service_id=service_id,
            headsign=row["trip_headsign"] or calls.headsign or self._poles[calls.stop_ids[-1]].name,
            arrivals=calls.arrivals,
            departures=calls.departures,
        )

    def _direction(self, row: Row) -> str:
        direction = row["direction_id"]
        if direction in ("", "0", "1"):
            return direction
        self._problems.warn(
            "trips.txt",
            row.line,
            f"direction_id「{direction}」は0か1ではありません。なしとして扱います。",
            f"direction_id {direction!r} is neither 0 nor 1; taken as none.",
        )
        return ""

    def _shape(self, row: Row) -> str:
        shape_id = row["shape_id"]
        if not shape_id or shape_id in self._shapes:
            return shape_id
        self._problems.warn(
            "trips.txt",
            row.line,
            f"shape_id「{shape_id}」の形状がありません。なしとして扱います。",
            f"shape_id {shape_id!r} has no shape; taken as none.",
        )
        return ""

    def _report_strangers(self, table: Table) -> None:
        """Stops of trips that trips.txt does not have."""
        known = {row["trip_id"] for row in table.rows}
        for trip_id in self._calls:
            if trip_id not in known:
                self._problems.error(
                    "stop_times.txt",
                    0,
                    f"trip_id「{trip_id}」が trips.txt にありません。この便は使いません。",
                    f"trip_id {trip_id!r} is not in trips.txt; the trip is not used.",
                )

    def _error(self, row: Row, message_ja: str, message_en: str) -> None:
        self._problems.error("trips.txt", row.line, message_ja, message_en)
