"""Whether a pass may ride at all, before anybody asks where and for how much."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from rules.instant import Instant
from rules.passes.key_set import KeySet
from rules.passes.rider_pass import (
    PassBody,
    PassKind,
    ReadPass,
    ShowClock,
    Showing,
    office_signed,
    phone_signed,
)
from rules.passes.seal import Use
from rules.ride.memory import PassMemory
from rules.ride.outcomes import Outcome

FRESH_PAST_S = 60
FRESH_FUTURE_S = 30
UNANCHORED_S = 300
"""For a phone whose clock has not been compared with the server's within a day."""


@dataclass(frozen=True, slots=True)
class OfficeWord:
    """What central has told the bus. `read_until` is the wall time up to which its lists are known to be complete."""

    issuer: int
    keys: KeySet
    allowed_cards: Container[str]
    denied: Container[str]
    read_until: int


def admit(
    read: ReadPass, at: Instant, office: OfficeWord, memory: PassMemory, *, aged: bool = False
) -> Outcome | bool:
    """Whether the pass may ride at all: the outcome that refuses it, or whether it is let in by grace.

    `aged`: a phone's showing need be neither fresh nor new.
    """
    body = read.body
    if body.issuer != office.issuer:
        return Outcome.OTHER_NETWORK
    key = office.keys.find(Use.PASS, body.kid, at.wall if at.wall_known else None)
    if key is None:
        return Outcome.UNKNOWN_KEY
    if not office_signed(read, key.public):
        return Outcome.BAD_SIGNATURE
    # Without the time, `wall` is the clock's floor: what ended before it has certainly ended.
    if body.valid_until <= at.wall:
        return Outcome.EXPIRED
    if at.wall_known and at.wall < body.valid_from:
        return Outcome.NOT_YET_VALID
    if body.pass_id.hex() in office.denied:
        return Outcome.DENIED
    if body.kind is PassKind.CARD or read.showing is None:
        return _admit_card(body, office)
    if not phone_signed(read):
        return Outcome.BAD_SIGNATURE
    return True if aged else _fresh(read.showing, at, memory)


def _admit_card(body: PassBody, office: OfficeWord) -> Outcome | bool:
    if body.pass_id.hex() in office.allowed_cards:
        return False
    # Someone given a card at ten must be able to ride at twenty past, on a bus that has not heard of it yet.
    return True if body.valid_from >= office.read_until else Outcome.CARD_NOT_LISTED


def _fresh(showing: Showing, at: Instant, memory: PassMemory) -> Outcome | bool:
    newer = (showing.moment, showing.counter) > (memory.moment, memory.counter)
    if not at.wall_known:
        return True if newer else Outcome.REPLAYED
    age = at.wall - showing.moment
    on_time = -FRESH_FUTURE_S <= age <= FRESH_PAST_S
    unsure = showing.clock_quality is not ShowClock.ANCHORED and abs(age) <= UNANCHORED_S
    if not on_time and not unsure:
        return Outcome.STALE_CODE
    return not on_time if newer else Outcome.REPLAYED
