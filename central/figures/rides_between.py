"""乗車区間: who rode from where to where, on which kind of day and at which time, and how that is known.

A trip is finer than a time of day, and a day than a kind of day: tables of these beside this one could be subtracted
from it. So there is this one, and what people ask of it is read out of it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final

from central.database.transaction import Connection
from central.figures.exact_rides import exact_rides
from central.figures.figure import Counted, Exact, Figure, Found, Month, Part
from central.figures.next_places.store import ridden, visits
from central.figures.next_places.where_next import where_next
from central.figures.store import Journey, journeys
from central.network.editions.store import valid_from_by_number, withdrawn_numbers
from central.words.names import Names
from rules.network.edition import Edition
from rules.network.in_force import in_force

WEEK, WEEKEND = "月〜金 / Mon–Fri", "土日 / Sat–Sun"
BANDS: Final = (
    (9, "9時前 / before 9"),
    (13, "9〜13時 / 9–13"),
    (17, "13〜17時 / 13–17"),
    (99, "17時から / from 17"),
)
"""By the hour in which the trip begins, which the timetable knows and no delay changes; each ends before its hour."""
SEEN, BY_DRIVER, GUESSED = "両端を記録 / observed", "運転士の記録 / by the driver", "推定 / inferred"
KNOWN: Final = (SEEN, BY_DRIVER, GUESSED)
"""Both ends read; both pressed by the driver; an end that was inferred, was uncertain, or that staff have said."""

Pair = tuple[str, str]
Time = tuple[str, str]
"""A column: kind of day and time."""
Beginning = tuple[int, str]
"""Edition and trip."""


@dataclass(slots=True)
class _Cell:
    """Those of a cell. `parties` are each one's companions at most, `unnamed` the driver's riders of each day."""

    parties: dict[str, int] = field(default_factory=dict)
    unnamed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    rides: int = 0

    def add(self, each: Journey) -> None:
        if each.who:
            self.parties[each.who] = max(self.parties.get(each.who, 0), each.with_them)
        else:
            self.unnamed[each.day] += each.with_them
        self.rides += each.riders

    @property
    def people(self) -> int:
        """So many different ones at least.

        Whom nobody knows may be the same tomorrow, but not twice on one day: all go the same way at the same time.
        """
        return len(self.parties) + sum(self.parties.values()) + max(self.unnamed.values(), default=0)


def find_rides_between(connection: Connection, month: Month, names: Names) -> Found:
    """Of the rides of the month whose ends are known, whatever day they were taken in or corrected."""
    rides = journeys(connection, str(month.days[0]), str(month.days[-1]))
    starts, gone = valid_from_by_number(connection), withdrawn_numbers(connection)
    timetable = {day: in_force(starts, gone, day) or 0 for day in month.days}
    digest = hashlib.sha256(repr((timetable, sorted(rides))).encode()).hexdigest()

    def exact() -> tuple[Exact, ...]:
        went = where_next(ridden(connection, month), visits(connection, month), names)
        return (*exact_rides(rides, names, month), *([went] if went.rows else []))

    return Found(digest, partial(count_rides, rides, timetable, names), exact)


def count_rides(rides: Iterable[Journey], timetable: dict[date, int], names: Names) -> Counted | None:
    """`timetable` says by which edition each day went. None while there was none on any of them."""
    served = _served(timetable, names)
    if not served:
        return None
    columns = tuple(time for time in _times() if any(time in times for times, _ in served.values()))
    rows = tuple((*pair, known) for pair in served for known in KNOWN)
    cells: defaultdict[tuple[tuple[str, ...], Time], _Cell] = defaultdict(_Cell)
    beside = 0
    for each in rides:
        pair = names.stop(each.edition, each.start), names.stop(each.edition, each.end)
        time = _time_of(each, names)
        if pair in served and time in served[pair][0]:
            cells[(*pair, _known(each)), time].add(each)
        else:
            beside += each.riders
    found = [[cells.get((row, time), _NOBODY) for time in columns] for row in rows]
    return Counted(
        rows,
        columns,
        tuple(tuple(cell.people for cell in row) for row in found),
        tuple(tuple(cell.rides for cell in row) for row in found),
        tuple(_kind(*served[row[0], row[1]], columns) for row in rows),
        frozenset(
            (r, c)
            for r, row in enumerate(rows)
            for c, time in enumerate(columns)
            if time not in served[row[0], row[1]][0]
        ),
        beside,
    )


_NOBODY = _Cell()


def _times() -> Iterator[Time]:
    return ((kind, band) for kind in (WEEK, WEEKEND) for _, band in BANDS)


def _kind_of_day(day: date) -> str:
    return WEEKEND if day.weekday() >= 5 else WEEK


def _band(seconds: int) -> str:
    return next(band for hour, band in BANDS if seconds < hour * 3600)


def _served(timetable: dict[date, int], names: Names) -> dict[Pair, tuple[frozenset[Time], str]]:
    """Every pair of stops between which a bus went, when, and where that bus was going, by the order of the line."""
    times: dict[Pair, set[Time]] = {}
    goals: dict[Pair, set[str]] = {}
    ran: dict[tuple[int, str], set[str]] = {}
    for day, number in timetable.items():
        edition = names.edition(number)
        for trip in edition.trips_on(day) if edition else ():
            ran.setdefault((number, trip.trip_id), set()).add(_kind_of_day(day))
    for (number, trip_id), kinds in ran.items():
        edition = names.edition(number)
        assert edition is not None
        for pair in _pairs(edition, trip_id):
            band = _band(edition.trips[trip_id].departures[0])
            times.setdefault(pair, set()).update((kind, band) for kind in kinds)
            goals.setdefault(pair, set()).add(names.trip(number, trip_id).headsign)
    return {pair: (frozenset(found), min(goals[pair])) for pair, found in times.items()}


def _pairs(edition: Edition, trip_id: str) -> Iterator[Pair]:
    stops = [stop.name for stop in edition.stops_of(trip_id)]
    for place, start in enumerate(stops):
        yield from ((start, end) for end in dict.fromkeys(stops[place + 1 :]))


def _time_of(each: Journey, names: Names) -> Time | None:
    edition = names.edition(each.edition)
    trip = edition.trips.get(each.trip_id) if edition else None
    if trip is None:
        return None
    return _kind_of_day(date.fromisoformat(each.day)), _band(trip.departures[0])


def _known(each: Journey) -> str:
    if not each.seen:
        return GUESSED
    return SEEN if each.who else BY_DRIVER


def _kind(times: frozenset[Time], goal: str, columns: tuple[Time, ...]) -> str:
    """What the row is alike with others in: when a bus goes, and where to."""
    when = "".join("1" if time in times else "0" for time in columns)
    return f"{goal}|{when}"


RIDES_BETWEEN = Figure(
    "rides-between",
    ("乗車区間", "riders from stop to stop"),
    (
        Part("from", ("乗った停留所", "from"), "新庄駅前"),
        Part("to", ("降りた停留所", "to"), "肘折温泉待合所"),
        Part("known", ("分かり方", "how it is known"), SEEN),
    ),
    (
        Part("day", ("曜日", "day"), WEEK),
        Part("time", ("便の始発時刻", "the trip begins"), BANDS[0][1]),
    ),
    find_rides_between,
)
