"""The port to whoever takes the cards' money. The real one and the practice one fill it alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rules.charging.follow import Charge
from rules.charging.standing import CardEvent

SESSION_S = 2 * 3600
"""Seconds from asking within which the member must pay. Stripe wants 30 minutes to 24 hours."""


class Mode(StrEnum):
    """Whose money it is. The values stand in the database and stay stable."""

    PRACTICE = "practice"
    """練習用: the embedded gateway. No card, no money."""
    STRIPE_TEST = "stripe-test"
    """Stripe with a test key: its pages, but no money."""
    STRIPE = "stripe"

    @property
    def is_practice(self) -> bool:
        """Whether no money moves, which every place that shows such a charge must say."""
        return self is not Mode.STRIPE


@dataclass(frozen=True, slots=True)
class Session:
    """Where to send the member, by an address, and the gateway's own id of it."""

    id: str
    address: str


class Unread(StrEnum):
    """Why what came to the webhook is not followed. The values stand in the database and stay stable."""

    BAD_SIGNATURE = "bad-signature"
    """Not signed with our secret: somebody else wrote it, or the secret in the settings is another one."""
    OLD = "old"
    """Signed too long ago, or ahead of our clock: sent again by somebody who listened, or a clock is wrong."""
    MALFORMED = "malformed"
    """Signed, but not what an event looks like."""
    OTHER_MODE = "other-mode"
    """Of practice where real money moves, or the reverse."""
    NOT_USED = "not-used"
    """An event of a kind that nothing here follows from."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing follows from it. `event_id` is "" unless it is signed by our secret and names itself."""

    reason: Unread
    event_id: str = ""


class GatewayFailed(Exception):
    """The gateway did not answer, or not as it should. The text is for staff, without anything secret."""


class Gateway(Protocol):
    """Whoever takes the money."""

    @property
    def mode(self) -> Mode:
        """Whose money it is."""

    def begin(self, charge: Charge, asked_at: int) -> Session:
        """Where to send the member of a charge. The same charge again is the same session. Raises GatewayFailed."""

    def read_event(self, raw_body: bytes, signature: str, now: int) -> CardEvent | Refused:
        """What came to the webhook, if the gateway has signed it lately."""

    def refund(self, charge: Charge, payment: str) -> str:
        """Give all of a paid charge back; the gateway's id of it. Again, it is the same one. Raises GatewayFailed."""
