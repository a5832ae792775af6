"""The buses on their trips, gathered on strips of the line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from central.today.device_line import OnTrip
from central.today.strip_map import BusPlace, Strip, draw_strip, main_pattern, place_on
from central.words.names import Names
from rules.network.edition import Edition
from rules.network.stops import Stop
from rules.network.trips import Pattern

MAX_STRIPS = 4


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A strip with the buses that run on it, each with the name of its trip; without any, the line at rest."""

    strip: Strip
    title: str
    begins: str
    ends: str
    trips: tuple[tuple[str, str], ...]
    notice: str


@dataclass(slots=True)
class _Line:
    edition: Edition
    pattern: Pattern
    running: list[OnTrip] = field(default_factory=list)
    buses: list[BusPlace] = field(default_factory=list)

    @property
    def stops(self) -> tuple[Stop, ...]:
        return tuple(self.edition.stops[stop_id] for stop_id in self.pattern.stop_ids)

    def takes(self, on: OnTrip) -> bool:
        """Puts the bus on this line, if its course runs along it, one way or the other."""
        if on.edition.number != self.edition.number or on.pattern.route_id != self.pattern.route_id:
            return False
        course = [stop.name for stop in on.edition.stops_of(on.trip_id)]
        places = place_on([stop.name for stop in self.stops], course)
        if places is None:
            return False
        self.running.append(on)
        self.buses.append(_on_line(on, places))
        return True


def draw_lines(running: Iterable[OnTrip], names: Names, in_force: int) -> list[DrawnLine]:
    """A strip for every line that a bus is on, else the line of edition `in_force` at rest; none without a line."""
    lines: list[_Line] = []
    for on in running:
        if len(on.pattern.stop_ids) > 1 and not any(line.takes(on) for line in lines):
            lines.append(_line_for(on))
    if not lines:
        edition = names.edition(in_force)
        resting = main_pattern(edition.patterns) if edition else None
        lines = [_Line(edition, resting)] if edition and resting else []
    return [_drawn(line, names) for line in islice(lines, MAX_STRIPS)]


def _line_for(on: OnTrip) -> _Line:
    """The longest line of the route that the bus's course runs along; if there is none, its course is the line."""
    same_route = [pattern for pattern in on.edition.patterns if pattern.route_id == on.pattern.route_id]
    longest = main_pattern(same_route)
    if longest:
        line = _Line(on.edition, longest)
        if line.takes(on):
            return line
    line = _Line(on.edition, on.pattern)
    line.takes(on)
    return line


def _on_line(on: OnTrip, places: Sequence[int]) -> BusPlace:
    last = len(places) - 1
    inside = min(max(on.progress, 0.0), float(last))
    index = min(int(inside), last - 1)
    progress = places[index] + (inside - index) * (places[index + 1] - places[index])
    return BusPlace(on.device, places[0], places[-1], progress, on.look, on.where, on.note, on.door_open)


def _drawn(line: _Line, names: Names) -> DrawnLine:
    route = line.edition.routes.get(line.pattern.route_id)
    return DrawnLine(
        strip=draw_strip(line.stops, line.buses),
        title=route.name if route else line.pattern.route_id,
        begins=line.stops[0].name,
        ends=line.stops[-1].name,
        trips=tuple((on.device, str(names.trip(on.edition.number, on.trip_id))) for on in line.running),
        notice=line.edition.notice,
    )
