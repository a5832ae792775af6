"""The first locator is right on clean data, and knows when it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.network.feeds.open_feed import read_feed
from rules.network.edition import Edition
from rules.network.geofence import Geofence, GeofenceSource
from rules.network.stops import EARTH_METRES_PER_DEGREE, Stop, distance_m
from rules.ride.locate import FRESH_S, Fix, NearestStop
from tests.ride.builders import edition

STEP_M = 15.0
LINE = edition().stops_of("t1")


def fix(lat: float, lon: float, mono: float = 0.0) -> Fix:
    return Fix(mono, lat, lon, 10.0, None, 1.0, 9)


def at_stop(index: int, mono: float = 0.0, line: tuple[Stop, ...] = LINE) -> Fix:
    return fix(line[index].lat, line[index].lon, mono)


def road(start: Stop, end: Stop) -> Iterator[tuple[float, float]]:
    """Straight from one stop to the next, without either."""
    steps = int(distance_m(start.lat, start.lon, end.lat, end.lon) / STEP_M)
    for step in range(1, steps):
        share = step / steps
        yield start.lat + (end.lat - start.lat) * share, start.lon + (end.lon - start.lon) * share


def stands_at(line: tuple[Stop, ...]) -> list[int | None]:
    """Where the locator believes to be at each stop of a drive along the line."""
    locator, mono, found = NearestStop(line), 0.0, []
    for index, stop in enumerate(line):
        for _ in range(3):
            mono += 1.0
            locator.see(at_stop(index, mono, line))
        found.append(locator.place(mono).stop_index)
        for lat, lon in road(stop, line[index + 1]) if index + 1 < len(line) else ():
            mono += 1.0
            locator.see(fix(lat, lon, mono))
    return found


def lines(network: Edition) -> dict[str, tuple[Stop, ...]]:
    """The stops of each pattern that some trip runs, by that trip."""
    by_pattern = {trip.pattern: trip.trip_id for trip in network.trips.values()}
    return {trip_id: network.stops_of(trip_id) for trip_id in by_pattern.values()}


def wrong_places(network: Edition) -> dict[str, list[tuple[int, int | None]]]:
    """(true, believed) stops by trip, where they differ."""
    wrong = {
        trip_id: [(true, believed) for true, believed in enumerate(stands_at(line)) if true != believed]
        for trip_id, line in lines(network).items()
    }
    return {trip_id: pairs for trip_id, pairs in wrong.items() if pairs}


def test_driving_the_demo_line_it_stands_at_every_stop(repository: Path) -> None:
    assert wrong_places(read_feed(repository / "hil" / "line").draft) == {}


@pytest.mark.parametrize(
    "feed",
    [
        "donanbus_2020",
        "jrbus_kusatsu",
        "kitaena",
        "mlit_sample_rinko",
        "tonami",
        "uenomura",
        "utsunomiya_lrt",
    ],
)
def test_driving_real_lines_it_stands_at_every_stop(shared_data: Path, feed: str) -> None:
    folder = shared_data / "gtfs" / feed
    if not folder.exists():
        pytest.skip(f"the feed is missing: put it into {folder}")
    assert wrong_places(read_feed(folder).draft) == {}


def test_between_two_stops_it_is_at_neither_and_says_how_far() -> None:
    locator, mono, shares = NearestStop(LINE), 0.0, []
    for index, (start, end) in enumerate(pairwise(LINE)):
        locator.see(at_stop(index, mono))
        for lat, lon in road(start, end):
            mono += 1.0
            locator.see(fix(lat, lon, mono))
            place = locator.place(mono)
            shares.append(place.progress)
            metres = min(distance_m(lat, lon, stop.lat, stop.lon) for stop in (start, end))
            assert (place.stop_index is None) is (metres > start.geofence.radius_m)
    assert shares == sorted(shares)
    assert shares[-1] == 4.0


def test_where_the_office_moved_a_geofence_the_bus_is_at_the_stop_there_and_not_at_the_pole() -> None:
    aside = Geofence(LINE[2].lat + 0.002, LINE[2].lon, 30.0, GeofenceSource.OFFICE)
    locator = NearestStop((*LINE[:2], replace(LINE[2], geofence=aside), *LINE[3:]))
    locator.see(fix(LINE[2].lat, LINE[2].lon, 0.0))
    assert locator.place(0.0).stop_index is None
    locator.see(fix(aside.lat, aside.lon, 1.0))
    assert locator.place(1.0).stop_index == 2


def test_before_any_fix_it_is_nowhere() -> None:
    place = NearestStop(LINE).place(0.0)
    assert (place.stop_index, place.confidence) == (None, 0.0)
    assert "waiting for GPS" in place.reason


def test_a_stale_fix_is_not_used_and_the_reason_is_said() -> None:
    locator = NearestStop(LINE)
    locator.see(at_stop(2, mono=100.0))
    assert locator.place(100.0 + FRESH_S).stop_index == 2
    place = locator.place(100.0 + FRESH_S + 0.1)
    assert (place.stop_index, place.confidence) == (None, 0.0)
    assert "no GPS for 5 s" in place.reason


def test_after_a_restart_it_goes_on_from_the_stop_reached() -> None:
    locator = NearestStop(LINE, reached=2)
    locator.see(at_stop(0))
    assert locator.place(0.0).stop_index is None
    locator.see(at_stop(3))
    assert locator.place(0.0).stop_index == 3


def bent(*names: str) -> tuple[Stop, ...]:
    """Stops of the line by name, in any order."""
    by_name = {stop.name: stop for stop in LINE}
    return tuple(by_name[name] for name in names)


def test_a_pole_passed_twice_is_two_places() -> None:
    assert stands_at(bent("A", "B", "C", "B", "A")) == [0, 1, 2, 3, 4]
    assert stands_at(bent("A", "B", "C", "D", "E", "A")) == [0, 1, 2, 3, 4, 5]


def test_a_pole_of_the_way_back_just_behind_this_one_skips_nothing() -> None:
    a, b, c, *_ = LINE
    opposite = replace(b, lat=b.lat + 30 / EARTH_METRES_PER_DEGREE)
    assert stands_at((a, b, c, opposite, a)) == [0, 1, 2, 3, 4]


def test_passing_a_stop_that_is_served_much_later_skips_nothing() -> None:
    # From E straight to A past D, C and B, which come at the end.
    line = bent("E", "A", "E", "A", "B", "C", "D")
    assert stands_at(line)[:2] == [0, 1]


def test_after_a_gap_it_is_where_it_could_have_driven_meanwhile() -> None:
    locator = NearestStop(LINE)
    locator.see(at_stop(0, mono=0.0))
    # 3 km less two geofences, at 30 m/s.
    locator.see(at_stop(3, mono=96.0))
    assert locator.reached == 0
    locator.see(at_stop(3, mono=97.0))
    assert locator.reached == 3


@given(st.lists(st.tuples(st.floats(37.99, 38.05), st.floats(139.99, 140.01)), max_size=60))
def test_it_never_goes_backwards_whatever_the_receiver_says(points: list[tuple[float, float]]) -> None:
    locator, before = NearestStop(LINE), (0, 0)
    for second, (lat, lon) in enumerate(points):
        locator.see(fix(lat, lon, float(second)))
        place = locator.place(float(second))
        now = (locator.reached, int(place.progress))
        assert now >= before
        assert locator.reached <= place.progress < locator.reached + 1
        before = now
