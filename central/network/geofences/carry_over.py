"""Corrections that a feed has no use for any more, and where they may belong now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.network.feed.corrections import SAME_PLACE_M, GeofenceCorrection
from rules.network.stops import Stop, distance_m


@dataclass(frozen=True, slots=True)
class Unused:
    """A correction whose pole is gone or moved far; `now` is what that seems to have become, None if unclear."""

    stop_id: str
    correction: GeofenceCorrection
    now: Stop | None


def unused_corrections(
    poles: Mapping[str, Stop], corrections: Mapping[str, GeofenceCorrection]
) -> list[Unused]:
    """The corrections that are not used with these poles, by name.

    Ids change from feed to feed: a pole is the old one if it alone has the name, stands where that stood, and has no
    correction of its own.
    """
    found = [
        Unused(stop_id, correction, _successor(poles, corrections, correction))
        for stop_id, correction in corrections.items()
        if (pole := poles.get(stop_id)) is None or not correction.fits(pole)
    ]
    return sorted(found, key=lambda each: (each.correction.pole_name, each.stop_id))


def swallowed(poles: Mapping[str, Stop], neighbours: Mapping[str, set[str]], stop_id: str) -> list[str]:
    """The names of the stops before or after this pole on a trip that stand within its geofence.

    Of two stops that a bus may be at, the nearer one counts; close ones are easily taken for each other.
    """
    fence = poles[stop_id].geofence
    near = [poles[each] for each in neighbours.get(stop_id, ())]
    return sorted(
        {
            each.name
            for each in near
            if each.name != poles[stop_id].name
            and distance_m(fence.lat, fence.lon, each.lat, each.lon) <= fence.radius_m
        }
    )


def _successor(
    poles: Mapping[str, Stop],
    corrections: Mapping[str, GeofenceCorrection],
    correction: GeofenceCorrection,
) -> Stop | None:
    same = [
        pole
        for pole in poles.values()
        if pole.name == correction.pole_name
        and pole.stop_id not in corrections
        and distance_m(pole.lat, pole.lon, correction.pole_lat, correction.pole_lon) <= SAME_PLACE_M
    ]
    return same[0] if len(same) == 1 else None
