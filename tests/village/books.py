"""Central's file as anybody with SQLite reads it: with none of the product's code, for the invariants."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

# Before any fuse is put in: looking on must never be what cuts the power.
_connect = sqlite3.connect


class Books:
    """The database file at `path`. `close` before it is replaced: the next question opens it afresh."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def ask(self, query: str) -> list[Any]:
        """All rows."""
        (rows,) = self.ask_many(query)
        return rows

    def ask_many(self, *queries: str) -> Iterator[list[Any]]:
        """All rows of several queries, of one moment."""
        connection = self._open()
        connection.execute("BEGIN")
        try:
            yield from [connection.execute(query).fetchall() for query in queries]
        finally:
            connection.execute("ROLLBACK")

    def copy_to(self, path: Path) -> None:
        """A whole copy, as a backup makes it."""
        with closing(_connect(path)) as copy:
            self._open().backup(copy)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(f"file:{self._path}?mode=rw", uri=True, isolation_level=None)
            self._connection.execute("PRAGMA query_only = 1")
        return self._connection
