"""Where the bus stops: poles, the stations they belong to, and distance on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians

from rules.network.geofence import Geofence

EARTH_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Stop:
    """One pole (標柱, hyōchū): what GTFS calls a stop with location_type 0.

    `zone_id` is the pole's own, "" where the feed gives none; `station_id` is its parent station or "".
    `lat`, `lon` are where the pole stands, in degrees (WGS 84); a bus is at the stop within `geofence`.
    """

    stop_id: str
    name: str
    name_kana: str
    name_en: str
    lat: float
    lon: float
    zone_id: str
    station_id: str
    platform: str
    geofence: Geofence


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two points a bus ride apart, on a flat map around them (error under 0.1 % within 50 km)."""
    north = (other_lat - lat) * EARTH_METRES_PER_DEGREE
    east = (other_lon - lon) * EARTH_METRES_PER_DEGREE * cos(radians((lat + other_lat) / 2))
    return hypot(north, east)
