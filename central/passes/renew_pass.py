"""Renewing a pass: a new one that begins when the former has ended, with the same hold behind it.

Rides of the former that come late, and rides of the new one, take from one series of holds. A pass that replaces a lost
one is no renewal: it has a series of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from central.database.transaction import Connection
from central.devices.down_log import append
from central.japan import day_of, seconds_of
from central.ledger.post_orders import holds_open, post
from central.passes.issue_pass import Issuer, hold_wanted, rides_held, whole_tens
from central.passes.store import add_pass, denied_among, passes_sharing
from rules.ledger.rides import PassHold, renewed_hold_order
from rules.messages.link import CardAllowed
from rules.money import Yen
from rules.passes.rider_pass import PASS_ID_BYTES, IssuedPass, PassKind, issue

BEGINS_S = 3 * 3600
"""At three in the morning in Japan no bus drives: no ride is open across a change of id."""


class NotRenewed(StrEnum):
    """Why a pass is not renewed, in the office's words."""

    UNKNOWN = "このパスは発行されていません / this pass was not issued here"
    DENIED = "このパスは止められています / this pass was blocked"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is asked for. `party` counts everybody, the holder too; for anything else the former pass counts."""

    pass_id: str
    party: int
    life_hours: int


def renew_pass(connection: Connection, issuer: Issuer, renewal: Renewal, now: int) -> IssuedPass | NotRenewed:
    """The pass that follows on another; asked again it is the same one. Raises ValueError for what has no room.

    It begins at the first three o'clock after `now` at which the former has ended: one holder's periods never overlap.
    """
    sharing = passes_sharing(connection, renewal.pass_id)
    former = next((each for each in sharing if each.issued.body.pass_id.hex() == renewal.pass_id), None)
    if former is None:
        return NotRenewed.UNKNOWN
    if denied_among(connection, [renewal.pass_id]):
        return NotRenewed.DENIED
    following = sharing[sharing.index(former) + 1 :]
    if following:
        return following[0].issued
    body, pass_id = former.issued.body, issuer.random_bytes(PASS_ID_BYTES)
    begun = replace(
        body,
        pass_id=pass_id,
        valid_from=begins_at(max(now, body.valid_until)),
        life_hours=renewal.life_hours,
    )
    series = former.hold.series
    wanted = hold_wanted(issuer.dearest, renewal.party, rides_held(connection, now))
    before = holds_open(connection, [series]).get(series)
    # The former's buses still count on what it keeps.
    amount = wanted if before is None else max(wanted, before.amount)
    command = f"pass/{pass_id.hex()}"
    order = renewed_hold_order(
        command, former.member, series, Yen(amount), begun.valid_until, is_open=before is not None
    )
    post(connection, order, now)
    kept = holds_open(connection, [series])[series].amount
    keys = issuer.keys
    signed_by = keys.cards if body.kind is PassKind.CARD else keys.phones
    issued = issue(replace(begun, hold=whole_tens(min(kept, wanted))), signed_by)
    add_pass(connection, former.member, issued, PassHold(series, wanted))
    if body.kind is PassKind.CARD:
        append(connection, CardAllowed(pass_id.hex()))
    return issued


def begins_at(earliest: int) -> int:
    """The first three o'clock in Japan that is not before Unix second `earliest`."""
    start, next_day = seconds_of(day_of(earliest))
    return start + BEGINS_S if earliest <= start + BEGINS_S else next_day + BEGINS_S
