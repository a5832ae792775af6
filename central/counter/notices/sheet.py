"""A page of a notice: words with readings above them, steps with numbers, symbols; nothing on it is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import segno
from fpdf import FPDF

from central.counter.print_cards import FONT, draw_symbol, new_pdf
from central.words.ruby import readings
from central.words.words import Words

Piece = tuple[str, str]
"""Letters and their reading, "" where there is none."""

MM_PER_POINT = 25.4 / 72
QUIET_MODULES = 4
_READING_SHARE = 0.48
_LINE = 1.3
_SMALLEST = 4.0
_INK, _QUIET, _WATER, _WHITE = (21, 35, 44), (81, 98, 109), (11, 95, 138), (255, 255, 255)


class Sheet:
    """Pages of `size` millimetres (width, height) made at Unix second `now`."""

    def __init__(self, now: int, size: tuple[float, float]) -> None:
        self.width, self.height = size
        self._pdf: FPDF = new_pdf(now, size)

    def page(self) -> None:
        """The next page."""
        self._pdf.add_page()

    def words(
        self, text: str, points: float, left: float, top: float, width: float, colour: tuple[int, ...] = _INK
    ) -> float:
        """Write it from there on, broken between phrases; where it ends, in millimetres from the top.

        A phrase that is longer than a line makes all of it smaller: a long name is not cut.
        """
        phrases = [list(_pieces(phrase)) for phrase in text.split(" ") if phrase]
        while points > _SMALLEST and max(self._length(each, points) for each in phrases) > width:
            points -= 0.5
        self._pdf.set_text_color(*colour)
        for line in self._lines(phrases, points, width):
            top = self._line(line, points, left, top)
        return top

    def both(self, words: Words, points: float, left: float, top: float, width: float) -> float:
        """Japanese, and the English beneath it; where it ends."""
        top = self.words(words[0], points, left, top, width)
        return self.words(words[1], points * 0.68, left, top + points * 0.05, width, _QUIET)

    def band(self, words: Words, points: float, left: float, top: float, width: float) -> float:
        """A heading, white on colour, as wide as that; where it ends."""
        height = points * MM_PER_POINT * 2.2
        self._pdf.set_fill_color(*_WATER)
        self._pdf.rect(left, top, width, height, style="F")
        inner = width - 2 * points * 0.4
        self.words(words[0], points, left + points * 0.4, top + height * 0.08, inner * 0.62, _WHITE)
        english = left + points * 0.4 + inner * 0.64
        self.words(words[1], points * 0.62, english, top + height * 0.45, inner * 0.36, _WHITE)
        return top + height

    def steps(self, steps: Sequence[Words], points: float, left: float, top: float, width: float) -> float:
        """One beneath the other, each with its number; where they end."""
        for number, step in enumerate(steps, 1):
            top = self.step(number, step, points, left, top, width) + points * 0.22
        return top

    def step(self, number: int, step: Words, points: float, left: float, top: float, width: float) -> float:
        """One of them; where it ends."""
        side = points * MM_PER_POINT * 1.7
        down = points * MM_PER_POINT * _READING_SHARE
        self._pdf.set_fill_color(*_WATER)
        self._pdf.ellipse(left, top + down * 0.6, side, side, style="F")
        self._pdf.set_text_color(*_WHITE)
        self._pdf.set_font(FONT, size=points)
        self._pdf.set_xy(left, top + down * 0.6)
        self._pdf.cell(side, side, str(number), align="C")
        return self.both(step, points, left + side * 1.25, top, width - side * 1.25)

    def symbol(self, text: str, left: float, top: float, side: float) -> float:
        """The QR code of an address, its quiet zone within `side`; where it ends."""
        symbol = segno.make_qr(text, error="Q", boost_error=False)
        module = side / (len(symbol.matrix) + 2 * QUIET_MODULES)
        edge = QUIET_MODULES * module
        draw_symbol(self._pdf, symbol, left + edge, top + edge, side - 2 * edge)
        return top + side

    def frame(self, margin: float) -> None:
        """A thin line to cut along, or to see where the paper ends."""
        self._pdf.set_draw_color(*_QUIET)
        self._pdf.set_line_width(0.2)
        self._pdf.rect(margin, margin, self.width - 2 * margin, self.height - 2 * margin)

    def bytes(self) -> bytes:
        """The PDF."""
        return bytes(self._pdf.output())

    def _lines(self, phrases: Sequence[list[Piece]], points: float, width: float) -> Iterator[list[Piece]]:
        line: list[Piece] = []
        for phrase in phrases:
            longer = [*line, (" ", ""), *phrase] if line else phrase
            if line and self._length(longer, points) > width:
                yield line
                longer = phrase
            line = longer
        yield line

    def _line(self, line: Sequence[Piece], points: float, left: float, top: float) -> float:
        above = points * _READING_SHARE * MM_PER_POINT if any(reading for _, reading in line) else 0.0
        for letters, reading in line:
            room = self._length([(letters, reading)], points)
            for text, size, down in ((letters, points, above), (reading, points * _READING_SHARE, 0.0)):
                self._pdf.set_font(FONT, size=size)
                self._pdf.set_xy(left, top + down)
                self._pdf.cell(room, size * MM_PER_POINT * 1.15, text, align="C")
            left += room
        return top + above + points * MM_PER_POINT * _LINE

    def _length(self, line: Sequence[Piece], points: float) -> float:
        return sum(
            max(self._width(letters, points), self._width(reading, points * _READING_SHARE))
            for letters, reading in line
        )

    def _width(self, text: str, points: float) -> float:
        self._pdf.set_font(FONT, size=points)
        return float(self._pdf.get_string_width(text))


def _pieces(phrase: str) -> Iterator[Piece]:
    return (piece for piece in readings(phrase) if piece[0])
