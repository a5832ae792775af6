"""A ride and the ledger: which groups are about it, and which ride a group is about."""

from __future__ import annotations

import re

from central.database.transaction import Connection
from central.logs import store
from central.logs.store import Group
from central.rides.by_phone.store import ride_with_id as phone_ride_with_id
from central.rides.corrections.store import read_ride, ride_with_id
from central.rides.tickets.charged import commands_of
from central.today.filters import BY_CODE, BY_HAND, BY_PHONE
from central.today.rows import Ride
from rules.messages.events import RecordRef

_COMMAND = re.compile(
    r"(?:ride|late|alighted|double|correction|ticket|refund|hand|hand-undone)/"
    r"(?P<device>[^/]+)/(?P<epoch>[^/]+)/(?P<number>[0-9]{1,15})(?:/.*)?"
)
_BY_PHONE = re.compile(r"phone-ride(?:-back)?/(?P<id>[0-9]{1,15})/[0-9]+")


def groups_of_ride(connection: Connection, ride: Ride) -> list[Group]:
    """What the ledger has moved for a ride, in order."""
    if ride.kind == BY_PHONE:
        found = phone_ride_with_id(connection, ride.id)
        return store.groups_of(connection, found[1].commands) if found else []
    if ride.kind == BY_HAND:
        steps = store.steps_of_hand(connection, ride.id)
        named = [f"{each.device}/{each.record.epoch}/{each.record.number}" for each in steps]
        return store.groups_of(
            connection, [f"{verb}/{name}" for name in named for verb in ("hand", "hand-undone")]
        )
    booked = ride_with_id(connection, ride.id)
    if booked is None:
        return []
    moved = store.groups_of(connection, commands_of(connection, booked))
    return [*moved, *store.groups_beginning(connection, f"refund/{booked.name}/")]


def ride_of_command(connection: Connection, command: str) -> Ride | None:
    """The ride that a command of the ledger is about, if it is about one."""
    by_phone = _BY_PHONE.fullmatch(command)
    if by_phone:
        return store.find_ride(connection, BY_PHONE, int(by_phone["id"]))
    named = _COMMAND.fullmatch(command)
    if named is None:
        return None
    ref = RecordRef(named["epoch"], int(named["number"]))
    booked = read_ride(connection, named["device"], ref)
    if booked is not None:
        return store.find_ride(connection, BY_CODE, booked.id)
    found = store.rides_of_record(connection, named["device"], ref)
    return next((each for each in found if each.kind == BY_HAND), None)
