"""The stops that a ride's trip goes by, of which staff choose."""

from __future__ import annotations

from central.database.transaction import Connection
from central.network.editions.store import find_edition
from central.rides.corrections.rows import BookedRide, Place


def poles_of(connection: Connection, ride: BookedRide) -> tuple[tuple[str, str], ...]:
    """Name and English name of every stop of the ride's trip in order; () where its edition is not here."""
    edition = find_edition(connection, ride.edition)
    if edition is None or ride.trip_id not in edition.trips:
        return ()
    stops = [edition.stops[stop_id] for stop_id in edition.pattern_of(ride.trip_id).stop_ids]
    return tuple((stop.name, stop.name_en) for stop in stops)


def places_of(connection: Connection, ride: BookedRide) -> tuple[Place, ...]:
    """The same as places; () where its edition is not here."""
    edition = find_edition(connection, ride.edition)
    if edition is None or ride.trip_id not in edition.trips:
        return ()
    return tuple(Place(stop, at) for at, stop in enumerate(edition.pattern_of(ride.trip_id).stop_ids))
