"""One statement for many rows, without what SQLAlchemy does for every single one: that takes longer than SQLite's part.

For the few statements that every record of every machine goes through; all others are executed as they are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select
from sqlalchemy.sql.dml import Insert, Update


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
            self._text = self._compiled(connection)
        if rows:
            connection.exec_driver_sql(self._text, rows)

    def _compiled(self, connection: Connection) -> str:
        columns = self._statement.table.c.keys()
        named = [name for name in self._names if name in columns]
        compiled = self._statement.compile(dialect=connection.dialect, column_keys=named)
        wanted = tuple(compiled.positiontup or ())
        if wanted != self._names:
            message = f"{compiled} has the values {wanted}, not {self._names}"
            raise ValueError(message)
        return str(compiled)


def one_of(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether the column's value is among those that `values` has put into the parameter.

    An IN with a place for each value is another statement for every number of them, each to be made and prepared.
    """
    listed = func.json_each(bindparam(parameter)).table_valued("value")
    return column.in_(select(listed.c.value))


def values(them: Collection[str] | Collection[int]) -> str:
    """A parameter for `one_of`."""
    return json.dumps(list(them))
