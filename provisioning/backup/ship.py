"""The office's database, shipped as it changes: a whole copy first, then whatever the log has got since.

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

import pyrage

from provisioning.backup.log import NOWHERE, Position, read_pages, read_position
from provisioning.backup.parcels import DATABASE, DAY_S, Writer, rotate

log = logging.getLogger(__name__)

LOCK = "central.lock"
"""Whoever writes holds it; it is the office's (central/database/transaction.py)."""
COPY = ".backup-copy.db"
ANEW_S = DAY_S
"""After so long a new backup is begun: restoring takes time for every parcel."""
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
        self._file = 0
        self._begun = 0
        self._at = NOWHERE
        self._writer: Writer | None = None
        self.left_at = 0
        """Unix second at which the newest part lay in its place, 0 for none so far."""

    def ship(self, now: int) -> int:
        """Ship what has changed; how many pages. `now` in Unix seconds."""
        is_old = now - self._begun >= ANEW_S
        if self._database is None or self._writer is None or is_old or self._inode() != self._file:
            return self._begin(now)
        with self._nobody_writes():
            here = read_position(self._beside("-shm"))
            first = here.goes_on_from(self._at)
            if first is not None and here.frames - first < MAX_BEHIND:
                pages = read_pages(self._beside("-wal"), first, here)
            else:
                first = None
        if first is None:
            log.warning("the log has gone on without us: a new backup begins")
            return self._begin(now)
        if pages:
            self._writer.put_pages(pages, here.pages, here.page_size, now)
            self.left_at = now
            self._shipped(self._database, here)
        return len(pages)

    def close(self) -> None:
        """Let go of the database. The backup stays as it is."""
        self._writer = None
        if self._database is not None:
            self._database.close()
            self._database = None

    def _begin(self, now: int) -> int:
        """A new backup, with all there is."""
        self.close()
        copy = self._data / COPY
        writer = Writer(self._place, self._recipient, now)
        self._file = self._inode()
        self._database = database = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None
        )
        database.execute("PRAGMA query_only = 1")
        with self._nobody_writes():
            _hold(database)
            self._at = read_position(self._beside("-shm"))
        try:
            copy.unlink(missing_ok=True)
            with closing(sqlite3.connect(copy)) as target:
                database.backup(target)
            writer.put_base(self._data, copy)
        finally:
            for tail in ("", "-wal", "-shm", "-journal"):
                copy.with_name(f"{copy.name}{tail}").unlink(missing_ok=True)
        self._writer, self._begun, self.left_at = writer, now, now
        rotate(self._place, now, self._days)
        return self._at.pages

    def _shipped(self, database: sqlite3.Connection, here: Position) -> None:
        """All up to `here` is shipped: hold the log from there on."""
        with self._nobody_writes():
            database.execute("ROLLBACK")
            after = read_position(self._beside("-shm"))
            if after.frames == here.frames > LONG:
                # Somebody who reads an older state may keep a part of it out of the file: then another time.
                database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                after = read_position(self._beside("-shm"))
            _hold(database)
        self._at = replace(here, in_file=after.in_file if after.frames == here.frames else 0)

    @property
    def _path(self) -> Path:
        return self._data / DATABASE

    def _beside(self, tail: str) -> Path:
        return self._path.with_name(f"{DATABASE}{tail}")

    def _inode(self) -> int:
        return self._path.stat().st_ino

    @contextmanager
    def _nobody_writes(self) -> Iterator[None]:
        lock = os.open(self._data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _hold(database: sqlite3.Connection) -> None:
    """A snapshot begins, and with it a reader's lock."""
    database.execute("BEGIN")
    database.execute("SELECT 1 FROM sqlite_schema").fetchone()
