"""The journal of a field machine: what it did, numbered and chained, and what it must remember to decide.

The only SQLite file of the machine, with one connection, owned by one process and used by one thread. A record is
committed to the disk before anybody is told anything; it leaves only after central has said that it holds it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Self

from device.journal.disk import NO_DISKS, Disk, file_system_of, sync_folder
from device.journal.examine import examine, examine_log
from device.journal.file import (
    JournalBroken,
    JournalFile,
    PragmaRefused,
    forget_days_after,
    put_day,
    put_head,
    put_kept,
    put_records,
)
from device.journal.record import Keep, Record
from device.journal.salvage import Salvage, put_aside, salvage
from device.journal.succession import chained, first_records
from rules.messages.codec import Malformed, decode_event, first_hash
from rules.messages.events import Replaced
from rules.messages.link import MAX_EVENT_BYTES

if TYPE_CHECKING:
    from rules.messages.events import AnyEvent

log = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024 * 1024
"""Of the file. The busiest month that can be thought of takes a quarter."""
KEPT_DAYS = 35
"""Days of the office on which something was acknowledged, and for which all of it stays: it may be restored."""
ALARM_PERCENT = 90
OUTSIDE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""What SQLite says of the disk and of other programs; all else it says of the file itself."""
DAY_S = 86_400
ASKED_FOR_AGAIN = {"down-seen"}
"""What says how far something has been read that others hold whole (`device/office_lists.py`)."""


class JournalUnusable(Exception):
    """The journal cannot be opened. The text is one sentence with the remedy."""


class Agreement(Enum):
    """What central's word on how far it has got says of this journal."""

    AGREED = auto()
    DISAGREED = auto()
    """It holds what this journal does not: other records under our numbers, or more than we have."""
    TOO_OLD = auto()
    """It lacks what is not kept here any more."""


class Journal:
    """One open journal. Every write is one transaction; after JournalBroken, which reading may raise too, it must end.

    `epoch` names this file, `last` is its newest record (number 0 and hash_0 without any), `acknowledged` the number
    up to which central has said that it holds it. With `any_disk` it may lie where a power cut would take it: for
    demonstrations and tests. `percent` is how full it was found last, of what it may take.
    """

    def __init__(
        self, folder: Path, device: str, *, any_disk: bool = False, max_bytes: int = MAX_BYTES
    ) -> None:
        self._folder = folder
        self._device = device
        self._any_disk = any_disk
        self._max_bytes = max_bytes
        self._disk = Disk(folder)
        self._file = JournalFile(folder / "journal.db")
        self._closing = ExitStack()
        self.epoch = ""
        self.last = Record(0, b"", b"", b"")
        self.acknowledged = 0
        self.on_safe_disk = True
        self.percent = 0

    def open(self) -> Self:
        """Lock, check and lay the tables; a damaged file is put aside, and what it held goes on in a new one.

        Raises JournalUnusable.
        """
        with ExitStack() as undo:
            try:
                self._open(undo)
            except BlockingIOError as error:
                raise JournalUnusable(
                    f"{self._folder} は別のプログラムが使用中です。先にそれを終了してください。 / "
                    f"{self._folder} is in use by another copy of this program; end that one first."
                ) from error
            except PragmaRefused as error:
                raise JournalUnusable(
                    f"{self._folder} では記録を確実に残せません（{error}）。この機械のディスクに移してください。 / "
                    f"Records would not be safe in {self._folder} ({error}); move it to a disk of this machine."
                ) from error
            except (OSError, sqlite3.Error, JournalBroken) as error:
                raise JournalUnusable(
                    f"{self._folder} に書き込めません（{error}）。フォルダの所有者と空き容量を確認してください。 / "
                    f"Cannot write to {self._folder} ({error}); check who owns the folder and that the disk has room."
                ) from error
            self._closing = undo.pop_all()
        return self

    def close(self) -> None:
        """Close the file and let the lock go."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def next_number(self) -> int:
        """The number the next record will have."""
        return self.last.number + 1

    @property
    def floor(self) -> int:
        """Unix seconds that have certainly passed: the wall time of the newest record, 0 where none says one."""
        try:
            return decode_event(self.last.body).at.wall
        except Malformed:
            return 0

    @property
    def waiting(self) -> int:
        """How many records central has not acknowledged."""
        return self.last.number - self.acknowledged

    @property
    def has_room(self) -> bool:
        """Whether anything new may be written. What central acknowledges may be written always."""
        return self._percent_now() < 100

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        """Write records and what is to be remembered in one transaction, on the disk when this returns.

        Raises JournalBroken, and ValueError for a record above MAX_EVENT_BYTES before anything is written: it would
        never pass the link, nor would those behind it.
        """
        records = chained(self.last, events, MAX_EVENT_BYTES)
        with self._file.transaction() as connection:
            put_records(connection, records)
            for item in keep:
                put_kept(connection, item)
        if records:
            self.last = records[-1]

    def recall(self, kind: str, key: str) -> bytes | None:
        """What is remembered under (kind, key)."""
        rows = self._file.read("SELECT body FROM kept WHERE kind = ? AND key = ?", kind, key)
        return bytes(rows[0][0]) if rows else None

    def recall_all(self, kind: str) -> dict[str, bytes]:
        """All that is remembered of one kind, in the order of its keys."""
        return dict(self._file.read("SELECT key, body FROM kept WHERE kind = ? ORDER BY key", kind))

    def records_after(self, number: int, limit: int) -> list[Record]:
        """At most `limit` records after `number`, oldest first. Raises JournalBroken for one that is damaged."""
        records = self.rows_after(number, limit)
        for record in records:
            if not record.proves_itself:
                raise JournalBroken(f"record {record.number} is not what was written")
        return records

    def rows_after(self, number: int, limit: int) -> list[Record]:
        """The same as they are, for who looks for what is wrong with them: that must not end the machine."""
        return self._file.records_after(number, limit)

    def hash_at(self, number: int) -> bytes | None:
        """The chain's hash at record `number` (hash_0 at 0); None where neither it nor the one behind it is here."""
        if number == 0:
            return first_hash(self._device, self.epoch)
        rows = self._file.read("SELECT hash FROM records WHERE number = ?", number) or self._file.read(
            "SELECT previous FROM records WHERE number = ?", number + 1
        )
        return bytes(rows[0][0]) if rows else None

    def acknowledge(self, number: int, hash_hex: str, at: int) -> bool:
        """Central holds everything up to `number`, at its Unix second `at`: the cursor moves there, never back.

        False where its hash there is not ours.
        """
        ours = self.hash_at(number)
        if ours is None or ours.hex() != hash_hex:
            return False
        if number > self.acknowledged:
            with self._file.transaction() as connection:
                put_head(connection, self.epoch, number)
                put_day(connection, at // DAY_S, number, KEPT_DAYS)
            self.acknowledged = number
        return True

    def agree(self, number: int, hash_hex: str, at: int) -> Agreement:
        """Central's own word on how far it has got, which wins: the cursor moves there, also back.

        Unless it is AGREED nothing has moved, and this journal cannot go on: `begin_anew`.
        """
        ours = self.hash_at(number)
        if ours is not None and ours.hex() != hash_hex:
            return Agreement.DISAGREED
        if number < self.acknowledged and not self._file.has(number + 1):
            # It could not be told what comes next.
            return Agreement.TOO_OLD
        if ours is None:
            return Agreement.DISAGREED
        if number < self.acknowledged:
            log.warning("central has fallen back from %d to %d", self.acknowledged, number)
            with self._file.transaction() as connection:
                put_head(connection, self.epoch, number)
                forget_days_after(connection, number)
            self.acknowledged = number
        else:
            self.acknowledge(number, hash_hex, at)
        return Agreement.AGREED

    def begin_anew(self, why: Replaced, detail: str, after: int) -> None:
        """Put this file aside and go on in a new one, which hands on every record after `after` that is still here.

        Raises JournalBroken.
        """
        found = Salvage(self.epoch, after)
        number = after
        while records := self._file.records_after(number, 1_000):
            found.records |= {record.number: record for record in records if record.proves_itself}
            number = records[-1].number
        found.kept += [item for item, _ in self._file.all_kept()]
        try:
            self._file.close()
            self._succeed(why, detail, found)
        except (OSError, sqlite3.Error) as error:
            raise JournalBroken(str(error)) from error

    def tend(self) -> None:
        """Let go of what is old and make room, a little at a time, between two facts. Raises JournalBroken."""
        try:
            self._disk.balance()
        except OSError as error:
            raise JournalBroken(str(error)) from error
        days = self._file.read("SELECT number FROM days ORDER BY day DESC LIMIT 1 OFFSET ?", KEPT_DAYS)
        up_to = days[0][0] if days else 0
        if self._file.used * 100 >= ALARM_PERCENT * self._max_bytes:
            # What central holds gives way before a rider is refused. On a disk that others filled it would not help.
            up_to = self.acknowledged
        oldest = self._file.oldest_number()
        # Not the newest that central holds: with it, a chain can be checked from where central stands.
        if oldest is not None and oldest <= (up_to := min(up_to, self.acknowledged - 1)):
            self._file.drop_oldest(up_to)
        self.percent = self._percent_now()

    def _percent_now(self) -> int:
        """How full the file is, of what it may take; 100 also when the disk is full."""
        try:
            if self._disk.is_full:
                return 100
        except OSError as error:
            raise JournalBroken(str(error)) from error
        return min(100, self._file.used * 100 // self._max_bytes)

    def _open(self, undo: ExitStack) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = undo.enter_context((self._folder / "journal.lock").open("a", encoding="ascii"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        kind = file_system_of(self._folder)
        self.on_safe_disk = kind not in NO_DISKS
        if not self.on_safe_disk and not self._any_disk:
            raise PragmaRefused(kind)
        self._finish_succession()
        # Not the file of now: it may be another by then.
        undo.callback(lambda: self._file.close())  # noqa: PLW0108
        # On a full disk a log that a power cut left cannot be copied without it.
        self._disk.balance()
        wrong = examine_log(self._file.path) or self._open_file()
        if wrong:
            self._file.close()
            self._replace_damaged(wrong)
        self._disk.balance()

    def _open_file(self) -> str:
        """Open the file and read its head; what is wrong with it, "" if nothing."""
        try:
            self._file.open()
            wrong = examine(self._file, self._device)
        except (sqlite3.Error, JournalBroken, UnicodeDecodeError) as error:
            # A page's own text may be no text any more, and SQLite's words about it neither.
            reason = error.__cause__ if isinstance(error, JournalBroken) else error
            if getattr(reason, "sqlite_errorcode", 0) & 0xFF in OUTSIDE:
                raise
            return str(error)
        if not wrong:
            self._read_head()
        return wrong

    def _read_head(self) -> None:
        head = self._file.head()
        if head is None:
            head = (secrets.token_hex(8), 0)
            with self._file.transaction() as connection:
                put_head(connection, *head)
        self.epoch, self.acknowledged = head
        if self._named_epoch() != self.epoch:
            self._name_epoch(self.epoch)
        self.last = self._file.newest() or Record(0, b"", b"", first_hash(self._device, self.epoch))

    def _replace_damaged(self, wrong: str) -> None:
        log.error(
            "the journal in %s is damaged (%s); what can be read goes on in a new one", self._folder, wrong
        )
        found = salvage(self._file.path, self._folder / "salvage")
        found.epoch = found.epoch or self._named_epoch()
        # A row of the office's list may be among what is lost: it is asked for all of it again.
        found.kept = [item for item in found.kept if item.kind not in ASKED_FOR_AGAIN]
        self._succeed(Replaced.DAMAGED, wrong, found)

    def _succeed(self, why: Replaced, detail: str, found: Salvage) -> None:
        """Make the new file whole under another name before the old one is touched: a power cut leaves one of them."""
        making = JournalFile(self._folder / "journal.making")
        self._remove(making.path)
        making.open()
        try:
            epoch = secrets.token_hex(8)
            with making.transaction() as connection:
                put_head(connection, epoch, 0)
                put_records(connection, first_records(self._device, epoch, why, detail, found))
                for item in found.kept:
                    put_kept(connection, item)
            making.seal()
        finally:
            making.close()
        making.path.rename(self._made)
        sync_folder(self._folder)
        self._finish_succession()
        self._file = JournalFile(self._file.path)
        wrong = self._open_file()
        if wrong:
            raise JournalBroken(wrong)

    @property
    def _made(self) -> Path:
        return self._folder / "journal.made"

    def _finish_succession(self) -> None:
        self._remove(self._folder / "journal.making")
        shutil.rmtree(self._folder / "salvage", ignore_errors=True)
        if self._made.exists():
            put_aside(self._file.path)
            self._made.rename(self._file.path)
            sync_folder(self._folder)

    @staticmethod
    def _remove(path: Path) -> None:
        for tail in ("", "-wal", "-shm"):
            Path(f"{path}{tail}").unlink(missing_ok=True)

    def _name_epoch(self, epoch: str) -> None:
        """A second place where the file's name stands, for when its own page is lost."""
        making = self._folder / "journal.epoch.making"
        with making.open("w", encoding="ascii") as file:
            file.write(epoch)
            file.flush()
            os.fsync(file.fileno())
        making.rename(self._folder / "journal.epoch")

    def _named_epoch(self) -> str:
        try:
            return (self._folder / "journal.epoch").read_text(encoding="ascii")[:64]
        except (OSError, UnicodeDecodeError):
            return ""
