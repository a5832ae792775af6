"""A position, and a place on a trip: the locator (`rules/ride/locator`) makes one of the other."""

from __future__ import annotations

from dataclasses import dataclass

FRESH_S = 5.0
"""An older fix is not used."""


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
