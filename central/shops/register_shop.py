"""Shops that take the currency: added, closed."""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.shops.store import add_shop, find_shop, set_closed
from rules.ledger.accounts import MAX_NAME


class NotRegistered(StrEnum):
    """Why a shop is neither added nor closed, in words."""

    BAD_ID = "店の番号と名前を入れてください（200字まで） / give the shop an id and a name of at most 200 characters"
    THERE = "この番号の店はもうあります。shops list で確かめてください / there is a shop of that id: see shops list"
    UNKNOWN = "この番号の店はありません。shops list で確かめてください / there is no shop of that id: see shops list"


def register_shop(connection: Connection, shop: str, name: str, now: int) -> NotRegistered | None:
    """Add a shop; why not, if it cannot be. The same one again changes nothing."""
    if not (len(shop.strip()) > 0 and len(name.strip()) > 0 and max(len(shop), len(name)) <= MAX_NAME):
        return NotRegistered.BAD_ID
    before = find_shop(connection, shop)
    if before is not None:
        return None if (before.name, before.closed_at) == (name, None) else NotRegistered.THERE
    add_shop(connection, shop, name, now)
    return None


def close_shop(connection: Connection, shop: str, now: int) -> NotRegistered | None:
    """The shop takes nothing any more; what it took stays to be settled. Again, it changes nothing."""
    found = find_shop(connection, shop)
    if found is None:
        return NotRegistered.UNKNOWN
    if found.closed_at is None:
        set_closed(connection, shop, now)
    return None
