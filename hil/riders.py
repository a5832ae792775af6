"""The people of the demo: what they carry, where they ride, and what they get wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from hil.virtual.scenes import card_frame, phone_frame
from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass, ShowClock, show, to_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from rules.passes.rider_pass import IssuedPass
    from rules.passes.seal import PhoneKey

    Gray = npt.NDArray[np.uint8]

CODE_LIFE_S = 10
"""A phone makes a new code this often."""


class Habit(Enum):
    """What somebody does at the door."""

    RIDES = "rides"
    FORGETS_TO_ALIGHT = "forgets to alight"
    FORGES = "shows a forged code"
    SHOWS_SCREENSHOT = "shows somebody's screenshot"


@dataclass(frozen=True, slots=True)
class Person:
    """One kind of rider. `from_share` and `to_share` are places along the trip, 0 its first stop and 1 its last.

    `balance` is what they charged, in yen; None is plenty.
    """

    name: str
    name_en: str
    from_share: float
    to_share: float
    habit: Habit = Habit.RIDES
    rider_class: RiderClass = RiderClass.ADULT
    has_card: bool = False
    adults: int = 0
    children: int = 0
    balance: int | None = None


PEOPLE = (
    Person("大人", "adult", 0.0, 1.0),
    Person("小学生", "child", 0.0, 0.35, rider_class=RiderClass.CHILD),
    Person("カードのおばあさん", "card", 0.15, 0.9, has_card=True),
    Person("三人連れ", "party of three", 0.0, 1.0, adults=2),
    Person("残高の少ない人", "short balance", 0.35, 1.0, balance=100),
    Person("偽造コード", "forged code", 0.35, 0.35, Habit.FORGES),
    Person("スクリーンショット", "screenshot", 0.5, 0.5, Habit.SHOWS_SCREENSHOT),
    Person("降り忘れる人", "forgets to alight", 0.5, 0.9, Habit.FORGETS_TO_ALIGHT),
)
GUEST = Person("入浴客", "guest", 0.0, 0.0)
GUEST_WITH_CARD = Person("カードの入浴客", "guest with a card", 0.0, 0.0, has_card=True)
"""Who only goes to the bath."""


@dataclass(frozen=True, slots=True)
class HandRider:
    """People without a code, whom the driver records by hand: alike in `rider_class` and `means`. Shares as above."""

    name: str
    name_en: str
    from_share: float
    to_share: float
    means: Means
    rider_class: RiderClass = RiderClass.ADULT
    people: int = 1


HAND_RIDERS = (
    HandRider("現金の夫婦", "couple with cash", 0.0, 0.9, Means.CASH, people=2),
    HandRider("回数券の小学生", "child with a coupon", 0.15, 0.5, Means.COUPON, RiderClass.CHILD),
)


class Rider(Protocol):
    """Somebody with a code."""

    person: Person
    code: bytes
    """What they showed last."""

    def seen(self, wall: Callable[[], float], rng: np.random.Generator) -> Gray:
        """What the camera sees when they hold it up; `wall` gives Unix seconds."""


@dataclass(slots=True)
class Carried:
    """A pass in somebody's hand; `key` is the phone's, None for a card. `copies`: they show this one's last code."""

    person: Person
    issued: IssuedPass
    key: PhoneKey | None
    counter: int = 0
    made_at: float = 0.0
    copies: Rider | None = None
    code: bytes = field(default=b"", repr=False)

    def seen(self, wall: Callable[[], float], rng: np.random.Generator) -> Gray:
        """As `Rider` has it."""
        return picture(self, self.text(wall()), rng)

    def text(self, wall: float) -> str:
        """What the symbol says at Unix second `wall`."""
        if self.copies is not None:
            return to_text(self.copies.code)
        if self.key is None:
            return to_text(self.issued.pack())
        if not self.code or wall - self.made_at >= CODE_LIFE_S:
            self.counter += 1
            self.made_at = wall
            self.code = show(
                self.issued,
                moment=int(wall),
                counter=self.counter,
                adults=self.person.adults,
                children=self.person.children,
                clock_quality=ShowClock.ANCHORED,
                private=self.key,
            )
        return to_text(self.code)


def new_phone_key() -> PhoneKey:
    """A key as a browser makes it."""
    return ec.generate_private_key(ec.SECP256R1())


def picture(carried: Carried, text: str, rng: np.random.Generator) -> Gray:
    """What the camera sees when they hold it up."""
    return phone_frame(text, rng) if carried.key is not None else card_frame(text, rng)
