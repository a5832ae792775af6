"""What is owed by somebody whom the driver records by hand (手扱い, teatsukai): on the bus, in replay, in the books."""

from __future__ import annotations

from dataclasses import dataclass

from rules.messages.events import Means
from rules.money import NOTHING, Yen
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.passes.rider_pass import RiderClass
from rules.ride.fare import ride_fare

MAX_PEOPLE = 15
"""In one record, as many as a code may carry."""


@dataclass(frozen=True, slots=True)
class HandRide:
    """A ride recorded by hand, as `rules.ride.fare.Riding` wants it. Each of those who make it pays alone."""

    trip_id: str
    service_date: str
    stop_index: int
    rider_class: RiderClass
    adults: int = 0
    children: int = 0
    product: int = 0


def table_fare(ride: HandRide, alight: int, edition: Edition) -> Yen | None:
    """One person's fare to index `alight` of the trip's poles; None where the table has none."""
    found = ride_fare(ride, alight, edition)
    return None if isinstance(found, FareProblem) else found.total


def fare_by_means(ride: HandRide, means: Means, alight: int, edition: Edition) -> Yen | None:
    """As `table_fare`, but a commuter pass on paper owes nothing, whatever the table says."""
    return NOTHING if means is Means.COMMUTER else table_fare(ride, alight, edition)


def cash_due(means: Means, fare: Yen | None) -> Yen:
    """What of a fare the driver takes in cash."""
    return fare if fare is not None and means is Means.CASH else NOTHING
