"""Which stop of its trip a bus stands at.

This first locator is right on clean data: the nearest stop of the trip in whose geofence a fresh fix lies, never going
backwards. The filter for tunnels, gaps and hairpins takes its place behind the same methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from rules.network.stops import Stop, distance_m

FRESH_S = 5.0
"""An older fix is not used."""

FASTEST_MPS = 30.0
"""No bus is faster from stop to stop. What lies near but further by way of the stops between is a later pass."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One position by the receiver. `mono` are seconds on the machine's monotonic clock when it came in.

    Degrees (WGS 84), metres a second, degrees from north; None where the receiver gave no value.
    """

    mono: float
    lat: float
    lon: float
    speed_mps: float | None
    course_deg: float | None
    hdop: float | None
    satellites: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where on its trip the bus is believed to be.

    `stop_index` is the index in the trip's stops of the stop it stands at, None when it is at none or nobody knows.
    `progress` is the index of the last stop passed plus the share of the way to the next one.
    `reason` is for the driver, in Japanese and English. `unsure`: a fare by it stands under reserve; `asked`: the
    driver is asked for it.
    """

    stop_index: int | None
    progress: float
    confidence: float
    reason: str
    unsure: bool = False
    asked: bool = False


class NearestStop:
    """The nearest stop ahead on one trip that the bus can have reached. `reached` is where to go on after a restart."""

    def __init__(self, stops: tuple[Stop, ...], reached: int = 0) -> None:
        self._stops = stops
        self._fix: Fix | None = None
        self._seen_there: float | None = None
        self.reached = reached

    def see(self, fix: Fix) -> None:
        """Take a new fix."""
        self._fix = fix
        here = [
            (metres, index)
            for index in range(self.reached, len(self._stops))
            if (metres := self._metres(fix, index)) <= self._stops[index].geofence.radius_m
            and self._in_reach(index, fix.mono)
        ]
        if here:
            self.reached = min(here)[1]
            self._seen_there = fix.mono

    def place(self, mono: float) -> Place:
        """The place at `mono` seconds on the clock that stamps the fixes."""
        fix = self._fix
        if fix is None:
            return Place(None, float(self.reached), 0.0, "GPS待ち / waiting for GPS")
        age = mono - fix.mono
        if age > FRESH_S:
            return Place(
                None, self._progress(fix), 0.0, f"GPSが{age:.0f}秒途切れています / no GPS for {age:.0f} s"
            )
        metres = self._metres(fix, self.reached)
        if metres <= self._stops[self.reached].geofence.radius_m:
            return Place(
                self.reached,
                float(self.reached),
                0.9,
                f"停留所から{metres:.0f}m / {metres:.0f} m from the stop",
            )
        return Place(None, self._progress(fix), 0.9, f"停留所の間（{metres:.0f}m） / between stops")

    def _metres(self, fix: Fix, index: int) -> float:
        centre = self._stops[index].geofence
        return distance_m(fix.lat, fix.lon, centre.lat, centre.lon)

    def _in_reach(self, index: int, mono: float) -> bool:
        """Whether the bus can have driven there since it was last seen at the stop reached."""
        if self._seen_there is None:
            return True
        way = [stop.geofence for stop in self._stops[self.reached : index + 1]]
        metres = sum(distance_m(one.lat, one.lon, next_.lat, next_.lon) for one, next_ in pairwise(way))
        return metres - way[0].radius_m - way[-1].radius_m <= FASTEST_MPS * (mono - self._seen_there)

    def _progress(self, fix: Fix) -> float:
        if self.reached + 1 >= len(self._stops):
            return float(self.reached)
        behind, ahead = self._metres(fix, self.reached), self._metres(fix, self.reached + 1)
        return self.reached + min(0.99, behind / (behind + ahead)) if behind + ahead else float(self.reached)
