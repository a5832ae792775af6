"""An office that writes, and what a backup of it is compared with."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pyrage

from central.database.transaction import Database, database_file
from provisioning.backup.restore import Restored, restore
from provisioning.backup.ship import Shipper

NOW = 1_900_000_000
IDENTITY = pyrage.x25519.Identity.generate()


def shipper(data: Path, place: Path, days: int = 35) -> Shipper:
    place.mkdir(exist_ok=True)
    return Shipper(data, place, IDENTITY.to_public(), days)


def brought_back(place: Path, to: Path, at: int | None = None) -> Restored:
    return restore(place, IDENTITY, to, at, lambda _done, _all: None)


def content(data: Path) -> str:
    """A hash over every row of every table, as whoever opens the file now sees them."""
    hashed = hashlib.sha256()
    with closing(sqlite3.connect(database_file(data))) as connection:
        for line in connection.iterdump():
            hashed.update(line.encode())
    return hashed.hexdigest()


def table(data: Path) -> Database:
    """The office's own database, laid, with a table that anything may be written into."""
    database = Database(database_file(data))
    database.create()
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE stuff (id INTEGER PRIMARY KEY, what BLOB)")
    return database


def write(database: Database, rows: int, size: int = 500, *, spoil: bool = False) -> None:
    """One transaction; with `spoil` it is rolled back after it has grown beyond the cache."""

    class Spoilt(Exception):
        pass

    try:
        with database.write() as connection:
            for _ in range(rows):
                connection.exec_driver_sql("INSERT INTO stuff (what) VALUES (randomblob(?))", (size,))
            connection.exec_driver_sql("DELETE FROM stuff WHERE id % 7 = abs(random() % 7)")
            if spoil:
                raise Spoilt
    except Spoilt:
        pass
