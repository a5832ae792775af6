"""The office corrects where a stop's geofence lies, or lets the feed have its way again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.network.geofences.store import geofences_corrected, say, take_back
from rules.network.feed.corrections import GeofenceCorrection
from rules.network.stops import Stop, distance_m

SMALLEST_M, LARGEST_M = 10.0, 200.0
FURTHEST_M = 500.0
"""From the pole. Further away is a slip of the finger."""


class NotCorrected(StrEnum):
    """Why a correction is refused."""

    RADIUS = "radius"
    TOO_FAR = "too far"


@dataclass(frozen=True, slots=True)
class Circle:
    """Where the office wants a geofence: degrees and metres."""

    lat: float
    lon: float
    radius_m: float


def correct(connection: Connection, pole: Stop, wanted: Circle, at: int) -> NotCorrected | None:
    """The pole's geofence is `wanted` from the next edition on. Unix second `at`."""
    if not SMALLEST_M <= wanted.radius_m <= LARGEST_M:
        return NotCorrected.RADIUS
    if distance_m(wanted.lat, wanted.lon, pole.lat, pole.lon) > FURTHEST_M:
        return NotCorrected.TOO_FAR
    correction = GeofenceCorrection(wanted.lat, wanted.lon, wanted.radius_m, pole.name, pole.lat, pole.lon)
    if geofences_corrected(connection).get(pole.stop_id) != correction:
        say(connection, pole.stop_id, correction, at)
    return None


def uncorrect(connection: Connection, stop_id: str, at: int) -> None:
    """The geofence is the feed's again, also for a pole that the feed does not have any more."""
    correction = geofences_corrected(connection).get(stop_id)
    if correction is not None:
        take_back(connection, stop_id, correction, at)
