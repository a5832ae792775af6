"""The way of one trip as a row of cells, with the places of its stops on it in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from rules.network.edition import Edition, Point
from rules.network.stops import EARTH_METRES_PER_DEGREE, Stop

Floats = NDArray[np.float64]

CELL_M = 4.0
SHAPE_MISS_M = 120.0
"""A shape that leaves a stop further aside than this was drawn for another trip."""
MARGIN_M = 80.0
"""Path before the first stop and beyond the last: a bus rolls up to its pole and past it."""
WINDING = 0.05
"""Usual: most roads follow the chain; one that is a fifth longer rises by more than a quarter of its link."""
SLOWEST_MPS, FASTEST_MPS = 2.5, 14.0
USUAL_MPS = 7.0
"""Of a link whose timetable says nothing: both ends in the same minute."""


@dataclass(frozen=True, slots=True)
class TripPath:
    """Cells of CELL_M metres along the trip, `n` of them.

    `xy` (n, 2) are metres east and north of `origin`, `heading` (n, 2) is the unit vector of driving on there.
    `stop_cells` (stops,) never fall; a pole passed twice has two places. `link_mps` (stops - 1,) is the timetable's
    speed from each stop to the next, waiting included. `drawn` says whether a shape of the feed was followed.
    `road_m` (n,) is by how much the road may miss the path there: nothing on a shape, most in the middle of a link.
    """

    origin: Point
    xy: Floats
    heading: Floats
    stop_cells: NDArray[np.int64]
    link_mps: Floats
    drawn: bool
    road_m: Floats

    def metres(self, lat: float, lon: float) -> tuple[float, float]:
        """Metres east and north of the origin of a point in degrees."""
        return _flat(self.origin, lat, lon)

    def degrees(self, east: float, north: float) -> Point:
        """The point so many metres east and north of the origin."""
        lat, lon = self.origin
        return (
            lat + north / EARTH_METRES_PER_DEGREE,
            lon + east / (EARTH_METRES_PER_DEGREE * cos(radians(lat))),
        )


def path_of_trip(edition: Edition, trip_id: str) -> TripPath:
    """The path of a trip of the edition, as `path_of`. Raises what that does, and KeyError for no such trip."""
    trip, shape_id = edition.trips[trip_id], edition.pattern_of(trip_id).shape_id
    shape = edition.shapes.get(shape_id, ())
    return path_of(edition.stops_of(trip_id), shape, trip.arrivals, trip.departures)


def path_of(
    stops: Sequence[Stop], shape: Sequence[Point], arrivals: Sequence[int], departures: Sequence[int]
) -> TripPath:
    """The path of a trip by `stops` in order, on the shape where one fits, else from stop to stop.

    `arrivals` and `departures` are seconds, one for each stop. ValueError for fewer than two stops.
    """
    if len(stops) < 2:
        raise ValueError("a path leads from a stop to another one")
    origin = (stops[0].geofence.lat, stops[0].geofence.lon)
    poles = np.array([_flat(origin, stop.geofence.lat, stop.geofence.lon) for stop in stops])
    xy, cells, drawn = _chain(poles)
    if len(shape) >= 2:
        along = _resampled(_with_margins(np.array([_flat(origin, *point) for point in shape])))
        places, worst_m = _in_order(poles, along)
        if worst_m <= SHAPE_MISS_M:
            first = max(0, int(places[0]) - int(MARGIN_M / CELL_M))
            last = int(places[-1]) + int(MARGIN_M / CELL_M)
            xy, cells, drawn = along[first : last + 1], places - first, True
    ways = np.diff(cells) * CELL_M
    times = np.array(arrivals[1:], dtype=float) - np.array(departures[:-1], dtype=float)
    speeds = np.where(times > 0, ways / np.maximum(times, 1.0), USUAL_MPS)
    road_m = np.zeros(len(xy)) if drawn else _road_m(len(xy), cells)
    return TripPath(
        origin, xy, _headings(xy), cells, np.clip(speeds, SLOWEST_MPS, FASTEST_MPS), drawn, road_m
    )


def _road_m(count: int, cells: NDArray[np.int64]) -> Floats:
    """(count,) how far the road lies from a chain of stops: WINDING of its link in the middle, nothing at a stop."""
    at = np.interp(np.arange(count), cells, np.arange(len(cells)))
    link = np.minimum(at.astype(np.int64), len(cells) - 2)
    share = at - link
    return np.asarray(4 * WINDING * share * (1 - share) * np.diff(cells)[link] * CELL_M)


def _flat(origin: Point, lat: float, lon: float) -> tuple[float, float]:
    east = (lon - origin[1]) * EARTH_METRES_PER_DEGREE * cos(radians(origin[0]))
    return east, (lat - origin[0]) * EARTH_METRES_PER_DEGREE


def _chain(poles: Floats) -> tuple[Floats, NDArray[np.int64], bool]:
    """Straight from stop to stop: there every stop lies where its link ends."""
    xy = _with_margins(poles)
    lengths = np.hypot(*np.diff(xy, axis=0).T)
    at_m = np.concatenate(([0.0], np.cumsum(lengths)))[1:-1]
    return _resampled(xy), np.round(at_m / CELL_M).astype(np.int64), False


def _with_margins(line: Floats) -> Floats:
    steps = np.hypot(*np.diff(line, axis=0).T)
    moving = np.flatnonzero(steps > 0)
    if not len(moving):
        return np.array([line[0] - (MARGIN_M, 0.0), *line, line[-1] + (MARGIN_M, 0.0)])
    first, last = moving[0], moving[-1]
    before = (line[first + 1] - line[first]) / steps[first] * MARGIN_M
    beyond = (line[last + 1] - line[last]) / steps[last] * MARGIN_M
    return np.array([line[0] - before, *line, line[-1] + beyond])


def _resampled(line: Floats) -> Floats:
    at_m = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    wanted = np.arange(0.0, at_m[-1] + CELL_M, CELL_M)
    return np.column_stack([np.interp(wanted, at_m, line[:, axis]) for axis in (0, 1)])


def _headings(xy: Floats) -> Floats:
    # Over five cells: a single step of a shape may point anywhere.
    ahead = xy[np.minimum(np.arange(len(xy)) + 2, len(xy) - 1)]
    behind = xy[np.maximum(np.arange(len(xy)) - 2, 0)]
    way = ahead - behind
    return np.asarray(way / np.maximum(np.hypot(*way.T), 1e-9)[:, None])


def _in_order(poles: Floats, xy: Floats) -> tuple[NDArray[np.int64], float]:
    """The cells of the poles, never falling, with the least sum of squared metres aside; and the most metres aside.

    Each pole's nearest cell would go astray where the line passes it twice, or where a hairpin comes close again.
    """
    best = np.zeros(len(xy))
    came_from = np.zeros((len(poles), len(xy)), dtype=np.int64)
    for index, pole in enumerate(poles):
        if index:
            # The cell of the least cost so far, for each cell; strictly behind, so that no two stops fall on one.
            lowest = np.minimum.accumulate(best)
            at = np.maximum.accumulate(np.where(best == lowest, np.arange(len(xy)), 0))
            came_from[index, 1:] = at[:-1]
            best = np.concatenate(([np.inf], lowest[:-1]))
        best = best + np.square(xy - pole).sum(axis=1)
    places = np.zeros(len(poles), dtype=np.int64)
    places[-1] = int(np.argmin(best))
    for index in range(len(poles) - 1, 0, -1):
        places[index - 1] = came_from[index, places[index]]
    return places, float(np.hypot(*(xy[places] - poles).T).max())
