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
    """The database file at `path`. Every question opens it afresh, as it may be replaced at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, query: str, *values: Any) -> list[Any]:
        """All rows."""
        with closing(self._open()) as connection:
            return connection.execute(query, values).fetchall()

    def ask_many(self, *queries: str) -> Iterator[list[Any]]:
        """All rows of several queries, of one moment."""
        with closing(self._open()) as connection:
            connection.execute("BEGIN")
            for query in queries:
                yield connection.execute(query).fetchall()

    def copy_to(self, path: Path) -> None:
        """A whole copy, as a backup makes it."""
        with closing(self._open()) as connection, closing(_connect(path)) as copy:
            connection.backup(copy)

    def _open(self) -> sqlite3.Connection:
        connection = _connect(f"file:{self._path}?mode=rw", uri=True, isolation_level=None)
        connection.execute("PRAGMA query_only = 1")
        return connection
