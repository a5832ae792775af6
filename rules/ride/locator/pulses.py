"""The wheels' pulses: metres driven, believed only while GPS does not say otherwise."""

from __future__ import annotations

from rules.ride.locate import Fix
from rules.ride.locator.path import CELL_M

DISTRUST_FIXES, TRUST_FIXES = 6, 30
DIFFERENCE_MPS, DIFFERENCE = 2.5, 0.25
SILENT_S = 3.0
BLUR = 0.1
"""Of each cell rolled: an odometer may be up to 2 % off for the whole trip."""


class Pulses:
    """The state of one odometer, `mps` its speed. `trusted` until GPS disagrees, but only once it has said anything."""

    def __init__(self) -> None:
        self._healthy = True
        self._in_row = 0
        self._last: tuple[float, float] | None = None
        self.mps = 0.0
        self._carry_m = 0.0

    @property
    def trusted(self) -> bool:
        """Whether the bus is believed to move as the wheels say."""
        return self._healthy and self._last is not None

    def is_driving(self, mono: float) -> bool:
        """Whether the wheels, and not the usual speeds, say how far the bus is at `mono`."""
        return self.trusted and self._last is not None and mono - self._last[0] <= SILENT_S

    def count(self, mono: float, odometer_m: float) -> tuple[float, float]:
        """Metres since the last count, and metres a second.

        A count that went back (a restart) moves nothing, nor one after a silence: by the usual speeds the bus has
        driven on meanwhile.
        """
        moved_m = 0.0
        if self._last is not None and 0 < mono - self._last[0] <= SILENT_S:
            moved_m = max(0.0, odometer_m - self._last[1])
            self.mps = moved_m / (mono - self._last[0])
        self._last = (mono, odometer_m)
        return moved_m, self.mps

    def cells(self, moved_m: float) -> tuple[int, float]:
        """Whole cells of these metres and those left over before, and how much of them is unsure."""
        self._carry_m += moved_m
        whole = int(self._carry_m / CELL_M)
        self._carry_m -= whole * CELL_M
        return whole, min(0.9, BLUR * whole)

    def compare(self, fix: Fix) -> None:
        """Hold the wheels' speed against a fix's: a few in a row turn trust into distrust, more turn it back."""
        if self._last is None or fix.speed_mps is None or fix.mono - self._last[0] > SILENT_S:
            return
        agrees = abs(fix.speed_mps - self.mps) <= max(DIFFERENCE_MPS, DIFFERENCE * fix.speed_mps)
        self._in_row = self._in_row + 1 if agrees != self._healthy else 0
        if self._in_row >= (DISTRUST_FIXES if self._healthy else TRUST_FIXES):
            self._healthy, self._in_row = not self._healthy, 0
