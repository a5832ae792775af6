"""What the counter keeps: receipts, tills' days, counts, settings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.cash import CashCount, difference_words


class ReceiptKind(StrEnum):
    """What a receipt is for. The values stand in the database and stay stable."""

    CHARGE = "charge"
    VOID = "void"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class CounterSettings:
    """Who issues the currency and whom to ask (資金決済法 第13条 names both)."""

    id: int
    issuer: str
    contact: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt (控え, hikae). Yen; `amount` came in for a charge and went out for all else.

    `balance` is what the member had afterwards, `about` the receipt of the charge that a void takes back, `reason` a
    refund's. `set_off` paid what was owed, `forfeited` was given once and lapsed.
    """

    number: int
    kind: ReceiptKind
    staff: str
    approved_by: str
    till: str
    member: str
    amount: int
    balance: int
    about: int | None
    reason: str
    set_off: int
    forfeited: int
    day: str
    at: int
    issuer: str
    contact: str
    command: str


@dataclass(frozen=True, slots=True)
class TillDay:
    """A till's day. `opening_cash` is the change it began with, `posted_before` its account's balance then.

    `first_count` is the number of the count that ended it, None while it is open.
    """

    id: int
    till: str
    day: str
    opening_cash: int
    posted_before: int
    first_count: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a till, or of the bag of `bus` for the service day. Yen."""

    number: int
    till: str
    bus: str
    day: str
    staff: str
    pieces: CashCount
    expected: int
    counted: int
    corrects: int | None
    at: int

    @property
    def difference(self) -> int:
        """What was counted less what there should be."""
        return self.counted - self.expected

    @property
    def words(self) -> str:
        """The difference for people."""
        said = difference_words(self.difference)
        return (
            said if self.corrects is None else f"{self.corrects}番の訂正 / corrects {self.corrects}: {said}"
        )
