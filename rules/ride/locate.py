"""Which stop of its trip a bus stands at.

This first locator is right on clean data: the nearest stop of the trip in whose geofence a fresh fix lies, never going
backwards. The filter for tunnels, gaps and hairpins takes its place behind the same methods.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules.network.stops import Stop, distance_m

FRESH_S = 5.0
"""An older fix is not used."""

LOOKAHEAD = 4
"""Stops looked for as the bus drives. A line that doubles back passes close to stops it serves much later."""

STANDS_S = 20.0
"""At a stop beyond those the bus counts as being there once it has stayed so long: passing by takes less."""


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
    `reason` is for the driver, in Japanese and English.
    """

    stop_index: int | None
    progress: float
    confidence: float
    reason: str


class NearestStop:
    """The nearest stop ahead on one trip. `reached` is where to go on from after a restart."""

    def __init__(self, stops: tuple[Stop, ...], reached: int = 0) -> None:
        self._stops = stops
        self._fix: Fix | None = None
        self._far: tuple[int, float] | None = None
        self.reached = reached

    def see(self, fix: Fix) -> None:
        """Take a new fix."""
        self._fix = fix
        near = self._within(fix, range(self.reached, min(self.reached + LOOKAHEAD, len(self._stops))))
        if near:
            self.reached = self._nearest(fix, _first_run(near))
            self._far = None
        else:
            self._look_far(fix)

    def _look_far(self, fix: Fix) -> None:
        """Whether the bus has been standing at a stop much further on: then it is there after all."""
        far = self._within(fix, range(self.reached + LOOKAHEAD, len(self._stops)))
        if not far:
            self._far = None
            return
        index = self._nearest(fix, far)
        if self._far is None or self._far[0] != index:
            self._far = (index, fix.mono)
        elif fix.mono - self._far[1] >= STANDS_S:
            self.reached = index
            self._far = None

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
        if metres <= self._stops[self.reached].radius_m:
            return Place(
                self.reached,
                float(self.reached),
                0.9,
                f"停留所から{metres:.0f}m / {metres:.0f} m from the stop",
            )
        return Place(None, self._progress(fix), 0.9, f"停留所の間（{metres:.0f}m） / between stops")

    def _metres(self, fix: Fix, index: int) -> float:
        stop = self._stops[index]
        return distance_m(fix.lat, fix.lon, stop.lat, stop.lon)

    def _within(self, fix: Fix, indexes: range) -> list[int]:
        return [index for index in indexes if self._metres(fix, index) <= self._stops[index].radius_m]

    def _nearest(self, fix: Fix, indexes: list[int]) -> int:
        return min(indexes, key=lambda index: self._metres(fix, index))

    def _progress(self, fix: Fix) -> float:
        if self.reached + 1 >= len(self._stops):
            return float(self.reached)
        behind, ahead = self._metres(fix, self.reached), self._metres(fix, self.reached + 1)
        return self.reached + min(0.99, behind / (behind + ahead)) if behind + ahead else float(self.reached)


def _first_run(indexes: list[int]) -> list[int]:
    """The stops that follow each other. Behind a gap comes the way back, past the same poles or those opposite."""
    return [index for place, index in enumerate(indexes) if index - indexes[0] == place]
