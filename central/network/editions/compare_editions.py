"""What a coming edition changes, for the clerk who decides whether to publish it.

Ids often change from feed to feed though nothing else does. So stops, trips and fares are compared by what people see:
names, places, times, days and yen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.network.stops import Stop, distance_m
from rules.network.trips import Service

T = TypeVar("T")

SAME_POLE_M = 300.0
"""A pole of the same name further away is another one."""
MOVED_M = 10.0
DAYS_COMPARED = 56
"""From the coming edition's first day: eight weeks show every weekly pattern and the holidays in them."""

Price = Yen | FareProblem


class StopChange(StrEnum):
    """What happened to a pole."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    GEOFENCE = "geofence"
    NEW_ID = "new id"


@dataclass(frozen=True, slots=True)
class StopDifference:
    """A pole before and after, None where there is none; `metres` is how far it moved."""

    changes: tuple[StopChange, ...]
    was: Stop | None
    now: Stop | None
    metres: float = 0.0

    @property
    def stop(self) -> Stop:
        """The pole as it will be, or as it was."""
        stop = self.now or self.was
        assert stop is not None
        return stop


class TripChange(StrEnum):
    """What happened to a trip."""

    ADDED = "added"
    REMOVED = "removed"
    TIMES = "times"
    STOPS = "stops"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class TripLine:
    """A trip as people see it: where it calls and when (seconds after midnight), and on which of the days compared."""

    route: str
    stops: tuple[str, ...]
    times: tuple[tuple[int, int], ...]
    days: frozenset[date]
    weekdays: tuple[bool, ...]

    @property
    def departs(self) -> int:
        """Its first departure."""
        return self.times[0][1]


@dataclass(frozen=True, slots=True)
class TripDifference:
    """A trip before and after, None where there is none."""

    changes: tuple[TripChange, ...]
    was: TripLine | None
    now: TripLine | None

    @property
    def line(self) -> TripLine:
        """The trip as it will be, or as it was."""
        line = self.now or self.was
        assert line is not None
        return line


@dataclass(frozen=True, slots=True)
class FareDifference:
    """What a ride costs before and after: the prices of its pairs, dearest last; empty where there is no such ride."""

    route: str
    start: str
    end: str
    was: tuple[Price, ...]
    now: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """All that differs, in the order in which one reads it.

    `rides_explained` counts rides not listed among the fares: their stop or route is new or gone altogether.
    `tariff` is whether the office's own fare rules differ.
    """

    stops: tuple[StopDifference, ...]
    trips: tuple[TripDifference, ...]
    fares: tuple[FareDifference, ...]
    rides_explained: int
    tariff: bool

    @property
    def nothing(self) -> bool:
        """Whether people will notice nothing: new ids alone are nothing to them."""
        seen = [each for each in self.stops if each.changes != (StopChange.NEW_ID,)]
        return not (seen or self.trips or self.fares or self.rides_explained or self.tariff)


def compare(running: Edition, coming: Edition) -> Differences:
    """What `coming` changes in `running`."""
    stops = _stops(running, coming)
    known = _renamed(running, stops, {stop.name for stop in coming.stops.values()})
    fares, explained = _fares(known, coming)
    tariff = running.tariff != coming.tariff
    return Differences(stops, _trips(known, coming), fares, explained, tariff)


def _stops(running: Edition, coming: Edition) -> tuple[StopDifference, ...]:
    before, after = dict(running.stops), dict(coming.stops)
    pairs = [(before.pop(stop_id), after.pop(stop_id)) for stop_id in sorted(before.keys() & after.keys())]
    pairs += _same_poles(before, after)
    found = [_stop(was, now) for was, now in pairs]
    found += [StopDifference((StopChange.ADDED,), None, stop) for stop in after.values()]
    found += [StopDifference((StopChange.REMOVED,), stop, None) for stop in before.values()]
    order = list(StopChange)
    return tuple(
        sorted(
            (each for each in found if each.changes),
            key=lambda each: (order.index(each.changes[0]), each.stop.name),
        )
    )


def _same_poles(before: dict[str, Stop], after: dict[str, Stop]) -> list[tuple[Stop, Stop]]:
    """Poles that only changed their id, nearest first; they are taken out of both."""
    by_name: dict[tuple[str, str], list[Stop]] = defaultdict(list)
    for stop in after.values():
        by_name[stop.name, stop.platform].append(stop)
    near = sorted(
        (metres, was.stop_id, now.stop_id)
        for was in before.values()
        for now in by_name[was.name, was.platform]
        if (metres := distance_m(was.lat, was.lon, now.lat, now.lon)) <= SAME_POLE_M
    )
    return [(before.pop(old), after.pop(new)) for _, old, new in near if old in before and new in after]


def _stop(was: Stop, now: Stop) -> StopDifference:
    metres = distance_m(was.lat, was.lon, now.lat, now.lon)
    seen = {
        StopChange.RENAMED: was.name != now.name,
        StopChange.MOVED: metres > MOVED_M,
        # A fence that follows its pole is told by the pole.
        StopChange.GEOFENCE: _fence(was) != _fence(now),
        StopChange.NEW_ID: was.stop_id != now.stop_id,
    }
    return StopDifference(tuple(change for change, is_so in seen.items() if is_so), was, now, metres)


def _renamed(running: Edition, stops: Iterable[StopDifference], names: Container[str]) -> Edition:
    """The running edition with the new names of stops, so that a name is told once and not with every trip and fare."""
    new = {
        each.was.name: each.now.name
        for each in stops
        if each.was and each.now and StopChange.RENAMED in each.changes and each.was.name not in names
    }
    poles = {
        stop_id: replace(stop, name=new.get(stop.name, stop.name)) for stop_id, stop in running.stops.items()
    }
    return replace(running, stops=poles)


def _fence(stop: Stop) -> tuple[float, ...]:
    fence = stop.geofence
    return fence.lat - stop.lat, fence.lon - stop.lon, fence.radius_m


def _trips(running: Edition, coming: Edition) -> tuple[TripDifference, ...]:
    days = _days_compared(running, coming)
    before, after = _lines(running, days), _lines(coming, days)
    pairs = _matched(before, after, lambda _, line: _seen(line))
    pairs += _matched(before, after, lambda trip_id, line: (trip_id, line.route))
    pairs += _matched(before, after, lambda _, line: (line.route, line.stops, line.times))
    pairs += _matched(before, after, lambda _, line: (line.route, line.stops, line.days))
    found = [TripDifference(_changes(was, now), was, now) for was, now in pairs]
    found += [TripDifference((TripChange.ADDED,), None, line) for line in after.values()]
    found += [TripDifference((TripChange.REMOVED,), line, None) for line in before.values()]
    return tuple(
        sorted(
            (each for each in found if each.changes),
            key=lambda each: (each.line.route, each.line.departs, each.line.stops),
        )
    )


def _days_compared(running: Edition, coming: Edition) -> tuple[date, ...]:
    """Days on which both editions have something to say; none where their calendars do not meet."""
    first = max(coming.valid_from, _first(running), _first(coming))
    last = min(coming.valid_from + timedelta(days=DAYS_COMPARED - 1), _last(running), _last(coming))
    return tuple(first + timedelta(days=each) for each in range((last - first).days + 1))


def _first(edition: Edition) -> date:
    return min(min((service.start, *service.added)) for service in edition.services.values())


def _last(edition: Edition) -> date:
    return max(max((service.end, *service.added)) for service in edition.services.values())


def _lines(edition: Edition, days: tuple[date, ...]) -> dict[str, TripLine]:
    """Every trip as people see it, by id and in the order of departures."""
    runs = {service_id: _runs(service, days) for service_id, service in edition.services.items()}
    lines: dict[str, TripLine] = {}
    names = [tuple(edition.stops[stop_id].name for stop_id in each.stop_ids) for each in edition.patterns]
    for trip in sorted(edition.trips.values(), key=lambda trip: (trip.departures[0], trip.trip_id)):
        route = edition.routes[edition.patterns[trip.pattern].route_id]
        times = tuple(zip(trip.arrivals, trip.departures, strict=True))
        weekdays = () if days else edition.services[trip.service_id].weekdays
        lines[trip.trip_id] = TripLine(
            route.name, names[trip.pattern], times, runs[trip.service_id], weekdays
        )
    return lines


def _runs(service: Service, days: Iterable[date]) -> frozenset[date]:
    return frozenset(day for day in days if service.runs_on(day))


def _seen(line: TripLine) -> Hashable:
    return line.route, line.stops, line.times, line.days, line.weekdays


def _matched(
    before: dict[str, TripLine], after: dict[str, TripLine], key: Callable[[str, TripLine], Hashable]
) -> list[tuple[TripLine, TripLine]]:
    """Trips with the same key, in the order of departures; they are taken out of both."""
    waiting: dict[Hashable, list[str]] = defaultdict(list)
    for trip_id in reversed(after):
        waiting[key(trip_id, after[trip_id])].append(trip_id)
    pairs = []
    for trip_id in list(before):
        same = waiting.get(key(trip_id, before[trip_id]))
        if same:
            pairs.append((before.pop(trip_id), after.pop(same.pop())))
    return pairs


def _changes(was: TripLine, now: TripLine) -> tuple[TripChange, ...]:
    seen = {
        TripChange.STOPS: was.stops != now.stops,
        TripChange.TIMES: was.stops == now.stops and was.times != now.times,
        TripChange.DAYS: (was.days, was.weekdays) != (now.days, now.weekdays),
    }
    return tuple(change for change, is_so in seen.items() if is_so)


Ride = tuple[str, str, str]
"""(route's name, from, to), by names."""


def _fares(running: Edition, coming: Edition) -> tuple[tuple[FareDifference, ...], int]:
    before, after = _prices(running), _prices(coming)
    known, found, explained = (_known(running), _known(coming)), [], 0
    for ride in dict.fromkeys((*before, *after)):
        was, now = before.get(ride, ()), after.get(ride, ())
        if was == now:
            continue
        if all(name in names for edition in known for name, names in zip(ride, edition, strict=True)):
            found.append(FareDifference(*ride, was, now))
        else:
            explained += 1
    return tuple(found), explained


def _known(edition: Edition) -> tuple[set[str], set[str], set[str]]:
    """Names of routes, and twice those of stops: what a ride may be made of."""
    stops = {stop.name for stop in edition.stops.values()}
    return {route.name for route in edition.routes.values()}, stops, stops


def _prices(edition: Edition) -> Mapping[Ride, tuple[Price, ...]]:
    """What every ride costs, in the order of the lines."""
    found: dict[Ride, set[Price]] = defaultdict(set)
    patterns = dict.fromkeys((pattern.route_id, pattern.stop_ids) for pattern in edition.patterns)
    names = {stop_id: stop.name for stop_id, stop in edition.stops.items()}
    for route_id, stop_ids in patterns:
        route = edition.routes[route_id].name
        for index, start in enumerate(stop_ids):
            for end in stop_ids[index + 1 :]:
                found[route, names[start], names[end]].add(edition.fares.adult(route_id, start, end))
    return {ride: tuple(sorted(prices, key=_by_price)) for ride, prices in found.items()}


def _by_price(price: Price) -> tuple[int, str]:
    return (0, price.value) if isinstance(price, FareProblem) else (1 + price, "")
