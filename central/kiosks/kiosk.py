"""A kiosk as the office keeps it: where it stands, what visits it gives points for, and within which bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from central.japan import day_of, seconds_of
from rules.messages.codec import encode
from rules.passes.limits import U16, within

DAY_MINUTES = 24 * 60
VALID_HOURS = 24
MAX_VALID_HOURS = 7 * 24
MAX_CAP = 10**9
_MAX_NAME = 60
_MAX_VISIT = 0xFF
_KANA = re.compile(rf"[ぁ-ゖァ-ヺー・ 　]{{0,{_MAX_NAME}}}")
"""What the kiosk shows above a name; no sign in it may be one of its markup."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A kind of visit, numbered as on the kiosk, and the points that it is worth. `kana` reads `ja`, "" for none."""

    id: int
    ja: str
    en: str
    points: int
    kana: str = ""


@dataclass(frozen=True, slots=True)
class Kiosk:
    """What was said last of a kiosk. Raises ValueError, with a sentence for staff, for what cannot be.

    `number` stands in its codes, `cap_per_day` is in points, None for none; `opens` and `closes` are minutes of the day
    in Japan, 0 and 1440 for always. A code can be claimed for `valid_hours`.
    """

    device: str
    number: int
    place_ja: str
    place_en: str
    programme: str
    visits: tuple[Visit, ...]
    cap_per_day: int | None = None
    opens: int = 0
    closes: int = DAY_MINUTES
    valid_hours: int = VALID_HOURS

    def __post_init__(self) -> None:
        within("number", self.number, 1, U16)
        within("valid_hours", self.valid_hours, 1, MAX_VALID_HOURS)
        if self.cap_per_day is not None:
            within("cap_per_day", self.cap_per_day, 1, MAX_CAP)
        if not 0 <= self.opens < self.closes <= DAY_MINUTES:
            raise ValueError("it opens before it closes, on the same day")
        for visit in self.visits:
            within("visit", visit.id, 1, _MAX_VISIT)
            within("points", visit.points, 1, U16)
            if not _KANA.fullmatch(visit.kana):
                raise ValueError(f"the reading of a visit is in kana, {_MAX_NAME} at most")
        if not self.visits or len({visit.id for visit in self.visits}) < len(self.visits):
            raise ValueError("it has at least one kind of visit, and each number once")
        names = [self.place_ja, self.place_en, *(name for each in self.visits for name in (each.ja, each.en))]
        if not all(0 < len(name.strip()) <= _MAX_NAME for name in names):
            raise ValueError(
                f"the place and each visit have a name in Japanese and one in English, {_MAX_NAME} at most"
            )

    def gives(self, visit: int, points: int) -> bool:
        """Whether that kind of visit is worth so many points here."""
        return any((each.id, each.points) == (visit, points) for each in self.visits)

    def is_open_at(self, moment: int) -> bool:
        """Whether guests come at that Unix second."""
        minute = (moment - seconds_of(day_of(moment))[0]) // 60
        return self.opens <= minute < self.closes


def write_kiosk(kiosk: Kiosk) -> str:
    """As JSON."""
    return encode(kiosk).decode()


def read_kiosk(content: str) -> Kiosk:
    """What `write_kiosk` has written."""
    return msgspec.json.decode(content, type=Kiosk)
