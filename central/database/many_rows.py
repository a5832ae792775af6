"""One statement for many rows, without what SQLAlchemy does for every one of them: it takes longer than SQLite's part.

For the few statements that every record of every machine goes through; all others are executed as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, bindparam, func, select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.dml import Insert, Update

from rules.messages.codec import encode

ROWS_AT_ONCE = 1000


class ManyRows:
    """An INSERT or UPDATE whose values, `names`, come in the order in which the statement has them.

    The driver gets them as they are: plain str, int, bytes and None. Defaults that SQLAlchemy would fill in are not.
    """

    def __init__(self, statement: Insert | Update, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._text = ""

    def execute(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Once for each of the rows. Raises ValueError where the statement has other values, or in another order."""
        if not self._text:
            columns = self._statement.table.c.keys()
            set_here = [name for name in self._names if name in columns]
            self._text = _text(self._statement, self._names, connection, set_here)
        if rows:
            _cursor(connection).executemany(self._text, rows)


class Lookup:
    """A SELECT with the parameters `names`, in the statement's order. Rows come as the driver has them."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any], *names: str) -> None:
        self._statement = statement
        self._names = names
        self._text = ""

    def all(self, connection: Connection, *parameters: str | int) -> Sequence[Any]:
        """What there is. Raises ValueError where the statement has other parameters, or in another order."""
        if not self._text:
            self._text = _text(self._statement, self._names, connection, None)
        cursor = _cursor(connection)
        cursor.execute(self._text, parameters)
        found: Sequence[Any] = cursor.fetchall()
        return found

    def each(self, connection: Connection) -> Iterator[Any]:
        """The rows one after another, of a statement without parameters, however many there are."""
        if not self._text:
            self._text = _text(self._statement, self._names, connection, None)
        cursor = _cursor(connection)
        cursor.execute(self._text)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def one_of(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether the column's value is among those that `values` has put into the parameter.

    An IN with a place for each value is another statement for every number of them, each to be made and prepared.
    """
    listed = func.json_each(bindparam(parameter)).table_valued("value")
    return column.in_(select(listed.c.value))


def values(them: Collection[str] | Collection[int]) -> str:
    """A parameter for `one_of`."""
    return encode(list(them)).decode()


def _cursor(connection: Connection) -> DBAPICursor:
    # The driver's own: SQLAlchemy's results take ten times as long as SQLite's part of a small statement.
    return connection.connection.cursor()


def _text(
    statement: Insert | Update | Select[Any] | CompoundSelect[Any],
    names: tuple[str, ...],
    connection: Connection,
    set_here: list[str] | None,
) -> str:
    compiled = statement.compile(dialect=connection.dialect, column_keys=set_here)
    wanted = tuple(compiled.positiontup or ())
    if wanted != names:
        message = f"{compiled} has the values {wanted}, not {names}"
        raise ValueError(message)
    return str(compiled)
