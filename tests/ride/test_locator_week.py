"""A bus runs for weeks without a restart of its program: the filter keeps nothing of what is over."""

from __future__ import annotations

import gc
import tracemalloc

from rules.ride.locator.locator import GridLocator
from tests.ride.test_locator_jumps import at
from tests.ride.test_locator_path import path

STOPS = [(0.0, 0.0), (0.0, 400.0), (0.0, 800.0)]
TRIPS_A_DAY = 24
SLACK_BYTES = 64_000


def a_day(mono: float) -> float:
    """Trips with a door at each stop and a night at the last one; the time of the next morning."""
    for _ in range(TRIPS_A_DAY):
        locator = GridLocator(path(STOPS, [], seconds=50))
        for spot in STOPS:
            mono += 50.0
            locator.rolled(mono, mono)
            locator.see(at(mono, spot))
            locator.landmark(locator.door_opened(mono + 1.0), STOPS.index(spot))
            locator.door_closed(mono + 5.0)
            locator.place(mono + 6.0)
    return mono + 8 * 3600.0


def test_memory_does_not_grow_over_a_week_of_trips() -> None:
    mono = a_day(0.0)
    tracemalloc.start()
    try:
        mono = a_day(mono)
        gc.collect()
        first, _ = tracemalloc.get_traced_memory()
        for _ in range(6):
            mono = a_day(mono)
        gc.collect()
        last, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last <= first + SLACK_BYTES
