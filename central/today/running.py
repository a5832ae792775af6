"""The buses on their trips, gathered on strips of the line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from central.today.device_line import OnTrip
from central.today.names import Names
from central.today.strip_map import Strip, draw_strip, main_pattern, runs_back
from rules.network.edition import Edition
from rules.network.trips import Pattern

MAX_STRIPS = 4


@dataclass(frozen=True, slots=True)
class DrawnTrip:
    """A strip with the buses that run on it; without any, the line at rest."""

    strip: Strip
    title: str
    begins: str
    ends: str
    trips: tuple[str, ...]
    notice: str


def draw_trips(running: Iterable[OnTrip], names: Names, in_force: int) -> list[DrawnTrip]:
    """One strip for every course that a bus is on, else the line of edition `in_force` at rest; none without a line."""
    courses: dict[tuple[int, int], list[OnTrip]] = {}
    for on in running:
        pattern = on.edition.trips[on.trip_id].pattern
        if len(on.edition.patterns[pattern].stop_ids) > 1:
            courses.setdefault((on.edition.number, pattern), []).append(on)
    if courses:
        return [
            _drawn(buses[0].edition, buses[0].edition.patterns[pattern], buses, names)
            for (_, pattern), buses in islice(courses.items(), MAX_STRIPS)
        ]
    edition = names.edition(in_force)
    resting = main_pattern(edition) if edition else None
    return [_drawn(edition, resting, [], names)] if edition and resting else []


def _drawn(edition: Edition, pattern: Pattern, buses: list[OnTrip], names: Names) -> DrawnTrip:
    stops = tuple(edition.stops[stop_id] for stop_id in pattern.stop_ids)
    route = edition.routes.get(pattern.route_id)
    return DrawnTrip(
        strip=draw_strip(stops, [on.bus for on in buses], leftward=runs_back(edition, pattern)),
        title=route.name if route else pattern.route_id,
        begins=stops[0].name,
        ends=stops[-1].name,
        trips=tuple(str(names.trip(edition.number, on.trip_id)) for on in buses),
        notice=edition.notice,
    )
