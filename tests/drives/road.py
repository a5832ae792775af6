"""The road a simulated bus really drives: near the feed's shape, or winding between the stops where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians
from random import Random

from rules.network.edition import Edition
from rules.network.stops import EARTH_METRES_PER_DEGREE

Spot = tuple[float, float]
"""Metres east and north of the first pole."""

SPACING_M = 10.0


@dataclass(frozen=True, slots=True)
class Road:
    """Points every SPACING_M metres from first stop to last, and where on it (metres) the stops lie."""

    origin: Spot
    points: tuple[Spot, ...]
    stops_m: tuple[float, ...]

    def at(self, metres: float) -> Spot:
        """The spot so far along; before the first point and beyond the last, the end."""
        place = min(max(metres / SPACING_M, 0.0), len(self.points) - 1.001)
        (east, north), (east_2, north_2) = self.points[int(place)], self.points[int(place) + 1]
        share = place - int(place)
        return east + (east_2 - east) * share, north + (north_2 - north) * share

    def course(self, metres: float) -> float:
        """Degrees from north of driving on."""
        (east, north), (east_2, north_2) = self.at(metres - 6), self.at(metres + 6)
        return degrees(atan2(east_2 - east, north_2 - north)) % 360

    def degrees(self, spot: Spot) -> Spot:
        """Latitude and longitude of a spot."""
        lat, lon = self.origin
        scale = EARTH_METRES_PER_DEGREE
        return lat + spot[1] / scale, lon + spot[0] / (scale * cos(radians(lat)))


def road_of(edition: Edition, trip_id: str, rng: Random) -> Road:
    """The road of a trip. Without a shape each link bends aside by up to an eighth of its length."""
    stops = edition.stops_of(trip_id)
    origin = (stops[0].lat, stops[0].lon)
    poles = [_flat(origin, stop.lat, stop.lon) for stop in stops]
    shape = [_flat(origin, *point) for point in edition.shapes.get(edition.pattern_of(trip_id).shape_id, ())]
    if not shape:
        points: list[Spot] = [poles[0]]
        stops_m = [0.0]
        for one, other in pairwise(poles):
            points += _bend(one, other, rng.uniform(-0.125, 0.125))
            stops_m.append((len(points) - 1) * SPACING_M)
        return Road(origin, tuple(points), tuple(stops_m))
    points = _spaced(shape)
    begin, stops_m = 0, []
    for pole in poles:
        begin = _next_pass(points, begin, pole)
        stops_m.append(begin * SPACING_M)
    return Road(origin, tuple(points), tuple(stops_m))


def _next_pass(points: list[Spot], begin: int, pole: Spot) -> int:
    """The closest point of the first pass within 60 m of the pole, else the nearest of all that come."""
    nearest = None
    for index in range(begin, len(points)):
        away = hypot(points[index][0] - pole[0], points[index][1] - pole[1])
        if away <= 60 and (nearest is None or away < nearest[0]):
            nearest = away, index
        elif nearest is not None and away > 60:
            return nearest[1]
    if nearest is not None:
        return nearest[1]
    return min(
        range(begin, len(points)), key=lambda at: hypot(points[at][0] - pole[0], points[at][1] - pole[1])
    )


def _flat(origin: Spot, lat: float, lon: float) -> Spot:
    scale = EARTH_METRES_PER_DEGREE
    return (lon - origin[1]) * scale * cos(radians(origin[0])), (lat - origin[0]) * scale


def _bend(one: Spot, other: Spot, bend: float) -> list[Spot]:
    """An arch from one spot to another, without its first point."""
    east, north = other[0] - one[0], other[1] - one[1]
    many = max(2, int(hypot(east, north) / 5))
    arch = [
        (
            one[0] + east * k / many - north * bend * 4 * (k / many) * (1 - k / many),
            one[1] + north * k / many + east * bend * 4 * (k / many) * (1 - k / many),
        )
        for k in range(many + 1)
    ]
    return _spaced(arch)[1:]


def _spaced(line: list[Spot]) -> list[Spot]:
    points, over = [line[0]], 0.0
    for one, other in pairwise(line):
        length = hypot(other[0] - one[0], other[1] - one[1])
        at = SPACING_M - over
        while at <= length:
            share = at / length
            points.append((one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share))
            at += SPACING_M
        over = (over + length) % SPACING_M
    if len(points) == 1:
        points.append(line[-1])
    return points
