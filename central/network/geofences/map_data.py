"""What the map of geofences draws, from the feed itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from rules.network.edition import Edition, Point
from rules.network.geofence import GeofenceSource
from rules.network.stops import distance_m

THINNED_M = 12.0
"""Points of a line closer than this are left out: nobody sees them at the scale of a stop."""


def map_data(edition: Edition) -> dict[str, Any]:
    """Lines as [[lat, lon], …]; poles with where they stand and their geofence [lat, lon, metres]."""
    return {
        "lines": [thinned(line) for line in dict.fromkeys(_lines(edition))],
        "poles": [
            {
                "id": stop.stop_id,
                "name": f"{stop.name} {stop.platform}".strip(),
                "pole": [stop.lat, stop.lon],
                "fence": [stop.geofence.lat, stop.geofence.lon, stop.geofence.radius_m],
                "office": stop.geofence.source is GeofenceSource.OFFICE,
            }
            for stop in edition.stops.values()
        ],
    }


def neighbours_of(edition: Edition) -> dict[str, set[str]]:
    """The poles that come directly before or after each pole on any trip."""
    found: dict[str, set[str]] = defaultdict(set)
    for pattern in edition.patterns:
        for one, other in pairwise(pattern.stop_ids):
            found[one].add(other)
            found[other].add(one)
    return found


def thinned(line: Iterable[Point]) -> list[Point]:
    """The line with THINNED_M between its points, both ends kept."""
    points = list(line)
    kept = points[:1]
    for point in points[1:-1]:
        if distance_m(*kept[-1], *point) >= THINNED_M:
            kept.append(point)
    return kept + points[1:][-1:]


def _lines(edition: Edition) -> Iterable[tuple[Point, ...]]:
    """Every pattern's shape, or the chain of its stops where it has none."""
    for pattern in edition.patterns:
        if pattern.shape_id:
            yield edition.shapes[pattern.shape_id]
        else:
            stops = (edition.stops[stop_id] for stop_id in pattern.stop_ids)
            yield tuple((stop.lat, stop.lon) for stop in stops)
