"""The door contact, as far as it can be believed: a broken one says open, or closed, for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.network.stops import distance_m

if TYPE_CHECKING:
    from rules.ride.locate import Fix

DRIVEN_M = 150.0
"""No bus drives so far with its door open, and no receiver errs so much for two fixes in a row."""
FIXES = 2


class DoorWatch:
    """What the contact says. It is believed once it has been seen to move, until the bus drives with an open door.

    `is_open` is None until it has said anything: there may be no contact at all.
    """

    def __init__(self) -> None:
        self.is_open: bool | None = None
        self.is_believed = False
        self._where: Fix | None = None
        self._there_at = 0.0
        self._driven = 0

    def says(self, mono: float, fix: Fix | None, *, is_open: bool) -> bool:
        """Take its word at `mono` seconds, with the last fresh fix; whether it is another one than before."""
        if is_open == self.is_open:
            return False
        self.is_believed = is_open or self.is_open is not None
        self.is_open, self._where, self._there_at, self._driven = is_open, fix, mono, 0
        return True

    def drives_off(self, fix: Fix) -> float | None:
        """Whether this fix shows that the bus has driven off with its door open: the second at which it still stood.

        The contact is not believed any more until it moves again.
        """
        if not (self.is_open and self.is_believed):
            return None
        if self._where is None:
            self._where = fix
        if distance_m(self._where.lat, self._where.lon, fix.lat, fix.lon) < DRIVEN_M:
            self._there_at, self._driven = fix.mono, 0
            return None
        self._driven += 1
        if self._driven < FIXES:
            return None
        self.is_believed = False
        return self._there_at
