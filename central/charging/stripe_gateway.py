"""Stripe Checkout: the member pays on Stripe's own page, so no card number ever comes near us.

https://docs.stripe.com/payments/checkout
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

import stripe
from stripe.params.checkout import SessionCreateParams

from central.charging.gateway import SESSION_S, GatewayFailed, Mode, Refused, Session
from central.charging.signed_event import CHARGE_KEY, read_signed
from rules.charging.follow import Charge
from rules.charging.standing import CURRENCY, CardEvent

RETRIES = 2
"""Of a request without an answer; its idempotency key makes them one."""
TIMEOUT_S = 10
"""For each try: a page of the office waits for it."""
_LIVE = ("sk_live_", "rk_live_")


@dataclass(frozen=True, slots=True)
class StripeGateway:
    """Charges on the account of `secret_key`. Members come back to `return_address`.

    `api` is where Stripe is, None for its own address.
    """

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    return_address: str
    api: str | None = None

    @property
    def mode(self) -> Mode:
        """What the key says."""
        return Mode.STRIPE if self.secret_key.startswith(_LIVE) else Mode.STRIPE_TEST

    def begin(self, charge: Charge, asked_at: int) -> Session:
        """A Checkout Session of the charge."""
        try:
            made = self._client().v1.checkout.sessions.create(
                self._params(charge, asked_at), {"idempotency_key": f"charge/{charge.id}"}
            )
        except stripe.StripeError as error:
            raise _failed(error) from error
        if not made.url:
            raise GatewayFailed("Stripe: a session without an address")
        return Session(made.id, made.url)

    def read_event(self, raw_body: bytes, signature: str, now: int) -> CardEvent | Refused:
        """As the port says."""
        return read_signed(raw_body, signature, self.webhook_secret, self.mode, now)

    def refund(self, charge: Charge, payment: str) -> str:
        """As the port says; `payment` is a PaymentIntent's id."""
        try:
            made = self._client().v1.refunds.create(
                {"payment_intent": payment, "metadata": {CHARGE_KEY: charge.id}},
                {"idempotency_key": f"refund/{charge.id}"},
            )
        except stripe.StripeError as error:
            raise _failed(error) from error
        return made.id

    def _params(self, charge: Charge, asked_at: int) -> SessionCreateParams:
        """The same for the same charge, or Stripe would refuse the idempotency key's second use."""
        name = f"くらポ {charge.amount:,}"
        back = f"{self.return_address}?{urlencode({'charge': charge.id})}"
        ours = {CHARGE_KEY: charge.id}
        return {
            "mode": "payment",
            # A filter on what the account offers. The older payment_method_types is refused since 2026-09-30.
            "allowed_payment_method_types": ["card"],
            # 3-D Secure whenever the card can: then a stolen number alone is not enough.
            "payment_method_options": {"card": {"request_three_d_secure": "any"}},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": CURRENCY,
                        # JPY has no decimals: the unit is the yen itself.
                        "unit_amount": charge.amount,
                        "product_data": {
                            "name": f"{name}（練習用 practice）" if self.mode.is_practice else name
                        },
                    },
                }
            ],
            # Nobody is offered to pay in another currency.
            "adaptive_pricing": {"enabled": False},
            "client_reference_id": charge.id,
            "metadata": ours,
            # Refunds come with the payment's metadata, not with the session's.
            "payment_intent_data": {"metadata": ours},
            "expires_at": asked_at + SESSION_S,
            "locale": "ja",
            "success_url": back,
            "cancel_url": f"{back}&cancelled=1",
        }

    def _client(self) -> stripe.StripeClient:
        client = partial(
            stripe.StripeClient,
            self.secret_key,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        )
        return client() if self.api is None else client(base_addresses={"api": self.api})


def _failed(error: stripe.StripeError) -> GatewayFailed:
    # Its own message may quote what was sent; kind, code and request id are what Stripe's support asks for.
    return GatewayFailed(
        f"Stripe: {type(error).__name__} {error.code or ''} {error.request_id or ''}".rstrip()
    )
