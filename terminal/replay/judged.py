"""What came of deciding a record again, and every reason why it does not agree or cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.messages.events import HandAlighted, HandBoarded, RideLeftOpen, Tapped

if TYPE_CHECKING:
    from terminal.replay.journal_facts import Written


class Why(StrEnum):
    """The values stand in the command's JSON and stay stable."""

    ANSWER = "answer"
    MONEY = "money"
    STOP = "stop"
    TRIP = "trip"
    NO_OPEN_RIDE = "no-open-ride"
    RIDE_OPEN = "ride-open"
    RIDE = "ride"
    FARE = "fare"
    TOO_SOON = "too-soon"
    CARD_LIMIT = "card-limit"
    OPENING = "opening"
    REFUSAL = "refusal"
    PEOPLE = "people"
    ALLOWED = "allowed"
    NO_EDITION = "no-edition"
    NO_BOARDING = "no-boarding"
    STOP_BELIEVED = "stop-believed"
    PASS = "pass"
    POSITION = "position"


UNTOLD = {Why.NO_EDITION, Why.NO_BOARDING, Why.STOP_BELIEVED, Why.PASS, Why.POSITION}
"""With nothing else, the records alone do not say whether it was decided rightly."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a word on a stop changed for one tap or record of the driver's hand.

    From which stop; and of a ride that has ended, its fare before and now.
    """

    tap: Tapped | HandBoarded | HandAlighted
    before_stop_id: str
    before: int | None
    now: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A record, decided again. `by_rules` is the fare that the rules give, None where there is none to give.

    `opening` is the door opening that a tap belongs to, by its number on the trip. `undone`: the driver took it back.
    """

    written: Written
    why: tuple[Why, ...] = ()
    by_rules: int | None = None
    opening: int | None = None
    changes: tuple[Change, ...] = ()
    undone: bool = False

    @property
    def is_decision(self) -> bool:
        """Whether something was decided about a rider."""
        return isinstance(self.written.event, Tapped | RideLeftOpen | HandBoarded | HandAlighted)

    @property
    def agrees(self) -> bool | None:
        """Whether it is what the rules say; None where the records do not tell."""
        if self.written.fault is not None or any(each not in UNTOLD for each in self.why):
            return False
        return None if self.why else True
