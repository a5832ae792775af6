"""SQLite's files in memory, every change of them written down, and what a power cut may leave of those not synced.

A file is on the disk as it stood at its last sync. Of each change since then any part may be there or not: all of it,
none, or some of its sectors; and of two changes of one place either may have come last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import apsw

SECTOR = 512
"""What a disk writes as one."""
PAGE = 4096
PIECES = 3
"""Torn states for each moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """A write (`data` from `offset`), a new length (`data` None) or the end of the file (`offset` -1)."""

    file: str
    offset: int
    data: bytes | None = None


Files = dict[str, bytes]


def apply(changes: list[Change], files: dict[str, bytearray]) -> None:
    """Make the changes, in order."""
    for change in changes:
        if change.offset < 0:
            files.pop(change.file, None)
            continue
        content = files.setdefault(change.file, bytearray())
        if change.data is None:
            del content[change.offset :]
        else:
            content.extend(bytes(max(0, change.offset - len(content))))
            content[change.offset : change.offset + len(change.data)] = change.data


@dataclass(slots=True)
class Ledger:
    """The files as the program sees them, as the disk has them for certain, and the changes in between.

    `watch` is called after every change and every sync.
    """

    watch: Callable[[Ledger], None]
    seen: dict[str, bytearray] = field(default_factory=dict)
    synced: dict[str, bytearray] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)
    moments: int = 0

    def change(self, change: Change) -> None:
        """Something was written and may stay in a cache for long."""
        apply([change], self.seen)
        self.pending.append(change)
        self._moved()

    def sync(self, file: str) -> None:
        """Everything about this file is on the disk."""
        apply([change for change in self.pending if change.file == file], self.synced)
        self.pending = [change for change in self.pending if change.file != file]
        self._moved()

    def sync_folder(self) -> None:
        """Which files there are is on the disk: what was deleted stays so."""
        for file in {change.file for change in self.pending if change.offset < 0}:
            self.synced.pop(file, None)
            ended = max(nth for nth, each in enumerate(self.pending) if each.file == file and each.offset < 0)
            self.pending = [each for nth, each in enumerate(self.pending) if each.file != file or nth > ended]

    def crash_states(self, dice: Random, mixes: int) -> Iterator[Files]:
        """What the disk may hold if the power goes now: each change alone lost, kept or torn, then mixes of it all."""
        pending = self.pending
        yield self._left([])
        if not pending:
            return
        yield self._left(pending)
        for nth, change in enumerate(pending):
            yield self._left(pending[:nth] + pending[nth + 1 :])
            yield self._left([change])
        for _ in range(PIECES):
            nth = dice.randrange(len(pending))
            yield self._left([*pending[:nth], *_torn(pending[nth], dice), *pending[nth + 1 :]])
            yield self._left([*pending[:nth], *_torn(pending[nth], dice)])
        for _ in range(mixes if len(pending) > 1 else 0):
            kept = [piece for change in pending for piece in _mixed(change, dice)]
            if dice.random() < 0.5:
                dice.shuffle(kept)
            yield self._left(kept)

    def _moved(self) -> None:
        self.moments += 1
        self.watch(self)

    def _left(self, changes: list[Change]) -> Files:
        files = {name: bytearray(content) for name, content in self.synced.items()}
        apply(changes, files)
        return {name: bytes(content) for name, content in files.items()}


def _mixed(change: Change, dice: Random) -> list[Change]:
    match dice.randrange(4):
        case 0:
            return []
        case 1:
            return _torn(change, dice)
        case _:
            return [change]


def _torn(change: Change, dice: Random) -> list[Change]:
    """Some of the sectors of one write: the first few, or any."""
    if change.data is None:
        return [change] if dice.random() < 0.5 else []
    end = change.offset + len(change.data)
    cuts = [change.offset, *range((change.offset // SECTOR + 1) * SECTOR, end, SECTOR), end]
    pieces = [
        Change(change.file, start, change.data[start - change.offset : stop - change.offset])
        for start, stop in pairwise(cuts)
    ]
    if dice.random() < 0.5:
        return pieces[: dice.randint(0, len(pieces))]
    return [piece for piece in pieces if dice.random() < 0.5]


class _File:
    """One open file, as SQLite's unix files on Linux say they are: a write spares the bytes beside it."""

    def __init__(self, name: str, ledger: Ledger, *, is_new: bool) -> None:
        self._name = name
        self._ledger = ledger
        # SQLite syncs the folder with the first sync of a journal or a log that it has made.
        self._syncs_folder = is_new

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's names
        return bytes(self._ledger.seen[self._name][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._ledger.change(Change(self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._ledger.change(Change(self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._syncs_folder:
            self._syncs_folder = False
            self._ledger.sync_folder()
        self._ledger.sync(self._name)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._ledger.seen[self._name])

    def xLock(self, level: int) -> None:  # noqa: N802
        """One process, one connection."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Likewise."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return PAGE

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xClose(self) -> None:  # noqa: N802
        """Nothing is synced by closing."""


class RecordingFiles(apsw.VFS):
    """SQLite's file system over a ledger."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self._ledger = ledger
        super().__init__(name, base="")

    # apsw takes any object with these methods for a file.
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # type: ignore[override]  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        assert path is not None, "a temporary file would be one more that no test looks into"
        is_new = path not in self._ledger.seen
        if is_new:
            # An empty file; that its name is on the disk is only certain once it was synced.
            self._ledger.change(Change(path, 0, b""))
        flags[1] = flags[0]
        return _File(path, self._ledger, is_new=is_new)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._ledger.change(Change(filename, -1))
        if syncdir:
            self._ledger.sync_folder()

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        return pathname in self._ledger.seen

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name
