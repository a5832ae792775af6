"""掲示物 (keijibutsu), what is put up in buses, at baths and in homes: PDFs in their real size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from central.counter.notices.sheet import Sheet
from central.counter.notices.words import (
    BATH_JOIN,
    BATH_STEPS,
    BATH_TITLE,
    HOW_TO_HELP,
    HOW_TO_STEPS,
    HOW_TO_TITLE,
    POSTER,
    POSTER_TITLE,
    STICKER_STEPS,
    STICKER_TICKET,
    STICKER_TITLE,
    Paper,
)
from central.counter.print_cards import A4_MM
from central.words.words import Words
from rules.passes.bus_code import PATH

STICKER_MM = (90.0, 130.0)
"""As a fare box has room for; cut from any paper or film."""
MEMBER_PAGE = "/m/"


class Size(StrEnum):
    """Of posters and sheets. The values stand in addresses."""

    A4 = "a4"
    A5 = "a5"


SIZES: dict[Size, tuple[float, float]] = {Size.A4: A4_MM, Size.A5: (148.0, 210.0)}


@dataclass(frozen=True, slots=True)
class Office:
    """Whose notice it is: the pages' `address`, as https://bus.example.jp, and whom to ask."""

    address: str
    contact: str


def stickers(buses: Sequence[str], office: Office, now: int) -> bytes:
    """A page for each bus, as large as the sticker itself. The code says which bus it is and nothing else."""
    sheet = Sheet(now, STICKER_MM)
    for bus in buses:
        _sticker(sheet, bus, office)
    return sheet.bytes()


def notice(paper: Paper, size: Size, office: Office, now: int) -> bytes:
    """A poster or sheet on one page of that size. Raises ValueError for stickers, which are of a bus."""
    sheet = Sheet(now, SIZES[size])
    # Everything is laid out for A4, and a smaller sheet is the same in small.
    scale = sheet.width / A4_MM[0]
    sheet.page()
    match paper:
        case Paper.POSTER:
            _poster(sheet, scale, office)
        case Paper.HOW_TO:
            _how_to(sheet, scale, office)
        case Paper.BATH:
            _bath(sheet, scale, office)
        case Paper.STICKER:
            raise ValueError("a sticker is of a bus")
    return sheet.bytes()


def _sticker(sheet: Sheet, bus: str, office: Office) -> None:
    left, width = 6.0, sheet.width - 12.0
    sheet.page()
    sheet.frame(1.0)
    top = sheet.both(STICKER_TITLE, 17, left, 4.0, width)
    side = 48.0
    top = sheet.symbol(office.address + PATH + bus, (sheet.width - side) / 2, top, side)
    top = sheet.words(bus, 10, left, top, width)
    top = sheet.steps(STICKER_STEPS, 8.5, left, top + 1.0, width)
    sheet.both(STICKER_TICKET, 8, left, top, width)


def _poster(sheet: Sheet, scale: float, office: Office) -> None:
    left, width = 16.0 * scale, sheet.width - 32.0 * scale
    top = sheet.both(POSTER_TITLE, 36 * scale, left, 12.0 * scale, width)
    for title, steps in POSTER:
        top = sheet.band(title, 20 * scale, left, top + 5.0 * scale, width) + 4.0 * scale
        top = _side_by_side(sheet, steps, scale, left, top, width)
    side = 32.0 * scale
    foot = sheet.height - 44.0 * scale
    sheet.symbol(office.address + MEMBER_PAGE, left + width - side, foot, side)
    end = sheet.both(("マイページは こちら", "Your page"), 15 * scale, left, foot + 4.0 * scale, width - side)
    sheet.words(office.contact, 13 * scale, left, end + 2.0 * scale, width - side)


def _side_by_side(
    sheet: Sheet, steps: Sequence[Words], scale: float, left: float, top: float, width: float
) -> float:
    gap = 5.0 * scale
    column = (width - gap * (len(steps) - 1)) / len(steps)
    return max(
        sheet.step(number, step, 16 * scale, left + (column + gap) * (number - 1), top, column)
        for number, step in enumerate(steps, 1)
    )


def _how_to(sheet: Sheet, scale: float, office: Office) -> None:
    left, width = 18.0 * scale, sheet.width - 36.0 * scale
    top = sheet.both(HOW_TO_TITLE, 30 * scale, left, 16.0 * scale, width)
    top = _big_symbol(sheet, office, scale, top + 4.0 * scale)
    top = sheet.steps(HOW_TO_STEPS, 20 * scale, left, top + 6.0 * scale, width)
    top = sheet.both(HOW_TO_HELP, 17 * scale, left, top + 4.0 * scale, width)
    sheet.words(office.contact, 14 * scale, left, top + 6.0 * scale, width)


def _bath(sheet: Sheet, scale: float, office: Office) -> None:
    left, width = 18.0 * scale, sheet.width - 36.0 * scale
    top = sheet.both(BATH_TITLE, 28 * scale, left, 18.0 * scale, width)
    top = sheet.steps(BATH_STEPS, 20 * scale, left, top + 8.0 * scale, width)
    top = sheet.both(BATH_JOIN, 16 * scale, left, top + 8.0 * scale, width)
    top = _big_symbol(sheet, office, scale, top + 2.0 * scale)
    sheet.words(office.contact, 14 * scale, left, top + 6.0 * scale, width)


def _big_symbol(sheet: Sheet, office: Office, scale: float, top: float) -> float:
    side = 64.0 * scale
    address = office.address + MEMBER_PAGE
    top = sheet.symbol(address, (sheet.width - side) / 2, top, side)
    return sheet.words(address, 11 * scale, 18.0 * scale, top, sheet.width - 36.0 * scale)
