"""A copy of another office's database that holds what was chosen of it: no page of that file is copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from central.database.migrations.head import HEAD
from central.database.schema import metadata
from central.database.unusable import DataUnusable, broken

Say = Callable[..., str | int | bytes | None]
_OTHER_VERSION = (
    "データベースの版が違います。このプログラムで役場のサーバーを一度起動してください（yukemuri-central run）",
    "The office's database is of another version: start its server once with this program (yukemuri-central run)",
)


def copy_kept(
    source: Path, into: Path, kept: Mapping[str, Mapping[str, str]], functions: Mapping[str, tuple[int, Say]]
) -> None:
    """Fill the tables of the database `into`, laid and empty, with what `source` has at one moment.

    `kept` names tables, and of each table's columns what is said in their place, in SQL over the source's row; a column
    that is not named stays as it was. Tables that are not named stay empty. `functions` are what that SQL may call, by
    name, each with the number of its arguments. The source is only read, also while a server writes to it.
    Raises DataUnusable.
    """
    try:
        with closing(_open(into, "rw")) as connection:
            connection.execute("PRAGMA foreign_keys = 1")
            connection.execute("ATTACH ? AS office", (_uri(source, "ro"),))
            for name, (arguments, function) in functions.items():
                connection.create_function(name, arguments, function, deterministic=True)
            # One transaction: one moment of the office, and all of the copy or nothing.
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute("SELECT version_num FROM office.alembic_version").fetchone()
            if found != (HEAD,):
                raise DataUnusable(*_OTHER_VERSION, f"{found} instead of {HEAD}")
            for table in metadata.sorted_tables:
                if table.name in kept:
                    connection.execute(_insert(table.name, [*table.columns.keys()], kept[table.name]))
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise broken(error) or error from error


def _insert(table: str, columns: list[str], said: Mapping[str, str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(said.get(column, f'"{column}"') for column in columns)
    return f"INSERT INTO main.{table} ({names}) SELECT {values} FROM office.{table} ORDER BY rowid"  # noqa: S608


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(_uri(path, mode), uri=True, isolation_level=None)


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"
