"""A phone's code opens one ride. Shown on two buses without a network it opened two, and both have happened.

Which of them is charged must not depend on which bus was heard first: the first by device, epoch and number is. Of the
others only what the driver took in cash counts; the office sees them all.
"""

from __future__ import annotations

from central.charging.settle_charge import settle_member
from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.ledger.post_orders import post
from central.rides.corrections.settle_ride import settle_ride
from central.rides.corrections.store import read_ride
from central.rides.store import Code, Use, set_double
from central.rides.tickets.charged import charged_by, posted_for
from central.rides.tickets.rides_by_code import give_up_trip
from central.rides.tickets.settle_tickets import settle_tickets_of
from rules.ledger.rides import payer_of, taken_back
from rules.messages.events import RecordRef


def settle_uses(connection: Connection, code: Code, uses: list[Use], now: int) -> None:
    """See that of all rides that a code has opened one is charged. They are in the books already."""
    charged, *others = sorted(uses)
    for other in others:
        detail = f"{code.pass_id} {code.moment}/{code.counter}: {other} = {charged}"
        list_incident(connection, Incident(other.device, What.DOUBLE_USE, detail), now)
        ride = read_ride(connection, other.device, RecordRef(other.epoch, other.number))
        if ride is not None:
            give_up_trip(connection, ride, now)
        if set_double(connection, other, charged):
            _take_back(connection, other, now)


def _take_back(connection: Connection, use: Use, now: int) -> None:
    board = RecordRef(use.epoch, use.number)
    ride = read_ride(connection, use.device, board)
    if ride is None:
        return
    posted = posted_for(connection, ride)
    back, payer = taken_back(f"double/{use}", charged_by(connection, ride), posted), payer_of(posted)
    if back is not None:
        post(connection, back, now)
    if payer is not None:
        settle_member(connection, payer.owner, now)
    # What waits for staff may be no dearer than the cash, which is all that the ride costs now.
    settle_ride(connection, use.device, board, now)
    settle_tickets_of(connection, ride.pass_id, now)
