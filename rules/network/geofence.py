"""The circle on the ground that means "at this stop"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_RADIUS_M = 50.0
"""Above about 60 m a geofence can swallow the neighbouring stop (closest ones lie 60-140 m apart)."""


class GeofenceSource(StrEnum):
    """Who says where a geofence lies."""

    FEED = "feed"
    """The pole's own position, with the usual radius."""
    OFFICE = "office"
    """The office corrected it."""


@dataclass(frozen=True, slots=True)
class Geofence:
    """Centre in degrees (WGS 84), radius in metres."""

    lat: float
    lon: float
    radius_m: float
    source: GeofenceSource


def around_pole(lat: float, lon: float) -> Geofence:
    """The geofence of a pole about which nobody has said more than where it stands."""
    return Geofence(lat, lon, DEFAULT_RADIUS_M, GeofenceSource.FEED)
