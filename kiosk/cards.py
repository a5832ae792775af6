"""Whether a guest's card counts here: the same rules as at a bus's door, for cards alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.ports import MessageKind
from rules.passes.rider_pass import PassKind, ReadPass, read_code
from rules.ride.admission import OfficeWord, admit
from rules.ride.memory import PassMemory
from rules.ride.outcomes import Outcome

if TYPE_CHECKING:
    from device.office_lists import OfficeLists
    from rules.instant import Instant
    from rules.passes.rider_pass import RiderClass

DENIED = {Outcome.DENIED, Outcome.EXPIRED, Outcome.NOT_YET_VALID, Outcome.CARD_NOT_LISTED}


@dataclass(frozen=True, slots=True)
class Card:
    """A card that counts. `pass_id` in hex."""

    pass_id: str
    rider_class: RiderClass


def read_card(data: bytes, at: Instant, lists: OfficeLists, issuer: int) -> Card | MessageKind:
    """The card in a QR symbol's bytes, or what to say of it. A phone's pass is none: a phone opens the code."""
    read = read_code(data)
    if not isinstance(read, ReadPass) or read.body.kind is not PassKind.CARD:
        return MessageKind.CARD_UNKNOWN
    office = OfficeWord(issuer, lists.keys, lists.cards, lists.denied, lists.read_until)
    said = admit(read, at, office, PassMemory())
    if isinstance(said, Outcome):
        return MessageKind.CARD_DENIED if said in DENIED else MessageKind.CARD_UNKNOWN
    return Card(read.body.pass_id.hex(), read.body.rider_class)
