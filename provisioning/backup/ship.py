"""The office's database, shipped as it changes: a whole copy first, then whatever the log has got since.

A whole copy of a year's books takes longer than may be lost. So each day's is made in a thread of its own, while the
former backup goes on.

Nothing is asked of the office but its writer lock, for the moment in which the log's new frames are read. Between two
looks an open read transaction keeps SQLite from beginning the log anew more than once, and before all of it is in the
file (`Position.goes_on_from`); where that cannot be shown, another whole copy is made.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pyrage

from provisioning.backup.log import NOWHERE, Position, read_pages, read_position
from provisioning.backup.parcels import DATABASE, DAY_S, Writer, rotate

log = logging.getLogger(__name__)

LOCK = "central.lock"
"""Whoever writes holds it; it is the office's (central/database/transaction.py)."""
COPY = ".backup-copy.db"
ANEW_S = DAY_S
"""After so long a new backup is begun: restoring takes time for every parcel."""
AGAIN_S = 3600
"""After so long a whole copy that failed is tried again."""
LONG = 4000
"""Frames of the log (16 MiB) after which it is put into the file once all is shipped, so that it can begin anew."""
MAX_BEHIND = 32_768
"""Frames (128 MiB) that wait for a place that is away. Then a new backup begins once it is back."""


class Shipper:
    """Ships the database in `data` to `place`, sealed for `recipient`, keeping `days` days.

    `ship` raises OSError where the place or the disk refuses, Torn and sqlite3.Error where the database does. The next
    call goes on from what was shipped, or begins a new backup.
    """

    def __init__(self, data: Path, place: Path, recipient: pyrage.x25519.Recipient, days: int) -> None:
        self._data = data
        self._place = place
        self._recipient = recipient
        self._days = days
        self._database: sqlite3.Connection | None = None
        self._index = -1
        self._file = 0
        self._begun = 0
        self._at = NOWHERE
        self._writer: Writer | None = None
        self._next: _WholeCopy | None = None
        self._failed: Exception | None = None
        self.left_at = 0
        """Unix second at which the newest part lay in its place, 0 for none so far."""

    def ship(self, now: int) -> int:
        """Ship what has changed; how many pages. `now` in Unix seconds.

        A day after a backup was begun the next one's whole copy is made beside: meanwhile both get what changes.
        """
        if self._database is None or self._writer is None or self._inode() != self._file:
            return self._begin(now)
        if self._next is not None and not self._next.thread.is_alive():
            copy, self._next = self._next, None
            self._change_over(copy, now)
        with self._nobody_writes():
            here = read_position(self._index)
            first = here.goes_on_from(self._at)
            if first is not None and here.frames - first < MAX_BEHIND:
                pages = read_pages(self._beside("-wal"), first, here)
            else:
                first = None
        if first is None:
            log.warning("the log has gone on without us: a new backup begins")
            return self._begin(now)
        if pages:
            for writer in (self._writer, *([self._next.writer] if self._next else [])):
                writer.put_pages(pages, here.pages, here.page_size, now)
            self.left_at = now
            self._shipped(self._database, here)
        if self._next is None and now - self._begun >= ANEW_S:
            self._next = self._whole_copy(now)
            self._next.thread.start()
        if self._failed is not None:
            raise self._failed
        return len(pages)

    def finish(self) -> None:
        """Wait for a whole copy that is being made. The next `ship` knows how it ended."""
        if self._next is not None:
            self._next.thread.join()

    def close(self) -> None:
        """Let go of the database. The backup stays as it is; a whole copy that is being made is waited for."""
        self.finish()
        self._writer = self._next = None
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._index >= 0:
            os.close(self._index)
            self._index = -1

    def _begin(self, now: int) -> int:
        """A new backup, with all there is."""
        self.close()
        self._file = self._inode()
        self._database = database = self._connect()
        with self._nobody_writes():
            _hold(database)
            self._index = os.open(self._beside("-shm"), os.O_RDONLY)
            self._at = read_position(self._index)
        copy = self._whole_copy(now)
        copy.make()
        self._change_over(copy, now)
        if self._failed is not None:
            raise self._failed
        return self._at.pages

    def _whole_copy(self, now: int) -> _WholeCopy:
        writer = Writer(self._place, self._recipient, now)
        source = self._connect()
        _hold(source)
        return _WholeCopy(self._data, source, writer, now)

    def _change_over(self, copy: _WholeCopy, now: int) -> None:
        """To the new backup, if it has become whole."""
        self._failed = copy.failed
        if copy.failed is not None:
            self._begun = now - ANEW_S + AGAIN_S
            copy.writer.discard()
            return
        self._writer, self._begun, self.left_at = copy.writer, copy.begun, max(self.left_at, copy.begun)
        rotate(self._place, now, self._days)

    def _shipped(self, database: sqlite3.Connection, here: Position) -> None:
        """All up to `here` is shipped: hold the log from there on."""
        with self._nobody_writes():
            database.execute("ROLLBACK")
            after = read_position(self._index)
            if after.frames == here.frames > LONG:
                # Somebody who reads an older state may keep a part of it out of the file: then another time.
                database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                after = read_position(self._index)
            _hold(database)
        self._at = replace(here, in_file=after.in_file if after.frames == here.frames else 0)

    @property
    def _path(self) -> Path:
        return self._data / DATABASE

    def _beside(self, tail: str) -> Path:
        return self._path.with_name(f"{DATABASE}{tail}")

    def _inode(self) -> int:
        return self._path.stat().st_ino

    def _connect(self) -> sqlite3.Connection:
        place = f"{self._path.resolve().as_uri()}?mode=rw"
        database = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA query_only = 1")
        return database

    @contextmanager
    def _nobody_writes(self) -> Iterator[None]:
        lock = os.open(self._data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


class _WholeCopy:
    """Of what `source` sees, which is closed at the end, into the backup of `writer`.

    Whatever was written since goes there as parcels meanwhile. What has been shipped before `source` began may be among
    them: the same pages once more.
    """

    def __init__(self, data: Path, source: sqlite3.Connection, writer: Writer, begun: int) -> None:
        self._data = data
        self._source = source
        self.writer = writer
        self.begun = begun
        self.failed: Exception | None = None
        self.thread = Thread(target=self.make, name="whole copy", daemon=True)

    def make(self) -> None:
        """Make it; `failed` says why there is none. With the process ended, nothing of it counts."""
        copy = self._data / COPY
        try:
            _remove(copy)
            with closing(self._source), closing(sqlite3.connect(copy)) as target:
                self._source.backup(target)
            self.writer.put_base(self._data, copy)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever looks next raises it
            self.failed = error
        finally:
            _remove(copy)


def _remove(database: Path) -> None:
    for tail in ("", "-wal", "-shm", "-journal"):
        database.with_name(f"{database.name}{tail}").unlink(missing_ok=True)


def _hold(database: sqlite3.Connection) -> None:
    """A snapshot begins, and with it a reader's lock."""
    database.execute("BEGIN")
    database.execute("SELECT 1 FROM sqlite_schema").fetchone()
