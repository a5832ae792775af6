"""Turns a snapshot into what the rider's display prints. Pure, and without a word of who the rider is."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import segno

from device.reader.messages import Hint
from terminal.screen import view
from terminal.screen.rider_words import HINTS, MOVED, RIDER_WORDS, TICKET, RiderWords
from terminal.screen.snapshot import LastAnswer, Snapshot

QUIET_ZONE = 4
FARES = 5
"""As many as can be read at a glance, from the nearest stops."""


@dataclass(frozen=True, slots=True)
class RiderAnswer:
    """The last answer to its rider. `fare` and `cash` are yen, None where there is nothing to show.

    `commuter`: nothing is due by a commuter pass (定期券, teikiken). `party` counts the holder.
    """

    words: RiderWords
    head: str
    head_en: str
    fare: int | None
    cash: int | None
    commuter: bool
    party: int


@dataclass(frozen=True, slots=True)
class Fare:
    """What one adult who boarded at `stop` pays at the coming stop; None where the driver has to say."""

    stop: str
    yen: int | None


@dataclass(frozen=True, slots=True)
class RiderSees:
    """All of the display. `ticket` is why there is nothing to hold a code to, None while codes are read.

    `code` is the bus's own code as SVG, `word` its word, "" both where there is none.
    """

    answer: RiderAnswer | None
    hint: Hint | None
    hint_words: RiderWords | None
    ticket: RiderWords | None
    place: view.Place | None
    fares: tuple[Fare, ...]
    code: str
    word: str


def sees(snapshot: Snapshot) -> RiderSees:
    """What a snapshot looks like from the door."""
    closed = bool(snapshot.fault or snapshot.camera_problem) or not view.has_trip(snapshot)
    return RiderSees(
        answer=_answer(snapshot.last) if snapshot.last else None,
        hint=None if closed else snapshot.hint,
        hint_words=HINTS[snapshot.hint] if snapshot.hint and not closed else None,
        ticket=TICKET if closed else None,
        place=view.place(snapshot),
        fares=_fares(snapshot),
        code=code_svg(snapshot.ride_code) if snapshot.ride_code and not snapshot.fault else "",
        word="" if snapshot.fault else snapshot.ride_word,
    )


@functools.lru_cache(maxsize=2)
def code_svg(address: str) -> str:
    """A QR code of the address, error correction M, quiet zone included, dark on light whatever is around it."""
    symbol = segno.make_qr(address, error="m", boost_error=False)
    return symbol.svg_inline(border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass="qr")


def _answer(last: LastAnswer) -> RiderAnswer:
    told, words = view.answer(last), RIDER_WORDS[last.outcome]
    head, head_en = MOVED[last.movement] if told.rides else (words.head, words.head_en)
    return RiderAnswer(
        words=words,
        head=head,
        head_en=head_en,
        fare=told.fare,
        cash=told.cash,
        commuter=told.commuter,
        party=last.party if told.rides else 1,
    )


def _fares(snapshot: Snapshot) -> tuple[Fare, ...]:
    return tuple(
        Fare(snapshot.stop_names[start.board_index], dict(start.fares).get("adult"))
        for start in snapshot.fares_from[:FARES]
    )
