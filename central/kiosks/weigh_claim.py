"""Whether a claim is good, cannot be, or has to wait: by the code, its record, and all claims before it.

A claim is given only if it stands whatever becomes of those before it that wait, and refused only if none of them can
change that; else it waits with them. So the points end the same whenever the kiosk's records come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from central.database.transaction import Connection
from central.devices.down_log import append
from central.devices.list_incident import Incident, What, list_incident
from central.japan import day_of
from central.kiosks import store
from central.kiosks.kiosk import Kiosk
from central.kiosks.store import Claim, CodeName, State
from central.points.grant_points import NotGiven, grant_points
from central.points.store import granted_to
from central.programmes.keep_programmes import find_programme
from rules.messages.link import CodeClaimed

FUTURE_S = 300
"""So far ahead of the office a kiosk's clock may be before that is odd."""
_HOUR_S = 3600


class NotClaimed(StrEnum):
    """Why there are no points. The page has words for each; the values stand in the database and stay stable."""

    NOT_A_CODE = "point-strange"
    """Nothing that a kiosk of ours has signed."""
    UNKNOWN_KIOSK = "point-kiosk"
    """No kiosk has that number, or it was revoked."""
    WRONG_POINTS = "point-visit"
    """The kiosk has no such visit, or it is worth something else."""
    STOPPED = "stopped"
    """The member's account is stopped or closed."""
    EXPIRED = "point-expired"
    """Too late."""
    USED = "point-used"
    """As many as may have claimed it."""
    TAKEN_BACK = "point-undone"
    """The kiosk took the code back."""
    CAP_OF_MEMBER = "point-cap-member"
    """The member has had what one may get in all, or in a day."""
    CAP_OF_KIOSK = "point-cap-kiosk"
    """The kiosk has given all that it may in a day."""
    CLOSED = "point-closed"
    """The programme does not give points, or has none left."""
    BY_STAFF = "point-staff"
    """Staff give no points without the kiosk's record; with it they come by themselves."""


class Waits(StrEnum):
    """Why a claim has to wait."""

    RECORD = "record"
    """The kiosk's record of the code is not here yet, or what it means is not known yet."""
    OTHERS = "others"
    """Others that wait come first."""


_REFUSED = {
    NotGiven.CAP_PER_PERSON: NotClaimed.CAP_OF_MEMBER,
    NotGiven.CAP_PER_DAY: NotClaimed.CAP_OF_MEMBER,
}


@dataclass(frozen=True, slots=True)
class _Room:
    """Something that only so much can be had of: what is given of it, and what those before wait for."""

    cap: int
    given: int
    waiting: int
    why: NotClaimed

    def for_more(self, amount: int) -> NotClaimed | Waits | None:
        """Why there is none for so much more."""
        if self.given + amount > self.cap:
            return self.why
        return Waits.OTHERS if self.given + self.waiting + amount > self.cap else None


def settle_claim(connection: Connection, claim: Claim, now: int) -> State:
    """Give the points of a claim that is kept as pending, refuse it, or let it wait; and tell the kiosk."""
    kiosk = _kiosk_of(connection, claim)
    found = NotClaimed.UNKNOWN_KIOSK if kiosk is None else _weigh(connection, kiosk, claim)
    if isinstance(found, Waits):
        return State.PENDING
    if found is None:
        found = _give(connection, claim, now)
    if found is None:
        return State.GIVEN
    store.put_state(connection, claim.id, State.REFUSED, found)
    if found is NotClaimed.USED:
        # Of one code, every further use is listed.
        again = Incident(claim.name.device, What.CODE_AGAIN, _says(claim.name))
        list_incident(connection, again, now)
    return State.REFUSED


def settle_waiting(connection: Connection, now: int) -> None:
    """Let claims that wait, and those refused by staff for want of a record that is here now, follow what is known."""
    reopened = [
        claim.id
        for claim in store.refused_claims(connection, NotClaimed.BY_STAFF)
        if not waits_for_record(connection, claim)
    ]
    for claim_id in reopened:
        store.put_state(connection, claim_id, State.PENDING)
    for claim in store.pending_claims(connection):
        state = settle_claim(connection, claim, now)
        if state is State.REFUSED or claim.id in reopened:
            tell_kiosk(connection, claim)


def waits_for_record(connection: Connection, claim: Claim) -> bool:
    """Whether nothing but the kiosk's own record of the code can settle the claim: that of a machine may never come."""
    kiosk = _kiosk_of(connection, claim)
    if kiosk is None or claim.by_card or store.is_undone(connection, claim.name):
        return False
    return _by_time(connection, kiosk, claim) is Waits.RECORD


def give_without_record(connection: Connection, claim: Claim, now: int) -> NotClaimed | Waits | None:
    """Give the points of a claim that waits for its record; why not, if all else that holds for it is against it."""
    if _kiosk_of(connection, claim) is None:
        return NotClaimed.UNKNOWN_KIOSK
    found = _weigh_room(connection, claim)
    return _give(connection, claim, now) if found is None else found


def kiosk_when_made(
    connection: Connection, device: str, visit: int, points: int, moment: int | None, asked_at: int
) -> Kiosk | None:
    """The kiosk as it was set when it made a code for that visit at its Unix second `moment`, None for not known.

    A kiosk that was not told of new settings gives what it knew: then, as without a moment, it is the kiosk as it last
    was with that visit at those points. A clock ahead of the office's does not bring tomorrow's settings.
    """
    when = asked_at if moment is None else min(moment, asked_at + FUTURE_S)
    return store.kiosk_with_visit(connection, device, visit, points, day_of(when))


def tell_kiosk(connection: Connection, claim: Claim) -> None:
    """How many may still claim the code, to the machines' list, in the transaction that changed it."""
    taken = store.claims_of(connection, claim.name, State.GIVEN, State.PENDING, State.UNDONE)
    left = max(0, claim.count - len(taken))
    append(connection, CodeClaimed(claim.name.device, claim.name.number, claim.name.moment, left))


def _weigh(connection: Connection, kiosk: Kiosk, claim: Claim) -> NotClaimed | Waits | None:
    if store.is_undone(connection, claim.name):
        return NotClaimed.TAKEN_BACK
    by_time = None if claim.by_card else _by_time(connection, kiosk, claim)
    return by_time or _weigh_room(connection, claim)


def _weigh_room(connection: Connection, claim: Claim) -> NotClaimed | Waits | None:
    answers = [room.for_more(amount) for room, amount in _rooms(connection, claim)]
    refused = next((answer for answer in answers if isinstance(answer, NotClaimed)), None)
    return refused or next((answer for answer in answers if answer), None)


def _by_time(connection: Connection, kiosk: Kiosk, claim: Claim) -> NotClaimed | Waits | None:
    made = store.find_code(connection, claim.name)
    valid_s = kiosk.valid_hours * _HOUR_S
    if claim.knows_moment:
        moment = claim.name.moment
        if claim.asked_at > moment + valid_s:
            return NotClaimed.EXPIRED
        is_odd = moment > claim.asked_at + FUTURE_S or not kiosk.is_open_at(moment)
        return Waits.RECORD if is_odd and made is None else None
    if made is None or not made.settled:
        return Waits.RECORD
    # Nobody will ever know when a code was made in a power-on that learned no time: its record has to do.
    is_late = made.made_at is not None and claim.asked_at > made.made_at + valid_s
    return NotClaimed.EXPIRED if is_late else None


def _rooms(connection: Connection, claim: Claim) -> list[tuple[_Room, int]]:
    """Everything that only so much can be had of, and how much of it the claim wants."""
    given = store.claims_of(connection, claim.name, State.GIVEN)
    waiting = [each for each in store.claims_of(connection, claim.name, State.PENDING) if each.id < claim.id]
    rooms = [(_Room(claim.count, len(given), len(waiting), NotClaimed.USED), 1)]
    device, day = claim.name.device, date.fromisoformat(claim.day)
    kiosk = store.kiosk_of(connection, device, day)
    if kiosk is not None and kiosk.cap_per_day is not None:
        had = store.points_given_at(connection, device, claim.day)
        waits = store.points_waiting_at(connection, device, claim.day, claim.id)
        rooms.append((_Room(kiosk.cap_per_day, had, waits, NotClaimed.CAP_OF_KIOSK), claim.points))
    kept = find_programme(connection, claim.programme, day)
    if kept is None:
        return rooms
    in_all, that_day = granted_to(connection, claim.programme, claim.member, day)
    its = (connection, claim.programme, claim.member, claim.id)
    caps = (
        (kept.programme.cap_per_person, in_all, store.points_waiting(*its)),
        (kept.programme.cap_per_day, that_day, store.points_waiting(*its, claim.day)),
    )
    for cap, had, waits in caps:
        if cap is not None:
            rooms.append((_Room(cap, had, waits, NotClaimed.CAP_OF_MEMBER), claim.points))
    return rooms


def _give(connection: Connection, claim: Claim, now: int) -> NotClaimed | None:
    places = {each.place for each in store.claims_of(connection, claim.name, State.GIVEN)}
    place = next(number for number in range(1, claim.count + 1) if number not in places)
    granted = grant_points(
        connection,
        claim.programme,
        claim.member,
        claim.points,
        claim.name.device,
        grant_number(claim.name, place),
        now,
        claim.asked_at,
    )
    if isinstance(granted, NotGiven):
        return _REFUSED.get(granted, NotClaimed.CLOSED)
    store.put_state(connection, claim.id, State.GIVEN, place=place)
    return None


def grant_number(name: CodeName, place: int) -> str:
    """What the points of one place of a code go by, of those that its kiosk gives."""
    return f"{name.number}-{name.moment}-{place}"


def _kiosk_of(connection: Connection, claim: Claim) -> Kiosk | None:
    moment = claim.name.moment if claim.knows_moment else None
    its = (claim.visit, claim.points, moment, claim.asked_at)
    return kiosk_when_made(connection, claim.name.device, *its)


def _says(name: CodeName) -> str:
    return f"{name.number} ({name.moment})"
