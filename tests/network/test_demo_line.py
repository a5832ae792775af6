"""The demo line is what its script draws, and keeps to the facts it claims."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import pytest

from central.network.feeds.open_feed import read_feed
from hil.line.draw import OUT, STOPS, draw
from rules.network.edition import Edition, Point
from rules.network.feed.read import FeedRead
from rules.network.stops import EARTH_METRES_PER_DEGREE, distance_m
from rules.network.trips import Trip

FOLDER = Path(__file__).parents[2] / "hil" / "line"
MONDAY, SUNDAY, NEW_YEAR = date(2026, 11, 23), date(2026, 11, 22), date(2027, 1, 1)


@pytest.fixture(scope="module")
def line() -> FeedRead:
    return read_feed(FOLDER)


def outward(edition: Edition, day: date) -> list[Trip]:
    return [trip for trip in edition.trips_on(day) if edition.patterns[trip.pattern].direction_id == OUT]


def metres_off(point: Point, start: Point, end: Point) -> float:
    """From a point to a straight piece of road."""
    east, north = EARTH_METRES_PER_DEGREE * cos(radians(point[0])), EARTH_METRES_PER_DEGREE
    ax, ay = (start[1] - point[1]) * east, (start[0] - point[0]) * north
    dx, dy = (end[1] - start[1]) * east, (end[0] - start[0]) * north
    share = max(0.0, min(1.0, -(ax * dx + ay * dy) / (dx * dx + dy * dy)))
    return hypot(ax + share * dx, ay + share * dy)


def test_the_folder_is_what_the_script_draws() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")} == draw()


def test_it_reads_without_a_problem_and_says_that_it_is_a_sketch(line: FeedRead) -> None:
    assert line.problems == ()
    assert (line.missing, len(line.draft.stops)) == (0, 28)
    assert "見取り図（デモ用）" in line.draft.operator
    assert all(pole.name_kana and pole.name_en and pole.zone_id for pole in line.draft.stops.values())


def test_trips_are_as_the_public_notices_say(line: FeedRead) -> None:
    edition = line.draft
    assert [len(outward(edition, day)) for day in (MONDAY, SUNDAY, NEW_YEAR)] == [7, 4, 0]
    assert len(edition.trips_on(MONDAY)) == 14
    for trip in edition.trips.values():
        assert 55 <= (trip.arrivals[-1] - trip.departures[0]) / 60 <= 60
        assert list(trip.arrivals) == sorted(trip.arrivals)
    assert edition.services["平日"].end == date(2036, 12, 31)


def test_shinjo_to_hijiori_costs_600_yen_and_no_ride_more(line: FeedRead) -> None:
    fares = line.draft.fares
    assert fares.adult("yukemuri", "shinjo_A", "hijiori_A") == 600
    assert fares.adult("yukemuri", "hijiori_B", "shinjo_B") == 600
    assert fares.dearest() == 600


def test_the_road_is_as_long_as_the_line(line: FeedRead) -> None:
    for shape in line.draft.shapes.values():
        assert sum(distance_m(*start, *end) for start, end in pairwise(shape)) == pytest.approx(
            30_900, abs=150
        )


@pytest.mark.parametrize("key", [stop.key for stop in STOPS])
def test_the_two_poles_of_a_stop_stand_apart_and_beside_their_road(key: str, line: FeedRead) -> None:
    out, back = line.draft.stops[f"{key}_A"], line.draft.stops[f"{key}_B"]
    assert 15 <= distance_m(out.lat, out.lon, back.lat, back.lon) <= 40
    for pole, shape in ((out, "out"), (back, "back")):
        pieces = pairwise(line.draft.shapes[shape])
        assert min(metres_off((pole.lat, pole.lon), *piece) for piece in pieces) < 5


def test_the_bridge_overlaps_itself_in_plan(line: FeedRead) -> None:
    shape = line.draft.shapes["out"]
    bridge = (38.610472, 140.170694)
    decks = [index for index, point in enumerate(shape) if distance_m(*point, *bridge) < 1]
    assert decks[-1] - decks[0] > 30
