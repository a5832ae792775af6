"""The journal of a field machine: what it did, numbered and chained, and what it must remember to decide.

The only SQLite file of the machine, with one connection, owned by one process and used by one thread. A record is
committed to the disk before anybody is told anything; it leaves only after central has said that it holds it.
"""

from __future__ import annotations

import fcntl
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlite_utils

from rules.messages.codec import Malformed, decode_event, encode, first_hash, next_hash
from rules.messages.link import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Generator

    from rules.messages.events import AnyEvent

# Exclusive before WAL, so that no shared memory is ever laid out that others could join. FULL: with NORMAL, 50 of 50
# power cuts right after COMMIT lost the last row; with WAL and FULL none did.
PRAGMAS = {"locking_mode": "exclusive", "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


class JournalUnusable(Exception):
    """The journal cannot be opened. The text is one sentence with the remedy."""


class JournalBroken(Exception):
    """The disk failed to write or to read. What stands on it is unknown: the process must end and open it afresh."""


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
    """One open journal. Every write is one transaction; after JournalBroken, which reading may raise too, it must end.

    `epoch` names this file, `last` is its newest record (number 0 and hash_0 without any), `acknowledged` the number
    up to which central has said that it holds it.
    """

    def __init__(self, folder: Path, device: str) -> None:
        self._folder = folder
        self._device = device
        self._connection: sqlite3.Connection
        self._closing = ExitStack()
        self.epoch = ""
        self.last = Record(0, b"", b"")
        self.acknowledged = 0

    def open(self) -> Self:
        """Lock, check and lay the tables. Raises JournalUnusable."""
        with ExitStack() as undo:
            try:
                self._open(undo)
            except BlockingIOError as error:
                raise JournalUnusable(
                    f"{self._folder} は別のプログラムが使用中です。先にそれを終了してください。 / "
                    f"{self._folder} is in use by another copy of this program; end that one first."
                ) from error
            except (OSError, sqlite3.OperationalError, JournalBroken) as error:
                raise JournalUnusable(
                    f"{self._folder} に書き込めません（{error}）。フォルダの所有者と空き容量を確認してください。 / "
                    f"Cannot write to {self._folder} ({error}); check who owns the folder and that the disk has room."
                ) from error
            except sqlite3.Error as error:
                raise JournalUnusable(
                    f"{self._folder} の記録が壊れています（{error}）。消さずに、事務所へ連絡してください。 / "
                    f"The journal in {self._folder} is damaged ({error}); delete nothing and call the office."
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

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        """Write records and what is to be remembered in one transaction, on the disk when this returns.

        Raises JournalBroken, and ValueError for a record above MAX_RECORD_BYTES before anything is written: it would
        never pass the link, nor would those behind it.
        """
        records = self._chained(events)
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO records (number, body, hash) VALUES (?, ?, ?)",
                ((record.number, record.body, record.hash) for record in records),
            )
            for item in keep:
                self._keep(connection, item)
        if records:
            self.last = records[-1]

    def recall(self, kind: str, key: str) -> bytes | None:
        """What is remembered under (kind, key)."""
        rows = self._read("SELECT body FROM kept WHERE kind = ? AND key = ?", kind, key)
        return bytes(rows[0][0]) if rows else None

    def recall_all(self, kind: str) -> dict[str, bytes]:
        """All that is remembered of one kind, in the order of its keys."""
        return dict(self._read("SELECT key, body FROM kept WHERE kind = ? ORDER BY key", kind))

    def records_after(self, number: int, limit: int) -> list[Record]:
        """At most `limit` records after `number`, oldest first."""
        rows = self._read(
            "SELECT number, body, hash FROM records WHERE number > ? ORDER BY number LIMIT ?", number, limit
        )
        return [Record(*row) for row in rows]

    def hash_at(self, number: int) -> bytes | None:
        """The chain's hash at record `number` (hash_0 at 0); None for a record that is not here."""
        if number == 0:
            return first_hash(self._device, self.epoch)
        rows = self._read("SELECT hash FROM records WHERE number = ?", number)
        return bytes(rows[0][0]) if rows else None

    def acknowledge(self, number: int, hash_hex: str) -> bool:
        """Move the cursor up to what central says it holds, never back. False where its hash there is not ours."""
        ours = self.hash_at(number)
        if ours is None or ours.hex() != hash_hex:
            return False
        if number > self.acknowledged:
            with self._transaction() as connection:
                connection.execute("UPDATE head SET acknowledged = ?", (number,))
            self.acknowledged = number
        return True

    def _chained(self, events: Sequence[AnyEvent]) -> list[Record]:
        records: list[Record] = []
        last = self.last
        for event in events:
            body = encode(event)
            if len(body) > MAX_RECORD_BYTES:
                raise ValueError(f"a record of {len(body)} bytes is longer than {MAX_RECORD_BYTES}")
            last = Record(last.number + 1, body, next_hash(last.hash, body))
            records.append(last)
        return records

    def _read(self, query: str, *values: int | str) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise JournalBroken(str(error)) from error

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

    def _open(self, undo: ExitStack) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = undo.enter_context((self._folder / "journal.lock").open("w", encoding="ascii"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file = self._folder / "journal.db"
        # It names passes: for this user alone, and SQLite gives its other files the mode of this one.
        file.touch(mode=0o600)
        file.chmod(0o600)
        connection = sqlite3.connect(file, isolation_level=None)
        self._connection = undo.enter_context(closing(connection))
        self._set_pragmas()
        self._lay_tables()
        self._read_head()

    def _set_pragmas(self) -> None:
        for name, wanted in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {name} = {wanted}")
            (got,) = self._connection.execute(f"PRAGMA {name}").fetchone()
            if got != wanted:
                raise JournalUnusable(
                    f"{self._folder} では記録を確実に残せません（{name} が {got}）。"
                    "この機械のディスクに移してください。 / "
                    f"Records would not be safe in {self._folder} ({name} is {got}, not {wanted}); "
                    "move it to a disk of this machine."
                )

    def _lay_tables(self) -> None:
        database = sqlite_utils.Database(self._connection)
        database.table("records").create(
            {"number": int, "body": bytes, "hash": bytes}, pk="number", if_not_exists=True
        )
        database.table("kept").create(
            {"kind": str, "key": str, "body": bytes}, pk=("kind", "key"), if_not_exists=True
        )
        database.table("head").create({"epoch": str, "acknowledged": int}, if_not_exists=True)

    def _read_head(self) -> None:
        row = self._connection.execute("SELECT epoch, acknowledged FROM head").fetchone()
        if row is None:
            row = (secrets.token_hex(8), 0)
            with self._transaction() as connection:
                connection.execute("INSERT INTO head (epoch, acknowledged) VALUES (?, ?)", row)
        self.epoch, self.acknowledged = row
        newest = self._connection.execute(
            "SELECT number, body, hash FROM records ORDER BY number DESC LIMIT 1"
        ).fetchone()
        self.last = Record(*newest) if newest else Record(0, b"", first_hash(self._device, self.epoch))
