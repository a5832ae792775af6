"""How much may be charged by card. Phished cards are used against municipal currencies: new ones get little, late.

Days and months are Japan's; whoever asks works them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from rules.money import Yen

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class ChargingRules:
    """What the office has set, in yen.

    For its first `new_days` from its first paid card charge on, and before that, an account is new to cards.
    """

    least: Yen
    most: Yen
    new_days: int
    new_per_day: Yen
    new_in_total: Yen
    per_day: Yen
    per_month: Yen
    first_hours: int


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier charge that counts: paid, or it may still be. One that was given back counts too."""

    day: date
    amount: Yen
    paid: bool


class OverLimit(StrEnum):
    """Why so much may not be charged."""

    TOO_SMALL = "too-small"
    """Less than the least amount of one charge."""
    TOO_LARGE = "too-large"
    """More than the greatest amount of one charge."""
    NEW_DAY = "new-day"
    """More than somebody new to cards may charge in a day."""
    NEW_TOTAL = "new-total"
    """More than somebody new to cards may charge in all."""
    DAY = "day"
    """More than may be charged in a day."""
    MONTH = "month"
    """More than may be charged in a calendar month."""


def over_limit(rules: ChargingRules, amount: Yen, before: Sequence[Before], today: date) -> OverLimit | None:
    """What forbids a charge of `amount` yen today, None if nothing does. `before` are the member's that count."""
    if amount < rules.least:
        return OverLimit.TOO_SMALL
    if amount > rules.most:
        return OverLimit.TOO_LARGE
    on_day = amount + sum(each.amount for each in before if each.day == today)
    in_month = amount + sum(
        each.amount for each in before if (each.day.year, each.day.month) == (today.year, today.month)
    )
    if _is_new(rules, before, today):
        if on_day > rules.new_per_day:
            return OverLimit.NEW_DAY
        if amount + sum(each.amount for each in before) > rules.new_in_total:
            return OverLimit.NEW_TOTAL
    if on_day > rules.per_day:
        return OverLimit.DAY
    return OverLimit.MONTH if in_month > rules.per_month else None


def held_until(rules: ChargingRules, first_paid_at: int) -> int:
    """The Unix second from which card charges may be spent, of a member whose first one was paid at `first_paid_at`.

    Not the first charge alone: a small one before a large one would open the door.
    """
    return first_paid_at + rules.first_hours * _HOUR_S


def _is_new(rules: ChargingRules, before: Sequence[Before], today: date) -> bool:
    paid = [each.day for each in before if each.paid]
    return not paid or today < min(paid) + timedelta(days=rules.new_days)
