"""SQLite's write-ahead log as bytes: how far it goes, and the pages that are in it.

The formats of the log and of its index are those of https://www.sqlite.org/walformat.html. Both are read while nobody
writes: whoever calls holds the office's writer lock.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_INDEX_HEADER = struct.Struct("=IIIBBHIIII4s4sII")
"""Version, unused, changes, initialised, byte order, page size, frames, pages, two checksums, two salts, two sums."""
_IN_FILE = struct.Struct("=I")
_IN_FILE_AT = 96
_LOG_HEADER_BYTES = 32
_FRAME = struct.Struct(">II4s4sII")
"""Page, pages after a commit, two salts, two checksums."""
_LARGEST_PAGE = 65_536


class Torn(Exception):
    """The log is not what its index says."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a log goes: `frames` committed ones, of a database of `pages` pages of `page_size` bytes.

    `salts` name the log since it was last begun anew; `in_file` frames have been put into the database's file.
    """

    salts: tuple[bytes, bytes]
    frames: int
    pages: int
    page_size: int
    in_file: int

    def goes_on_from(self, earlier: Position) -> int | None:
        """The first frame that `earlier` has not; None if others may have been between the two.

        Whoever was at `earlier` has held a reader's lock since: on the log, which then is not begun anew, or, where all
        of it was in the file, on the file, into which then nothing is put. So it is begun anew once at most. Each time
        the first salt is counted up; a log's very first ones are chance.
        """
        if earlier.frames == 0:
            return 1
        if self.salts == earlier.salts:
            return earlier.frames + 1 if self.frames >= earlier.frames else None
        counted = int.from_bytes(earlier.salts[0]) + 1
        is_next = int.from_bytes(self.salts[0]) == counted % 2**32
        return 1 if is_next and earlier.in_file == earlier.frames else None


NOWHERE = Position((b"", b""), 0, 0, 0, 0)
"""Before anything was read."""


def read_position(index: int) -> Position:
    """From the log's index, the file that ends in -shm. Raises Torn, and OSError.

    `index` is its descriptor, which stays open as long as the process has a connection: by POSIX, who closes any
    descriptor of a file gives up all locks on it, those of SQLite's readers too.
    """
    content = os.pread(index, _IN_FILE_AT + _IN_FILE.size, 0)
    size = _INDEX_HEADER.size
    if len(content) < _IN_FILE_AT + _IN_FILE.size or content[:size] != content[size : 2 * size]:
        raise Torn("the log's index is being written")
    fields = _INDEX_HEADER.unpack_from(content)
    if not fields[3]:
        raise Torn("the log's index is empty")
    page_size = fields[5] if fields[5] > 1 else _LARGEST_PAGE
    (in_file,) = _IN_FILE.unpack_from(content, _IN_FILE_AT)
    return Position((fields[10], fields[11]), fields[6], fields[7], page_size, in_file)


def read_pages(log: Path, first: int, until: Position) -> Mapping[int, bytes]:
    """The pages in the frames from `first` to the last of `until`, by number, each as it is at the end.

    Raises Torn where a frame is of another log, and OSError.
    """
    size = _FRAME.size + until.page_size
    wanted = (until.frames - first + 1) * size
    if wanted <= 0:
        return {}
    with log.open("rb") as file:
        file.seek(_LOG_HEADER_BYTES + (first - 1) * size)
        content = file.read(wanted)
    if len(content) < wanted:
        raise Torn("the log is shorter than its index says")
    pages = {}
    for at in range(0, wanted, size):
        page, _, *salts, _, _ = _FRAME.unpack_from(content, at)
        if tuple(salts) != until.salts:
            raise Torn("a frame is of another log")
        pages[page] = content[at + _FRAME.size : at + size]
    return pages
