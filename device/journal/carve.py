"""Records out of the raw pages of a damaged file, where SQLite finds no way to them any more.

The format is SQLite's own (sqlite.org/fileformat2.html, "B-tree Pages" and "Record Format"). Nothing is believed that
does not prove itself, so a wrong guess costs nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence

from device.journal.record import Record

_LEAF = 0x0D
_FILE_HEADER_BYTES = 100
_HASH_TYPE = 32 * 2 + 12
"""SQLite's serial type of a blob of 32 bytes."""
_MIN_BLOB_TYPE = 12

PageAt = Callable[[int], bytes]
"""A page by its number in the file, counted from 1; nothing for one that is not there."""


def carve(pages: Sequence[bytes], page_at: PageAt) -> Iterator[Record]:
    """Every record on these pages that proves itself. `page_at` finds the pages on which long ones go on."""
    for page in pages:
        for start in {0, _FILE_HEADER_BYTES}:
            if len(page) > start and page[start] == _LEAF:
                yield from _records_on(page, start, page_at)


def _records_on(page: bytes, start: int, page_at: PageAt) -> Iterator[Record]:
    (count,) = struct.unpack_from(">H", page, start + 3)
    for index in range(min(count, len(page) // 2)):
        place = start + 8 + 2 * index
        if place + 2 > len(page):
            return
        (cell,) = struct.unpack_from(">H", page, place)
        try:
            record = _record_in(page, cell, page_at)
        except (IndexError, struct.error):
            continue
        if record is not None and record.proves_itself:
            yield record


def _record_in(page: bytes, at: int, page_at: PageAt) -> Record | None:
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    payload = _payload(page, at, length, page_at)
    header, place = _varint(payload, 0)
    types: list[int] = []
    while place < header:
        kind, place = _varint(payload, place)
        types.append(kind)
    match types:
        case [0, previous, body, found] if previous == found == _HASH_TYPE and _is_blob(body):
            end = header + 32 + (body - _MIN_BLOB_TYPE) // 2
            return Record(
                number, payload[header : header + 32], payload[header + 32 : end], payload[end : end + 32]
            )
        case _:
            return None


def _is_blob(kind: int) -> bool:
    return kind >= _MIN_BLOB_TYPE and kind % 2 == 0


def _payload(page: bytes, at: int, length: int, page_at: PageAt) -> bytes:
    """A row's bytes; what has no room on its page goes on along a chain of others."""
    size = len(page)
    if length <= size - 35:
        return page[at : at + length]
    least = (size - 12) * 32 // 255 - 23
    local = least + (length - least) % (size - 4)
    local = local if local <= size - 35 else least
    payload = bytearray(page[at : at + local])
    (following,) = struct.unpack_from(">I", page, at + local)
    while following and len(payload) < length:
        more = page_at(following)
        (following,) = struct.unpack_from(">I", more)
        payload += more[4 : 4 + length - len(payload)]
    return bytes(payload)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9
