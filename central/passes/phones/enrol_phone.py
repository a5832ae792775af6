"""Giving a member's phone its passes. One phone of a member rides at a time; another one takes its place on request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.ledger.post_orders import free_balance, holds_open, post
from central.members.store import Standing, standing_of
from central.passes.deny_pass import deny_pass
from central.passes.issue_pass import (
    Issuer,
    PassWanted,
    hold_for,
    hold_wanted,
    issue_phone_pass,
    rides_held,
)
from central.passes.phones import store
from central.passes.phones.store import Began, PhoneRow
from central.passes.renew_pass import Renewal, begins_at, renew_pass
from central.passes.replace_pass import Lost, replace_pass
from central.passes.store import KnownPass, denied_among, passes_sharing
from rules.ledger.rides import RIDE_UNITS, release_order
from rules.passes.rider_pass import IssuedPass, PassFlag, RiderClass

LIFE_DAYS = 7
"""No rule of the office: it renews itself unseen, and one with RENEW_WITHIN_S says how long a phone may be offline."""
RENEW_WITHIN_S = 4 * 86_400
"""A pass that ends so soon gets its next one: a phone that is online every third day never runs out."""
MOST_PARTY = 9
"""For so many at most a phone may ask money to be set aside. No rule of the office: `code.js` in phones has it too."""
MOST_REPLACED = 3
REPLACED_WITHIN_S = 7 * 86_400
"""What a lost phone kept is free at once, although a bus may have taken from it: not again and again."""
OTHER_PHONE = "another phone took its place"
_HOUR_S = 3_600


class NotEnrolled(StrEnum):
    """Why a phone gets no pass. The values go to the page and stay stable."""

    OTHER_PHONE = "other-phone"
    """Another phone of this member rides, and nobody has said that this one takes its place."""
    TOO_OFTEN = "too-often"
    """Replaced three times in a week: the counter helps."""
    STOPPED = "stopped"
    """The account is blocked or closed."""
    OTHER_ASKED = "other-asked"
    """The id was used before, for another phone."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a phone asks: `command` is the id that it made and stored, `public` its P-256 key, 33 bytes compressed.

    `party` counts those for whom fares are set aside, the holder too. `began` says what for.
    """

    command: str
    member: str
    rider_class: RiderClass
    public: bytes
    party: int = 1
    began: Began = Began.NEW
    flags: PassFlag = PassFlag.GROUP


def enrol_phone(
    connection: Connection, issuer: Issuer, asked: Enrolment, now: int
) -> list[IssuedPass] | NotEnrolled:
    """The passes of the phone; of those in force, the last one counts. The same command again changes nothing.

    A phone that rides gets what it has. MORE gives it another pass whose hold is what the member has now; the one
    before keeps its own until it ends, since buses may have taken from it. Raises ValueError for what has no room.
    """
    before = store.find_row(connection, asked.command)
    if before is not None and (before.member, before.public) != (asked.member, asked.public):
        return NotEnrolled.OTHER_ASKED
    riding = passes_of_phone(connection, asked.member, now)
    rides_here = any(each.issued.body.public_key == asked.public for each in riding)
    if rides_here and (before is not None or asked.began is not Began.MORE):
        return [each.issued for each in riding]
    refused = _refused(connection, asked, riding, now, is_this=rides_here)
    if refused is not None:
        return refused
    issued = _issue(connection, issuer, asked, riding, now, is_this=rides_here)
    command = asked.command if before is None else f"{asked.command}/{issued.body.pass_id.hex()}"
    began = Began.MORE if rides_here else Began.REPLACED if riding else Began.NEW
    row = PhoneRow(command, asked.member, asked.public, issued.body.pass_id.hex(), began)
    store.add_row(connection, row, now)
    return [each.issued for each in passes_of_phone(connection, asked.member, now)]


def passes_of_phone(connection: Connection, member: str, now: int) -> list[KnownPass]:
    """The passes of the member's phone that may ride and have not ended at Unix second `now`, in order of asking."""
    found = [
        each
        for row in store.rows_of_phone(connection, member)
        for each in passes_sharing(connection, row.pass_id)
        if each.issued.body.valid_until > now
    ]
    denied = denied_among(connection, [each.issued.body.pass_id.hex() for each in found])
    return [each for each in found if each.issued.body.pass_id.hex() not in denied]


def renew_phone(
    connection: Connection, issuer: Issuer, member: str, party: int, now: int
) -> list[IssuedPass]:
    """The phone's passes, with the next one of that which ends soon. Again, it changes nothing.

    Passes by a commuter pass are not renewed here: they follow what was sold.
    """
    paying = [each for each in passes_of_phone(connection, member, now) if not each.issued.body.product]
    if paying and standing_of(connection, member) is Standing.GOOD:
        last = paying[-1].issued.body
        if last.valid_until - now < RENEW_WITHIN_S:
            renew_pass(connection, issuer, Renewal(last.pass_id.hex(), party, 24 * LIFE_DAYS), now)
    return [each.issued for each in passes_of_phone(connection, member, now)]


def could_hold_more(connection: Connection, issuer: Issuer, known: KnownPass, party: int, now: int) -> bool:
    """Whether a pass asked for as MORE would let buses take more than this one does."""
    if known.issued.body.product:
        return False
    kept = holds_open(connection, [known.hold.series]).get(known.hold.series)
    takes = min(kept.amount if kept else 0, known.issued.body.hold)
    free = free_balance(connection, known.member, RIDE_UNITS, now)
    if kept and _is_untouched(connection, known):
        free += kept.amount
    return hold_for(free, hold_wanted(issuer.dearest, party, rides_held(connection, now))) > takes


def _refused(
    connection: Connection, asked: Enrolment, riding: list[KnownPass], now: int, *, is_this: bool
) -> NotEnrolled | None:
    if standing_of(connection, asked.member) is not Standing.GOOD:
        return NotEnrolled.STOPPED
    if not riding or is_this:
        return None
    if asked.began is not Began.REPLACED:
        return NotEnrolled.OTHER_PHONE
    often = store.count_replaced(connection, asked.member, now - REPLACED_WITHIN_S)
    return NotEnrolled.TOO_OFTEN if often >= MOST_REPLACED else None


def _issue(
    connection: Connection,
    issuer: Issuer,
    asked: Enrolment,
    riding: list[KnownPass],
    now: int,
    *,
    is_this: bool,
) -> IssuedPass:
    # It ends at three in the morning, so that the next one begins at once.
    begins = now - now % _HOUR_S
    ends = begins_at(now + (LIFE_DAYS - 1) * 86_400)
    wanted = PassWanted(
        asked.member, asked.rider_class, asked.party, begins, (ends - begins) // _HOUR_S, asked.flags
    )
    if not riding:
        return issue_phone_pass(connection, issuer, wanted, asked.public, now)
    if is_this:
        for each in riding:
            if _is_untouched(connection, each):
                post(
                    connection,
                    release_order(f"untouched/{asked.command}/{each.hold.series}", each.hold.series),
                    now,
                )
        return issue_phone_pass(connection, issuer, wanted, asked.public, now)
    *others, last = riding
    for each in others:
        deny_pass(connection, each.issued.body.pass_id.hex(), OTHER_PHONE, now)
    pass_id = last.issued.body.pass_id.hex()
    lost = Lost(pass_id, OTHER_PHONE, f"phone/{asked.command}/{pass_id}")
    issued = replace_pass(connection, issuer, lost, wanted, now, asked.public)
    assert isinstance(issued, IssuedPass), "it is this member's"
    return issued


def _is_untouched(connection: Connection, known: KnownPass) -> bool:
    """A pass that says zero and has never ridden: no bus can have taken anything from its hold."""
    body = known.issued.body
    return not body.hold and not body.product and not store.has_ridden(connection, body.pass_id.hex())
