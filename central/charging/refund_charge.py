"""Staff give a whole, unused charge back to the card, for a listed reason."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum

from central.charging import store
from central.charging.gateway import Gateway, GatewayFailed
from central.charging.settle_charge import settle_charge
from central.charging.store import Asked, StaffRefund
from central.charging.switch import MAX_WORDS
from central.database.transaction import Connection, Database
from central.japan import day_of
from central.ledger import store as ledger
from rules.charging.follow import Charge
from rules.charging.refund import NotRefundable, RefundReason, not_refundable
from rules.charging.standing import payment_of

log = logging.getLogger(__name__)


class NotRefunded(StrEnum):
    """Why nothing was given back, beside what the rules say."""

    UNKNOWN = "unknown-charge"
    OTHER_MODE = "other-mode"
    """It was paid through another gateway than the one in the settings."""
    GATEWAY_FAILED = "gateway-failed"
    """The lots were taken back, but the gateway did not take the order: the same again sends it again."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A charge that staff want to give back, why, and who says so. Raises ValueError without a name."""

    charge_id: str
    reason: RefundReason
    said_by: str

    def __post_init__(self) -> None:
        if not 0 < len(self.said_by.strip()) <= MAX_WORDS:
            raise ValueError(f"a name has from 1 to {MAX_WORDS} characters")


def refund_charge(
    database: Database, gateway: Gateway, wish: Wish, now: int
) -> NotRefunded | NotRefundable | None:
    """Take the lots back, then let the gateway give the money back; why not, or None when both are done.

    In that order: what is on its way back to the card cannot be spent any more. The same charge again goes on where it
    stopped.
    """
    with database.write() as connection:
        asked = store.find_charge(connection, wish.charge_id)
        if asked is None:
            return NotRefunded.UNKNOWN
        charge = asked.charge
        if charge.mode != gateway.mode:
            return NotRefunded.OTHER_MODE
        refund = store.find_refund(connection, charge.id)
        if refund is None:
            reason = _forbidden(connection, asked, wish.reason, now)
            if reason is not None:
                return reason
            made = StaffRefund(charge.amount, wish.reason, wish.said_by, now, sent=False)
            store.add_refund(connection, charge.id, made)
            settle_charge(connection, charge, f"refund/{wish.reason}", now)
        elif refund.sent:
            return NotRefundable.TAKEN_BACK
        payment = payment_of(charge.amount, store.events_of(connection, charge))
    try:
        sent = gateway.refund(charge, payment)
    except GatewayFailed as failed:
        log.warning("%s: %s", charge.id, failed)
        return NotRefunded.GATEWAY_FAILED
    with database.write() as connection:
        refund = store.find_refund(connection, charge.id)
        if refund is not None and not refund.sent:
            store.add_refund_sent(connection, charge.id, sent, now)
    return None


def _forbidden(connection: Connection, asked: Asked, reason: RefundReason, now: int) -> NotRefundable | None:
    charge = asked.charge
    stood = store.states_of(connection, charge.id)
    paid_at = next((each.at for each in stood if each.paid), None)
    return not_refundable(
        reason,
        stood[-1].state,
        same_day=paid_at is not None and day_of(paid_at) == day_of(now),
        unused=_is_unused(connection, charge),
    )


def _is_unused(connection: Connection, charge: Charge) -> bool:
    made = ledger.lots_made(connection, [charge.command])
    free = sum(lot.free for lot in ledger.find_lots(connection, [lot for _, lot in made]))
    first = ledger.open_holds(connection, [charge.first_hold]).get(charge.first_hold)
    return free + (0 if first is None else first.amount) == charge.amount
