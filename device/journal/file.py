"""The journal's SQLite file: how it is opened, its tables, its transactions. The only SQL of a field machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlite_utils

from device.journal.record import Keep, Record, head_sum

if TYPE_CHECKING:
    from collections.abc import Generator

# Exclusive before WAL, so that no shared memory is ever laid out that others could join. FULL: with NORMAL, 50 of 50
# power cuts right after COMMIT lost the last row; with WAL and FULL none did. SQLite copies its log into the file by
# itself after a commit and keeps quiet when the disk fails at it; so it is asked to, see `_copy_log`.
PRAGMAS = {
    "locking_mode": "exclusive",
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "wal_autocheckpoint": 0,
}
TABLES = {"records", "kept", "head", "days"}
PRUNED_AT_ONCE = 200
LOG_BYTES = 1024 * 1024
"""Of the log beside the file, which is then copied into it. A short one is soon examined at boot."""


class JournalBroken(Exception):
    """The disk failed to write or to read. What stands on it is unknown: the process must end and open it afresh."""


class PragmaRefused(Exception):
    """SQLite does not do here what it must. The text names the pragma."""


class JournalFile:
    """One open file. Everything after `open` raises JournalBroken when the disk fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._connection: sqlite3.Connection

    def open(self) -> None:
        """Open it, make sure of every pragma, lay the tables. Raises PragmaRefused and what SQLite raises."""
        # It names passes: for this user alone, and SQLite gives its other files the mode of this one.
        self.path.touch(mode=0o600)
        self.path.chmod(0o600)
        self._connection = sqlite3.connect(self.path, isolation_level=None)
        for name, wanted in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {name} = {wanted}")
            (got,) = self._connection.execute(f"PRAGMA {name}").fetchone()
            if got != wanted:
                raise PragmaRefused(f"{name}: {got}")
        self._lay_tables()
        # After a failed write SQLite may say that it keeps a log, and keep none.
        try:
            keeps_log = self._copy_log()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
                raise
            # The log stays, and stays good; who looks for room finds none and says so.
            keeps_log = True
        if not keeps_log:
            raise PragmaRefused("wal_checkpoint")

    def look(self) -> None:
        """Open a copy only to read it: nothing is set, no table is laid. Raises what SQLite raises."""
        self._connection = sqlite3.connect(self.path, isolation_level=None)

    def close(self) -> None:
        """Give the file back."""
        if hasattr(self, "_connection"):
            self._connection.close()

    def seal(self) -> None:
        """Have everything in the file itself, so that it may be moved without its log. Raises JournalBroken."""
        try:
            self._copy_log()
        except sqlite3.Error as error:
            raise JournalBroken(str(error)) from error

    @property
    def used(self) -> int:
        """Bytes of pages in use; those free within the file are used before it grows."""
        ((pages, free, size),) = self.read(
            "SELECT page_count, freelist_count, page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int((pages - free) * size)

    def read(self, query: str, *values: int | str) -> list[Any]:
        """All rows."""
        try:
            return self._connection.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise JournalBroken(str(error)) from error

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All that is executed inside is on the disk afterwards, or nothing."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
            if self._log.stat().st_size > LOG_BYTES:
                self._copy_log()
        except (sqlite3.Error, OSError) as error:
            # Not rolled back and never tried again on this descriptor: after a failed fsync nobody knows what is true.
            raise JournalBroken(str(error)) from error

    def head(self) -> tuple[str, int] | None:
        """The epoch, and the number that central has acknowledged; None in a new file, or where it is damaged."""
        rows = self.read("SELECT epoch, acknowledged, sum FROM head")
        for epoch, acknowledged, stored in rows:
            if head_sum(epoch, acknowledged) == stored:
                return epoch, acknowledged
        return None

    def newest(self) -> Record | None:
        """The last record."""
        rows = self.read("SELECT number, previous, body, hash FROM records ORDER BY number DESC LIMIT 1")
        return Record(*rows[0]) if rows else None

    def oldest_number(self) -> int | None:
        """The number of the oldest record that is still here."""
        rows = self.read("SELECT min(number) FROM records")
        return None if rows[0][0] is None else int(rows[0][0])

    def has(self, number: int) -> bool:
        """Whether record `number` is still here."""
        return bool(self.read("SELECT 1 FROM records WHERE number = ?", number))

    def records_after(self, number: int, limit: int) -> list[Record]:
        """At most `limit` records after `number`, oldest first."""
        rows = self.read(
            "SELECT number, previous, body, hash FROM records WHERE number > ? ORDER BY number LIMIT ?",
            number,
            limit,
        )
        return [Record(*row) for row in rows]

    def all_kept(self) -> Iterator[tuple[Keep, bytes]]:
        """Everything remembered, with the sum that was stored beside it."""
        for kind, key, body, stored in self.read("SELECT kind, key, body, sum FROM kept"):
            yield Keep(kind, key, body), stored

    def drop_oldest(self, up_to: int) -> int:
        """Let some of the oldest records up to `up_to` go; how many went."""
        with self.transaction() as connection:
            return connection.execute(
                "DELETE FROM records WHERE number IN "
                "(SELECT number FROM records WHERE number <= ? ORDER BY number LIMIT ?)",
                (up_to, PRUNED_AT_ONCE),
            ).rowcount

    def is_new(self) -> bool:
        """Whether nothing has ever been written to it."""
        return not self.read("SELECT epoch FROM head")

    def is_sound(self) -> bool:
        """SQLite's own word on its pages."""
        return bool(self.read("PRAGMA quick_check") == [("ok",)])

    def _copy_log(self) -> bool:
        """Copy the log into the file and begin it anew. False where there is none."""
        ((_, frames, _),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return bool(frames >= 0)

    def _lay_tables(self) -> None:
        database = sqlite_utils.Database(self._connection)
        if database.table_names() and set(database.table_names()) != TABLES:
            # Laid anew, a table that cannot be found would hide that there was one.
            raise sqlite3.DatabaseError(f"tables: {database.table_names()}")
        if database.table_names():
            return
        # All at once: after a power cut there are four tables or none.
        with self.transaction():
            database.table("records").create(
                {"number": int, "previous": bytes, "body": bytes, "hash": bytes}, pk="number"
            )
            database.table("kept").create(
                {"kind": str, "key": str, "body": bytes, "sum": bytes}, pk=("kind", "key")
            )
            database.table("head").create({"epoch": str, "acknowledged": int, "sum": bytes})
            database.table("days").create({"day": int, "number": int}, pk="day")


def put_records(connection: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Add records."""
    connection.executemany(
        "INSERT INTO records (number, previous, body, hash) VALUES (?, ?, ?, ?)",
        ((record.number, record.previous, record.body, record.hash) for record in records),
    )


def put_kept(connection: sqlite3.Connection, item: Keep) -> None:
    """Remember, or forget."""
    if item.body is None:
        connection.execute("DELETE FROM kept WHERE kind = ? AND key = ?", (item.kind, item.key))
    else:
        connection.execute(
            "INSERT INTO kept (kind, key, body, sum) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET body = excluded.body, sum = excluded.sum",
            (item.kind, item.key, item.body, item.sum),
        )


def put_head(connection: sqlite3.Connection, epoch: str, acknowledged: int) -> None:
    """Say whose file it is and how far central has got."""
    connection.execute("DELETE FROM head")
    connection.execute(
        "INSERT INTO head (epoch, acknowledged, sum) VALUES (?, ?, ?)",
        (epoch, acknowledged, head_sum(epoch, acknowledged)),
    )


def put_day(connection: sqlite3.Connection, day: int, number: int, kept_days: int) -> None:
    """On the office's day `day` everything up to `number` was acknowledged; the newest `kept_days` days are kept."""
    connection.execute(
        "INSERT INTO days (day, number) VALUES (?, ?) ON CONFLICT DO UPDATE SET number = max(number, excluded.number)",
        (day, number),
    )
    # One more than the days themselves: up to its number, records may go.
    connection.execute(
        "DELETE FROM days WHERE day NOT IN (SELECT day FROM days ORDER BY day DESC LIMIT ?)", (kept_days + 1,)
    )


def forget_days_after(connection: sqlite3.Connection, number: int) -> None:
    """Central has fallen back behind `number`: what it acknowledged beyond it does not count."""
    connection.execute("UPDATE days SET number = min(number, ?)", (number,))
