"""The accounts of the ledger: what they are for, in which unit they count, which of them may fall below zero.

What people and shops hold is above zero; where value comes in, at the cash desk for example, the balance falls below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NewType

MAX_NAME = 200
"""Characters in an account's owner, and in every other name the ledger keeps."""
NO_NAME = "\0"
"""The one character no name has: SQLite's json_each ends there, and what was stored would not be found again."""

Unit = NewType("Unit", str)
"""What is counted. Units never mix: in each of them every event sums to zero."""

KURAPO: Final = Unit("kurapo")
"""くらポ: 1 is worth 1 yen."""
RIDE_VALUE: Final = Unit("ride")
"""What a bus ticket (バス回数券) is worth on the bus, in yen."""


def trips(product: int) -> Unit:
    """Single trips of a return ticket (往復券), by its product's number."""
    return Unit(f"trips/{product}")


class AccountKind(StrEnum):
    """What an account is for. The values stand in the ledger and stay stable."""

    MEMBER = "member"
    """What a member has, in lots."""
    SHOP = "shop"
    """What a shop has taken and has not been paid out yet."""
    SHOP_OWES = "shop-owes"
    """What a shop was paid out for and has given back to members since, below zero."""
    BUDGET = "budget"
    """What a programme may still give away; its owner is the programme."""
    ISSUER = "issuer"
    """Where value comes from that nobody paid for here, below zero by it; its owner is the programme."""
    CASH_DESK = "cash-desk"
    """Cash taken at the office, below zero by what was charged for it, less what was given back there."""
    CARD_GATEWAY = "card-gateway"
    """What the card company owes, below zero by what was charged by card; its owner is the gateway's mode."""
    DRIVER_CASH = "driver-cash"
    """Cash taken at the door and not handed in yet, below zero by what was ridden for it."""
    CASH_DIFFERENCE = "cash-difference"
    """過不足金: what a count found beyond the books, below zero by what was missing; its owner is the till or bus."""
    FARES_EARNED = "fares-earned"
    SOLD = "sold"
    """What was paid for tickets and commuter passes."""
    EXPIRED = "expired"
    """What nobody used in time."""
    OWED = "owed"
    """What a member used and could not pay, below zero."""
    SUSPENSE = "suspense"
    """Rides on a pass that the office does not know, below zero until somebody says whose it is."""

    # An Enum's own is written in Python, and every payment asks for some twenty.
    __hash__ = str.__hash__

    @property
    def has_lots(self) -> bool:
        """Whether its value lies in lots."""
        return self is AccountKind.MEMBER

    @property
    def may_go_below_zero(self) -> bool:
        """Whether the account has no floor."""
        return self not in (AccountKind.MEMBER, AccountKind.SHOP, AccountKind.BUDGET)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Names an account.

    `owner` is a member's or shop's id, a programme's, a pass id in suspense, "" for the village's own.
    """

    kind: AccountKind
    owner: str = ""
    unit: Unit = KURAPO

    def __post_init__(self) -> None:
        if len(self.owner) > MAX_NAME or NO_NAME in self.owner:
            message = f"an account's owner has at most {MAX_NAME} characters, none of them NUL"
            raise ValueError(message)

    def counted_in(self, unit: Unit) -> AccountRef:
        """The account of the same kind and owner in another unit."""
        return self if unit == self.unit else replace(self, unit=unit)


def member_account(member: str, unit: Unit = KURAPO) -> AccountRef:
    """What a member has in a unit."""
    return AccountRef(AccountKind.MEMBER, member, unit)


def suspense_account(pass_id: str) -> AccountRef:
    """Where rides on an unknown pass wait."""
    return AccountRef(AccountKind.SUSPENSE, pass_id)


def owed_account(member: str) -> AccountRef:
    """What a member owes."""
    return AccountRef(AccountKind.OWED, member)
