"""The schema moves forward: no row is lost, and what fails leaves the file as it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from central.database import transaction
from central.database.migrate import OURS, History, run_revisions, scripts
from central.database.schema import metadata
from central.database.transaction import Database, DataUnusable
from tests.central.next_version import (
    KILLED_AT,
    STEPS,
    copies,
    fill,
    next_version,
    problems,
    rows_of,
    schema_of,
    version_of,
)

REMEDY = (
    "the tables and the migrations differ. Until the first release: ./dev run python -m central.database.migrations "
    "baseline. After it: ./dev run python -m central.database.migrations revision WHAT_IT_DOES"
)
Use = Callable[[Database], AbstractContextManager[Connection]]
PROGRAM = """
import sys
from pathlib import Path
from central.database.migrate import OURS, History
from central.database.transaction import Database
Database(Path(sys.argv[1])).create(History("next", (*OURS.folders, Path(sys.argv[2]))))
"""


@pytest.fixture
def longer(tmp_path: Path) -> History:
    return next_version(tmp_path)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Database]:
    database = fill(tmp_path / "data")
    yield database
    database.close()


def laid_by_migrations(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        run_revisions(connection, scripts(OURS))
    engine.dispose()


def started(database: Database, longer: History, killed_at: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, str(database.path), str(longer.folders[-1])]
    return subprocess.Popen(command, env=os.environ | {KILLED_AT: killed_at})


def test_the_migrations_lay_the_schema_that_the_tables_say(tmp_path: Path) -> None:
    path = tmp_path / "migrated.db"
    laid_by_migrations(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == [], REMEDY
    engine.dispose()
    assert scripts(OURS).get_current_head() == OURS.head, REMEDY


def test_a_new_file_is_what_the_migrations_would_have_made(tmp_path: Path) -> None:
    laid_by_migrations(tmp_path / "migrated.db")
    database = Database(tmp_path / "new.db")
    database.create()
    database.close()
    new, migrated = schema_of(database.path), schema_of(tmp_path / "migrated.db")
    assert {kind for kind, _ in new} == {"table", "index", "trigger"}
    assert new == migrated, REMEDY
    assert version_of(database.path) == version_of(tmp_path / "migrated.db")


def test_an_upgrade_keeps_every_row_the_books_and_the_triggers(filled: Database, longer: History) -> None:
    before = rows_of(filled.path)
    assert before["entries"]
    assert before["rides"]
    assert problems(filled) == []
    triggers = {key for key in schema_of(filled.path) if key[0] == "trigger"}
    filled.create(longer)
    assert version_of(filled.path) == "next"
    assert rows_of(filled.path) == before
    assert problems(filled) == []
    assert {key for key in schema_of(filled.path) if key[0] == "trigger"} == triggers
    with closing(sqlite3.connect(filled.path)) as connection:
        assert connection.execute("SELECT DISTINCT note FROM entries").fetchall() == [("before",)]
        for change in ("UPDATE entries SET amount = 0", "DELETE FROM entry_groups"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(change)
    (copy,) = copies(filled)
    assert rows_of(filled.path.with_name(copy)) == before
    assert version_of(filled.path.with_name(copy)) == OURS.head
    assert filled.path.with_name(copy).stat().st_mode & 0o077 == 0


def test_foreign_keys_are_enforced_again_after_an_upgrade(filled: Database, longer: History) -> None:
    filled.create(longer)
    with filled.write() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize("number", range(STEPS))
def test_killed_in_the_middle_the_old_file_is_whole_and_the_next_start_upgrades_it(
    filled: Database, longer: History, number: int
) -> None:
    before, schema = rows_of(filled.path), schema_of(filled.path)
    assert started(filled, longer, str(number)).wait(60) == -signal.SIGKILL
    assert (rows_of(filled.path), schema_of(filled.path)) == (before, schema)
    filled.create()
    assert problems(filled) == []
    filled.create(longer)
    assert rows_of(filled.path) == before
    # The killed one could not take its copy away, and nothing writes over one.
    assert len(copies(filled)) == 2


@pytest.mark.parametrize("number", range(STEPS))
def test_a_failing_operation_leaves_the_file_as_it_was(
    filled: Database, longer: History, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, schema = rows_of(filled.path), schema_of(filled.path)
    monkeypatch.setenv(KILLED_AT, f"fail {number}")
    with pytest.raises(DataUnusable, match=r"元のまま.*as it was"):
        filled.create(longer)
    assert (rows_of(filled.path), schema_of(filled.path)) == (before, schema)
    assert copies(filled) == []
    filled.create()
    assert problems(filled) == []


def test_two_starts_at_once_upgrade_once(filled: Database, longer: History) -> None:
    before = rows_of(filled.path)
    both = [started(filled, longer) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert rows_of(filled.path) == before
    assert len(copies(filled)) == 1


def test_a_file_of_a_newer_program_is_refused_and_untouched(filled: Database, longer: History) -> None:
    filled.create(longer)
    content, made = schema_of(filled.path), copies(filled)
    with pytest.raises(
        DataUnusable, match=r"新しい版のプログラムを入れてください.*install the newer program"
    ):
        filled.create()
    assert (schema_of(filled.path), copies(filled)) == (content, made)


@pytest.mark.parametrize("use", [Database.read, Database.write])
def test_whoever_meets_an_older_file_is_told_to_start_the_server(
    filled: Database, longer: History, monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    schema = schema_of(filled.path)
    monkeypatch.setattr(transaction, "OURS", longer)
    for _ in range(2):
        with pytest.raises(DataUnusable, match=r"写しを残して.*start the server once"), use(filled):
            pass
    assert (schema_of(filled.path), copies(filled)) == (schema, [])
    filled.create(longer)
    with use(filled) as connection:
        assert connection.exec_driver_sql("SELECT COUNT(note) FROM entries").scalar()


@pytest.mark.parametrize("use", [Database.read, Database.write])
def test_whoever_meets_a_newer_file_is_told_to_install_the_newer_program(
    filled: Database, longer: History, use: Use
) -> None:
    filled.create(longer)
    filled.close()
    with pytest.raises(DataUnusable, match=r"より新しい版です.*install the newer program"), use(filled):
        pass


@pytest.mark.parametrize("use", [Database.read, Database.write])
def test_a_file_that_was_made_but_not_laid_is_told_apart(tmp_path: Path, use: Use) -> None:
    (tmp_path / "central.db").touch()
    empty = Database(tmp_path / "central.db")
    with pytest.raises(DataUnusable, match=r"まだ空です.*start the server once"), use(empty):
        pass


def test_the_version_is_looked_at_once_for_each_opening(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    monkeypatch.setattr(transaction, "must_be_newest", lambda *_: looked.append(1))

    def use() -> None:
        for _ in range(3):
            with filled.read(), filled.write():
                pass

    use()
    assert len(looked) == 1
    filled.close()
    use()
    assert len(looked) == 2
    filled.close()
    filled.create()
    use()
    assert len(looked) == 2


def test_the_former_program_goes_on_with_the_copy_as_the_readme_says(
    filled: Database, longer: History, tmp_path: Path
) -> None:
    before = rows_of(filled.path)
    filled.create(longer)
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE devices SET kind = 'kiosk'")
    (copy,) = copies(filled)
    # The server was killed: what it wrote last lies in the log.
    for name in ("central.db", "central.db-wal", "central.db-shm"):
        filled.path.with_name(name).rename(tmp_path / name)
    filled.close()
    filled.path.with_name(copy).rename(filled.path)
    filled.create()
    assert rows_of(filled.path) == before
    assert problems(filled) == []


def test_a_file_without_a_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "central.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE entries (id INTEGER)")
    with pytest.raises(DataUnusable, match=r"別の場所へ移してください.*move the data folder away"):
        Database(path).create()
    assert set(schema_of(path)) == {("table", "entries")}


def test_without_room_for_the_copy_nothing_is_upgraded(
    filled: Database, longer: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = schema_of(filled.path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("central.database.migrate.os.link", full)
    with pytest.raises(DataUnusable, match=r"空き容量.*room on the disk"):
        filled.create(longer)
    assert schema_of(filled.path) == schema
    assert copies(filled) == []
