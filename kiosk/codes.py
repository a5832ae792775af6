"""What the kiosk remembers of the codes it made and the cards it took, on the disk and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from device.journal import Keep
from rules.instant import Instant, seconds_between
from rules.messages.codec import decode, encode
from rules.messages.events import OfferedBy

if TYPE_CHECKING:
    from device.journal import Journal

KIND = "code"
LAST = "code-last"
GOOD_HOURS = 24
"""How long a code can be claimed, until the office says otherwise."""
KEPT_S = 48 * 3600
"""What is older, and not good any more, is forgotten: a whole day's count, whatever the hour."""
MOST_KEPT = 2_000
HOUR_S = 3600


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One code, or one card that was taken. `pass_id` is the card's, "" for a code.

    `good_hours` are the office's when it was made: those count when it is claimed, whatever is set later.
    """

    number: int
    moment: int
    at: Instant
    visit: int
    count: int
    points: int
    by: OfferedBy = OfferedBy.TOUCH
    pass_id: str = ""
    undone: bool = False
    good_hours: int = GOOD_HOURS

    @property
    def name(self) -> tuple[int, int]:
        """What central knows it by, of this kiosk."""
        return self.number, self.moment

    def age(self, now: Instant) -> float:
        """Seconds since it was made, at least: across a power cut without the time, those since power came back."""
        passed = seconds_between(self.at, now)
        if self.at.boot == now.boot:
            return passed or 0.0
        return max(passed or 0.0, now.mono_ms / 1000)

    def is_good(self, now: Instant) -> bool:
        """Whether it may still be claimed, as far as time goes."""
        return self.age(now) < self.good_hours * HOUR_S

    def is_within(self, seconds: float, now: Instant) -> bool:
        """Whether it was surely made so lately: a limit must not bite on what nobody can date."""
        passed = seconds_between(self.at, now)
        return passed is not None and abs(passed) < seconds


class Codes:
    """All that was made in the last two days or is still good, by number. The desk writes what it is told to keep."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._made: dict[int, Made] = {}
        self._last = 0

    def load(self) -> None:
        """Take up what the journal's file remembers. Raises JournalBroken."""
        made = [decode(body, Made) for body in self._journal.recall_all(KIND).values()]
        self._made = {each.number: each for each in made}
        last = self._journal.recall(LAST, "")
        self._last = max(decode(last, int) if last else 0, *self._made, 0)

    @property
    def next_number(self) -> int:
        """The number that nothing of this journal has had."""
        return self._last + 1

    def get(self, number: int) -> Made | None:
        """What has this number, if it is still remembered."""
        return self._made.get(number)

    def newest_first(self) -> Iterator[Made]:
        """All of them."""
        return iter(sorted(self._made.values(), key=lambda made: made.number, reverse=True))

    def last_standing(self, now: Instant) -> Made | None:
        """The newest that was not taken back and can still be claimed."""
        standing = (made for made in self.newest_first() if not made.undone and made.is_good(now))
        return next(standing, None)

    def of_last_hour(self, now: Instant) -> int:
        """How many codes touches and the button have made within the hour, those taken back too."""
        return sum(
            not made.pass_id and made.by is not OfferedBy.STAFF and made.is_within(HOUR_S, now)
            for made in self._made.values()
        )

    def last_of_card(self, pass_id: str) -> Made | None:
        """The newest time that a card counted."""
        return next(
            (made for made in self.newest_first() if made.pass_id == pass_id and not made.undone), None
        )

    def keeps_of(self, made: Made) -> list[Keep]:
        """What to write when `made` is made or changes."""
        return [
            Keep(KIND, _key(made.number), encode(made)),
            Keep(LAST, "", encode(max(self._last, made.number))),
        ]

    def note(self, made: Made) -> None:
        """It is on the disk."""
        self._made[made.number] = made
        self._last = max(self._last, made.number)

    def ended(self, now: Instant) -> list[Made]:
        """What is to be forgotten."""
        newest = list(self.newest_first())
        return [
            made
            for place, made in enumerate(newest)
            if place >= MOST_KEPT or not (made.age(now) < KEPT_S or made.is_good(now))
        ]

    def keeps_without(self, ended: list[Made]) -> list[Keep]:
        """What to write so that they are forgotten."""
        return [Keep(KIND, _key(made.number), None) for made in ended]

    def forget(self, ended: list[Made]) -> None:
        """They are gone from the disk."""
        for made in ended:
            del self._made[made.number]


def _key(number: int) -> str:
    return f"{number:010}"
