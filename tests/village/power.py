"""Power cuts between any two SQL statements: what was not committed is gone, and so is the process's memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


class PowerCut(BaseException):
    """The machine is off. No `except Exception` may survive it, so it is none."""


class Fuse:
    """Cuts the power of whoever owns the files in `folder`, once it has been lit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._statements = 0
        self._commits = 0
        self._after = False
        self.blown = False
        """Whether it has cut: whatever the dying process says after that is heard by nobody."""
        self._connections: list[sqlite3.Connection] = []

    def light(self, *, statements: int = 0, commits: int = 0, after: bool = False) -> None:
        """Burn for so many statements, or commits, from now on; then cut before the last of them, or right `after`."""
        self._statements, self._commits, self._after = statements, commits, after

    def put_out(self) -> None:
        """Do not cut."""
        self._statements = self._commits = 0

    @contextmanager
    def protected(self) -> Iterator[None]:
        """Nothing is cut in here; what is lit burns on afterwards."""
        left = self._statements, self._commits
        self.put_out()
        try:
            yield
        finally:
            self._statements, self._commits = left

    def is_lit(self) -> bool:
        """Whether a cut is to come."""
        return bool(self._statements or self._commits)

    @property
    def in_transaction(self) -> bool:
        """Whether the newest connection has begun what it has not committed."""
        return self._connections[-1].in_transaction

    def belongs(self, connection: sqlite3.Connection) -> None:
        """Watch this connection too."""
        self._connections.append(connection)

    def pull(self) -> None:
        """The process is over: every connection is gone, and what it had not committed with it."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self.put_out()
        self.blown = False

    def burn(self, *, commit: bool) -> bool:
        """One statement is about to run: raises PowerCut before it, or says that the cut comes right after it."""
        if not self.is_lit():
            return False
        if self._commits:
            self._commits -= commit
        else:
            self._statements -= 1
        if self.is_lit():
            return False
        self.blown = True
        if not self._after:
            raise PowerCut
        return True


class _Cursor(sqlite3.Cursor):
    """A cursor on a fuse."""

    def execute(self, sql: str, *values: Any) -> _Cursor:
        cut = self._fuse.burn(commit=False)
        super().execute(sql, *values)
        if cut:
            raise PowerCut
        return self

    def executemany(self, sql: str, rows: Any, /) -> _Cursor:
        cut = self._fuse.burn(commit=False)
        super().executemany(sql, rows)
        if cut:
            raise PowerCut
        return self

    @property
    def _fuse(self) -> Fuse:
        connection = self.connection
        assert isinstance(connection, FusedConnection)
        return connection.fuse


class FusedConnection(sqlite3.Connection):
    """A connection that stops where its fuse says."""

    fuse: Fuse

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        cut = self.fuse.burn(commit=sql == "COMMIT")
        done = super().execute(sql, *values)
        if cut:
            raise PowerCut
        return done

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        cut = self.fuse.burn(commit=False)
        done = super().executemany(sql, rows)
        if cut:
            raise PowerCut
        return done

    def cursor(self, factory: Any = None) -> Any:
        # Central's SQL all goes through cursors: only while a cut is to come do they go through Python.
        return super().cursor(factory or (_Cursor if self.fuse.is_lit() else sqlite3.Cursor))

    def close(self) -> None:
        # A closed connection keeps its locks for as long as anybody holds a cursor of it; a dead process does not.
        with suppress(sqlite3.ProgrammingError):
            if self.in_transaction:
                super().rollback()
        super().close()

    def commit(self) -> None:
        cut = self.fuse.burn(commit=True)
        super().commit()
        if cut:
            raise PowerCut


@contextmanager
def fused(fuses: list[Fuse]) -> Iterator[None]:
    """Put every database opened from now on, in a folder that has a fuse, on that fuse."""
    connect = sqlite3.connect

    def connect_fused(database: Any, *values: Any, **options: Any) -> sqlite3.Connection:
        name = str(database)
        for fuse in fuses:
            if f"{fuse.folder}/" in name:
                connection: FusedConnection = connect(database, *values, factory=FusedConnection, **options)
                connection.fuse = fuse
                fuse.belongs(connection)
                return connection
        plain: sqlite3.Connection = connect(database, *values, **options)
        return plain

    sqlite3.connect = connect_fused  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite3.connect = connect
