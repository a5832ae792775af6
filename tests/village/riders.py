"""The people of the village, the passes the real office issues them, and what they hold up at the door."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from central.database.transaction import Connection
from central.devices.keys import OfficeKeys
from central.passes.issue_pass import Issuer, PassWanted, issue_card, issue_phone_pass
from rules.passes.rider_pass import IssuedPass, PassFlag, RiderClass, ShowClock, show, to_text
from rules.passes.seal import PhoneKey, compressed
from tests.village.clockwork import DAY_S, HOUR
from tests.village.line import DEAREST
from tests.village.model import Holder

ISSUER = 7
CLASSES = (
    RiderClass.ADULT,
    RiderClass.ADULT,
    RiderClass.SENIOR,
    RiderClass.CHILD,
    RiderClass.STUDENT,
    RiderClass.HANDBOOK,
    RiderClass.HANDBOOK_ATTENDED,
)
PARTY = 2
HOLD_WANTED = 2 * DEAREST * PARTY
"""What the office sets aside of who has it: there and back for everybody asked for."""
PHONE_LIFE_H = 48
CARD_LIFE_H = 24 * 30


@dataclass(frozen=True, slots=True)
class Code:
    """What a camera reads. `holder` is whose it is, `party` the adults and children written on it."""

    data: bytes
    holder: Holder
    party: tuple[int, int]

    @property
    def name(self) -> str:
        """As the journal names codes."""
        return hashlib.sha256(self.data).hexdigest()[:16]


class Person:
    """A member with a phone or a card. A stranger's pass is good, but the office has lost all knowledge of it."""

    def __init__(self, number: int, dice: Random) -> None:
        self.member = f"member-{number:03}"
        self.is_card = dice.random() < 0.35
        self.rider_class = dice.choice(CLASSES)
        self.pays_for_all = dice.random() < 0.6
        self.is_stranger = dice.random() < 0.06
        self.charged = dice.choice((0, 150, 700, 2_000, 5_000, 20_000))
        self.shown: Code | None = None
        """The last code held up: whoever photographed it may hold it up again."""
        self._issued: IssuedPass | None = None
        self._counter = 0
        self._key: PhoneKey = derive_private_key(number + 1, SECP256R1())

    def fetch_pass(
        self,
        connection: Connection,
        keys: OfficeKeys,
        wall: int,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        """Get a pass of the office."""
        issuer = Issuer(ISSUER, DEAREST, keys, random_bytes)
        flags = PassFlag.GROUP if self.pays_for_all else PassFlag(0)
        life = CARD_LIFE_H if self.is_card else PHONE_LIFE_H
        wanted = PassWanted(self.member, self.rider_class, PARTY, wall - HOUR, life, flags)
        if self.is_card:
            self._issued = issue_card(connection, issuer, wanted, wall)
        else:
            self._issued = issue_phone_pass(connection, issuer, wanted, compressed(self._key), wall)

    @property
    def holder(self) -> Holder:
        """As the reference model knows them."""
        assert self._issued is not None
        body = self._issued.body
        name = body.rider_class.name.lower()
        return Holder(body.pass_id.hex(), self.member, self.is_card, name, int(body.hold), self.pays_for_all)

    def code(self, wall: int, dice: Random) -> Code:
        """What they hold up now: a card its one code, a phone a fresh one, sometimes for a party."""
        assert self._issued is not None
        if self.is_card:
            self.shown = Code(to_text(self._issued.pack()).encode(), self.holder, (0, 0))
            return self.shown
        self._counter += 1
        party = (dice.choice((0, 0, 0, 1, 2)), dice.choice((0, 0, 0, 1)))
        shown = show(
            self._issued,
            moment=wall,
            counter=self._counter,
            adults=party[0],
            children=party[1],
            clock_quality=ShowClock.ANCHORED,
            private=self._key,
        )
        self.shown = Code(to_text(shown).encode(), self.holder, party)
        return self.shown


def is_due(person: Person, day: int) -> bool:
    """Whether a pass is fetched on the morning of this day: phones every day, cards once."""
    return day == 0 or not person.is_card


SECONDS_OF_A_LIFE = PHONE_LIFE_H * HOUR + DAY_S
