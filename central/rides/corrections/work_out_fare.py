"""The fare of a ride in the office's books, by the rule of the bus and the edition that the ride began under."""

from __future__ import annotations

from collections.abc import Sequence

from central.database.transaction import Connection
from central.network.editions.store import find_edition
from central.rides.corrections.rows import BookedRide, Place, Ridden, Stops
from rules.network.edition import Edition
from rules.network.fares import FareProblem
from rules.passes.rider_pass import RiderClass
from rules.ride.fare import FarePart, RideFare, fare_parts, ride_fare


def work_out_fare(connection: Connection, ride: BookedRide, stops: Stops) -> RideFare | FareProblem | None:
    """What the ride would have cost between `stops`.

    None where the office cannot tell: it does not have the edition, the trip on it, or the stops on that.
    """
    found = _found(connection, ride, stops)
    if found is None:
        return None
    try:
        return ride_fare(*found)
    except ValueError:
        # The service day is none: a machine may write anything.
        return None


def work_out_parts(connection: Connection, ride: BookedRide) -> tuple[FarePart, ...]:
    """The same for the stops in force, by the people who rode; () where there is none, or the office cannot tell."""
    found = _found(connection, ride, ride.stops)
    if found is None:
        return ()
    try:
        parts = fare_parts(*found)
    except ValueError:
        return ()
    return () if isinstance(parts, FareProblem) else parts


def _found(connection: Connection, ride: BookedRide, stops: Stops) -> tuple[Ridden, int, Edition] | None:
    """The ride as its fare needs it, where it ends among the trip's poles, and its edition."""
    edition = find_edition(connection, ride.edition)
    if edition is None or ride.trip_id not in edition.trips:
        return None
    poles = edition.pattern_of(ride.trip_id).stop_ids
    alight = _index(poles, stops.alight, len(poles))
    board = None if alight is None else _index(poles, stops.board, alight)
    if alight is None or board is None:
        return None
    ridden = Ridden(
        ride.trip_id,
        ride.service_date,
        board,
        RiderClass(ride.rider_class),
        ride.adults,
        ride.children,
        ride.product,
    )
    return ridden, alight, edition


def _index(poles: Sequence[str], place: Place, before: int) -> int | None:
    """Where a place stands among the poles; a pole passed twice is the last one `before` the end if nobody said."""
    if place.index is not None and place.index < len(poles) and poles[place.index] == place.stop_id:
        return place.index
    found = [index for index, stop_id in enumerate(poles) if stop_id == place.stop_id]
    if len(found) > 1:
        found = [index for index in found if index < before]
    return found[-1] if found else None
