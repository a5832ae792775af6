"""A member's wallet: opened once, charged with cash at the office's desk."""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.ledger.post_group import Posted, Refused, Repeated, post
from central.ledger.store import find_account, open_account
from rules.ledger.entry import charge_entries, member_account
from rules.money import Yen


class NoMember(StrEnum):
    """Why a wallet cannot be charged before anything is asked of the ledger."""

    UNKNOWN = "unknown-member"


def open_member(connection: Connection, member: str) -> None:
    """Open the member's くらポ account, at zero. Again, it changes nothing."""
    open_account(connection, member_account(member))


def charge_cash(
    connection: Connection, member: str, amount: Yen, command: str, now: int
) -> Posted | Repeated | Refused | NoMember:
    """Cash in, くらポ out. The same `command` again gets the same answer. Raises ValueError below 1 yen."""
    if find_account(connection, member_account(member)) is None:
        return NoMember.UNKNOWN
    return post(connection, charge_entries(command, member, amount), now)
