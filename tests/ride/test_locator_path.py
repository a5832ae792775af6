"""The path of a trip has a place for each stop, in order, whatever the feed's shape is like."""

from __future__ import annotations

from itertools import pairwise
from math import cos, radians
from pathlib import Path

import numpy as np
import pytest

from central.network.feeds.open_feed import read_feed
from rules.network.edition import Edition
from rules.network.geofence import around_pole
from rules.network.stops import EARTH_METRES_PER_DEGREE, Stop
from rules.ride.locator.path import CELL_M, MARGIN_M, SHAPE_MISS_M, WINDING, TripPath, path_of, path_of_trip

Spot = tuple[float, float]


def degrees(east: float, north: float) -> Spot:
    """A point so many metres from 38 N 140 E."""
    scale = EARTH_METRES_PER_DEGREE
    return 38.0 + north / scale, 140.0 + east / (scale * cos(radians(38.0)))


def pole(east: float, north: float) -> Stop:
    lat, lon = degrees(east, north)
    return Stop(f"{east}/{north}", "", "", "", lat, lon, "", "", "", around_pole(lat, lon))


def path(
    stops: list[Spot], shape: list[Spot], seconds: int = 100, times: list[int] | None = None
) -> TripPath:
    times = times or [index * seconds for index in range(len(stops))]
    return path_of([pole(*stop) for stop in stops], [degrees(*spot) for spot in shape], times, times)


def ways(of: TripPath) -> list[float]:
    """Metres from stop to stop."""
    return [float(other - one) * CELL_M for one, other in pairwise(of.stop_cells)]


def test_without_a_shape_it_leads_from_stop_to_stop() -> None:
    line = path([(0, 0), (0, 400), (300, 400)], [])
    assert not line.drawn
    assert ways(line) == pytest.approx([400, 300], abs=CELL_M)
    assert line.stop_cells[0] * CELL_M == MARGIN_M


def test_between_stops_a_road_may_miss_the_chain_but_not_a_shape() -> None:
    line = path([(0, 0), (0, 400), (300, 400)], [])
    assert line.road_m[line.stop_cells] == pytest.approx(0.0, abs=1.0)
    middle = (line.stop_cells[1:] + line.stop_cells[:-1]) // 2
    assert line.road_m[middle] == pytest.approx([400 * WINDING, 300 * WINDING], abs=1.0)
    assert not path([(0, 0), (400, 0)], [(0, 0), (400, 0)]).road_m.any()


def test_a_shape_is_followed_around_the_bend() -> None:
    line = path([(0, 0), (400, 0)], [(0, 0), (0, 300), (400, 300), (400, 0)])
    assert line.drawn
    assert ways(line) == pytest.approx([1000], abs=2 * CELL_M)


def test_a_pole_passed_twice_has_two_places() -> None:
    line = path([(0, 0), (300, 0), (0, 0), (0, 300)], [(0, 0), (300, 0), (0, 0), (0, 300)])
    assert ways(line) == pytest.approx([300, 300, 300], abs=3 * CELL_M)


def test_a_terminal_loop_ends_where_it_begins() -> None:
    loop = [(0.0, 0.0), (300.0, 0.0), (300.0, 300.0), (0.0, 300.0), (0.0, 0.0)]
    line = path([loop[0], loop[2], loop[4]], loop)
    assert ways(line) == pytest.approx([600, 600], abs=3 * CELL_M)


def test_on_a_hairpin_a_stop_stands_on_the_deck_its_order_says() -> None:
    decks = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 12.0), (0.0, 12.0)]
    # The second stop's pole is nearer to the deck that the trip has not reached by then.
    line = path([(0, 0), (600, 7), (700, 5), (0, 12)], decks)
    assert ways(line)[0] == pytest.approx(600, abs=3 * CELL_M)
    assert sum(ways(line)) == pytest.approx(2012, abs=3 * CELL_M)


def test_a_shape_of_another_trip_is_not_followed() -> None:
    aside = SHAPE_MISS_M + 50
    line = path([(0, 0), (400, 0), (800, 0)], [(0, 0), (400, aside), (800, 0)])
    assert not line.drawn
    backwards = path([(0, 0), (400, 0), (800, 0)], [(800, 0), (400, 0), (0, 0)])
    assert not backwards.drawn


def test_speeds_are_the_timetables_and_usual_where_it_says_none() -> None:
    assert path([(0, 0), (0, 800)], [], seconds=100).link_mps == pytest.approx([8.0], abs=0.1)
    assert path([(0, 0), (0, 800)], [], seconds=0).link_mps == pytest.approx([7.0])


def test_a_single_stop_is_no_path() -> None:
    with pytest.raises(ValueError, match="another one"):
        path([(0, 0)], [])


def _every_trip_has_its_stops_in_order(edition: Edition) -> None:
    for trip in {trip.pattern: trip for trip in edition.trips.values()}.values():
        stops = edition.stops_of(trip.trip_id)
        line = path_of_trip(edition, trip.trip_id)
        poles = np.array([line.metres(stop.geofence.lat, stop.geofence.lon) for stop in stops])
        assert np.hypot(*(line.xy[line.stop_cells] - poles).T).max() <= SHAPE_MISS_M, trip.trip_id
        assert (np.diff(line.stop_cells) > 0).all(), trip.trip_id


def test_the_demo_line_has_its_stops_in_order(repository: Path) -> None:
    _every_trip_has_its_stops_in_order(read_feed(repository / "hil" / "line").draft)


@pytest.mark.parametrize("name", ["kitaena", "jrbus_kusatsu"])
def test_real_lines_have_their_stops_in_order(shared_data: Path, name: str) -> None:
    _every_trip_has_its_stops_in_order(read_feed(shared_data / "gtfs" / name).draft)
