"""Turns a snapshot into what the templates print. Pure."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from enum import StrEnum

import segno

from kiosk.ports import MOST_SHOWN, Message, MessageKind, RecentCode, ShownCode, Snapshot, TodayCount
from kiosk.screen.words import MOODS, READINGS, WORDS, Mood, Words, claim_within, with_readings

QUIET_ZONE = 2
"""Light modules around the drawing. Codes stand on one light ground, which gives as many again on every side."""
NIGHT_FROM, NIGHT_TO = 22, 6
"""Hours between which the idle picture is dim in a house that never closes."""


class Front(StrEnum):
    """What takes most of the screen; the page itself adds the idle picture."""

    STOPPED = "stopped"
    STAFF = "staff"
    CODES = "codes"
    CLOSED = "closed"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR code as SVG, `modules` wide with what is light around it."""

    svg: str
    modules: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of visit in words; `words` has the reading."""

    id: int
    words: Words
    points: int


@dataclass(frozen=True, slots=True)
class Card:
    """A code on the screen. `places` says of each of its people, one after another, whether they have their points."""

    number: int
    symbol: Symbol
    kind: Kind
    count: int
    claimed: int
    places: tuple[bool, ...]
    claim: Words


@dataclass(frozen=True, slots=True)
class Row:
    """A code or card made lately, and what has become of it."""

    code: RecentCode
    kind: Kind
    state: Words


@dataclass(frozen=True, slots=True)
class Told:
    """The desk's last word."""

    number: int
    kind: MessageKind
    mood: Mood
    words: Words


@dataclass(frozen=True, slots=True)
class Day:
    """A kind of visit on the staff's page."""

    kind: Kind
    count: TodayCount


@dataclass(frozen=True, slots=True)
class Sees:
    """All of the page but the seconds that codes have left. `last` is what staff can take back, None for nothing.

    `stopped` is the snapshot's, with its readings.
    """

    front: Front
    is_full: bool
    is_dark: bool
    cards: tuple[Card, ...]
    kinds: tuple[Kind, ...]
    notes: tuple[Words, ...]
    hint: Words
    told: Told | None
    again: tuple[Row, ...]
    rows: tuple[Row, ...]
    last: Row | None
    days: tuple[Day, ...]
    total: TodayCount
    stopped: str


def sees(snapshot: Snapshot) -> Sees:
    """What a snapshot looks like."""
    kinds = {visit.id: _kind(snapshot, visit.id) for visit in snapshot.visits}
    rows = tuple(_row(snapshot, code) for code in snapshot.recent)
    return Sees(
        front=_front(snapshot),
        is_full=len(snapshot.codes) >= MOST_SHOWN,
        is_dark=_is_dark(snapshot),
        cards=tuple(_card(snapshot, code) for code in snapshot.codes),
        kinds=tuple(kinds.values()),
        notes=_notes(snapshot),
        hint=_hint(snapshot),
        told=_told(snapshot.message) if snapshot.message else None,
        again=tuple(row for row in rows if row.code.can_show),
        rows=rows if snapshot.staff else (),
        last=next((row for row in rows if not row.code.undone), None) if snapshot.staff else None,
        days=tuple(Day(_kind(snapshot, each.visit), each) for each in snapshot.today),
        total=_total(snapshot.today),
        stopped=with_readings(snapshot.stopped),
    )


def seconds_left(snapshot: Snapshot) -> dict[int, int]:
    """How long each code still stands there; the page counts on by itself."""
    return {code.number: code.left_s for code in snapshot.codes}


def same_to_the_eye(one: Snapshot, other: Snapshot) -> bool:
    """Whether the page looks the same for both once it has counted on."""
    before, after = seconds_left(one), seconds_left(other)
    counts_on = all(after[number] <= before.get(number, 0) for number in after)
    return counts_on and _uncounted(one) == _uncounted(other)


@functools.lru_cache(maxsize=4 * MOST_SHOWN)
def symbol_of(address: str) -> Symbol:
    """A QR code of the address, dark on light.

    With the lowest correction, since a screen has no creases and larger modules read better; what room is left in the
    symbol goes into more of it.
    """
    code = segno.make_qr(address, error="l")
    svg = code.svg_inline(border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass="qr")
    return Symbol(svg, int(code.symbol_size(border=QUIET_ZONE)[0]))


def _front(snapshot: Snapshot) -> Front:
    if snapshot.stopped:
        return Front.STOPPED
    if snapshot.staff:
        return Front.STAFF
    if snapshot.codes:
        return Front.CODES
    return Front.KEYS if snapshot.open else Front.CLOSED


def _is_dark(snapshot: Snapshot) -> bool:
    if not snapshot.open:
        return True
    hour = snapshot.now_text.partition(":")[0]
    return hour.isdecimal() and not NIGHT_TO <= int(hour) < NIGHT_FROM


def _kind(snapshot: Snapshot, number: int) -> Kind:
    """A kind of visit that has left the settings goes by its number."""
    for visit in snapshot.visits:
        if visit.id == number:
            ja = f"{{{visit.ja}|{visit.kana}}}" if visit.kana else visit.ja
            return Kind(number, Words(ja, visit.en), visit.points)
    return Kind(number, Words(f"{{種類|しゅるい}}{number}", f"Kind {number}"), 0)


def _card(snapshot: Snapshot, code: ShownCode) -> Card:
    return Card(
        number=code.number,
        symbol=symbol_of(code.text),
        kind=_kind(snapshot, code.visit),
        count=code.count,
        claimed=code.claimed,
        places=tuple(place < code.claimed for place in range(code.count)),
        claim=claim_within(code.good_hours),
    )


def _row(snapshot: Snapshot, code: RecentCode) -> Row:
    return Row(code, _kind(snapshot, code.visit), _state(code))


def _state(code: RecentCode) -> Words:
    if code.undone:
        return Words("取消", "taken back")
    if code.card:
        return Words("カード", "card")
    if code.claimed >= code.count:
        return Words("受取済", "claimed")
    return Words(f"受取 {code.claimed}/{code.count}", f"{code.claimed} of {code.count} claimed")


def _told(message: Message) -> Told:
    ja, _, en = message.words.partition(" / ")
    return Told(message.number, message.kind, MOODS[message.kind], Words(READINGS.get(message.kind, ja), en))


def _notes(snapshot: Snapshot) -> tuple[Words, ...]:
    said = {"no-link": not snapshot.link_up, "no-clock": not snapshot.clock_known}
    return tuple(WORDS[name] for name, holds in said.items() if holds)


def _hint(snapshot: Snapshot) -> Words:
    if snapshot.staff:
        return WORDS["hint.staff"]
    if snapshot.stopped:
        return WORDS["stopped.ask"]
    if snapshot.codes or not snapshot.open:
        return WORDS["hint.shown"]
    return WORDS["hint.card" if snapshot.camera else "hint"]


def _total(today: tuple[TodayCount, ...]) -> TodayCount:
    return TodayCount(
        visit=0,
        codes=sum(each.codes for each in today),
        people=sum(each.people for each in today),
        cards=sum(each.cards for each in today),
        claimed=sum(each.claimed for each in today),
    )


def _uncounted(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, codes=tuple(replace(code, left_s=0) for code in snapshot.codes))
