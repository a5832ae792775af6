"""Handing out a card, once for whoever asks."""

from __future__ import annotations

from central.database.transaction import Connection
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from central.passes.store import PassRequest, add_request, find_pass, find_request
from rules.passes.rider_pass import IssuedPass


def hand_out_card(
    connection: Connection, issuer: Issuer, wanted: PassWanted, command: str, now: int
) -> IssuedPass | None:
    """A card of the member's; the same `command` again gets the same one, None where it asked for something else.

    Raises ValueError for what has no room, and for a member whose account is closed.
    """
    before = find_request(connection, command)
    if before is not None:
        if (before.member, before.public_key, before.lost) != (wanted.member, "", ""):
            return None
        known = find_pass(connection, before.pass_id)
        assert known is not None, "a pass that was asked for is kept"
        return known.issued
    issued = issue_card(connection, issuer, wanted, now)
    add_request(connection, PassRequest(command, wanted.member, "", "", issued.body.pass_id.hex()), now)
    return issued
