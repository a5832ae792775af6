"""The other reader: zbar, by pyzbar. Loaded only in the child, and only where the settings choose it.

zbar's C code writes out of bounds on crafted pictures, so nothing else may live in its process. pyzbar gives text made
over (Kanji, accents); what passes carry is ASCII and comes through whole.
"""

from __future__ import annotations

from pyzbar import pyzbar

from device.reader.decode import Found, Look, code_like
from device.reader.gray import Gray


def look(gray: Gray, *, harder: bool = True) -> Look:
    """As `device.reader.decode.look`, by zbar alone: nothing is made over, and a picture costs what it costs."""
    del harder  # there is one way only
    found = [
        Found(code.data, code.data.decode("utf-8", "replace"))
        for code in pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol.QRCODE])
    ]
    return Look(found, None if found else code_like(gray))
