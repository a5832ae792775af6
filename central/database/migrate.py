"""Which version of the schema a file has, and how an older file is brought to the newest one.

Alembic tells what a migration is; it is imported only where there is one to do. A new file is laid from the metadata
directly and gets the newest version's name: a test holds that both ways give the same schema.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from central.database.migrations.head import HEAD
from central.database.schema import drop_triggers, lay_triggers, metadata
from central.database.unusable import DataUnusable, broken

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

__all__ = [
    "MIGRATIONS",
    "OURS",
    "Age",
    "History",
    "Version",
    "find_version",
    "lay_or_find",
    "must_be_newest",
    "run_revisions",
    "scripts",
    "upgrade",
]

MIGRATIONS = Path(__file__).parent / "migrations"

_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""One row, the file's revision, in the form that Alembic gives it."""


@dataclass(frozen=True, slots=True)
class History:
    """The revisions in `folders`, of which `head` is the newest."""

    head: str
    folders: tuple[Path, ...]


OURS = History(HEAD, (MIGRATIONS / "versions",))


class Age(StrEnum):
    """How a file's version stands to the program's."""

    NEWEST = "newest"
    """The same."""
    OLDER = "older"
    """One that the program knows how to bring forward."""
    UNKNOWN = "unknown"
    """One that it has never heard of."""
    EMPTY = "empty"
    """Nothing was laid in it yet."""
    TRIAL = "trial"
    """Tables without a version: only programs before the first release laid such."""


WORDS: dict[Age, tuple[str, str]] = {
    Age.NEWEST: (
        "データベースは、このプログラムの版です",
        "The database is of this program's version",
    ),
    Age.OLDER: (
        "データベースは前の版です。サーバーを一度起動してください（yukemuri-central run）。写しを残して更新します",
        "The database is of an older version: start the server once (yukemuri-central run); it upgrades, with a copy",
    ),
    Age.UNKNOWN: (
        "データベースは、このプログラムの知らない、おそらくより新しい版です。新しい版のプログラムを入れてください",
        "The database is of a version that this program does not know, most likely newer: install the newer program",
    ),
    Age.EMPTY: (
        "データベースはまだ空です。サーバーを一度起動してください（yukemuri-central run）",
        "The database is still empty: start the server once (yukemuri-central run)",
    ),
    Age.TRIAL: (
        "このデータベースは、最初の公開より前の試作で作られています。データのフォルダーを別の場所へ移してください",
        "A trial before the first release made this database: move the data folder away",
    ),
}
"""What to say of each, with what to do."""


@dataclass(frozen=True, slots=True)
class Version:
    """The file's revision, "" where it has none, and how that stands to the program's."""

    revision: str
    age: Age


def find_version(connection: Connection, history: History) -> Version:
    """The version of the file, whichever it is."""
    inspector = inspect(connection)
    if inspector.has_table(_version.name):
        found = connection.scalar(select(_version.c.version_num)) or ""
        if found == history.head:
            return Version(found, Age.NEWEST)
        known = {script.revision for script in scripts(history).walk_revisions()}
        return Version(found, Age.OLDER if found in known else Age.UNKNOWN)
    return Version("", Age.TRIAL if inspector.get_table_names() else Age.EMPTY)


def must_be_newest(connection: Connection, history: History) -> None:
    """Raises DataUnusable, with what to do, for a file of any version but the head."""
    found = find_version(connection, history)
    if found.age is not Age.NEWEST:
        raise _unusable(found, history)


def lay_or_find(connection: Connection, history: History) -> Version:
    """The file's version; an empty file is laid first.

    Raises DataUnusable for one that cannot be brought forward.
    """
    found = find_version(connection, history)
    if found.age in {Age.UNKNOWN, Age.TRIAL}:
        raise _unusable(found, history)
    if found.age is not Age.EMPTY:
        return found
    metadata.create_all(connection)
    lay_triggers(connection)
    _version.create(connection)
    connection.execute(insert(_version).values(version_num=history.head))
    return Version(history.head, Age.NEWEST)


def upgrade(connection: Connection, path: Path, found: str, history: History) -> None:
    """Bring the file at `path` from revision `found` to the head, with a copy of it beside it from before.

    In one transaction of the connection, which does not enforce foreign keys: they are checked here at the end.
    Raises DataUnusable, with nothing committed, when a migration fails.
    """
    connection.begin()
    with _copied(path, found):
        try:
            run_revisions(connection, scripts(history))
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise broken(getattr(error, "orig", error)) or _failed(error) from error
        if lost:
            raise _failed(f"foreign keys: {lost[:3]}")
        connection.commit()


def scripts(history: History) -> ScriptDirectory:
    """The revisions as Alembic reads them."""
    from alembic.script import ScriptDirectory

    folders = [str(folder) for folder in history.folders]
    return ScriptDirectory(str(MIGRATIONS), file_template="%(slug)s", version_locations=folders)


def run_revisions(connection: Connection, known: ScriptDirectory) -> None:
    """All revisions that the file lacks, in the connection's transaction, and the triggers of the newest schema."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    drop_triggers(connection)
    with EnvironmentContext(
        Config(),
        known,
        fn=lambda now, _context: known._upgrade_revs("head", now),  # noqa: SLF001 - as Alembic's own manual does
    ) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
    lay_triggers(connection)


def _unusable(found: Version, history: History) -> DataUnusable:
    return DataUnusable(*WORDS[found.age], f"{found.revision or 'no version'}, {history.head}")


def _failed(detail: object) -> DataUnusable:
    return DataUnusable(
        "データベースを新しい版にできませんでした。ファイルは元のままです。前の版のプログラムに戻し、この文を開発元へ知らせてください",
        "The database could not be brought to the new version and is as it was: "
        "go back to the program's former version and send this sentence to its makers",
        detail,
    )


@contextmanager
def _copied(path: Path, found: str) -> Iterator[None]:
    """A copy beside the file while the body runs and after it; if the body fails, the file itself is the copy.

    After a commit that the disk did not confirm nobody knows what the file is: then the copy stays.
    """
    part = path.with_name(f"{path.stem}.{found}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        # A reader beside our transaction, which has written nothing yet: it sees the same state.
        with (
            closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        copy = _put_by(part, path, found)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part.unlink()
        megabytes = path.stat().st_size // 1_000_000 + 1
        raise DataUnusable(
            f"新しい版にする前の写しを置けません。空き容量（あと{megabytes} MB）とフォルダーの権限を確かめてください",
            "The copy from before the new version cannot be written: check the room on the disk "
            f"({megabytes} MB more) and the folder's permissions",
            error,
        ) from error
    try:
        yield
    except BaseException as error:
        if getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_IOERR:
            copy.unlink()
        raise


def _put_by(part: Path, path: Path, found: str) -> Path:
    """Give the whole copy its name, one that no older copy has, so that it outlives a power cut."""
    for number in count(1):
        copy = path.with_name(f"{path.stem}.{found}.{number}.db")
        try:
            os.link(part, copy)
        except FileExistsError:
            continue
        break
    part.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return copy
