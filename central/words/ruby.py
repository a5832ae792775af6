"""ふりがな: a word with its reading, written `{漢字|かんじ}` where words stand, shown above it for whoever wants it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_READING = re.compile(r"\{([^|{}]+)\|([^|{}]+)\}")


def ruby(text: str) -> Markup:
    """The text with its readings as HTML; everything else is escaped."""
    return Markup("").join(_parts(text))


def readings(text: str) -> Iterator[tuple[str, str]]:
    """Each piece of the text with its reading, "" for a piece that has none."""
    at = 0
    for found in _READING.finditer(text):
        yield text[at : found.start()], ""
        yield found[1], found[2]
        at = found.end()
    yield text[at:], ""


def _parts(text: str) -> Iterator[Markup]:
    for piece, reading in readings(text):
        yield Markup("<ruby>{}<rt>{}</rt></ruby>").format(piece, reading) if reading else escape(piece)
