"""Cards on paper: a sheet of A4 as a PDF for an ordinary printer, ten cards on it, to be cut out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pylopdf_fonts_jp
import segno
from fpdf import FPDF

from central.passes.find_person import serial_of
from central.words import words
from central.words.words import words_for
from rules.network.in_force import service_day
from rules.passes.rider_pass import IssuedPass, RiderClass, to_text

CODE_MM = 35.0
"""The printed code's side, without its quiet zone. The door's reader reads it from 84 dots an inch on."""
CARD_MM = (85.6, 54.0)
"""As bank cards are (ISO/IEC 7810 ID-1), so that they fit into any wallet."""
A4_MM = (210.0, 297.0)
FONT = "noto"
_COLUMNS, _ROWS = 2, 5
_LEFT_MM, _TOP_MM = (210.0 - _COLUMNS * CARD_MM[0]) / 2, (297.0 - _ROWS * CARD_MM[1]) / 2
_BAND_MM = 7.0
_BESIDE_MM = 37.0
_GREY = 150

CLASS_COLOURS: dict[RiderClass, tuple[int, int, int]] = {
    RiderClass.ADULT: (11, 95, 138),
    RiderClass.CHILD: (176, 72, 0),
    RiderClass.SENIOR: (18, 104, 63),
    RiderClass.STUDENT: (96, 64, 160),
    RiderClass.HANDBOOK: (160, 24, 96),
    RiderClass.HANDBOOK_ATTENDED: (160, 24, 96),
}
"""The band on a card, red, green, blue: the driver sees from afar whose fare is due. The word stands in it, too."""


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A card and what stands on it for people: the name's first letter, and whom to call when it is found."""

    issued: IssuedPass
    initial: str
    product: str
    contact: str


def card_sheet(cards: Sequence[PrintedCard], now: int) -> bytes:
    """The PDF at Unix second `now`. The font is in it with the letters that are used, and no others."""
    pdf = new_pdf(now)
    for number, card in enumerate(cards):
        place = number % (_COLUMNS * _ROWS)
        if not place:
            pdf.add_page()
        _draw(
            pdf,
            card,
            _LEFT_MM + place % _COLUMNS * CARD_MM[0],
            _TOP_MM + place // _COLUMNS * CARD_MM[1],
        )
    return bytes(pdf.output())


def new_pdf(now: int, size: tuple[float, float] = A4_MM) -> FPDF:
    """An empty document in millimetres, its font at hand; `size` is width and height."""
    pdf = FPDF(unit="mm", format=size)
    pdf.set_creation_date(datetime.fromtimestamp(now, UTC))
    pdf.set_lang("ja")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.add_font(FONT, "", pylopdf_fonts_jp.sans_path())
    return pdf


def _draw(pdf: FPDF, card: PrintedCard, left: float, top: float) -> None:
    body = card.issued.body
    pdf.set_draw_color(_GREY)
    pdf.set_line_width(0.1)
    pdf.rect(left, top, *CARD_MM)
    ja, en = words_for(words.CLASSES, body.rider_class)
    pdf.set_fill_color(*CLASS_COLOURS[body.rider_class])
    pdf.rect(left, top, CARD_MM[0], _BAND_MM, style="F")
    pdf.set_text_color(255)
    _text(pdf, left + 4, top + 1.2, 11, f"ゆけむり  {ja}", 50)
    _text(pdf, left + 54, top + 1.8, 8, en, 29)
    # Dark on white, with four modules of nothing around it.
    _draw_code(pdf, card, left + CARD_MM[0] - CODE_MM - 4.5, top + _BAND_MM + 5)
    pdf.set_text_color(0)
    for down, points, text in (
        (10, 40, card.initial),
        (27, 8, card.product or "一回ごと / each ride"),
        (32, 7, f"{service_day(body.valid_until - 1)} まで / until"),
        (37, 11, serial_of(body.pass_id.hex())),
        (43, 6, "なくしたらすぐお電話を / If lost, call:"),
        (46.5, 8, card.contact),
    ):
        _text(pdf, left + 5, top + down, points, text, _BESIDE_MM)


def clipped(pdf: FPDF, text: str, room: float) -> str:
    """So much of the text as `room` millimetres hold, in the font that is set."""
    while text and pdf.get_string_width(text) > room:
        text = text[:-1]
    return text


def _text(pdf: FPDF, left: float, top: float, points: float, text: str, room: float) -> None:
    pdf.set_xy(left, top)
    pdf.set_font(FONT, size=points)
    pdf.cell(text=clipped(pdf, text, room))


def _draw_code(pdf: FPDF, card: PrintedCard, left: float, top: float) -> None:
    code = to_text(card.issued.pack())
    draw_symbol(
        pdf,
        segno.make_qr(code, error="Q", mode="alphanumeric", boost_error=False),
        left,
        top,
        CODE_MM,
    )


def draw_symbol(pdf: FPDF, symbol: segno.QRCode, left: float, top: float, side: float) -> None:
    """Draw it without its quiet zone, which whoever calls leaves white."""
    rows = [bytes(row) for row in symbol.matrix]
    module = side / len(rows)
    pdf.set_fill_color(0)
    for number, row in enumerate(rows):
        for start, end in _dark_runs(row):
            pdf.rect(left + start * module, top + number * module, (end - start) * module, module, style="F")


def _dark_runs(row: bytes) -> Iterator[tuple[int, int]]:
    """From where to where modules are dark: a rectangle for each run has no seams within it."""
    start = None
    for place, is_dark in enumerate((*row, 0)):
        if is_dark and start is None:
            start = place
        elif not is_dark and start is not None:
            yield start, place
            start = None
