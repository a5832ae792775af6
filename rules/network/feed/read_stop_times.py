"""stop_times.txt: where and when every trip stops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from itertools import pairwise

from rules.network.feed.problems import FeedUnreadable, Problems
from rules.network.feed.table import Row, Table
from rules.network.feed.values import seconds, whole

FILE = "stop_times.txt"
MAX_STOPS_OF_A_TRIP = 1000
"""Every trip's stops are paired with each other for their fares."""


@dataclass(frozen=True, slots=True)
class Call:
    """A trip at a pole. Seconds after midnight; None where the timetable names no time for this pole."""

    sequence: int
    stop_id: str
    arrival: int | None
    departure: int | None
    headsign: str
    line: int


@dataclass(frozen=True, slots=True)
class Calls:
    """The whole of one trip's stops, in order, with every time filled in."""

    stop_ids: tuple[str, ...]
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]
    headsign: str


def read_calls(table: Table, poles: Container[str], problems: Problems) -> dict[str, Calls]:
    """The stops of every trip that can be used whole, by trip_id.

    A trip with one broken row is left out: a hole in it would announce and charge the wrong stop.
    Raises FeedUnreadable for a trip of more than MAX_STOPS_OF_A_TRIP stops.
    """
    trips: dict[str, list[Call]] = defaultdict(list)
    broken: set[str] = set()
    for row in table.rows:
        call = _call(row, poles, problems)
        if call is None:
            broken.add(row["trip_id"])
        else:
            trips[row["trip_id"]].append(call)
    read = (
        (trip_id, _whole_trip(trip_id, calls, problems))
        for trip_id, calls in trips.items()
        if trip_id not in broken
    )
    return {trip_id: calls for trip_id, calls in read if calls is not None}


def _call(row: Row, poles: Container[str], problems: Problems) -> Call | None:
    sequence, stop_id = whole(row["stop_sequence"]), row["stop_id"]
    if sequence is None:
        problems.error(
            FILE,
            row.line,
            f"stop_sequence「{row['stop_sequence']}」が整数ではありません。この便は使いません。",
            f"stop_sequence {row['stop_sequence']!r} is not a whole number; the trip is not used.",
        )
        return None
    if stop_id not in poles:
        problems.error(
            FILE,
            row.line,
            f"stop_id「{stop_id}」の標柱が stops.txt にありません。この便は使いません。",
            f"stop_id {stop_id!r} is no pole of stops.txt; the trip is not used.",
        )
        return None
    arrival, departure = _time(row, "arrival_time", problems), _time(row, "departure_time", problems)
    return Call(
        sequence=sequence,
        stop_id=stop_id,
        arrival=departure if arrival is None else arrival,
        departure=arrival if departure is None else departure,
        headsign=row["stop_headsign"],
        line=row.line,
    )


def _time(row: Row, column: str, problems: Problems) -> int | None:
    time = seconds(row[column])
    if time is None and row[column]:
        problems.error(
            FILE,
            row.line,
            f"{column}「{row[column]}」は時刻(HH:MM:SS)ではありません。前後の停留所から補います。",
            f"{column} {row[column]!r} is not a time (HH:MM:SS); it is worked out from the stops around it.",
        )
    return time


def _whole_trip(trip_id: str, calls: list[Call], problems: Problems) -> Calls | None:
    calls.sort(key=_sequence)
    for before, after in pairwise(calls):
        if before.sequence == after.sequence:
            problems.error(
                FILE,
                after.line,
                f"{trip_id} の stop_sequence {after.sequence} が二度あります。この便は使いません。",
                f"{trip_id} has stop_sequence {after.sequence} twice; the trip is not used.",
            )
            return None
    first, last = calls[0], calls[-1]
    if len(calls) == 1:
        problems.warn(
            FILE,
            first.line,
            f"{trip_id} の停留所が一つだけです。この便は使いません。",
            f"{trip_id} stops only once; the trip is not used.",
        )
        return None
    if len(calls) > MAX_STOPS_OF_A_TRIP:
        raise FeedUnreadable(
            f"{trip_id} の停留所が{MAX_STOPS_OF_A_TRIP}を超えます。便を分けてください。",
            f"{trip_id} stops more than {MAX_STOPS_OF_A_TRIP} times; divide the trip.",
        )
    if first.departure is None or last.arrival is None:
        problems.error(
            FILE,
            first.line,
            f"{trip_id} の始発か終着の時刻がありません。この便は使いません。",
            f"{trip_id} has no time at its first or last stop; the trip is not used.",
        )
        return None
    _check_order(trip_id, calls, problems)
    return Calls(
        stop_ids=tuple(call.stop_id for call in calls),
        arrivals=_filled([call.arrival for call in calls]),
        departures=_filled([call.departure for call in calls]),
        headsign=first.headsign,
    )


def _sequence(call: Call) -> int:
    return call.sequence


def _check_order(trip_id: str, calls: list[Call], problems: Problems) -> None:
    latest = 0
    for call in calls:
        if call.arrival is None or call.departure is None:
            continue
        if call.arrival < latest or call.departure < call.arrival:
            problems.error(
                FILE,
                call.line,
                f"{trip_id} の時刻が前に戻っています。時刻を直してください。",
                f"The times of {trip_id} go backwards here; correct them.",
            )
            return
        latest = call.departure


def _filled(times: list[int | None]) -> tuple[int, ...]:
    """Times between two known ones are spread evenly, as GTFS says of stops without a time. The ends are known."""
    filled: list[int] = []
    known = [index for index, time in enumerate(times) if time is not None]
    for start, end in pairwise(known):
        first, last = times[start] or 0, times[end] or 0
        filled += [first + (last - first) * step // (end - start) for step in range(end - start)]
    return (*filled, times[-1] or 0)
