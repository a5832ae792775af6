"""Taking in a touch on a member's phone: once, by the id that the phone made and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from central.database.transaction import Connection
from central.devices.register_device import DeviceKind
from central.devices.store import find_device
from central.members.store import Standing, standing_of
from central.rides.by_phone import store
from central.rides.by_phone.read_claim import AskedClaim, read_claim
from central.rides.by_phone.settle import settle_claim
from rules.passes.bus_code import is_genuine
from rules.ride.outcomes import Movement
from rules.ride.phone_ride import NotTaken, Opening

AHEAD_S = 10 * 60
"""So far may a phone's clock be ahead of the office's."""
MOST_A_DAY = 60
"""So many claims of one member are taken within a day."""
DAY_S = 24 * 3600
KEPT_S = 14 * 24 * 3600
"""So long may a claim wait on a phone."""


@dataclass(frozen=True, slots=True)
class Taken:
    """It is in the books. `opening` is None while the bus's records are not here."""

    claim_id: int
    opening: Opening | None


def take_claim(connection: Connection, member: str, asked: Mapping[str, Any], now: int) -> Taken | NotTaken:
    """What becomes of the claim that a member's page sends at Unix second `now`.

    The same id again, or the same code and movement under another id, gets what became of the first.
    """
    read = read_claim(asked)
    if isinstance(read, NotTaken):
        return read
    kept = store.claim_by_command(connection, member, read.command)
    if kept is not None and kept.asked != read.fingerprint:
        return NotTaken.OTHER_CLAIM
    kept = kept or store.claim_by_opening(connection, member, read)
    if kept is None:
        refused = _refusal(connection, member, read, now)
        if refused is not None:
            return refused
        kept = store.add_claim(connection, member, read.command, read.fingerprint, read.heard_at(now))
        settle_claim(connection, kept, now)
    found = store.place_of(connection, kept.id)
    return found if isinstance(found, NotTaken) else Taken(kept.id, found)


def _refusal(connection: Connection, member: str, asked: AskedClaim, now: int) -> NotTaken | None:
    bus = find_device(connection, asked.bus)
    if bus is None or bus.kind != DeviceKind.BUS:
        return NotTaken.UNKNOWN_BUS
    if asked.code is not None and not is_genuine(asked.code, bus.signing_key):
        return NotTaken.BAD_SIGNATURE
    if asked.moment > now + AHEAD_S:
        return NotTaken.AHEAD
    if asked.moment < now - KEPT_S:
        return NotTaken.TOO_OLD
    if asked.movement is Movement.BOARD and standing_of(connection, member) is not Standing.GOOD:
        return NotTaken.STOPPED
    taken = store.count_claims(connection, member, now - DAY_S)
    return NotTaken.TOO_MANY if taken >= MOST_A_DAY else None
