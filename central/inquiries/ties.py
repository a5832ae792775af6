"""What an inquiry can be tied to: a ride, a charge by card, a claim of points. A tie is text, as "ride:12"."""

from __future__ import annotations

from dataclasses import dataclass

from central.charging.store import charges_of, find_charge
from central.database.transaction import Connection
from central.japan import clock_text, day_of
from central.kiosks.store import claim_numbered, claims_without_points
from central.network.editions.store import find_edition
from central.rides.by_phone.store import ride_with_id, rides_of_member
from central.rides.receipts.store import rides_of, timed_ride
from central.words.names import Names

MOST = 10
"""Of each kind among the choices."""
CLAIMS_S = 90 * 86_400
MOST_NUMBER = 2**62


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a member may ask about: `kind` is a key of `words.TIES`, `label` names it for the office."""

    tie: str
    kind: str
    label: str


def owner_of(connection: Connection, tie: str) -> str | None:
    """The member whose it is; None for what is not there."""
    kind, _, name = tie.partition(":")
    if kind == "charge":
        asked = find_charge(connection, name)
        return asked.charge.member if asked else None
    if not (name.isascii() and name.isdigit()) or int(name) > MOST_NUMBER:
        return None
    match kind:
        case "ride":
            timed = timed_ride(connection, int(name))
            return timed.member if timed else None
        case "phone-ride":
            found = ride_with_id(connection, int(name))
            return found[0].member if found else None
        case "claim":
            claim = claim_numbered(connection, int(name))
            return claim.member if claim else None
    return None


def choices_of(connection: Connection, member: str, now: int) -> list[Choice]:
    """A member's last rides, charges, and claims that brought nothing, the newest of each kind first."""
    names, today = Names(lambda number: find_edition(connection, number), ()), day_of(now)
    found = []
    for timed in rides_of(connection, member, MOST):
        ride = timed.ride
        journey = _journey(names, ride.edition, ride.board_stop_id, ride.alight_stop_id)
        found.append(Choice(f"ride:{ride.id}", "ride", f"{clock_text(timed.boarded_at, today)} {journey}"))
    for _, row in rides_of_member(connection, member, MOST):
        known = row.known
        journey = _journey(names, known.edition, known.board_stop_id, known.alight_stop_id)
        at = clock_text(known.board_wall, today)
        found.append(Choice(f"phone-ride:{row.id}", "phone-ride", f"{at} {journey}"))
    for asked, _state in charges_of(connection, member)[: -MOST - 1 : -1]:
        at = clock_text(asked.asked_at, today)
        charge = asked.charge
        found.append(Choice(f"charge:{charge.id}", "charge", f"{at} {charge.amount:,}円"))
    for claim in claims_without_points(connection, member, now - CLAIMS_S)[: -MOST - 1 : -1]:
        at = clock_text(claim.asked_at, today)
        found.append(Choice(f"claim:{claim.id}", "claim", f"{at} {claim.name.device} {claim.points:,}"))
    return found


def _journey(names: Names, edition: int, start: str | None, end: str | None) -> str:
    return " → ".join(names.stop(edition, stop or "") or "？" for stop in (start, end))
