"""The journal of a field machine: what it did, numbered and chained, and what it must remember to decide.

The only SQLite file of the machine, with one connection, owned by one process. A record is committed to the disk before
anybody is told anything; it leaves only after central has said that it holds it.
"""

from __future__ import annotations

import fcntl
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import sqlite_utils

from rules.messages.codec import decode_event, encode, first_hash, next_hash

if TYPE_CHECKING:
    from collections.abc import Generator
    from io import TextIOWrapper

    from rules.messages.events import AnyEvent

# FULL: with NORMAL, 50 of 50 power cuts right after COMMIT lost the last row; with WAL and FULL none did.
PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "locking_mode": "exclusive", "foreign_keys": 1}


class JournalUnusable(Exception):
    """The journal cannot be opened. The text is one sentence with the remedy."""


class JournalBroken(Exception):
    """A write failed. Whether it reached the disk is unknown: the process must end and open the file afresh."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Something to remember under (kind, key), apart from the records; `body` None forgets it."""

    kind: str
    key: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record as stored: its number, its exact bytes, and the chain's hash there."""

    number: int
    body: bytes
    hash: bytes


class Journal:
    """One open journal. Every write is one transaction; after an exception from `write` the process must end."""

    def __init__(self, folder: Path, device: str) -> None:
        self._folder = folder
        self._device = device
        self._lock: TextIOWrapper
        self._connection: sqlite3.Connection
        self.epoch = ""
        self.last = Record(0, b"", b"")
        self.acknowledged = 0

    def open(self) -> Self:
        """Lock, check and lay the tables. Raises JournalUnusable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self._folder / "journal.lock").open("w", encoding="ascii")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._connection = sqlite3.connect(self._folder / "journal.db", isolation_level=None)
            self._set_pragmas()
            self._lay_tables()
            self._read_head()
        except BlockingIOError as error:
            raise JournalUnusable(
                f"{self._folder} は別のプログラムが使用中です。先にそれを終了してください。 / "
                f"{self._folder} is in use by another copy of this program; end that one first."
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise JournalUnusable(
                f"{self._folder} に書き込めません（{error}）。フォルダの所有者と空き容量を確認してください。 / "
                f"Cannot write to {self._folder} ({error}); check who owns the folder and that the disk has room."
            ) from error
        return self

    def close(self) -> None:
        """Close the file and let the lock go."""
        self._connection.close()
        self._lock.close()

    @property
    def next_number(self) -> int:
        """The number the next record will have."""
        return self.last.number + 1

    @property
    def floor(self) -> int:
        """Unix seconds that have certainly passed: the wall time of the newest record, 0 without any."""
        return decode_event(self.last.body).at.wall if self.last.number else 0

    @property
    def waiting(self) -> int:
        """How many records central has not acknowledged."""
        return self.last.number - self.acknowledged

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        """Write records and what is to be remembered in one transaction, on the disk when this returns."""
        last = self.last
        with self._transaction() as connection:
            for event in events:
                body = encode(event)
                last = Record(last.number + 1, body, next_hash(last.hash, body))
                connection.execute(
                    "INSERT INTO records (number, body, hash) VALUES (?, ?, ?)", (last.number, last.body, last.hash)
                )
            for item in keep:
                self._keep(connection, item)
        self.last = last

    def recall(self, kind: str, key: str) -> bytes | None:
        """What is remembered under (kind, key)."""
        row = self._connection.execute("SELECT body FROM kept WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else bytes(row[0])

    def recall_all(self, kind: str) -> dict[str, bytes]:
        """All that is remembered of one kind, by key."""
        return dict(self._connection.execute("SELECT key, body FROM kept WHERE kind = ? ORDER BY key", (kind,)))

    def records_after(self, number: int, limit: int) -> list[Record]:
        """At most `limit` records after `number`, oldest first."""
        rows = self._connection.execute(
            "SELECT number, body, hash FROM records WHERE number > ? ORDER BY number LIMIT ?", (number, limit)
        )
        return [Record(*row) for row in rows]

    def hash_at(self, number: int) -> bytes | None:
        """The chain's hash at record `number` (hash_0 at 0); None for a record that is not here."""
        if number == 0:
            return first_hash(self._device, self.epoch)
        row = self._connection.execute("SELECT hash FROM records WHERE number = ?", (number,)).fetchone()
        return None if row is None else bytes(row[0])

    def acknowledge(self, number: int, hash_hex: str) -> bool:
        """Move the cursor to what central says it holds. False where its hash is not ours; nothing moves then."""
        ours = self.hash_at(number)
        if ours is None or ours.hex() != hash_hex:
            return False
        if number > self.acknowledged:
            with self._transaction() as connection:
                connection.execute("UPDATE head SET acknowledged = ?", (number,))
            self.acknowledged = number
        return True

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            # Not rolled back and never tried again on this descriptor: after a failed fsync nobody knows what is true.
            raise JournalBroken(str(error)) from error

    @staticmethod
    def _keep(connection: sqlite3.Connection, item: Keep) -> None:
        if item.body is None:
            connection.execute("DELETE FROM kept WHERE kind = ? AND key = ?", (item.kind, item.key))
        else:
            connection.execute(
                "INSERT INTO kept (kind, key, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                (item.kind, item.key, item.body),
            )

    def _set_pragmas(self) -> None:
        for name, wanted in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {name} = {wanted}")
            (got,) = self._connection.execute(f"PRAGMA {name}").fetchone()
            if got != wanted:
                raise sqlite3.DatabaseError(f"PRAGMA {name} is {got}, not {wanted}")

    def _lay_tables(self) -> None:
        database = sqlite_utils.Database(self._connection)
        database.table("records").create({"number": int, "body": bytes, "hash": bytes}, pk="number", if_not_exists=True)
        database.table("kept").create({"kind": str, "key": str, "body": bytes}, pk=("kind", "key"), if_not_exists=True)
        database.table("head").create({"epoch": str, "acknowledged": int}, if_not_exists=True)

    def _read_head(self) -> None:
        row = self._connection.execute("SELECT epoch, acknowledged FROM head").fetchone()
        if row is None:
            row = (secrets.token_hex(8), 0)
            with self._transaction() as connection:
                connection.execute("INSERT INTO head (epoch, acknowledged) VALUES (?, ?)", row)
        self.epoch, self.acknowledged = row
        newest = self._connection.execute("SELECT number, body, hash FROM records ORDER BY number DESC LIMIT 1").fetchone()
        self.last = Record(*newest) if newest else Record(0, b"", first_hash(self._device, self.epoch))
