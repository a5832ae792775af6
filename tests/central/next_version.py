"""A version of the schema after ours, a file of ours to be brought to it, and what a file holds."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from central.database.migrate import OURS, History
from central.database.schema import metadata
from central.database.transaction import Database, database_file
from central.ledger.verify_ledger import verify_ledger
from tests.central.office import Bus, alight, board, card_of, new_office, send

NEXT = """
import sqlalchemy as sa
from alembic import op
from tests.central.next_version import step

revision = "next"
down_revision = "{head}"


def upgrade():
    step(0)
    op.add_column("rides", sa.Column("remark", sa.String(), nullable=False, server_default=""))
    step(1)
    with op.batch_alter_table("entry_groups", recreate="always") as table:
        table.add_column(sa.Column("note", sa.String()))
    step(2)
    with op.batch_alter_table("entries", recreate="always") as table:
        table.add_column(sa.Column("note", sa.String()))
    step(3)
    op.execute("UPDATE entries SET note = 'before'")
    step(4)
"""
"""A column more; two append-only tables rebuilt, one of which others refer to; a column filled in."""
STEPS = 5
KILLED_AT = "KILLED_AT"


def step(number: int) -> None:
    """Called between the operations of the test's revision."""
    if os.environ.get(KILLED_AT) == str(number):
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get(KILLED_AT) == f"fail {number}":
        raise sqlite3.OperationalError("as if the operation had failed")


def next_version(folder: Path) -> History:
    """Ours and one more, which is laid in `folder`."""
    versions = folder / "versions"
    versions.mkdir()
    (versions / "next.py").write_text(NEXT.format(head=OURS.head))
    return History("next", (*OURS.folders, versions))


def fill(data: Path) -> Database:
    """Rides and money through the inbox, as an older program left them; nobody has the file open."""
    bus = Bus()
    with new_office(data) as office:
        with office.database.write() as connection:
            bus.register(connection)
            card = card_of(connection, office, "m", 1000)
        bus.write(alight(card, bus.write(board(card)), held=300))
        send(office.database, bus)
    return Database(database_file(data))


def schema_of(path: Path) -> dict[tuple[str, str], set[str]]:
    """The lines of every table, index and trigger: in which order a table's constraints stand is no difference."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).fetchall()
    return {
        (kind, name): {line.strip().rstrip(",").strip() for line in sql.splitlines()}
        for kind, name, sql in found
    }


def rows_of(path: Path) -> dict[str, list[str]]:
    """All rows of all tables, in the columns that the older program knew."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for table in metadata.sorted_tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            found[table.name] = sorted(
                map(repr, connection.execute(f"SELECT {columns} FROM {table.name}").fetchall())  # noqa: S608 - our own names
            )
    return found


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def problems(database: Database) -> list[str]:
    with database.read() as connection:
        return verify_ledger(connection).problems


def copies(database: Database) -> list[str]:
    return sorted(file.name for file in database.path.parent.iterdir() if f".{OURS.head}." in file.name)
