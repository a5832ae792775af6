"""Where a rider who forgot to alight got off: where they boarded for the way back, if it lies on the forgotten trip."""

from __future__ import annotations

from rules.network.edition import Edition
from rules.network.stops import Stop


def inferred_alighting(
    ridden: Edition, trip_id: str, board_index: int, following: Edition, next_trip_id: str, next_stop_id: str
) -> int | None:
    """Index of that stop among the poles of `trip_id`, boarded at `board_index`; None where nothing can be inferred.

    The next boarding was at `next_stop_id` on trip `next_trip_id` of edition `following`. It says something only in
    the other direction, and at the first stop after the boarding that stands at the same place.
    """
    if trip_id not in ridden.trips or next_trip_id not in following.trips:
        return None
    out, back = ridden.pattern_of(trip_id), following.pattern_of(next_trip_id)
    there = following.stops.get(next_stop_id)
    if there is None or out.direction_id == back.direction_id:
        return None
    for index, stop in enumerate(ridden.stops_of(trip_id)):
        if index > board_index and _same_place(stop, there):
            return index
    return None


def _same_place(stop: Stop, other: Stop) -> bool:
    """The poles of the two directions are two, of one station or one name."""
    if stop.stop_id == other.stop_id:
        return True
    if stop.station_id or other.station_id:
        return stop.station_id == other.station_id
    return stop.name == other.name
