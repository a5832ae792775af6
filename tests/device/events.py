"""Events to fill journals with."""

from __future__ import annotations

from rules.instant import ClockQuality, Instant
from rules.messages.events import DoorMoved, Started

NOW = 1_790_000_000


def at(second: int = 0) -> Instant:
    """`second` after NOW."""
    return Instant("boot", second * 1000, NOW + second, ClockQuality.GPS)


def started(version: str = "1", second: int = 0) -> Started:
    """A short event, told from others by its version."""
    return Started(at=at(second), version=version)


def long_event(size: int, second: int = 0) -> DoorMoved:
    """An event whose record is about `size` bytes longer than it need be."""
    return DoorMoved(at=at(second), is_open=True, trip_id="x" * size, stop_id="", lat=None, lon=None)
