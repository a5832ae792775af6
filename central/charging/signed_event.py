"""Events as Stripe signs and shapes them, checked and read. The practice gateway writes the same.

https://docs.stripe.com/webhooks for the signature, https://docs.stripe.com/api/events for the shape.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import stripe

from central.charging.gateway import Mode, Refused, Unread
from rules.charging.standing import CardEvent, Kind
from rules.ledger.order import MAX_AMOUNT

TOLERANCE_S = 300
"""Between signing and arrival, either way. Stripe signs every attempt anew, also days later."""
PRACTICE_VERSION = "practice"
"""The `api_version` of events of practice; Stripe's are dates."""
CHARGE_KEY = "yukemuri_charge"
"""Under which our charge's id stands among the metadata."""

_Name = Annotated[str, msgspec.Meta(max_length=255)]
_Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    type: str
    created: _Seconds
    livemode: bool
    data: _Data
    api_version: str | None = None


class _Session(msgspec.Struct):
    """A Checkout Session. `payment_intent` is null until the member pays."""

    client_reference_id: _Name
    amount_total: _Amount
    currency: _Name
    payment_status: str
    payment_intent: _Name | None = None


class _Charge(msgspec.Struct):
    """A payment that went through; the metadata are those of its PaymentIntent."""

    amount_refunded: _Amount
    currency: _Name
    payment_intent: _Name | None = None
    metadata: dict[str, _Name] = {}


class _Dispute(msgspec.Struct):
    """It names the payment, never our charge."""

    id: _Name
    amount: _Amount
    currency: _Name
    payment_intent: _Name
    status: str


_SESSION_ENDS = {
    "checkout.session.async_payment_succeeded": Kind.PAID,
    "checkout.session.async_payment_failed": Kind.FAILED,
    "checkout.session.expired": Kind.EXPIRED,
}
_DISPUTE_ENDS = {"won": Kind.DISPUTE_WON, "warning_closed": Kind.DISPUTE_WON, "lost": Kind.DISPUTE_LOST}
"""An inquiry that ends without a dispute (warning_closed) leaves the money where it is, as a won one does."""


def read_signed(raw_body: bytes, signature: str, secret: str, mode: Mode, now: int) -> CardEvent | Refused:
    """The event in a webhook's body, if it is of this mode and was signed with `secret` about Unix second `now`."""
    try:
        # The library would compare with the machine's clock. Time is handed in here, so its tolerance is off.
        stripe.WebhookSignature.verify_header(raw_body, signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeError):
        return Refused(Unread.BAD_SIGNATURE)
    if abs(now - _signed_at(signature)) > TOLERANCE_S:
        return Refused(Unread.OLD)
    try:
        event = msgspec.json.decode(raw_body, type=_Event)
    except (msgspec.DecodeError, UnicodeError):
        return Refused(Unread.MALFORMED)
    if _mode_of(event) is not mode:
        return Refused(Unread.OTHER_MODE, event.id)
    try:
        return _read(event)
    except (msgspec.DecodeError, UnicodeError):
        return Refused(Unread.MALFORMED, event.id)


def _signed_at(signature: str) -> int:
    """The second that the signature covers, found as the library finds it."""
    return next(
        int(value) for name, _, value in (part.partition("=") for part in signature.split(",")) if name == "t"
    )


def _mode_of(event: _Event) -> Mode:
    if event.api_version == PRACTICE_VERSION:
        return Mode.PRACTICE
    return Mode.STRIPE if event.livemode else Mode.STRIPE_TEST


def _read(event: _Event) -> CardEvent | Refused:
    match event.type:
        case "checkout.session.completed":
            return _session(event, None)
        case kind if kind in _SESSION_ENDS:
            return _session(event, _SESSION_ENDS[kind])
        case "charge.refunded":
            charge = msgspec.json.decode(event.data.object, type=_Charge)
            ours, payment = charge.metadata.get(CHARGE_KEY, ""), charge.payment_intent or ""
            return _event(event, Kind.REFUNDED, ours, payment, "", charge.amount_refunded, charge.currency)
        case "charge.dispute.created" | "charge.dispute.closed":
            dispute = msgspec.json.decode(event.data.object, type=_Dispute)
            ends = event.type == "charge.dispute.closed"
            kind_of = _DISPUTE_ENDS.get(dispute.status) if ends else Kind.DISPUTED
            if kind_of is None:
                return Refused(Unread.MALFORMED, event.id)
            return _event(
                event, kind_of, "", dispute.payment_intent, dispute.id, dispute.amount, dispute.currency
            )
    return Refused(Unread.NOT_USED, event.id)


def _session(event: _Event, kind: Kind | None) -> CardEvent:
    session = msgspec.json.decode(event.data.object, type=_Session)
    if kind is None:
        # A card is paid by then; what a bank transfers comes with an event of its own.
        kind = Kind.PAID if session.payment_status == "paid" else Kind.AWAITING
    ours, payment = session.client_reference_id, session.payment_intent or ""
    return _event(event, kind, ours, payment, "", session.amount_total, session.currency)


def _event(
    event: _Event, kind: Kind, charge: str, payment: str, dispute: str, amount: int, currency: str
) -> CardEvent:
    return CardEvent(event.id, kind, charge, payment, dispute, amount, currency, event.created)
