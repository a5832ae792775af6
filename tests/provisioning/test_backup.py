"""The backup: whatever the office had committed when it was looked at comes back, byte for byte."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyrage
import pytest

from central.database.transaction import Database, database_file
from provisioning.backup import parcels, ship
from provisioning.backup.log import NOWHERE, Position
from provisioning.backup.parcels import BASE, DAY_S, Damaged, list_backups
from provisioning.backup.restore import restore
from tests.provisioning.backup_material import NOW, brought_back, content, shipper, table, write


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    return tmp_path / "office"


@pytest.fixture(name="database")
def _database(data: Path) -> Iterator[Database]:
    database = table(data)
    yield database
    database.close()


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    return place


@pytest.mark.parametrize("seed", range(6))
def test_every_look_can_be_brought_back_as_it_was(
    data: Path, database: Database, place: Path, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A short log, so that it begins anew many times.
    monkeypatch.setattr(ship, "LONG", 40)
    dice = random.Random(seed)
    ships = shipper(data, place)
    looks: dict[int, str] = {}
    readers: list[sqlite3.Connection] = []
    for step in range(40):
        for _ in range(dice.randrange(4)):
            something_happens(dice, data, database, readers)
        if dice.randrange(20) == 0:
            ships.close()
        ships.ship(NOW + step)
        looks[NOW + step] = content(data)
    for reader in readers:
        reader.close()
    ships.close()
    for moment in dice.sample(sorted(looks), 6):
        to = tmp_path / f"back-{moment}"
        brought_back(place, to, moment)
        assert content(to) == looks[moment]


def something_happens(
    dice: random.Random, data: Path, database: Database, readers: list[sqlite3.Connection]
) -> None:
    match dice.randrange(8):
        case 0:
            write(database, dice.randrange(2000), spoil=True)
        case 1:
            database.close()
        case 2:
            reader = sqlite3.connect(database_file(data), isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM stuff").fetchone()
            readers.append(reader)
        case 3 if readers:
            readers.pop(0).close()
        case 4:
            with closing(sqlite3.connect(database_file(data), timeout=0)) as other:
                other.execute(f"PRAGMA wal_checkpoint({dice.choice(['PASSIVE', 'FULL', 'TRUNCATE'])})")
        case _:
            write(database, dice.randrange(300))


def test_a_log_that_goes_on_while_it_is_shipped_loses_and_invents_nothing(
    data: Path, database: Database, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship, "LONG", 60)
    done, ending = [0], threading.Event()

    def work() -> None:
        while not ending.is_set():
            with database.write() as connection:
                connection.exec_driver_sql("INSERT INTO stuff (what) VALUES (randomblob(3000))")
            done[0] += 1

    office = threading.Thread(target=work)
    ships = shipper(data, place)
    office.start()
    bounds = {}
    try:
        for step in range(60):
            before = done[0]
            ships.ship(NOW + step)
            bounds[NOW + step] = (before, done[0] + 1)
    finally:
        ending.set()
        office.join()
    ships.close()
    assert len(list_backups(place)) == 1
    for moment in (NOW, NOW + 1, NOW + 29, NOW + 59):
        to = tmp_path / f"back-{moment}"
        brought_back(place, to, moment)
        with closing(sqlite3.connect(database_file(to))) as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM stuff ORDER BY id")]
        least, most = bounds[moment]
        assert ids == list(range(1, len(ids) + 1))
        assert least <= len(ids) <= most


def test_the_log_does_not_grow_for_ever_while_it_is_shipped(
    data: Path, database: Database, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship, "LONG", 100)
    ships = shipper(data, place)
    for step in range(60):
        write(database, 50)
        ships.ship(NOW + step)
    ships.close()
    assert database_file(data).with_name("central.db-wal").stat().st_size < 400 * 4120
    assert len(list_backups(place)) == 1


def test_a_place_that_is_away_holds_nothing_up_and_misses_nothing(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    ships = shipper(data, place)
    ships.ship(NOW)
    write(database, 100)
    place.rename(tmp_path / "away")
    for step in range(1, 4):
        with pytest.raises(OSError, match="No such file"):
            ships.ship(NOW + step)
        write(database, 100)
    (tmp_path / "away").rename(place)
    ships.ship(NOW + 5)
    ships.close()
    brought_back(place, tmp_path / "back")
    assert content(tmp_path / "back") == content(data)
    assert len(list_backups(place)) == 1


def test_a_parcel_that_had_its_name_when_the_place_failed_is_there_once(
    data: Path, database: Database, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ships = shipper(data, place)
    ships.ship(NOW)
    write(database, 1)
    with monkeypatch.context() as patch:
        patch.setattr(parcels, "_sync_folder", failing)
        with pytest.raises(OSError, match="failed"):
            ships.ship(NOW + 1)
    for step in (2, 3):
        write(database, step)
        ships.ship(NOW + step)
    ships.close()
    brought_back(place, tmp_path / "back", NOW + 3)
    assert content(tmp_path / "back") == content(data)


def failing(_folder: Path) -> None:
    raise OSError("the disk failed")


def test_a_place_that_is_away_for_too_long_gets_a_whole_copy(
    data: Path, database: Database, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship, "MAX_BEHIND", 20)
    ships = shipper(data, place)
    ships.ship(NOW)
    write(database, 500)
    ships.ship(NOW + 1)
    ships.close()
    assert [each.begun for each in list_backups(place)] == [NOW, NOW + 1]
    brought_back(place, tmp_path / "back")
    assert content(tmp_path / "back") == content(data)


def test_another_file_in_the_databases_place_is_copied_whole(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    ships = shipper(data, place)
    ships.ship(NOW)
    database.close()
    for file in data.glob("central.db*"):
        file.unlink()
    table(data).close()
    ships.ship(NOW + 1)
    ships.close()
    brought_back(place, tmp_path / "back")
    assert content(tmp_path / "back") == content(data)


def test_a_damaged_parcel_ends_it_there_and_a_damaged_copy_gives_the_backup_before(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    ships = shipper(data, place)
    looks = []
    for step in range(5):
        write(database, 20)
        ships.ship(NOW + step)
        looks.append(content(data))
    (kept,) = list_backups(place)
    flip(kept.parcels[2][1])
    restored = brought_back(place, tmp_path / "until-two")
    assert (restored.until, restored.parcels) == (NOW + 2, 2)
    assert "1 after it" in restored.left_out[0]
    assert content(tmp_path / "until-two") == looks[2]
    ships.ship(NOW + DAY_S)
    ships.close()
    flip(list_backups(place)[1].folder / BASE)
    restored = brought_back(place, tmp_path / "before")
    assert restored.until == NOW + 2
    assert len(restored.left_out) == 2


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_parcel_that_is_missing_or_of_another_backup_is_not_put_in(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    ships = shipper(data, place)
    for step in range(4):
        write(database, 20)
        ships.ship(NOW + step)
    ships.close()
    (kept,) = list_backups(place)
    kept.parcels[0][1].unlink()
    restored = brought_back(place, tmp_path / "back")
    assert (restored.until, restored.parcels) == (NOW, 0)


def test_nothing_can_be_read_without_the_key_and_nobody_elses_key_opens_it(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO stuff (what) VALUES ('大蔵花子' || 'hanako@example.jp')")
    ships = shipper(data, place)
    ships.ship(NOW)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO stuff (what) VALUES ('大蔵太郎' || 'taro@example.jp')")
    ships.ship(NOW + 1)
    ships.close()
    for file in place.rglob("*.age"):
        assert not any(word in file.read_bytes() for word in (b"example.jp", "大蔵".encode(), b"SQLite"))
    with pytest.raises(Damaged):
        restore(place, pyrage.x25519.Identity.generate(), tmp_path / "back", None, lambda _done, _all: None)
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".back*"))


def test_old_backups_go_but_every_moment_of_the_days_kept_can_be_gone_back_to(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    ships = shipper(data, place, days=3)
    looks = {}
    for day in range(8):
        write(database, 5)
        ships.ship(NOW + day * DAY_S)
        ships.finish()
        write(database, 5)
        ships.ship(NOW + day * DAY_S + 3600)
        looks[day] = content(data)
    ships.close()
    assert len(list_backups(place)) == 4
    for day in (4, 5, 6, 7):
        to = tmp_path / f"day-{day}"
        brought_back(place, to, NOW + day * DAY_S + 3600)
        assert content(to) == looks[day]


def test_a_folder_that_is_there_is_never_written_over(data: Path, database: Database, place: Path) -> None:
    ships = shipper(data, place)
    ships.ship(NOW)
    ships.close()
    with pytest.raises(FileExistsError):
        brought_back(place, data)


def test_a_log_begun_anew_more_than_once_is_not_gone_on_from() -> None:
    salt = (7).to_bytes(4)
    here = Position((salt, b"aaaa"), 10, 5, 4096, 10)
    again = Position(((8).to_bytes(4), b"bbbb"), 3, 5, 4096, 0)
    twice = Position(((9).to_bytes(4), b"cccc"), 3, 5, 4096, 0)
    assert again.goes_on_from(here) == 1
    assert twice.goes_on_from(here) is None
    assert again.goes_on_from(Position(here.salts, 10, 5, 4096, 9)) is None
    assert Position(here.salts, 9, 5, 4096, 0).goes_on_from(here) is None
    assert here.goes_on_from(NOWHERE) == 1


def test_the_offices_settings_and_keys_come_back_and_what_lies_beside_its_database_does_not(
    data: Path, database: Database, place: Path, tmp_path: Path
) -> None:
    (data / "central.toml").write_text('password = "…"\n')
    (data / "keys").mkdir()
    (data / "keys/root").write_text("key")
    (data / "central.1.0000000000.db").write_text("a copy of before an upgrade")
    write(database, 5)
    ships = shipper(data, place)
    ships.ship(NOW)
    ships.close()
    back = tmp_path / "back"
    brought_back(place, back)
    assert (back / "central.toml").read_text() == 'password = "…"\n'
    assert {path.name for path in back.iterdir()} == {"central.db", "central.toml", "keys"}
    assert (back / "keys/root").read_text() == "key"
