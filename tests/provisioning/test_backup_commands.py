"""The backup as it is used: beside the office's program, drilled with the key from the safe, completed by machines."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.database.transaction import database_file
from central.devices.data_folder import Office, open_office
from provisioning import make_central
from provisioning.backup import ship
from provisioning.backup.commands import EVERY_S
from provisioning.backup.parcels import DATABASE, SETTINGS
from provisioning.backup.state import read_drill, read_state
from provisioning.main import cli
from tests.central.office import NOW, new_office, record_rows, ride_rows
from tests.faults.pair import card, machine_of, money
from tests.provisioning.backup_material import brought_back, content, shipper

PROGRAM = (sys.executable, "-c", "from provisioning.main import cli; cli()")
PATIENCE_S = 30.0
LOSS_S = 10.0
"""At most so much may be lost."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    return place


@contextmanager
def shipping(data: Path, place: Path, recipient: str, every: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    command: list[str | Path] = [
        *PROGRAM,
        "backup",
        "run",
        "--data",
        data,
        "--to",
        place,
        "--recipient",
        recipient,
    ]
    process = subprocess.Popen([*command, "--every", str(every)], stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def new_key(folder: Path) -> tuple[Path, str]:
    made = run("backup", "key", "--out", folder / "safe.txt")
    assert made.exit_code == 0
    return folder / "safe.txt", made.stdout.strip()


def wait_until_shipped(data: Path, since: float) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        state = read_state(data)
        if state and not state.problem and state.until > since:
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing is shipped: {read_state(data)}")


def test_the_backup_knows_the_offices_files_by_their_names(tmp_path: Path) -> None:
    with new_office(tmp_path / "office") as office:
        assert office.database.path.name == DATABASE
        assert (tmp_path / "office" / ship.LOCK).exists()
    assert make_central.SETTINGS == SETTINGS


def test_it_looks_often_enough_for_what_may_be_lost() -> None:
    assert EVERY_S <= LOSS_S / 2


def test_the_drill_brings_an_office_back_with_every_balance_although_the_program_was_killed(
    tmp_path: Path, place: Path
) -> None:
    data = tmp_path / "office"
    safe, recipient = new_key(tmp_path)
    assert safe.stat().st_mode & 0o777 == 0o600
    with new_office(data) as office, machine_of(tmp_path / "unit", office) as machine:
        pass_id = card(office, "m1")
        with shipping(data, place, recipient) as process:
            wait_until_shipped(data, 0)
            for ride in range(20):
                machine.ride(pass_id, 100 + ride)
            machine.drain()
            wait_until_shipped(data, time.time())
            process.send_signal(signal.SIGKILL)
        as_it_was = money(office)
    drilled = run("backup", "drill", "--from", place, "--identity", safe, "--json")
    assert drilled.exit_code == 0, drilled.output
    document = json.loads(drilled.stdout)
    assert document["verified"] == {"ledger": True, "audit": True}
    told = read_drill(place)
    assert told is not None
    assert (told.until, told.wrong) == (document["until"], ())
    back = tmp_path / "back"
    restored = run("restore", "--from", place, "--identity", safe, "--data", back)
    assert restored.exit_code == 0, restored.output
    assert content(back) == content(data)
    with opened(back) as later:
        assert money(later) == as_it_was


@contextmanager
def opened(data: Path) -> Iterator[Office]:
    """The restored office opens with the keys it had."""
    later = open_office(data, NOW)
    try:
        yield later
    finally:
        later.database.close()


def test_the_drill_finds_books_that_do_not_agree(tmp_path: Path, place: Path) -> None:
    data = tmp_path / "office"
    safe, recipient = new_key(tmp_path)
    with new_office(data) as office:
        card(office, "m1")
    with closing(sqlite3.connect(database_file(data))) as connection:
        for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            if "entries" in sql:
                connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE entries SET amount = amount + 1 WHERE id = (SELECT max(id) FROM entries)")
        connection.commit()
    with shipping(data, place, recipient):
        wait_until_shipped(data, 0)
        drilled = run("backup", "drill", "--from", place, "--identity", safe, "--json")
        wait_until_shipped(data, time.time())
    assert drilled.exit_code == 1
    assert json.loads(drilled.stdout)["verified"]["ledger"] is False
    state = read_state(data)
    assert state is not None
    assert state.drill == read_drill(place)
    assert state.drill is not None
    assert state.drill.wrong == ("ledger",)
    assert 0 < state.parcel <= state.until


def test_a_drill_that_brings_nothing_back_is_noted_too(tmp_path: Path, place: Path) -> None:
    safe, _ = new_key(tmp_path)
    assert run("backup", "drill", "--from", place, "--identity", safe).exit_code == 1
    told = read_drill(place)
    assert told is not None
    assert told.wrong == ("restore",)


def test_what_the_office_had_not_shipped_machines_bring_again(tmp_path: Path, place: Path) -> None:
    data = tmp_path / "office"
    with new_office(data) as office, machine_of(tmp_path / "unit", office) as machine:
        pass_id = card(office, "m1")
        ships = shipper(data, place)
        ships.ship(NOW)
        for ride in range(30):
            machine.ride(pass_id, 100 + ride)
        machine.drain()
        ships.close()
        with office.database.read() as connection:
            as_it_was = (ride_rows(connection), {row[:4] for row in record_rows(connection)}, money(office))
        office.database.close()
        brought_back(place, tmp_path / "back")
        machine.office = later = open_office(tmp_path / "back", NOW)
        machine.drain()
        with later.database.read() as connection:
            now = (ride_rows(connection), {row[:4] for row in record_rows(connection)}, money(later))
        later.database.close()
    assert now == as_it_was


def test_a_place_that_is_full_or_away_is_said_and_tried_again(tmp_path: Path, place: Path) -> None:
    data = tmp_path / "office"
    safe, recipient = new_key(tmp_path)
    with new_office(data) as office, shipping(data, place, recipient):
        wait_until_shipped(data, 0)
        place.rename(tmp_path / "away")
        card(office, "m1")
        end = time.monotonic() + PATIENCE_S
        while not ((state := read_state(data)) and state.problem) and time.monotonic() < end:
            time.sleep(0.05)
        state = read_state(data)
        assert state is not None
        assert "送り先のディスク" in state.problem
        (tmp_path / "away").rename(place)
        wait_until_shipped(data, time.time())
    run("restore", "--from", place, "--identity", safe, "--data", tmp_path / "back")
    assert content(tmp_path / "back") == content(data)


def test_wrong_use_is_told_with_what_to_do(tmp_path: Path, place: Path) -> None:
    data = tmp_path / "office"
    data.mkdir()
    safe, recipient = new_key(tmp_path)
    other = tmp_path / "other.txt"
    other.write_text("# nothing\n")
    for arguments, words in (
        (("backup", "key", "--out", safe), "まだないファイル"),
        (("backup", "run", "--data", data, "--to", place, "--recipient", "age1x"), "age1 で始まる公開鍵"),
        (
            ("restore", "--from", place, "--identity", safe, "--data", tmp_path / "x"),
            "使えるバックアップがありません",
        ),
        (("restore", "--from", place, "--identity", other, "--data", tmp_path / "x"), "秘密鍵"),
        (("restore", "--from", place, "--identity", safe, "--data", data), "まだないフォルダー"),
        (("restore", "--from", place, "--identity", safe, "--data", "x", "--at", "soon"), "のように書いて"),
    ):
        refused = run(*arguments)
        assert refused.exit_code in {1, 2}
        assert words in refused.output
    inside = data / "inside"
    inside.mkdir()
    refused = run("backup", "run", "--data", data, "--to", inside, "--recipient", recipient)
    assert "別のディスク" in refused.output
    empty = run("backup", "list", "--from", place)
    assert "まだありません" in empty.output


def test_a_stop_ends_it_at_once(tmp_path: Path, place: Path) -> None:
    data = tmp_path / "office"
    _, recipient = new_key(tmp_path)
    with new_office(data), shipping(data, place, recipient, every=10) as process:
        wait_until_shipped(data, 0)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(5) == 0
