"""Denying a pass: neither it nor what was renewed from it rides any more, and what they kept is free."""

from __future__ import annotations

from central.database.transaction import Connection
from central.devices.down_log import append
from central.ledger.post_orders import post
from central.passes.store import add_denial, denied_among, passes_sharing
from rules.ledger.rides import release_order
from rules.messages.link import PassDenied


def deny_pass(connection: Connection, pass_id: str, reason: str, now: int) -> list[str]:
    """Tell the machines to refuse it, and every pass that shares its holds and has not ended at Unix second `now`.

    The ids of those that were not denied before, in hex; again, it changes nothing. What buses have taken by them and
    tell later is charged to what the member has free, the rest is owed.
    """
    sharing = passes_sharing(connection, pass_id)
    ids = [
        name
        for each in sharing
        if (name := each.issued.body.pass_id.hex()) == pass_id or each.issued.body.valid_until > now
    ]
    denied = denied_among(connection, ids)
    new = [each for each in ids if each not in denied]
    for each in new:
        append(connection, PassDenied(each, reason))
        add_denial(connection, each, reason, now)
    if new:
        # Refused where nothing is held any more, and then there is nothing to give back.
        post(connection, release_order(f"lost/{pass_id}", sharing[0].hold.series), now)
    return new
