"""Whether a journal's file is still what was written, before anything is built on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.journal.wal import is_damaged
from rules.messages.codec import first_hash

if TYPE_CHECKING:
    from pathlib import Path

    from device.journal.file import JournalFile

AT_ONCE = 500


def examine_log(path: Path) -> str:
    """What is wrong with the log beside the file, "" if nothing. To be asked before SQLite mends it away."""
    log = path.with_name(f"{path.name}-wal")
    return "write-ahead log" if log.exists() and is_damaged(log.read_bytes()) else ""


def examine(file: JournalFile, device: str) -> str:
    """What is wrong with an open file, "" if nothing: pages, the chain of all that central lacks, what is remembered.

    Raises JournalBroken where it cannot even be read.
    """
    if not file.is_sound():
        return "quick_check"
    head, newest = file.head(), file.newest()
    if head is None:
        return "" if newest is None and file.is_new() else "head"
    epoch, acknowledged = head
    if acknowledged > (newest.number if newest else 0) or acknowledged < 0:
        return "cursor"
    for item, stored in file.all_kept():
        if item.sum != stored:
            return f"{item.kind} {item.key}"
    return _broken_link(file, acknowledged, first_hash(device, epoch))


def _broken_link(file: JournalFile, acknowledged: int, first: bytes) -> str:
    # From the acknowledged record itself on, where it is still here: central has its hash.
    number, before = acknowledged, None
    if acknowledged == 0 or not file.has(acknowledged):
        number, before = acknowledged + 1, first if acknowledged == 0 else None
    while records := file.records_after(number - 1, AT_ONCE):
        for record in records:
            follows = before is None or record.previous == before
            if record.number != number or not follows or not record.proves_itself:
                return f"record {number}"
            number, before = number + 1, record.hash
    return ""
