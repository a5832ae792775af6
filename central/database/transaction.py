"""Central's database: one writer at a time, readers on snapshots of their own.

What was measured before this was decided: WAL with `synchronous=FULL` loses no committed row in a power cut, and
`BEGIN IMMEDIATE` loses no update between writers, which a deferred BEGIN does.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from central.database.migrate import (
    OURS,
    Age,
    History,
    Version,
    find_version,
    lay_or_find,
    must_be_newest,
    upgrade,
)
from central.database.unusable import OTHERWISE, DataUnusable, broken, busy, refused

__all__ = ["Changes", "Connection", "DataUnusable", "Database", "attempt", "database_file"]

BUSY_MS = 15_000
READERS = 16
"""Snapshots open at once. A reader that finds none free waits BUSY_MS and is then refused."""

_PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": BUSY_MS,
    # Without it INSERT OR REPLACE would delete rows behind the append-only triggers' back.
    "recursive_triggers": 1,
}
_WRITER_PRAGMAS: dict[str, str | int] = {
    # 64 MiB, of which there is one. With SQLite's 2 MiB, pages of a long transaction are written and read again.
    "cache_size": -65_536,
    # Pages of the log (32 MiB) before they go into the file: most are written anew by the next commits.
    "wal_autocheckpoint": 8000,
}
_READER_PRAGMAS: dict[str, str | int] = {"query_only": 1}


class Changes:
    """How often the database has been written to, for pages that wait for news."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._version = 0

    @property
    def version(self) -> int:
        """Rises with every commit of this process."""
        return self._version

    def wait(self, version: int, timeout: float) -> int:
        """The version once it is not `version` any more, or `version` itself after `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: self._version != version, timeout)
            return self._version

    def bump(self) -> None:
        """Something was committed."""
        with self._news:
            self._version += 1
            self._news.notify_all()


class Database:
    """The SQLite file at `path`. Making one touches nothing; `create` lays the tables.

    Everything raises DataUnusable when the file, its folder or its disk cannot be used; reading and writing also do
    for a file of another version than the program's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changes = Changes()
        self._writer = self._writing_engine(_PRAGMAS)
        # Taken from its pool once: to take it and give it back takes longer than SQLite's part of a payment.
        self._writing: Connection | None = None
        # Looked at once for each opening of the file: a transaction is too short to ask each time.
        self._is_newest = False
        self._own_turn = threading.RLock()
        self._lock_file = path.with_suffix(".lock")
        self._readers = self._engine(READERS, "BEGIN", _PRAGMAS | _READER_PRAGMAS)

    def create(self, history: History = OURS) -> None:
        """Lay the file with the newest schema, or bring an older one there. Again, it changes nothing.

        An older file is copied beside itself first; one that cannot be brought there stays as it was.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise refused(error) from error
        with self._own_turn, self._one_writer():
            self._give_back()
            with self._closed_if_unusable(), self._writer.begin() as connection:
                found = lay_or_find(connection, history)
            if found.age is Age.OLDER:
                # A table that others refer to can only be rebuilt while SQLite does not look at references.
                engine = self._writing_engine(_PRAGMAS | {"foreign_keys": 0})
                try:
                    with self._closed_if_unusable(), engine.connect() as connection:
                        upgrade(connection, self.path, found.revision, history)
                finally:
                    engine.dispose()
            self._is_newest = True

    def version(self) -> Version:
        """The file's version, whichever it is."""
        with attempt(), self._readers.begin() as connection:
            return find_version(connection, OURS)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one write transaction: committed at the end, rolled back if the body raises."""
        with self._own_turn, self._one_writer(), self._closed_if_unusable():
            if self._writing is None:
                self._writing = self._writer.connect()
            with self._writing.begin():
                self._look_once(self._writing)
                yield self._writing
        self.changes.bump()

    @contextmanager
    def _closed_if_unusable(self) -> Iterator[None]:
        try:
            with attempt():
                yield
        except DataUnusable:
            # After a failed sync a descriptor cannot be trusted: the next use opens the file again.
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot that later writes do not change, on a connection that cannot write."""
        with attempt(), self._readers.begin() as connection:
            self._look_once(connection)
            yield connection

    def _look_once(self, connection: Connection) -> None:
        if not self._is_newest:
            must_be_newest(connection, OURS)
            self._is_newest = True

    def close(self) -> None:
        """Give the files back once nobody writes. The next use opens them again."""
        with self._own_turn:
            self._give_back()
            self._readers.dispose()
            self._writer.dispose()
            self._is_newest = False

    def _give_back(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        # Of all threads and processes. SQLite before 3.51.3 can damage a WAL file that two connections write and
        # checkpoint at the same moment, and the database's own lock ends before the checkpoint does.
        try:
            lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise refused(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _writing_engine(self, pragmas: dict[str, str | int]) -> Engine:
        # Its transactions end themselves: there is nothing to roll back when the connection is given back.
        return self._engine(1, "BEGIN IMMEDIATE", pragmas | _WRITER_PRAGMAS, pool_reset_on_return=None)

    def _engine(self, connections: int, begin: str, pragmas: dict[str, str | int], **more: Any) -> Engine:
        # pysqlite's own transactions are switched off (isolation_level None): the BEGIN below is the only one.
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=BUSY_MS / 1000,
            **more,
        )

        @event.listens_for(engine, "connect")
        def _set_up(connection: sqlite3.Connection, _record: object) -> None:
            _set_pragmas(connection, pragmas)

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            # By the driver itself: every transaction begins with it.
            connection.connection.cursor().execute(begin)

        return engine

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a missing database is an error, never a new and empty one.
        return sqlite3.connect(
            f"file:{quote(str(self.path))}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )


def database_file(data: Path) -> Path:
    """Where the database lies in the data folder."""
    return data / "central.db"


@contextmanager
def attempt(connection: Connection | None = None) -> Iterator[None]:
    """Turn what the disk does wrong into DataUnusable.

    With a connection, the body is a savepoint: whatever it raises, its own writes are undone, the transaction lives on.
    """
    try:
        if connection is None:
            yield
        else:
            with _savepoint(connection):
                yield
    except DBAPIError as error:
        unusable = broken(error.orig)
        if unusable is None or isinstance(error, IntegrityError):
            raise
        raise unusable from error
    except sqlite3.Error as error:
        raise broken(error) or error from error
    except PoolTimeout as error:
        raise busy("readers") from error


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    # By the driver itself: SQLAlchemy's own takes ten times as long, and every message of a machine has two.
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT attempt")
    try:
        yield
    except BaseException:
        # Where SQLite has rolled all back by itself, there is no savepoint any more; the reason is what counts.
        with suppress(sqlite3.Error):
            cursor.execute("ROLLBACK TO attempt")
            cursor.execute("RELEASE attempt")
        raise
    cursor.execute("RELEASE attempt")


def _set_pragmas(connection: sqlite3.Connection, pragmas: dict[str, str | int]) -> None:
    for name, wanted in pragmas.items():
        connection.execute(f"PRAGMA {name} = {wanted}")
        found = connection.execute(f"PRAGMA {name}").fetchone()
        if found != (wanted,):
            raise DataUnusable(*OTHERWISE, f"PRAGMA {name}: {found} instead of {wanted}")
