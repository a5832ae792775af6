"""A ride's fare from stop to stop as they are known now, whoever says what else it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from rules.network.fares import FareProblem
from rules.passes.rider_pass import MAX_PARTY
from rules.ride.fare import ride_fare

if TYPE_CHECKING:
    from rules.messages.events import RideLeftOpen, Tapped
    from rules.network.edition import Edition


def settled_fare(ride: Tapped | RideLeftOpen, start: int, end: int, edition: Edition) -> int | None:
    """Whole yen from `start` to `end`, both indexes of the trip's stops; None where there is no such fare.

    `ride` is its boarding, or what is said at its end: both say who rides by what. Its day must be one.
    """
    stops = range(len(edition.stops_of(ride.trip_id))) if ride.trip_id in edition.trips else range(0)
    # A record that was tampered with may name any number of people.
    if start not in stops or end not in stops or max(ride.adults, ride.children) > MAX_PARTY:
        return None
    fare = ride_fare(structs.replace(ride, stop_index=start), end, edition)
    return None if isinstance(fare, FareProblem) else int(fare.total)
