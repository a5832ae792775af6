"""The gateway that the settings name."""

from __future__ import annotations

import secrets

from central.charging.gateway import Gateway
from central.charging.practice_gateway import PracticeGateway
from central.charging.stripe_gateway import StripeGateway
from central.settings import ChargingSettings


def open_gateway(settings: ChargingSettings) -> Gateway:
    """Stripe, or the practice gateway with a secret of its own for as long as this process lives."""
    if settings.gateway == "stripe":
        return StripeGateway(settings.secret_key, settings.webhook_secret, settings.return_address)
    return PracticeGateway(secrets.token_hex())
