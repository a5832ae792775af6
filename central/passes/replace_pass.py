"""Replacing a lost card or phone: the old pass is denied first, then its member gets another, with all their lots."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.database.transaction import Connection
from central.devices.down_log import append
from central.ledger.post_orders import post
from central.passes.issue_pass import Issuer, PassWanted, issue_card, issue_phone_pass
from central.passes.store import holders_of
from rules.ledger.rides import release_order
from rules.messages.link import PassDenied
from rules.passes.rider_pass import IssuedPass


class NotReplaced(StrEnum):
    """Why a pass is not replaced, in the office's words."""

    NOT_THEIRS = "この利用者のパスではありません / this is not a pass of this member"


@dataclass(frozen=True, slots=True)
class Lost:
    """A pass by its id in hex, and why it may not ride any more, as machines are told."""

    pass_id: str
    reason: str


def replace_pass(
    connection: Connection,
    issuer: Issuer,
    lost: Lost,
    wanted: PassWanted,
    now: int,
    phone_public: bytes | None = None,
) -> IssuedPass | NotReplaced:
    """A card, or a pass for the phone with this key, in place of a lost one of the same member.

    All in the transaction of `connection`: the denial stands in the machines' log before the new pass does, and what
    the old one kept is free by then. What buses have taken by the old one and tell later is charged to what the member
    has free, the rest is owed. Raises ValueError for what has no room.
    """
    holder = holders_of(connection, [lost.pass_id]).get(lost.pass_id)
    if holder is None or holder.member != wanted.member:
        return NotReplaced.NOT_THEIRS
    append(connection, PassDenied(lost.pass_id, lost.reason))
    # Refused where nothing is held any more, and then there is nothing to give back.
    post(connection, release_order(f"lost/{lost.pass_id}", holder.hold.series), now)
    if phone_public is None:
        return issue_card(connection, issuer, wanted, now)
    return issue_phone_pass(connection, issuer, wanted, phone_public, now)
