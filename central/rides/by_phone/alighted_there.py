"""Staff's word on where a forgotten ride by phone ended: an alighting as any other, at the bus's own opening there."""

from __future__ import annotations

from enum import StrEnum

from central.audit.write_down import write_down
from central.database.transaction import Connection
from central.rides.by_phone import store
from central.rides.by_phone.find_openings import LONGEST_TRIP_S, find_openings
from central.rides.by_phone.settle import settle_claim
from central.rides.by_phone.store import RideRow, TripKey
from rules.messages.events import DoorMoved
from rules.ride.outcomes import Movement
from rules.ride.phone_ride import Claim


class NotThere(StrEnum):
    """Why it cannot have ended there, in the office's words."""

    NO_RIDE = "携帯でのその乗車はありません / there is no such ride by phone"
    ENDED = "この乗車は降りた記録があります / where that ride ended is recorded"
    NO_OPENING = (
        "乗ったあと、その停留所でバスのドアが開いた記録がありません / "
        "the bus's door did not open there after the boarding"
    )


def alighted_there(
    connection: Connection, ride_id: int, stop_id: str, staff: str, why: str, now: int
) -> RideRow | NotThere:
    """The ride as it is then. `why` says what the office knows it from; both go into the audit log."""
    found = store.ride_with_id(connection, ride_id)
    if found is None or found[1].known.state == "void":
        return NotThere.NO_RIDE
    key, ride = found
    if ride.known.state not in ("open", "provisional"):
        return NotThere.ENDED
    claim = _claim(connection, key, ride, stop_id, now)
    if claim is None:
        return NotThere.NO_OPENING
    kept = store.add_claim(connection, key.member, f"staff/{ride.name}/{ride.version}", "", claim)
    settle_claim(connection, kept, now)
    facts = {"stop": stop_id, "why": why}
    write_down(connection, f"staff:{staff}", "phone-ride-ended", f"phone-ride:{ride_id}", facts, now)
    after = store.ride_with_id(connection, ride_id)
    return ride if after is None else after[1]


def _claim(connection: Connection, key: TripKey, ride: RideRow, stop_id: str, now: int) -> Claim | None:
    """An alighting when the door first opened there, further along the trip."""
    since = ride.known.board_wall
    moved = store.events_between(connection, key.device, "door-moved", since + 1, since + LONGEST_TRIP_S)
    for record, wall, event in reversed(list(moved)):
        if not isinstance(event, DoorMoved) or (event.trip_id, event.stop_id) != (key.trip_id, stop_id):
            continue
        claim = Claim(key.device, Movement.ALIGHT, wall, now, record)
        further = [each.stop_index or 0 for each in find_openings(connection, claim)]
        if further and further[0] > ride.known.board_index:
            return claim
    return None
