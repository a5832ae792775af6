"""What there is to know of central's file before and after an upgrade: version, size, room, copies."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from central.database.migrate import OURS, Version
from central.database.transaction import Connection, Database, DataUnusable


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy from before an upgrade, of `made_at` in Unix seconds."""

    name: str
    revision: str
    size: int
    made_at: int


@dataclass(frozen=True, slots=True)
class Status:
    """Sizes in bytes. `version` is None where the file cannot be read, and `problem` says why."""

    version: Version | None
    problem: str
    program: str
    size: int
    log: int
    room: int
    copies: tuple[Copy, ...]


def read_status(database: Database) -> Status:
    """The file of any version, also on a full disk. Raises DataUnusable where there is none."""
    version, problem = None, ""
    try:
        version = database.version()
    except DataUnusable as error:
        if not database.path.exists():
            raise
        problem = str(error)
    path = database.path
    return Status(
        version,
        problem,
        OURS.head,
        path.stat().st_size,
        _size(path.with_name(f"{path.name}-wal")),
        shutil.disk_usage(path.parent).free,
        tuple(sorted(_copies(path), key=lambda copy: copy.made_at)),
    )


def quick_check(connection: Connection) -> str:
    """What SQLite finds wrong with the file's pages, "" for nothing. Another database looks after its own."""
    if connection.dialect.name != "sqlite":
        return ""
    try:
        first = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    except SQLAlchemyError as error:
        return str(error.__cause__ or error)
    return "" if first == "ok" else first


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _copies(path: Path) -> list[Copy]:
    found = []
    for file in path.parent.iterdir():
        if name := re.fullmatch(rf"{re.escape(path.stem)}\.([^.]+)\.[0-9]+\.db", file.name):
            stat = file.stat()
            found.append(Copy(file.name, name[1], stat.st_size, int(stat.st_mtime)))
    return found
