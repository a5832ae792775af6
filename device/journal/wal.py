"""The journal's write-ahead log, read byte by byte: SQLite leaves out what is damaged in it, and says nothing.

The format is SQLite's own (sqlite.org/fileformat2.html, "The Write-Ahead Log"): a header of 32 bytes, then frames of
24 bytes and one page each. A checksum runs on from frame to frame; the first that is wrong ends the log for SQLite.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
PAGE_BYTES = 4096
"""SQLite's own size of a page, where the header does not say it."""
_MAGIC = 0x377F0682
"""Sums over words in little-endian order; with one more, in big-endian."""
_WORD = 0xFFFFFFFF
FLIPPED_BITS = 2
"""Salts that differ in no more are the same ones, damaged: those of another log differ in half of their bits."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One page in the log, number `number` of the file.

    `ends` marks the last of a transaction; `whole` says that its checksum holds.
    """

    number: int
    page: bytes
    salts: bytes
    ends: bool
    whole: bool


def frames(log: bytes) -> list[Frame]:
    """Every frame, also those behind one that is damaged: each is summed from where the one before it says it was."""
    if len(log) < HEADER_BYTES:
        return []
    magic, _, size, _ = struct.unpack_from(">4I", log)
    order = ">" if magic == _MAGIC + 1 else "<"
    if not 512 <= size <= 65_536 or size & (size - 1):
        size = PAGE_BYTES
    sums = struct.unpack_from(">2I", log, 24)
    found: list[Frame] = []
    for at in range(HEADER_BYTES, len(log) - FRAME_HEADER_BYTES - size + 1, FRAME_HEADER_BYTES + size):
        page = log[at + FRAME_HEADER_BYTES : at + FRAME_HEADER_BYTES + size]
        told = struct.unpack_from(">2I", log, at + 16)
        number, ends = struct.unpack_from(">2I", log, at)
        whole = _sum(order, log[at : at + 8] + page, sums) == told
        found.append(Frame(number, page, log[at + 8 : at + 16], bool(ends), whole))
        sums = told
    return found


def of_this_log(log: bytes, logged: list[Frame]) -> list[Frame]:
    """The frames since the log was last begun anew; those behind them are left over. Damaged ones are among them."""
    if not logged:
        return []
    salts = log[16:24] if _has_whole_header(log) else logged[0].salts
    last = max((index for index, frame in enumerate(logged) if frame.salts == salts), default=-1)
    return logged[: last + 1]


def is_damaged(log: bytes) -> bool:
    """Whether something in it was changed that had been synced.

    The transaction at its end may be half written: the power went before its commit returned, and nobody was told. One
    that is damaged with another behind it had been committed.
    """
    logged = of_this_log(log, frames(log))
    if not logged:
        return False
    salts = logged[-1].salts
    wrong = not _has_whole_header(log)
    ended = False
    for frame in logged:
        if ended:
            return True
        is_ours = _bits_between(frame.salts, salts) <= FLIPPED_BITS
        wrong = wrong or not frame.whole or frame.salts != salts
        # One left over from before, where the power cut kept a frame of ours away, ends nothing of ours.
        ended = wrong and is_ours and frame.ends
    return False


def _bits_between(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def _has_whole_header(log: bytes) -> bool:
    (magic,) = struct.unpack_from(">I", log)
    if magic not in (_MAGIC, _MAGIC + 1):
        return False
    order = ">" if magic == _MAGIC + 1 else "<"
    return _sum(order, log[:24], (0, 0)) == struct.unpack_from(">2I", log, 24)


def _sum(order: str, data: bytes, seed: tuple[int, int]) -> tuple[int, int]:
    first, second = seed
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
