"""Central's database as `create` lays it, copied: to lay one costs more than what most examples then do with it."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from central.database.transaction import Database, database_file


def laid(folder: Path) -> Database:
    """The folder's database, not yet open; where there is none, a fresh copy of an empty one is put there first.

    What `create` itself does is tested in tests/central/test_database.py and test_migrations.py.
    """
    path = database_file(folder)
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(_empty())
    return Database(path)


@cache
def _empty() -> bytes:
    """The file's bytes once its one connection is closed, which leaves nothing in the log beside it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(database_file(Path(folder)))
        database.create()
        database.close()
        assert not list(Path(folder).glob("*-wal"))
        return database.path.read_bytes()
