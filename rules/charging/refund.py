"""When staff may give a card charge back (払い戻し).

資金決済法 allows refunds of prepaid value to holders only for reasons that the issuer has listed.
"""

from __future__ import annotations

from enum import StrEnum

from rules.charging.standing import State


class RefundReason(StrEnum):
    """The listed reasons. The values stand in the database and stay stable."""

    ABOLITION = "abolition"
    """The currency ends (制度の廃止)."""
    MOVING_AWAY = "moving-away"
    """The member moves out of the village (転出)."""
    LEAVING_JAPAN = "leaving-japan"
    """The member leaves the country (出国)."""
    DEATH = "death"
    """The member has died; it goes to the heirs (死亡)."""
    SAME_DAY = "same-day"
    """It is voided on the day on which it was paid (当日の取り消し)."""


class NotRefundable(StrEnum):
    """Why a charge is not given back."""

    NOT_PAID = "not-paid"
    DISPUTED = "disputed"
    """The card company decides about it."""
    TAKEN_BACK = "taken-back"
    """It was given back already, or a dispute was lost."""
    ANOTHER_DAY = "another-day"
    """It was not paid today."""
    USED = "used"
    """Something of it was used, or a bus may still take it."""


def not_refundable(
    reason: RefundReason, state: State, *, same_day: bool, unused: bool
) -> NotRefundable | None:
    """What forbids it, None if nothing does. `unused`: all of it is there and nothing but its first hours holds it."""
    match state:
        case State.DISPUTED:
            return NotRefundable.DISPUTED
        case State.LOST | State.REFUNDED:
            return NotRefundable.TAKEN_BACK
        case State.PAID:
            pass
        case _:
            return NotRefundable.NOT_PAID
    if reason is RefundReason.SAME_DAY and not same_day:
        return NotRefundable.ANOTHER_DAY
    return None if unused else NotRefundable.USED
