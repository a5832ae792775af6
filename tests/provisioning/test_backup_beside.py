"""The backup beside an office in another process, and while its whole copy of the day is made."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from central.database.transaction import Database, database_file
from provisioning.backup import ship
from provisioning.backup.commands import EVERY_S
from provisioning.backup.parcels import DAY_S, Writer, list_backups
from tests.faults.scale import PATIENCE_S, until
from tests.provisioning.backup_material import IDENTITY, NOW, brought_back, content, shipper, table, write
from tests.provisioning.test_backup_commands import LOSS_S

OFFICE = """
import sqlite3, sys
names = {each: sqlite3.connect(sys.argv[1], isolation_level=None) for each in ("writer", "reader")}
for line in sys.stdin:
    name, sql = line.rstrip().split(" ", 1)
    names[name].execute(sql).fetchall()
    print("done", flush=True)
"""
SHIPPER = """
import sys, threading, time
from pathlib import Path
import pyrage
from provisioning.backup import ship
from provisioning.backup.parcels import BASE, Writer

data, place, recipient, torn = sys.argv[1:]
whole = Writer.put_base

def base(writer, data, copy):
    if ships.left_at:
        if torn == "sealed":
            (writer._folder / f"{BASE}.unfinished").write_bytes(b"a half")
        elif torn == "whole":
            whole(writer, data, copy)
        threading.Event().wait()
    whole(writer, data, copy)

Writer.put_base, ship.ANEW_S = base, 2
ships = ship.Shipper(Path(data), Path(place), pyrage.x25519.Recipient.from_str(recipient), 35)
while True:
    begun = time.time()
    ships.ship(int(begun))
    print(begun, flush=True)
    time.sleep(0.1)
"""
TORN = {"copied": (1, 0), "sealed": (1, 0), "whole": (2, 1)}
"""Where the copy of the day is when the machine dies: how many backups are whole then, and which of them counts."""


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    return tmp_path / "office"


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    return place


@contextmanager
def program(text: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", text, *(str(each) for each in arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_what_another_process_puts_into_the_file_between_two_looks_is_not_missed(
    data: Path, place: Path, tmp_path: Path
) -> None:
    """SQLite's locks are a process's: the reader's must hold although the index has been read."""
    database = table(data)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE other (what BLOB)")
    database.close()
    ships = shipper(data, place)
    with program(OFFICE, database_file(data)) as office:

        def does(name: str, sql: str) -> None:
            assert office.stdin is not None and office.stdout is not None
            print(name, sql, file=office.stdin, flush=True)
            assert office.stdout.readline() == "done\n"

        does("writer", "PRAGMA wal_autocheckpoint=0")
        does("writer", "INSERT INTO other VALUES (1)")
        ships.ship(NOW)
        does("writer", "INSERT INTO other VALUES (2)")
        does("reader", "BEGIN")
        does("reader", "SELECT * FROM other")
        does("writer", "PRAGMA wal_checkpoint(PASSIVE)")
        ships.ship(NOW + 1)
        assert ships.ship(NOW + 2) == 0
        # In the same log, since somebody reads in it; nobody does afterwards, so that it might begin anew.
        does("writer", "INSERT INTO stuff (what) VALUES (randomblob(50000))")
        does("reader", "ROLLBACK")
        does("writer", "PRAGMA wal_checkpoint(PASSIVE)")
        does("writer", "INSERT INTO other VALUES (3)")
        ships.ship(NOW + 3)
        ships.close()
        brought_back(place, tmp_path / "back")
        assert content(tmp_path / "back") == content(data)


@contextmanager
def copy_held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within, a whole copy is begun and no page of it is copied yet."""
    going, real = threading.Event(), ship._remove

    def remove(copy: Path) -> None:
        assert going.wait(PATIENCE_S)
        real(copy)

    with monkeypatch.context() as patch:
        patch.setattr(ship, "_remove", remove)
        try:
            yield
        finally:
            going.set()


@pytest.fixture(name="database")
def _database(data: Path) -> Iterator[Database]:
    database = table(data)
    yield database
    database.close()


def test_while_the_copy_of_the_day_is_made_every_look_is_shipped_to_both(
    data: Path, database: Database, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship, "LONG", 40)
    ships, looks = shipper(data, place), {}
    ships.ship(NOW)
    with copy_held_up(monkeypatch):
        for step in range(8):
            write(database, 60)
            ships.ship(NOW + DAY_S + step)
            looks[NOW + DAY_S + step] = content(data)
            brought_back(place, tmp_path / f"former-{step}")
            assert content(tmp_path / f"former-{step}") == looks[NOW + DAY_S + step]
        assert len(list_backups(place)) == 1
    ships.finish()
    for step in range(8, 11):
        write(database, 60)
        ships.ship(NOW + DAY_S + step)
        looks[NOW + DAY_S + step] = content(data)
    ships.close()
    former, new = list_backups(place)
    assert (former.begun, new.begun) == (NOW, NOW + DAY_S)
    assert former.until < new.until == NOW + DAY_S + 10
    for moment, look in looks.items():
        restored = brought_back(place, tmp_path / f"at-{moment}", moment)
        assert (restored.backup, content(tmp_path / f"at-{moment}")) == (new.folder.name, look)


@pytest.mark.parametrize("torn", TORN)
def test_killed_while_the_copy_of_the_day_is_made_the_last_look_comes_back(
    data: Path, database: Database, place: Path, tmp_path: Path, torn: str
) -> None:
    backups, counts = TORN[torn]
    with program(SHIPPER, data, place, IDENTITY.to_public(), torn) as process:
        assert process.stdout is not None
        looks = iter(process.stdout)
        until(lambda: len(list(place.iterdir())) == 2, "the copy of the day is begun")
        until(lambda: len(list_backups(place)) == backups, "it is where it is to be torn")
        write(database, 400)
        written = time.time()
        until(lambda: float(next(looks)) > written, "a look that began later has ended")
        took = time.time() - written
        process.send_signal(signal.SIGKILL)
        process.wait()
    restored = brought_back(place, tmp_path / "back")
    assert restored.backup == list_backups(place)[counts].folder.name
    assert content(tmp_path / "back") == content(data)
    print(f"shipped {took:.2f} s after it was written")
    assert took < LOSS_S - EVERY_S


def test_a_copy_of_the_day_that_fails_is_said_and_tried_again_while_what_changes_is_shipped(
    data: Path, database: Database, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    ships = shipper(data, place)
    ships.ship(NOW)
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "put_base", full)
        ships.ship(NOW + DAY_S)
        ships.finish()
        for step in (1, 2):
            write(database, 20)
            with pytest.raises(OSError, match="No space left"):
                ships.ship(NOW + DAY_S + step)
        assert [each.name for each in place.iterdir()] == [list_backups(place)[0].folder.name]
        brought_back(place, tmp_path / "former")
        assert content(tmp_path / "former") == content(data)
    later = NOW + DAY_S + 1 + ship.AGAIN_S
    with pytest.raises(OSError, match="No space left"):
        ships.ship(later)
    ships.finish()
    ships.ship(later + 1)
    ships.close()
    assert [each.begun for each in list_backups(place)] == [NOW, later]
