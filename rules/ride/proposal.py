"""Which trip a bus is about to run, or is running: from the timetable, the time, its place and its direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import cos, hypot, inf, radians, sin

from rules.network.edition import Edition
from rules.network.stops import EARTH_METRES_PER_DEGREE, Stop, distance_m
from rules.network.trips import Trip
from rules.ride.locate import Fix

LATE_S = 30 * 60
"""So long after its last arrival a trip may still be under way, and after its departure be taken up."""
HERE_M = 1_000.0
"""So near its first stop a trip can begin, and so near its last it is over. Without a shape a line is no nearer."""
FITS_S = 20 * 60
"""A trip so far off its timetable is not proposed."""
APART_S = 3 * 60
"""Two trips that fit as well as each other are a choice, not a proposal."""
WAITING = 1 / 3
"""What a minute of waiting for the departure counts beside one of being late."""
MOVING_MPS = 3.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """`trips` likeliest first. `sure`: the first fits, and so much better than the next that one touch should do."""

    trips: tuple[Trip, ...]
    sure: bool


def propose(edition: Edition, day: date, now_s: float | None, fix: Fix | None) -> Proposal:
    """The trips of service day `day` that may be on at `now_s` seconds after its midnight, None for an unknown time.

    First those that fit place and direction, the least off their timetable before the others; then by departure.
    """
    trips = [trip for trip in edition.trips_on(day) if now_s is None or trip.arrivals[-1] >= now_s - LATE_S]
    misfits = {trip.trip_id: _misfit_s(edition, trip, now_s, fix) for trip in trips}
    trips.sort(key=lambda trip: (misfits[trip.trip_id], _has_gone(trip, now_s)))
    best, second = (*(misfits[trip.trip_id] for trip in trips[:2]), inf, inf)[:2]
    return Proposal(tuple(trips), now_s is not None and best <= FITS_S and second - best >= APART_S)


def _has_gone(trip: Trip, now_s: float | None) -> bool:
    return now_s is not None and trip.departures[0] < now_s - LATE_S


def _misfit_s(edition: Edition, trip: Trip, now_s: float | None, fix: Fix | None) -> float:
    """How badly the trip fits, in seconds off its timetable; infinity for one that cannot be on where the bus is."""
    if fix is None:
        return inf
    stops = edition.stops_of(trip.trip_id)
    begins_here = distance_m(fix.lat, fix.lon, stops[0].lat, stops[0].lon) <= HERE_M
    if begins_here:
        early = 0.0 if now_s is None else trip.departures[0] - now_s
        return early * WAITING if early >= 0 else -early
    if now_s is None or distance_m(fix.lat, fix.lon, stops[-1].lat, stops[-1].lon) <= HERE_M:
        return inf
    aside_m, index, share, along = _nearest_link(stops, fix)
    if aside_m > HERE_M or along < 0:
        return inf
    due = trip.departures[index] + share * (trip.arrivals[index + 1] - trip.departures[index])
    off = abs(now_s - due)
    return off if off <= FITS_S else inf


def _nearest_link(stops: Sequence[Stop], fix: Fix) -> tuple[float, int, float, float]:
    """Metres aside of the way from a stop to the next that the fix is nearest to, that stop's index, the share driven.

    And how far the bus drives along that way, from -1 (against) to 1; 0 where it stands.
    """
    best = (inf, 0, 0.0, 0.0)
    course = None
    if fix.course_deg is not None and (fix.speed_mps or 0.0) >= MOVING_MPS:
        course = (sin(radians(fix.course_deg)), cos(radians(fix.course_deg)))
    for index, (one, other) in enumerate(pairwise(stops)):
        east, north = _metres(fix, one)
        way_east, way_north = _metres(fix, other)[0] - east, _metres(fix, other)[1] - north
        way_m = hypot(way_east, way_north)
        share = 0.0 if way_m == 0 else min(1.0, max(0.0, -(east * way_east + north * way_north) / way_m**2))
        aside_m = hypot(east + share * way_east, north + share * way_north)
        if aside_m < best[0]:
            along = 0.0
            if course is not None and way_m > 0:
                along = (course[0] * way_east + course[1] * way_north) / way_m
            best = (aside_m, index, share, along)
    return best


def _metres(fix: Fix, stop: Stop) -> tuple[float, float]:
    """Metres east and north from the fix to a stop."""
    east = (stop.lon - fix.lon) * EARTH_METRES_PER_DEGREE * cos(radians(fix.lat))
    return east, (stop.lat - fix.lat) * EARTH_METRES_PER_DEGREE
