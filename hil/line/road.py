"""The road of the demo line: a polyline through known and estimated points, with bends drawn in between.

Metres are measured along it from its first point. It is a sketch: only the points of WAY are from sources.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, ceil, cos, pi, radians, sin

from rules.network.stops import EARTH_METRES_PER_DEGREE, distance_m

STEP_M = 30.0
LOOP_RADIUS_M = 38.0
"""A full turn of this radius is 240 m, the length of the bridge."""
LOOP_STEPS = 36


@dataclass(frozen=True, slots=True)
class Way:
    """A point the road goes through, and how it gets there: `swings` half waves, `sway` metres to the side.

    `key` names it ("" for a mere bend of the road); `loop` adds a full turn to the left there.
    """

    key: str
    lat: float
    lon: float
    swings: int = 0
    sway: float = 0.0
    loop: bool = False


WAY = (
    Way("start", 38.758600, 140.301800),
    Way("hospital", 38.758889, 140.302053),
    Way("shinjo", 38.762560, 140.306064, 2, 30.0),
    Way("", 38.764500, 140.305800),
    Way("", 38.764500, 140.300500, 1, 30.0),
    Way("", 38.759200, 140.284000, 2, 170.0),
    Way("", 38.752400, 140.245000, 3, 295.0),
    Way("motoaikai", 38.734500, 140.227500, 3, 250.0),
    Way("aikai", 38.713054, 140.233606, 4, 265.0),
    Way("office", 38.704110, 140.230360, 2, 110.0),
    Way("shimizu", 38.694320, 140.224395, 3, 145.0),
    Way("tori", 38.685440, 140.219030, 3, 170.0),
    Way("tsutago", 38.657380, 140.202080, 8, 310.0),
    Way("hikage", 38.647590, 140.196160, 3, 295.0),
    Way("shio", 38.640000, 140.192000, 3, 195.0),
    Way("", 38.620000, 140.178500, 6, 380.0),
    Way("bridge", 38.610472, 140.170694, 3, 110.0, loop=True),
    Way("onsenguchi", 38.608760, 140.167380, 2, 55.0),
    Way("second", 38.608000, 140.165910, 1, 5.0),
    Way("first", 38.607350, 140.164660, 1, 5.0),
    Way("hijiori", 38.606670, 140.163330, 1, 5.0),
    Way("end", 38.606480, 140.162960),
)

Point = tuple[float, float]


class Road:
    """The drawn road. `marks` are the metres at which its named points lie."""

    def __init__(self, points: tuple[Point, ...], marks: dict[str, float]) -> None:
        self.points = points
        self.marks = marks
        self._metres = _metres(points)

    @property
    def length_m(self) -> float:
        """From the first point to the last."""
        return self._metres[-1]

    def beside(self, metres: float, left_m: float) -> Point:
        """The point `left_m` to the left of the road (as one drives from its first point) at `metres`."""
        index = min(max(bisect_right(self._metres, metres), 1), len(self.points) - 1)
        before, after = self.points[index - 1], self.points[index]
        along = metres - self._metres[index - 1]
        return _moved(before, _heading(before, after), along, left_m)


def draw_road() -> Road:
    """The road from before the first stop to behind the last."""
    points: list[Point] = [(WAY[0].lat, WAY[0].lon)]
    places: dict[str, int] = {}
    for start, end in pairwise(WAY):
        points += _leg((start.lat, start.lon), end)
        if end.loop:
            points += _loop(points[-1], _heading(points[-2], points[-1]))
        if end.key:
            places[end.key] = len(points) - 1
    metres = _metres(tuple(points))
    return Road(tuple(points), {key: metres[place] for key, place in places.items()})


def _leg(start: Point, way: Way) -> list[Point]:
    """Points after `start` up to `way`. The sway fades at both ends, so that known points and headings stay put."""
    end = (way.lat, way.lon)
    length, heading = distance_m(*start, *end), _heading(start, end)
    steps = ceil(length / STEP_M)
    shares = (step / steps for step in range(1, steps))
    bends = ((share, way.sway * sin(pi * share) * sin(pi * way.swings * share)) for share in shares)
    return [*(_moved(start, heading, length * share, left_m) for share, left_m in bends), end]


def _loop(entry: Point, heading: float) -> list[Point]:
    """Once around, back to where it began: two decks that overlap in plan."""
    turned = (2 * pi * step / LOOP_STEPS for step in range(1, LOOP_STEPS + 1))
    return [
        _moved(entry, heading, LOOP_RADIUS_M * sin(turn), LOOP_RADIUS_M * (1 - cos(turn))) for turn in turned
    ]


def _metres(points: tuple[Point, ...]) -> list[float]:
    metres = [0.0]
    for start, end in pairwise(points):
        metres.append(metres[-1] + distance_m(*start, *end))
    return metres


def _heading(start: Point, end: Point) -> float:
    """Radians from east, counter-clockwise."""
    return atan2(end[0] - start[0], (end[1] - start[1]) * cos(radians(start[0])))


def _moved(start: Point, heading: float, ahead_m: float, left_m: float) -> Point:
    east = ahead_m * cos(heading) - left_m * sin(heading)
    north = ahead_m * sin(heading) + left_m * cos(heading)
    lat = start[0] + north / EARTH_METRES_PER_DEGREE
    return lat, start[1] + east / (EARTH_METRES_PER_DEGREE * cos(radians(start[0])))
