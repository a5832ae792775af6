"""When something happened, as a machine without a clock battery can say it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ClockQuality(IntEnum):
    """How far a wall time may be believed, worst first."""

    FLOOR = 0
    SAVED = 1
    NETWORK = 2
    GPS = 3
    AGREED = 4


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on one machine.

    `boot` names the power-on; `mono_ms` are milliseconds since it, never set back (CLOCK_BOOTTIME);
    `wall` are Unix seconds as the machine believed them then, only as good as `quality`.
    Order between records comes from their numbers, never from here.
    """

    boot: str
    mono_ms: int
    wall: int
    quality: ClockQuality

    @property
    def wall_known(self) -> bool:
        """Whether anything has told this machine the time since it was switched on."""
        return self.quality >= ClockQuality.NETWORK


def seconds_between(earlier: Instant, later: Instant) -> float | None:
    """Seconds from `earlier` to `later`; None where no clock can say (another boot and no known wall time)."""
    if earlier.boot == later.boot:
        return (later.mono_ms - earlier.mono_ms) / 1000
    if earlier.wall_known and later.wall_known:
        return float(later.wall - earlier.wall)
    return None
