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
class ChargeLimits:
    """Whole yen. `per_day` is of one member's charges less voids, `balance` what a member may have after a charge.

    The defaults keep everybody's value at a size whose loss can be borne; no law sets them for a village's own
    currency. Raises ValueError unless each allows the one before it.
    """

    least: Yen = Yen(100)
    most: Yen = Yen(50_000)
    per_day: Yen = Yen(100_000)
    balance: Yen = Yen(100_000)

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most <= min(self.per_day, self.balance):
            raise ValueError("the limits of charging contradict one another")

    def broken_by(self, amount: int, today: int, has: int) -> tuple[OverLimit, Yen] | None:
        """The limit that `amount` would break, and the yen that it names: the limit, or what there is still room for.

        `today` was charged on the same day before, `has` is what the member has.
        """
        if amount < self.least:
            return OverLimit.LEAST, self.least
        if amount > self.most:
            return OverLimit.MOST, self.most
        if today + amount > self.per_day:
            return OverLimit.PER_DAY, Yen(max(0, self.per_day - today))
        if has + amount > self.balance:
            return OverLimit.BALANCE, Yen(max(0, self.balance - has))
        return None
