"""By which indexes SQLite finds what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from central.database.transaction import Database


@contextmanager
def plans(database: Database) -> Iterator[list[str]]:
    """The lines of the plans of all statements within, in their order; there once it is over."""
    asked: list[tuple[str, Any]] = []
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with database.read() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found += [row.detail for row in rows]
