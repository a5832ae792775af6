"""How much may be charged in cash: by one charge, by one member on a day, and in all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.money import Yen


class OverLimit(StrEnum):
    """Which limit a charge breaks. The values stand in the database and stay stable."""

    LEAST = "below-least"
    """It is less than the least that can be charged."""
    MOST = "above-most"
    """One charge is not that much."""
    PER_DAY = "above-per-day"
    """With what the member has charged today it is more than a day allows."""
    BALANCE = "above-balance"
    """With what the member has it is more than anybody may have."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The limit that a charge would break, and what may still be charged: of a limit of one charge, the limit."""

    which: OverLimit
    limit: Yen
    room: Yen


@dataclass(frozen=True, slots=True)
class ChargeLimits:
    """Whole yen. `per_day` is of one member's charges less voids, `balance` what a member may have after a charge.

    They keep everybody's value at a size whose loss can be borne; no law sets them for a village's own currency, so
    the office does. Raises ValueError unless each allows the one before it.
    """

    least: Yen
    most: Yen
    per_day: Yen
    balance: Yen

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most <= min(self.per_day, self.balance):
            raise ValueError("the limits of charging contradict one another")

    def broken_by(self, amount: int, today: int, has: int) -> Broken | None:
        """The first limit that `amount` yen would break.

        `today` was charged on the same day before, `has` is what the member has.
        """
        if amount < self.least:
            return Broken(OverLimit.LEAST, self.least, self.least)
        if amount > self.most:
            return Broken(OverLimit.MOST, self.most, self.most)
        if today + amount > self.per_day:
            return Broken(OverLimit.PER_DAY, self.per_day, Yen(max(0, self.per_day - today)))
        if has + amount > self.balance:
            return Broken(OverLimit.BALANCE, self.balance, Yen(max(0, self.balance - has)))
        return None
