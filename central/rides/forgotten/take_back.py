"""A ride was charged without its alighting, and that comes after all: what it was charged goes back."""

from __future__ import annotations

from central.charging.settle_charge import settle_member
from central.database.transaction import Connection
from central.ledger.post_orders import post
from central.rides.corrections.store import read_ride
from central.rides.tickets.charged import back_command, charged_by, posted_for
from central.rides.tickets.rides_by_code import give_up_trip
from central.tickets.store import pass_holds
from rules.ledger.charged_anew import with_holds_anew
from rules.ledger.rides import payer_of, taken_back
from rules.messages.events import RecordRef


def take_back_charge(connection: Connection, device: str, board: RecordRef, now: int) -> None:
    """Give back what the ride of that boarding was charged, so that what its alighting says can be charged."""
    ride = read_ride(connection, device, board)
    assert ride is not None, "what was charged is in the books"
    ride = give_up_trip(connection, ride, now)
    posted = posted_for(connection, ride)
    back, payer = taken_back(back_command(ride.name), charged_by(connection, ride), posted), payer_of(posted)
    if back is not None and payer is not None and payer.kind.has_lots:
        back = with_holds_anew(back, payer.owner, pass_holds(connection, payer.owner))
    if back is not None:
        post(connection, back, now)
    if payer is not None:
        settle_member(connection, payer.owner, now)
