"""Simulated runs of a bus: how it drives, who gets on and off, and what its sensors say of it.

Nothing here knows the filter: speeds are those of a driver with a foot and a road with other people on it, errors of
the receiver wander as the sky does, and the timetable is only roughly kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from math import exp, hypot, sqrt
from random import Random

from rules.network.edition import Edition
from rules.ride.locate import Fix
from tests.drives.road import Road, road_of


class Kind(Enum):
    """What a sensor says, in the order in which one second's sayings are handed on."""

    WHEELS = auto()
    FIX = auto()
    OPENED = auto()
    CLOSED = auto()
    TAP = auto()
    RESTART = auto()


@dataclass(frozen=True, slots=True)
class Conditions:
    """One world. `noise_m` is the receiver's wandering error on each axis; `lost` the share of fixes that never come.

    `tunnels` of 90 s and `shadows` of 5 minutes lie anywhere on the trip.
    """

    noise_m: float = 20.0
    lost: float = 0.3
    tunnels: int = 1
    shadows: int = 1
    cold_start: bool = False
    restart: bool = False
    early: bool = False
    reverse: bool = False
    dead_wheels: bool = False
    detour: bool = False


@dataclass(frozen=True, slots=True)
class Rider:
    """From stop to stop (indexes), tapping at these seconds."""

    board: int
    alight: int
    board_s: float
    alight_s: float


@dataclass(frozen=True, slots=True)
class Said:
    """What a sensor says at a second: a fix, metres of the odometer, the stop's index at a door, or a rider's tap."""

    mono: float
    kind: Kind
    fix: Fix | None = None
    metres: float = 0.0
    stop: int = -1
    boarding: bool = False
    rider: int = -1


@dataclass(frozen=True, slots=True)
class Run:
    """One drive: all that was said, in order, and who rode."""

    said: tuple[Said, ...]
    riders: tuple[Rider, ...]


@dataclass(slots=True)
class _Second:
    mono: float
    metres: float
    mps: float


def run_of(edition: Edition, trip_id: str, conditions: Conditions, seed: int) -> Run:
    """One simulated run of a trip; the same arguments give the same run."""
    rng = Random(seed)
    road = road_of(edition, trip_id, rng)
    trip = edition.trips[trip_id]
    ways = [b - a for a, b in zip(road.stops_m, road.stops_m[1:], strict=False)]
    times = [b - a for a, b in zip(trip.departures, trip.arrivals[1:], strict=False)]
    pace = [
        max(4.0, min(15.0, way / time)) if time > 0 else 8.0 for way, time in zip(ways, times, strict=True)
    ]
    pairs = _pairs(len(road.stops_m), rng)
    seconds, doors = _drive(road, pace, pairs, rng, early=conditions.early)
    riders = tuple(_rider(board, alight, doors, rng) for board, alight in pairs)
    said = [
        *_doors(doors),
        *_taps(riders),
        *_wheels(seconds, conditions, rng),
        *_fixes(seconds, road, conditions, rng),
    ]
    if conditions.restart:
        begin, end = seconds[0].mono, seconds[-1].mono
        quiet = [s.mono for s in seconds if s.mps > 6 and begin + (end - begin) * 0.3 < s.mono < end * 0.8]
        said.append(Said(quiet[rng.randrange(len(quiet))], Kind.RESTART))
    return Run(tuple(sorted(said, key=lambda each: (each.mono, each.kind.value))), riders)


def _pairs(stops: int, rng: Random) -> list[tuple[int, int]]:
    """Who rides from where to where: more at the ends than on the way."""
    weights = [3.0] + [rng.uniform(0.2, 1.5) for _ in range(stops - 2)] + [3.0]
    pairs = []
    for _ in range(rng.randint(8, 16)):
        one, other = rng.choices(range(stops), weights, k=2)
        if one != other:
            pairs.append((min(one, other), max(one, other)))
    return pairs or [(0, stops - 1)]


def _drive(
    road: Road, pace: list[float], pairs: list[tuple[int, int]], rng: Random, *, early: bool
) -> tuple[list[_Second], dict[int, tuple[float, float]]]:
    """The bus second by second, and when its door was open at each stop served."""
    mono, seconds, doors = 1000.0, [], {}
    if early:
        # Empty, towards the first stop from up the line, where the driver took up the trip too soon.
        metres = min(3000.0, road.stops_m[-1] * 0.5)
        while metres > road.stops_m[0]:
            seconds.append(_Second(mono, metres, -9.0))
            metres, mono = metres - 9.0, mono + 1
    metres, mps, mood = road.stops_m[0], 0.0, exp(rng.gauss(0, 0.12))
    busy = [sum(index in pair for pair in pairs) for index in range(len(road.stops_m))]
    for index, stop_m in enumerate(road.stops_m):
        if index:
            wished = min(19.0, pace[index - 1] * 1.15 * mood * exp(rng.gauss(0, 0.18)))
            served = bool(busy[index]) or index == len(road.stops_m) - 1
            halt_m = stop_m + rng.gauss(0, 6)
            red_m = rng.uniform(metres, halt_m) if rng.random() < (halt_m - metres) / 4000 else None
            while metres < halt_m - 0.5:
                goal_m = red_m if red_m is not None else halt_m if served else halt_m + 500
                brake = sqrt(max(0.0, 2 * 0.9 * (goal_m - metres)))
                mps = max(0.4, min(mps + rng.uniform(0.4, 1.0), wished * exp(rng.gauss(0, 0.05)), brake))
                metres, mono = metres + mps, mono + 1
                seconds.append(_Second(mono, metres, mps))
                if red_m is not None and metres >= red_m - 1:
                    red_m = None
                    for _ in range(rng.randint(5, 45)):
                        mono += 1
                        seconds.append(_Second(mono, metres, 0.0))
                    mps = 0.0
            if not served:
                continue
        mps = 0.0
        wait = rng.randint(40, 150) if index == 0 else 0
        dwell = int(5 + 3.5 * busy[index] * exp(rng.gauss(0, 0.4))) + wait
        doors[index] = (mono + 2.0, mono + 2.0 + dwell)
        for _ in range(dwell + 4):
            mono += 1
            seconds.append(_Second(mono, metres, 0.0))
    for _ in range(40):
        mono += 1
        seconds.append(_Second(mono, metres, 0.0))
    return seconds, doors


def _rider(board: int, alight: int, doors: dict[int, tuple[float, float]], rng: Random) -> Rider:
    opened, closed = doors[alight]
    early = rng.uniform(-8, 0) if rng.random() < 0.3 else rng.uniform(0.5, closed - opened)
    return Rider(board, alight, rng.uniform(doors[board][0] + 0.5, doors[board][1]), opened + early)


def _doors(doors: dict[int, tuple[float, float]]) -> Iterator[Said]:
    for stop, (opened, closed) in doors.items():
        yield Said(opened, Kind.OPENED, stop=stop)
        yield Said(closed, Kind.CLOSED, stop=stop)


def _taps(riders: tuple[Rider, ...]) -> Iterator[Said]:
    for number, rider in enumerate(riders):
        yield Said(rider.board_s, Kind.TAP, stop=rider.board, boarding=True, rider=number)
        yield Said(rider.alight_s, Kind.TAP, stop=rider.alight, boarding=False, rider=number)


def _wheels(seconds: list[_Second], conditions: Conditions, rng: Random) -> Iterator[Said]:
    scale, driven = rng.uniform(0.98, 1.02), 0.0
    dead_from = rng.uniform(seconds[0].mono, seconds[-1].mono - 480) if conditions.dead_wheels else -1e9
    for second in seconds:
        if not dead_from <= second.mono < dead_from + 480:
            driven += abs(second.mps) * scale
        yield Said(second.mono, Kind.WHEELS, metres=driven)


def _fixes(seconds: list[_Second], road: Road, conditions: Conditions, rng: Random) -> Iterator[Said]:
    begin, end = seconds[0].mono, seconds[-1].mono
    dark = [(at, at + 90) for at in (rng.uniform(begin, end) for _ in range(conditions.tunnels))]
    dark += [(at, at + 300) for at in (rng.uniform(begin, end) for _ in range(conditions.shadows))]
    if conditions.cold_start:
        dark.append((begin, begin + 300))
    aside_from = road.stops_m[0] + (road.stops_m[-1] - road.stops_m[0]) * rng.uniform(0.3, 0.6)
    keep = exp(-1 / 60)
    east_error, north_error = (rng.gauss(0, conditions.noise_m) for _ in range(2))
    for second in seconds:
        stir = conditions.noise_m * sqrt(1 - keep**2)
        east_error = east_error * keep + rng.gauss(0, stir)
        north_error = north_error * keep + rng.gauss(0, stir)
        lost = rng.random() < conditions.lost
        if lost or any(start <= second.mono < stop for start, stop in dark):
            continue
        metres = road.stops_m[-1] - second.metres if conditions.reverse else second.metres
        back = conditions.reverse or second.mps < 0
        east, north = road.at(metres)
        if conditions.detour and 0 <= second.metres - aside_from < 2500:
            # Around the closed road: out by 500 m and back again.
            ahead = road.at(metres + 50)
            length = hypot(ahead[0] - east, ahead[1] - north) or 1.0
            out = 500 * min(
                1.0, (second.metres - aside_from) / 400, (2500 - second.metres + aside_from) / 400
            )
            east, north = east - out * (ahead[1] - north) / length, north + out * (ahead[0] - east) / length
        spot = (east + east_error + rng.gauss(0, 1.5), north + north_error + rng.gauss(0, 1.5))
        lat, lon = road.degrees(spot)
        speed = abs(second.mps)
        course = (road.course(metres) + 180 * back + rng.gauss(0, 5)) % 360 if speed > 1.5 else None
        fix = Fix(second.mono, lat, lon, max(0.0, speed + rng.gauss(0, 0.4)), course, 1.5, 8)
        yield Said(second.mono, Kind.FIX, fix=fix)
