"""問い合わせ (toiawase), an inquiry: that somebody asked, what was said, and what is to happen next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How it came. The values stand in the database and stay stable."""

    WINDOW = "window"
    PHONE = "phone"
    MAIL = "mail"


class About(StrEnum):
    """What it is about. The values stand in the database and stay stable."""

    RIDE = "ride"
    CARD = "card"
    CHARGE = "charge"
    POINTS = "points"
    OTHER = "other"


class State(StrEnum):
    """How it stands. The values stand in the database and stay stable."""

    OPEN = "open"
    """The office has to do something."""
    WAITING = "waiting"
    """Somebody else has: the asker, a bath, the bus company."""
    DONE = "done"


class NotWritten(StrEnum):
    """Why nothing was written down."""

    NO_WORDS = "no-words"
    """What was said is missing."""
    TOO_LONG = "too-long"
    """More than there is room for."""
    NO_CHOICE = "no-choice"
    """Way, subject or state is none of those that there are."""
    WHO = "who"
    """Neither a member nor any words for who asked."""
    NO_MEMBER = "no-member"
    """There is no member of that number."""
    NOT_THEIRS = "not-theirs"
    """The ride, charge or claim is not there, or is another member's."""
    NO_STAFF = "no-staff"
    """Nobody of that name works here, so the next step would be nobody's."""
    NO_INQUIRY = "no-inquiry"
    """There is no inquiry of that number."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something said or done: words, how it stands after it, what is next ("" for nothing) and by whom of the staff."""

    state: State
    said: str
    next_step: str
    next_by: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A new inquiry. `member` "" for somebody who is none, `caller` in free words; `tie` as "ride:12" or ""."""

    way: Way
    about: About
    member: str
    caller: str
    tie: str
    note: Note


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note as it was written down, by whom of the staff, at which Unix second."""

    note: Note
    staff: str
    at: int


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One as it stands: the newest note is `last`. `forgotten` when its words have been blanked."""

    id: int
    way: Way
    about: About
    member: str
    caller: str
    tie: str
    at: int
    forgotten: bool
    last: KeptNote
