"""A member's wallet: opened once, charged with cash at the office's desk."""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.ledger.post_orders import Answer, post
from central.ledger.store import is_open, open_account
from central.members.store import Standing, standing_of
from rules.ledger.accounts import member_account
from rules.ledger.charges import cash_charge_order
from rules.money import Yen


class NoMember(StrEnum):
    """Why a wallet cannot be charged before anything is asked of the ledger."""

    UNKNOWN = "unknown-member"
    CLOSED = "member-closed"


def open_member(connection: Connection, member: str) -> None:
    """Open the member's くらポ account, at zero. Again, it changes nothing."""
    open_account(connection, member_account(member))


def charge_cash(
    connection: Connection, member: str, amount: Yen, command: str, now: int
) -> Answer | NoMember:
    """Cash in, くらポ out. The same `command` again gets the same answer. Raises ValueError below 1 yen."""
    if not is_open(connection, member_account(member)):
        return NoMember.UNKNOWN
    if standing_of(connection, member) is Standing.CLOSED:
        return NoMember.CLOSED
    return post(connection, cash_charge_order(command, member, amount), now)
