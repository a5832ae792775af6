"""The last hours of what a receiver said, kept for replay."""

from __future__ import annotations

import shutil
from pathlib import Path

from device.clock import TimeSource

SUFFIX = ".nmea"
BLOCK = 65_536
"""Bytes after which an append is due …"""
BLOCK_SECONDS = 60.0
"""… or so long after the first of them: what a power cut may cost."""
PIECES = 8
"""Files that share the room: the oldest goes as a whole."""
KEPT_FREE = 64 * 1024 * 1024
"""Bytes of the disk that are left for the journal and for others."""

_NO_ROOM = (
    "ディスクの空きが少ないので、GPSの記録を止めました。 / "
    "GPS is not recorded any more: the disk has too little room ({folder})."
)
_BROKEN = (
    "GPSの記録を書けないので止めました。 / "
    "GPS is not recorded any more: it cannot be written ({folder}: {reason})."
)


class Recorder:
    """Keeps raw sentences in numbered files in `folder`, at most `max_bytes` altogether; the oldest eighth goes first.

    Gentle to a card: a receiver's minute is one append (some 30 kB), nothing is synced, and when it reaches the card is
    left to the kernel; a power cut costs the last minutes and may tear the last sentence, over which whoever reads
    steps. Where the disk is nearly full, or cannot be written, it stops until the next start and says so in `problem`:
    a recording is never worth a record of the journal. Used by one thread; `time` are the machine's seconds.
    """

    def __init__(self, folder: Path, max_bytes: int, time: TimeSource, kept_free: int = KEPT_FREE) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._time = time
        self._kept_free = kept_free
        self._block = bytearray()
        self._since = 0.0
        self.problem = ""

    def keep(self, sentence: bytes) -> None:
        """Take a framed sentence. Never raises, and mostly only remembers it."""
        if self.problem:
            return
        now = self._time.monotonic()
        if not self._block:
            self._since = now
        self._block += sentence + b"\r\n"
        if len(self._block) >= BLOCK or now - self._since >= BLOCK_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Append what is remembered: at the end, and whenever it is due."""
        block, self._block = bytes(self._block), bytearray()
        if not block or self.problem:
            return
        try:
            self._append(block)
        except OSError as error:
            self.problem = _BROKEN.format(folder=self._folder, reason=error.strerror)

    def _append(self, block: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        sizes = {path: path.stat().st_size for path in recordings(self._folder)}
        newest = next(reversed(sizes), None)
        if newest is None or sizes[newest] + len(block) > self._max_bytes // PIECES:
            number = int(newest.stem) + 1 if newest else 1
            newest = self._folder / f"{number:08d}{SUFFIX}"
        held = sum(sizes.values())
        for path, size in sizes.items():
            if held + len(block) <= self._max_bytes:
                break
            path.unlink()
            held -= size
        if shutil.disk_usage(self._folder).free < self._kept_free + len(block):
            self.problem = _NO_ROOM.format(folder=self._folder)
            return
        with newest.open("ab") as file:
            file.write(block)


def recordings(folder: Path) -> list[Path]:
    """The files of a folder of recordings, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())
