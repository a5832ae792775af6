"""What the reader's child says to its parent: one line of JSON per message, every size limited."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

MAX_CODES = 8
"""Codes reported from one frame. A door scene has one or two; a hostile picture has as many as it likes."""

MAX_CODE_BYTES = 7089
"""The most a QR code holds (ISO/IEC 18004, version 40-L, digits; one byte each once read)."""

MAX_LINE = 128 * 1024
"""Longest line in bytes: MAX_CODES codes in base64 and room to spare."""

Code = Annotated[bytes, msgspec.Meta(max_length=MAX_CODE_BYTES)]


class Hint(StrEnum):
    """What would help to read a code that is seen and cannot be read."""

    NEARER = "nearer"
    FARTHER = "farther"
    BRIGHTER = "brighter"
    """The phone's screen, or the light."""
    GLARE = "glare"
    """Light mirrors on it: tilt it."""
    STRAIGHTER = "straighter"
    STILL = "still"


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="seen"):
    """The distinct codes of one frame. `mono` is when the frame was taken, in seconds of CLOCK_BOOTTIME."""

    codes: Annotated[list[Code], msgspec.Meta(min_length=1, max_length=MAX_CODES)]
    mono: float


class Unread(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="unread"):
    """A code stands in view for a while and cannot be read."""

    hint: Hint


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="state"):
    """A sign of life. `problem` is "" while pictures come in, else a sentence for the driver.

    `note` is what should be done although they do come in; "" if nothing.
    """

    problem: Annotated[str, msgspec.Meta(max_length=1000)]
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


Message = Seen | Unread | State

_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_ENCODER = msgspec.json.Encoder()


def restarting(why: str) -> str:
    """What the driver is told while another reader begins to look."""
    return f"カメラの読み取りを再起動しています / Restarting the camera reader ({why})"


def to_line(message: Message) -> bytes:
    """The message as one line, newline included."""
    return _ENCODER.encode(message) + b"\n"


def from_line(line: bytes) -> Message:
    """Raises ValueError for anything that is not exactly one message."""
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise ValueError("not a reader's message") from wrong
