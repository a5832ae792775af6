"""練習用の決済: takes no card and moves no money, and says so wherever it shows.

It writes and signs its events as Stripe does, so that what reads them is the same code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import stripe

from central.charging.gateway import Mode, Refused, Session
from central.charging.signed_event import CHARGE_KEY, PRACTICE_VERSION, read_signed
from rules.charging.follow import Charge
from rules.charging.standing import CURRENCY, CardEvent


@dataclass(frozen=True, slots=True)
class PracticeGateway:
    """`secret` signs its events; they are delivered at once, so it may be another one at every start."""

    secret: str = field(repr=False)

    @property
    def mode(self) -> Mode:
        """Practice."""
        return Mode.PRACTICE

    def begin(self, charge: Charge, asked_at: int) -> Session:
        """A page of our own, with buttons in place of a card."""
        return Session(f"cs_practice_{charge.id}", f"/charging/practice/{charge.id}")

    def read_event(self, raw_body: bytes, signature: str, now: int) -> CardEvent | Refused:
        """As the port says."""
        return read_signed(raw_body, signature, self.secret, self.mode, now)

    def refund(self, charge: Charge, payment: str) -> str:
        """Nothing was paid, so nothing is to be sent."""
        return f"re_practice_{charge.id}"

    def paid(self, charge: Charge, now: int) -> tuple[bytes, str]:
        """Body and signature of the event that a paid session causes."""
        return self._session_event(charge, "checkout.session.completed", "paid", now)

    def given_up(self, charge: Charge, now: int) -> tuple[bytes, str]:
        """Body and signature of the event that an abandoned session causes."""
        return self._session_event(charge, "checkout.session.expired", "unpaid", now)

    def _session_event(self, charge: Charge, kind: str, status: str, now: int) -> tuple[bytes, str]:
        session = {
            "id": f"cs_practice_{charge.id}",
            "object": "checkout.session",
            "client_reference_id": charge.id,
            "metadata": {CHARGE_KEY: charge.id},
            "payment_intent": f"pi_practice_{charge.id}" if status == "paid" else None,
            "payment_status": status,
            "amount_total": charge.amount,
            "currency": CURRENCY,
        }
        body = {
            # Pressed twice, it is the same event.
            "id": f"evt_practice_{kind.rpartition('.')[2]}_{charge.id}",
            "object": "event",
            "api_version": PRACTICE_VERSION,
            "type": kind,
            "created": now,
            "livemode": False,
            "data": {"object": session},
        }
        raw = msgspec.json.encode(body)
        return raw, stripe.WebhookSignature.generate_signature_header(raw.decode(), self.secret, now)
