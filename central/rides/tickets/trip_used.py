"""Which trip of a return ticket has paid for a ride, as receipts say it."""

from __future__ import annotations

from central.database.transaction import Connection
from central.rides.tickets.store import trips_used
from central.tickets.store import find_sale
from rules.products.return_ticket import TRIPS
from rules.ride.receipt import TripUsed


def trip_used(connection: Connection, sale: str, ride: str) -> TripUsed | None:
    """The trip of that sale that pays for the ride of that name; None where `sale` is "" or unknown."""
    found = find_sale(connection, sale) if sale else None
    if found is None:
        return None
    number = trips_used(connection, found.command).index(ride) + 1
    return TripUsed(f"{found.one_end} ⇄ {found.other_end}", number, TRIPS * found.count)
