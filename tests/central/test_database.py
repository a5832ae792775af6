"""The database: one writer, snapshots, and rows that cannot be changed."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from central.database.tables import settings
from central.database.transaction import Database, DataUnusable, attempt, database_file
from tests.central.office import Bus, board, card_of, new_office, send


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(database_file(tmp_path / "data"))
    made.create()
    yield made
    made.close()


def names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(settings.c.name)).scalars())


def test_every_pragma_holds_on_writers_and_readers(database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    for transaction, query_only in ((database.write, 0), (database.read, 1)):
        with transaction() as connection:
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
            assert found == wanted
            assert connection.execute(text("PRAGMA query_only")).scalar() == query_only


def test_making_a_database_touches_nothing_and_creating_it_twice_changes_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "new" / "central.db")
    assert not (tmp_path / "new").exists()
    database.create()
    with database.write() as connection:
        connection.execute(insert(settings).values(name="a", value="1"))
    database.create()
    assert names(database) == {"a"}
    assert database.path.stat().st_mode & 0o077 == 0
    database.close()


def test_what_raises_is_rolled_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        assert connection.execute(insert(settings).values(name="a", value="1")).rowcount / 0
    assert names(database) == set()


def test_a_failed_attempt_undoes_its_own_writes_only(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(settings).values(name="a", value="1"))
        rows = [{"name": "b", "value": "1"}, {"name": "a", "value": "1"}]
        with pytest.raises(IntegrityError), attempt(connection):
            connection.execute(insert(settings), rows)
        connection.execute(insert(settings).values(name="c", value="1"))
    assert names(database) == {"a", "c"}


def test_a_reader_sees_one_state_however_much_is_written(database: Database) -> None:
    with database.read() as reader:
        query = select(settings.c.name)
        assert reader.execute(query).all() == []
        with database.write() as writer:
            writer.execute(insert(settings).values(name="a", value="1"))
        assert reader.execute(query).all() == []
    assert names(database) == {"a"}


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DataUnusable), database.read() as connection:
        connection.execute(insert(settings).values(name="a", value="1"))
    assert names(database) == set()


def test_no_update_of_many_writers_is_lost(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(settings).values(name="count", value="0"))

    def count() -> None:
        for _ in range(20):
            with database.write() as connection:
                before = int(connection.execute(select(settings.c.value)).scalar_one())
                connection.execute(settings.update().values(value=str(before + 1)))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.read() as connection:
        assert connection.execute(select(settings.c.value)).scalar_one() == "80"


def test_a_writer_keeps_every_other_out_from_its_beginning(database: Database) -> None:
    with database.write(), database.path.with_suffix(".lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Also one that knows nothing of our lock, and before we have written anything.
        other = sqlite3.connect(database.path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_commit_wakes_who_waits_for_changes_and_a_failed_one_does_not(database: Database) -> None:
    version = database.changes.version
    assert database.changes.wait(version, 0.01) == version
    with pytest.raises(ZeroDivisionError), database.write():
        raise ZeroDivisionError
    assert database.changes.version == version
    woken: list[int] = []
    waiter = threading.Thread(target=lambda: woken.append(database.changes.wait(version, 30)))
    waiter.start()
    with database.write() as connection:
        connection.execute(insert(settings).values(name="a", value="1"))
    waiter.join(30)
    assert woken == [version + 1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET amount = amount + 1",
        "DELETE FROM entries",
        "UPDATE entry_groups SET posted_at = 0",
        "DELETE FROM entry_groups",
        "UPDATE records SET refused = 'no'",
        "UPDATE records SET body = x'00'",
        "UPDATE records SET wall = 1, number = 2",
        "DELETE FROM records",
        "REPLACE INTO entries SELECT * FROM entries",
    ],
)
def test_the_ledger_and_the_records_cannot_be_changed(tmp_path: Path, statement: str) -> None:
    bus = Bus()
    with new_office(tmp_path) as office:
        with office.database.write() as connection:
            bus.register(connection)
            bus.write(board(card_of(connection, office, "m", 1000)))
        send(office.database, bus)
        with pytest.raises(IntegrityError, match="append-only"), office.database.write() as connection:
            connection.execute(text(statement))


def test_a_missing_database_is_an_error_and_not_a_new_one(tmp_path: Path) -> None:
    database = Database(tmp_path / "central.db")
    with pytest.raises(DataUnusable, match="check that the data folder is there"), database.read():
        pass
    assert not database.path.exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "central.db").write_bytes(b"hello" * 1000)
    with pytest.raises(DataUnusable, match="not a database"):
        Database(tmp_path / "central.db").create()


def test_a_data_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataUnusable, match="権限を確認してください"):
        Database(tmp_path / "file" / "central.db").create()


def test_a_full_disk_is_named(database: Database) -> None:
    with database.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(DataUnusable, match="The disk is full"), database.write() as connection:
        connection.execute(insert(settings).values(name="big", value="x" * 1_000_000))
    # The next use is on a new descriptor.
    with database.write() as connection:
        connection.execute(insert(settings).values(name="small", value="x"))
    assert names(database) == {"small"}


def test_another_program_with_the_database_open_only_delays(database: Database) -> None:
    other = sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, other.execute, ("COMMIT",))
    release.start()
    with database.write() as connection:
        connection.execute(insert(settings).values(name="a", value="1"))
    release.join()
    other.close()
    assert names(database) == {"a"}
