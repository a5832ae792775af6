"""Lots: a member's value by where it came from and how long it is good.

A member sees one balance. What expires first is used first, what was given before what was paid for, the older before
the younger; nobody is asked which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rules.ledger.accounts import AccountRef

NEVER = 2**62
"""Sorts after every expiry."""


class Origin(StrEnum):
    """Where a lot's value came from. The values stand in the ledger and stay stable."""

    PAID = "paid"
    """有償: somebody paid for it."""
    FREE = "free"
    """無償: it was given."""
    PREMIUM = "premium"
    """プレミアム: what a purchase gives beyond its price; free as well."""


@dataclass(slots=True)
class Lot:
    """A lot as it stands. Times are Unix seconds; `expires_at` is the first at which it is not good, None for never.

    `left` are the units in it, `held` those of them that holds keep.
    """

    id: int
    account: AccountRef
    origin: Origin
    programme: str
    issued_at: int
    expires_at: int | None
    left: int = 0
    held: int = 0

    @property
    def free(self) -> int:
        """What no hold keeps."""
        return self.left - self.held

    def is_expired(self, now: int) -> bool:
        """Whether it is not good any more."""
        return self.expires_at is not None and self.expires_at <= now

    def order(self) -> tuple[int, bool, int, int]:
        """The order of use."""
        expires = NEVER if self.expires_at is None else self.expires_at
        return expires, self.origin is Origin.PAID, self.issued_at, self.id


def in_order_of_use(lots: Iterable[Lot]) -> list[Lot]:
    """Those to be used first come first."""
    return sorted(lots, key=Lot.order)
