"""The line that the village's buses drive: five stops a kilometre apart, six trips a day."""

from __future__ import annotations

from dataclasses import replace

from rules.money import Yen
from rules.network.edition import Edition
from rules.network.fares import FareTable
from rules.network.trips import Trip
from tests.ride.builders import STOPS
from tests.ride.builders import edition as any_edition
from tests.village.clockwork import HOUR

__all__ = ["BETWEEN_STOPS_S", "DEAREST", "DEPARTURES", "LAST", "LINK_M", "STOPS", "TRIPS", "edition"]

LAST = len(STOPS) - 1
BETWEEN_STOPS_S = 100
LINK_M = 1_000.0
DEPARTURES = tuple(hour * HOUR for hour in (7, 9, 11, 13, 15, 17))
TRIPS = tuple(f"trip-{departs // HOUR:02}" for departs in DEPARTURES)
DEAREST = Yen(340)


def edition() -> Edition:
    """The one edition: 130 yen for one section and 70 for each one more, everything else by the standard tariff."""
    base = any_edition(1)
    prices = {
        ("r", a, b): Yen(60 + 70 * (j - i)) for i, a in enumerate(STOPS) for j, b in enumerate(STOPS) if i < j
    }
    trips = {name: _trip(name, departs) for name, departs in zip(TRIPS, DEPARTURES, strict=True)}
    return replace(base, trips=trips, fares=FareTable(prices))


def _trip(name: str, departs: int) -> Trip:
    times = tuple(departs + BETWEEN_STOPS_S * index for index in range(len(STOPS)))
    return Trip(name, 0, "s", "E", times, times)
