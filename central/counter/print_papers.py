"""Papers for members without a phone, as PDFs for an ordinary printer: the letter with a PIN, and the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fpdf import FPDF

from central.counter.print_cards import FONT, clipped, new_pdf
from central.japan import day_title
from central.points.read_statement import Statement

ON_PAPER = 24
"""Lines of history that leave room for the rest on one sheet."""
_LEFT_MM, _WIDTH_MM = 20.0, 170.0
_POINTS_LINE_MM = 0.62
"""Height of a line for each point of its letters."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom a paper goes: number and name; `contact` is whom to ask."""

    member: str
    name: str
    contact: str


def pin_letter(to: Addressed, pin: str, now: int) -> bytes:
    """The PDF of a PIN that stands nowhere else."""
    paper = _Paper(now, "会員番号とPINのお知らせ", "Your number and PIN")
    paper.line(f"{to.name} 様", 16)
    paper.gap(6)
    paper.line("会員番号 / Member number", 11)
    paper.line(f"{to.member[:4]} {to.member[4:]}", 30)
    paper.gap(3)
    paper.line("PIN", 11)
    paper.line(" ".join(pin), 30)
    paper.gap(6)
    for sentence in (
        "マイページや家のタブレットで、会員番号とPINを入れてください。",
        "PINはご本人だけのものです。ほかの人に見せず、カードと別に置いてください。",
        "忘れたときは窓口で新しくします。前のPINは使えなくなります。",
    ):
        paper.line(sentence, 12)
    paper.gap(3)
    for sentence in (
        "Enter the number and the PIN on the member's page or the household's tablet.",
        "The PIN is yours alone. Keep it apart from the card.",
        "If you forget it, the counter gives you a new one; the former is worth nothing then.",
    ):
        paper.line(sentence, 10)
    paper.gap(6)
    paper.line(to.contact, 11)
    return paper.bytes()


def statement_paper(to: Addressed, found: Statement, now: int) -> bytes:
    """残高と期限のお知らせ as a PDF of one page."""
    paper = _Paper(now, "残高と期限のお知らせ", "Balance and expiry")
    paper.line(f"{to.name} 様　会員番号 {to.member}", 13)
    paper.line(f"{_day(found.day)} 現在 / as of this day", 10)
    paper.gap(3)
    paper.line(f"{found.balance:,} くらポ", 26)
    if found.held:
        paper.line(
            f"うち {found.held:,} はバスのための取り置きです。 / Of it so much is set aside for rides.", 10
        )
    paper.head("期限 / Expiry")
    paper.rows(
        [(f"{_day(each.last_day)} まで / last day", f"{each.amount:,} くらポ") for each in found.expiring],
        "期限のあるものはありません。 / Nothing expires.",
    )
    paper.head("最近のご利用 / Recent use")
    paper.rows(
        [
            (f"{_day(line.day)}　{line.japanese} / {line.english}", f"{line.amount:+,}")
            for line in found.lines[:ON_PAPER]
        ],
        "まだご利用はありません。 / Nothing has happened yet.",
    )
    paper.gap(6)
    paper.line(to.contact, 11)
    return paper.bytes()


class _Paper:
    """One page, written from top to bottom."""

    def __init__(self, now: int, title: str, english: str) -> None:
        self._pdf: FPDF = new_pdf(now)
        self._pdf.add_page()
        self._top = 22.0
        self.line(title, 20)
        self.line(english, 11)
        self.gap(6)

    def line(self, text: str, points: float, right: str = "") -> None:
        """One line of so many points; letters that have no room are left out at its end, `right` never."""
        height = points * _POINTS_LINE_MM
        self._pdf.set_font(FONT, size=points)
        room = _WIDTH_MM - (self._pdf.get_string_width(right) + 6 if right else 0)
        self._pdf.set_xy(_LEFT_MM, self._top)
        self._pdf.cell(_WIDTH_MM, height, clipped(self._pdf, text, room))
        if right:
            self._pdf.set_xy(_LEFT_MM, self._top)
            self._pdf.cell(_WIDTH_MM, height, right, align="R")
        self._top += height

    def gap(self, millimetres: float) -> None:
        """Nothing for so much."""
        self._top += millimetres

    def head(self, text: str) -> None:
        """A heading over a rule."""
        self.gap(5)
        self.line(text, 13)
        self._pdf.set_line_width(0.3)
        self._pdf.line(_LEFT_MM, self._top, _LEFT_MM + _WIDTH_MM, self._top)
        self.gap(1)

    def rows(self, rows: Sequence[tuple[str, str]], empty: str) -> None:
        """Left and right on a line each, or the sentence for none."""
        for left, right in rows:
            self.line(left, 10, right)
        if not rows:
            self.line(empty, 10)

    def bytes(self) -> bytes:
        """The PDF."""
        return bytes(self._pdf.output())


def _day(iso: str) -> str:
    return day_title(date.fromisoformat(iso))
