"""A phone's code opens one ride. Shown on two buses without a network it opened two, and both have happened.

Which of them is charged must not depend on which bus was heard first: the first by device, epoch and number is. Of the
others only what the driver took in cash counts; the office sees them all.
"""

from __future__ import annotations

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.ledger.post_group import entries_posted, post_fact
from central.rides.store import Code, Use, set_double
from rules.ledger.entry import taken_back


def settle_uses(connection: Connection, code: Code, uses: list[Use], now: int) -> None:
    """See that of all rides that a code has opened one is charged. They are in the books already."""
    charged, *others = sorted(uses)
    for other in others:
        detail = f"{code.pass_id} {code.moment}/{code.counter}: {other} = {charged}"
        list_incident(connection, Incident(other.device, What.DOUBLE_USE, detail), now)
        if set_double(connection, other, charged):
            back = taken_back(f"double/{other}", entries_posted(connection, f"ride/{other}"))
            if back is not None:
                post_fact(connection, back, now)
