"""What the desk, which owns the kiosk's state, and the screen say to each other: a snapshot out, touches in.

Words for people are one text, `日本語 / English`. Visits, numbers and points are those of `rules.passes.point_code`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rules.messages.events import OfferedBy

MOST_SHOWN = 4
"""Codes beside each other. None on the screen gives way to the next one."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A kind of visit: adult, child, book of tickets. `kana` is the reading of `ja`, "" where it needs none."""

    id: int
    ja: str
    en: str
    points: int
    kana: str = ""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code on the screen. `text` is the whole address for the QR code; it goes once `left_s` seconds have passed.

    `claimed` of `count` people have their points, as far as the kiosk has heard. It can be claimed for
    `good_hours` from when it was made.
    """

    number: int
    text: str
    visit: int
    count: int
    left_s: int
    claimed: int = 0
    good_hours: int = 24


@dataclass(frozen=True, slots=True)
class RecentCode:
    """A code made lately, newest first. `made` is the hour and minute, "" where the time was not known.

    `can_show`: もう一度表示 (mō ichido hyōji, show again) brings it back. `card`: a guest's card was
    shown, and there is no code.
    """

    number: int
    visit: int
    count: int
    made: str
    claimed: int
    undone: bool
    card: bool
    can_show: bool


class MessageKind(StrEnum):
    """What a message is about. The screen chooses colour and picture by it."""

    MADE = "made"
    """A code is shown."""
    CARD_DONE = "card-done"
    """A guest's card was taken."""
    CARD_AGAIN = "card-again"
    """The same card was taken just now."""
    CARD_UNKNOWN = "card-unknown"
    """A code that is no card of this village."""
    CARD_DENIED = "card-denied"
    """A card that was reported lost, or has ended."""
    CLAIMED = "claimed"
    """Somebody has claimed a code that was shown."""
    CLOSED = "closed"
    """Outside opening hours."""
    TOO_MANY = "too-many"
    """The hour's number of codes is used up."""
    NO_SPACE = "no-space"
    """As many codes stand on the screen as have room beside each other."""
    GONE = "gone"
    """A code that was to be shown again has expired, is claimed or was taken back."""
    UNDONE = "undone"
    """The last code was taken back."""
    NOTHING_TO_UNDO = "nothing-to-undo"
    WRONG_PIN = "wrong-pin"
    PIN_WAITS = "pin-waits"
    """The wrong PIN too often: none is taken for a while."""
    STOPPED = "stopped"
    """Nothing can be recorded, so no code is made."""


@dataclass(frozen=True, slots=True)
class Message:
    """The desk's last word. `number` rises with every one, so that the same words twice are seen to be new."""

    number: int
    kind: MessageKind
    words: str


@dataclass(frozen=True, slots=True)
class TodayCount:
    """One kind of visit today, without what was taken back.

    `codes` were made and `cards` shown, for `people` together; `claimed` of those on codes have their points.
    """

    visit: int
    codes: int
    people: int
    cards: int
    claimed: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the screen shows, at one moment. Compared by value: an equal one is not published again.

    `now_text` is the hour and minute, "" while the time is not known. `waiting` records are not with the office yet.
    `stopped` says why no code can be made at all, "" while they can; `faults` are what else staff should know.
    `staff`: the staff's page is open. `hours` are the opening hours, "" for all day. `camera`: a card can be shown.
    """

    unit: str
    now_text: str
    clock_known: bool
    link_up: bool
    waiting: int
    open: bool
    codes: tuple[ShownCode, ...]
    recent: tuple[RecentCode, ...]
    visits: tuple[Visit, ...]
    message: Message | None
    today: tuple[TodayCount, ...]
    stopped: str = ""
    faults: tuple[str, ...] = ()
    staff: bool = False
    hours: str = ""
    version: str = ""
    demo: bool = False
    camera: bool = False


@dataclass(frozen=True, slots=True)
class OfferWanted:
    """Somebody wants a code. `by` is believed to be STAFF only while the staff's page is open."""

    visit: int
    count: int
    by: OfferedBy = OfferedBy.TOUCH


@dataclass(frozen=True, slots=True)
class ShowAgain:
    """もう一度表示: bring code `number` back."""

    number: int


@dataclass(frozen=True, slots=True)
class HideCode:
    """Take code `number` off the screen; it stays good."""

    number: int


@dataclass(frozen=True, slots=True)
class StaffPin:
    """Staff want their page."""

    pin: str


@dataclass(frozen=True, slots=True)
class StaffLeft:
    """Staff have closed their page."""


@dataclass(frozen=True, slots=True)
class UndoLast:
    """Staff take back the last code or card, `number`: the one they were looking at."""

    number: int


Touch = OfferWanted | ShowAgain | HideCode | StaffPin | StaffLeft | UndoLast


class Report(Protocol):
    """Puts a touch on the desk's bounded queue. False if the queue was full and the touch was dropped."""

    def __call__(self, touch: Touch, /) -> bool:
        """Hand `touch` over without waiting."""
