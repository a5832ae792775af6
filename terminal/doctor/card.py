"""The card that an installer holds before the door's camera: a PDF with a code that is no pass, and a ruler."""

from __future__ import annotations

from datetime import UTC, datetime

import pylopdf_fonts_jp
import segno
from fpdf import FPDF

CARD_TEXT = "YUKEMURI TEST CARD 1"
"""What its code says. No pass begins so, so a running bus answers it with red, as it should."""
CODE_MM = 35.0
"""As large as the code on a rider's paper card."""
RULER_MM = 100
FONT = "noto"
_LEFT_MM = 25.0
_WORDS = (
    "ゆけむり 試験カード / Yukemuri test card",
    "拡大・縮小せずに印刷し（100%）、下の物差しが10cmか確かめてください。",
    "Print at 100 %, and see that the ruler below measures 10 cm.",
    "扉のカメラの前 10〜15cm に、コードを上にして持ってください。",
    "Hold it 10 to 15 cm before the door's camera, the code towards it.",
)


def card_pdf() -> bytes:
    """One page of A4. The same bytes every time."""
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
    pdf.set_auto_page_break(auto=False)
    pdf.add_font(FONT, fname=pylopdf_fonts_jp.sans_path())
    pdf.add_page()
    pdf.set_font(FONT, size=12)
    for number, words in enumerate(_WORDS):
        pdf.set_xy(_LEFT_MM, 20 + 8 * number)
        pdf.cell(text=words)
    _draw_code(pdf, _LEFT_MM, 75.0)
    _draw_ruler(pdf, _LEFT_MM, 125.0)
    return bytes(pdf.output())


def _draw_code(pdf: FPDF, left: float, top: float) -> None:
    rows = [bytes(row) for row in segno.make_qr(CARD_TEXT, error="Q", boost_error=False).matrix]
    module = CODE_MM / len(rows)
    pdf.set_fill_color(0)
    for down, row in enumerate(rows):
        for along, is_dark in enumerate(row):
            if is_dark:
                # A hair wider than a module, so that no seam shows between two.
                side = module + 0.02
                pdf.rect(left + along * module, top + down * module, side, side, style="F")


def _draw_ruler(pdf: FPDF, left: float, top: float) -> None:
    pdf.line(left, top, left + RULER_MM, top)
    pdf.set_font(FONT, size=8)
    for millimetre in range(RULER_MM + 1):
        height = 6 if millimetre % 10 == 0 else 3
        pdf.line(left + millimetre, top, left + millimetre, top + height)
        if millimetre % 10 == 0:
            pdf.set_xy(left + millimetre - 3, top + 7)
            pdf.cell(w=6, text=str(millimetre // 10), align="C")
