"""Writing down who did what, in the transaction of the act itself: there is no act without its entry."""

from __future__ import annotations

import json
from collections.abc import Mapping

from central.audit import store
from central.audit.chain import START, next_head
from central.database.transaction import Connection

SYSTEM = "system"
"""Who it was when nobody was there: the server itself, or whoever sits at its command line."""


def write_down(
    connection: Connection, who: str, what: str, about: str, detail: Mapping[str, str | int], now: int
) -> None:
    """Add an entry at Unix second `now`.

    `who` is "staff:<name>", "member:<id>" or SYSTEM; `what` the act, as "card-blocked"; `about` whom or what it was
    done to, as "member:<id>". `detail` holds further facts: never a secret, a code, a card's text, a member's name.
    """
    last = store.last_entry(connection)
    number, head = (1, START) if last is None else (last.id + 1, last.chain)
    facts = json.dumps(dict(detail), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    chain = next_head(head, number, now, who, what, about, facts)
    store.add_entry(connection, store.Entry(number, now, who, what, about, facts, chain))
