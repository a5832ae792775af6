"""Positions where no bus can be."""

from __future__ import annotations

from rules.network.stops import distance_m
from rules.ride.locate import Fix

FASTEST_MPS = 200 / 3.6
SHORTEST_S = 1.0
"""A sentence may come in early after one that came in late, but receivers speak once a second."""
SETTLED = 10
"""So many in a row that agree among themselves are the place: then it was the old one that was wrong."""


class Jumps:
    """Holds every fix against the last one that was believed."""

    def __init__(self) -> None:
        self._believed: Fix | None = None
        self._doubted: Fix | None = None
        self._agreeing = 0

    def believes(self, fix: Fix) -> bool:
        """Whether the bus can have got there at no more than 200 km/h, or stays there."""
        if self._believed is not None and not _in_reach(self._believed, fix):
            in_reach = self._doubted is not None and _in_reach(self._doubted, fix)
            self._agreeing = self._agreeing + 1 if in_reach else 1
            self._doubted = fix
            if self._agreeing < SETTLED:
                return False
        self._believed, self._doubted = fix, None
        return True


def _in_reach(one: Fix, later: Fix) -> bool:
    metres = distance_m(one.lat, one.lon, later.lat, later.lon)
    return metres <= FASTEST_MPS * max(SHORTEST_S, later.mono - one.mono)
