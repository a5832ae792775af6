"""A phone's code opens one ride. Shown on two buses without a network it opened two, and both have happened.

Which of them is charged must not depend on which bus was heard first: the first by device, epoch and number is. Of the
others only what the driver took in cash counts; the office sees them all.
"""

from __future__ import annotations

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.ledger.post_group import entries_posted, post_fact
from central.rides.store import Use, add_use, find_ride, set_double, uses_of
from rules.ledger.entry import taken_back
from rules.messages.events import RecordRef, Tapped


def note_use(connection: Connection, device: str, here: RecordRef, tap: Tapped, now: int) -> None:
    """A boarding that has just been begun. A card shows the same code always, and is not meant."""
    if not tap.moment:
        return
    use = Use(device, here.epoch, here.number)
    uses = sorted([*uses_of(connection, tap), use])
    add_use(connection, tap, use)
    charged, *others = uses
    for other in others:
        detail = f"{tap.pass_id} {tap.moment}/{tap.counter}: {other} = {charged}"
        list_incident(connection, Incident(other.device, What.DOUBLE_USE, detail), now)
        _let_go(connection, other, charged, now)


def _let_go(connection: Connection, other: Use, charged: Use, now: int) -> None:
    ride = find_ride(connection, other.device, RecordRef(other.epoch, other.number))
    if ride is None:
        return
    back = taken_back(f"double/{other}", entries_posted(connection, f"ride/{other}"))
    if back is not None and not ride.double_of:
        post_fact(connection, back, now)
    set_double(connection, ride, charged)
