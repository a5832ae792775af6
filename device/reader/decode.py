"""QR codes in a gray picture: as it is, and where a code is seen that cannot be read, made over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import zxingcpp

from device.clock import SystemTime
from device.reader.gray import Gray, resized
from device.reader.regions import Region, textured
from device.reader.treatments import treated

__all__ = ["FRAME_SECONDS", "PASS", "Found", "Gray", "Look", "code_like", "look", "read_codes", "read_texts"]

FRAME_SECONDS = 0.06
"""What one picture may cost, one call of the library excepted. No step is begun that would by its size not fit in; the
calls themselves cannot be broken off. Who hangs in one is replaced (`process.py`)."""

PASS = b"YP1:"
"""How a rider's code begins. Where one is in view, nothing else is looked for."""

# Micro QR, which plain `QRCode` switches on, reads texts into damaged frames where none is.
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
_SMALLEST_TO_HALVE = 480
_SMALLEST_CODE = 40
"""Pixels of a side: 21 modules of 2."""

Clock = Callable[[], float]
_CLOCK: Clock = SystemTime().monotonic


@dataclass(frozen=True, slots=True)
class Found:
    """A code that was read: its bytes, and the text that its own character set makes of them."""

    data: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture shows: what was read, and the field of edges that has a code's shape and could not be read."""

    found: list[Found]
    unread: Region | None

    @property
    def codes(self) -> list[bytes]:
        """The bytes of each code that was read."""
        return [found.data for found in self.found]


def read_codes(gray: Gray) -> list[bytes]:
    """The bytes of every QR code (Model 2) found in an (h, w) picture, dark on light or the other way round."""
    return look(gray).codes


def read_texts(gray: Gray) -> list[str]:
    """As `read_codes`, but the text as the code's own character set gives it."""
    return [found.text for found in look(gray).found]


def look(gray: Gray, clock: Clock = _CLOCK, *, harder: bool = True) -> Look:
    """Read a picture within about FRAME_SECONDS of `clock`. Not `harder`: what is seen and not read is left so."""
    begun = clock()
    # A code at the door is large: half the size finds it in a quarter of the time.
    is_large = min(gray.shape) >= _SMALLEST_TO_HALVE
    small = resized(gray, 0.5) if is_large else gray
    found = _decode(small)
    if found and (not is_large or _has_pass(found)):
        return Look(_said(found), None)
    spent = clock() - begun
    # In noise and patterns the library looks long; the larger piece takes as much longer as it is larger.
    a_pixel = spent / small.size
    scale = 2 if is_large else 1
    seen = [region.scaled(scale) for region in textured(small)]
    hidden = [region for region in seen if not any(_covers(region, code, scale) for code in found)]
    unread = None
    for region in hidden:
        pieces = _Pieces(region.cut(gray), clock, begun + FRAME_SECONDS, a_pixel)
        read = pieces.read(as_it_is=is_large, harder=harder and _is_code_like(region))
        found += read
        if not read and unread is None and _is_code_like(region):
            unread = region
        if _has_pass(read):
            break
    return Look(_said(found), unread)


def code_like(gray: Gray) -> Region | None:
    """The first field of a code's shape in the picture."""
    is_large = min(gray.shape) >= _SMALLEST_TO_HALVE
    fields = textured(resized(gray, 0.5) if is_large else gray)
    return next(filter(_is_code_like, (field.scaled(2 if is_large else 1) for field in fields)), None)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A piece of the picture, and what there is left to look at it."""

    piece: Gray
    clock: Clock
    until: float
    a_pixel: float

    def read(self, *, as_it_is: bool, harder: bool) -> list[zxingcpp.Barcode]:
        """The first way that reads anything, tried while there is time."""
        if as_it_is and self._fits(self.piece) and (found := _decode(self.piece)):
            return found
        if not harder:
            return []
        for made_over in treated(self.piece):
            if not self._fits(made_over):
                return []
            if found := _decode(made_over):
                return found
        return []

    def _fits(self, gray: Gray) -> bool:
        return self.clock() + self.a_pixel * gray.size < self.until


def _decode(gray: Gray) -> list[zxingcpp.Barcode]:
    return list(zxingcpp.read_barcodes(gray, formats=_FORMATS))


def _said(found: list[zxingcpp.Barcode]) -> list[Found]:
    return [Found(code.bytes, code.text) for code in found]


def _has_pass(found: list[zxingcpp.Barcode]) -> bool:
    return any(code.bytes.startswith(PASS) for code in found)


def _is_code_like(region: Region) -> bool:
    return region.is_square and min(region.width, region.height) >= _SMALLEST_CODE


def _covers(region: Region, code: zxingcpp.Barcode, scale: int) -> bool:
    at = code.position
    x = (at.top_left.x + at.bottom_right.x) * scale / 2
    y = (at.top_left.y + at.bottom_right.y) * scale / 2
    return region.x <= x <= region.x + region.width and region.y <= y <= region.y + region.height
