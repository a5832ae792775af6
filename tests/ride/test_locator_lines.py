"""On clean data every door opening of every line is at its stop: the demo's, real ones, and those that come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import degrees
from pathlib import Path

import numpy as np
import pytest

from central.network.feeds.open_feed import read_feed
from rules.network.edition import Edition
from rules.network.geofence import Geofence, GeofenceSource
from rules.network.stops import EARTH_METRES_PER_DEGREE, Stop
from rules.ride.locate import Fix
from rules.ride.locator.locator import GridLocator
from rules.ride.locator.path import CELL_M, TripPath, path_of, path_of_trip
from tests.ride.builders import edition

EVERY_S = 6.0
STANDS_S = 20.0
PATTERNS = 5
"""Of each line, evenly over all it has: a drive takes seconds."""
LINE = edition().stops_of("t1")


def trips(network: Edition) -> list[str]:
    """Trips of patterns that lead anywhere, one of each."""
    by_pattern = {trip.pattern: trip.trip_id for trip in network.trips.values()}
    leading = sorted(trip_id for trip_id in by_pattern.values() if len(network.stops_of(trip_id)) > 1)
    return leading[:: -(-len(leading) // PATTERNS)]


def stands_at(path: TripPath, stops: Sequence[Stop]) -> list[int]:
    """At which stop the door opened, at each stop of a drive along the path by the timetable, with true fixes."""
    locator, mono, found = GridLocator(path), 0.0, []

    def seen(cell: int, mps: float) -> Fix:
        lat, lon = path.degrees(*path.xy[cell])
        return Fix(mono, float(lat), float(lon), mps, degrees(np.arctan2(*path.heading[cell])) % 360, 1.0, 9)

    def at_pole(stop: Stop) -> Fix:
        return Fix(mono, stop.geofence.lat, stop.geofence.lon, 0.0, None, 1.0, 9)

    for index, stop in enumerate(stops):
        for _ in range(3):
            mono += 1.0
            locator.see(at_pole(stop))
        found.append(locator.door_opened(mono).stop_index)
        mono += STANDS_S
        locator.see(at_pole(stop))
        locator.door_closed(mono)
        if index + 1 < len(stops):
            mps = float(path.link_mps[index])
            step = int(mps * EVERY_S / CELL_M)
            for cell in range(int(path.stop_cells[index]) + step, int(path.stop_cells[index + 1]), step):
                mono += EVERY_S
                locator.see(seen(cell, mps))
    return found


def wrong_places(network: Edition) -> dict[str, list[tuple[int, int]]]:
    """(true, believed) stops by trip, where they differ."""
    wrong = {}
    for trip_id in trips(network):
        path, stops = path_of_trip(network, trip_id), network.stops_of(trip_id)
        pairs = list(enumerate(stands_at(path, stops)))
        # Two stops at one place of the road are told by their order alone: poles that face each other, and in tonami
        # two that its shape passes the other way round.
        cells = path.stop_cells
        wrong[trip_id] = [(true, said) for true, said in pairs if abs(cells[true] - cells[said]) > 1]
    return {trip_id: pairs for trip_id, pairs in wrong.items() if pairs}


def test_on_the_demo_line_the_door_opens_at_every_stop(repository: Path) -> None:
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
def test_on_real_lines_the_door_opens_at_every_stop(shared_data: Path, feed: str) -> None:
    folder = shared_data / "gtfs" / feed
    if not folder.exists():
        pytest.skip(f"the feed is missing: put it into {folder}")
    assert wrong_places(read_feed(folder).draft) == {}


def straight(stops: Sequence[Stop]) -> list[int]:
    """The stops said on a line of these, 300 s apart, without a shape."""
    times = [300 * index for index in range(len(stops))]
    return stands_at(path_of(stops, (), times, times), stops)


def bent(*names: str) -> tuple[Stop, ...]:
    """Stops of the test line by name, in any order."""
    by_name = {stop.name: stop for stop in LINE}
    return tuple(by_name[name] for name in names)


def test_a_pole_passed_twice_is_two_places() -> None:
    assert straight(bent("A", "B", "C", "B", "A")) == [0, 1, 2, 3, 4]
    assert straight(bent("A", "B", "C", "D", "E", "A")) == [0, 1, 2, 3, 4, 5]


def test_a_pole_of_the_way_back_just_behind_this_one_skips_nothing() -> None:
    a, b, c, *_ = LINE
    fence = replace(b.geofence, lat=b.geofence.lat + 30 / EARTH_METRES_PER_DEGREE)
    opposite = replace(b, geofence=fence)
    assert straight((a, b, c, opposite, a)) == [0, 1, 2, 3, 4]


def test_passing_a_stop_that_is_served_much_later_skips_nothing() -> None:
    # From E straight to A past D, C and B, which come at the end.
    assert straight(bent("E", "A", "E", "A", "B", "C", "D")) == [0, 1, 2, 3, 4, 5, 6]


def test_where_the_office_moved_a_geofence_the_bus_is_at_the_stop_there() -> None:
    aside = Geofence(LINE[2].lat + 0.004, LINE[2].lon, 30.0, GeofenceSource.OFFICE)
    moved = (*LINE[:2], replace(LINE[2], geofence=aside), *LINE[3:])
    assert straight(moved) == [0, 1, 2, 3, 4]
    cells = [int(cell) for cell in path_of(moved, (), range(0, 1500, 300), range(0, 1500, 300)).stop_cells]
    assert [round((after - before) * CELL_M, -2) for before, after in pairwise(cells)] == [
        1000,
        1400,
        600,
        1000,
    ]
