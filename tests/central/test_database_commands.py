"""`database status`, and what commands say of a file of another version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from central.database import transaction
from central.database.migrate import OURS, History
from central.database.transaction import Database, database_file
from central.main import cli
from tests.central.next_version import next_version
from tests.laid import laid


@pytest.fixture
def longer(tmp_path: Path) -> History:
    return next_version(tmp_path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    laid(folder).close()
    return folder


@pytest.fixture
def newer(data: Path, longer: History) -> Path:
    """The data folder of a program that knows one version more."""
    database = Database(database_file(data))
    database.create(longer)
    database.close()
    return data


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


def status(data: Path) -> dict[str, Any]:
    done = run("database", "status", "--data", data, "--json")
    assert done.exit_code == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_status_of_a_file_of_this_program(data: Path) -> None:
    found = status(data)
    assert (found["revision"], found["program"], found["age"]) == (OURS.head, OURS.head, "newest")
    assert found["bytes"] == database_file(data).stat().st_size
    assert found["room_bytes"] > 0
    assert found["copies"] == []


def test_the_log_of_a_running_server_is_counted(data: Path) -> None:
    server = laid(data)
    with server.write() as connection:
        connection.exec_driver_sql("INSERT INTO devices VALUES ('bus-001', 'bus', x'00', 0)")
    assert status(data)["log_bytes"] == database_file(data).with_name("central.db-wal").stat().st_size > 0
    server.close()


def test_a_copy_is_listed_with_when_it_may_go(
    newer: Path, monkeypatch: pytest.MonkeyPatch, longer: History
) -> None:
    monkeypatch.setattr(transaction, "OURS", longer)
    found = status(newer)
    (copy,) = newer.glob("central.*.1.db")
    assert found["age"] == "newest"
    assert found["copies"] == [
        {
            "name": copy.name,
            "revision": OURS.head,
            "bytes": copy.stat().st_size,
            "made_at": int(copy.stat().st_mtime),
        }
    ]
    text = run("database", "status", "--data", newer).stdout
    assert copy.name in text
    assert "手で消してかまいません" in text
    assert "a day's work on the new version and a backup" in text


def test_an_older_file_is_told_to_be_upgraded_by_starting_the_server(
    data: Path, longer: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "OURS", longer)
    assert status(data)["age"] == "older"
    assert "start the server once" in run("database", "status", "--data", data).stdout


def test_a_newer_file_is_told_to_need_the_newer_program(newer: Path) -> None:
    found = status(newer)
    assert (found["revision"], found["program"], found["age"]) == ("next", OURS.head, "unknown")
    assert "install the newer program" in run("database", "status", "--data", newer).stdout


def test_another_command_on_a_newer_file_ends_with_the_remedy(newer: Path) -> None:
    done = run("ledger", "verify", "--data", newer)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "install the newer program" in done.stderr


def test_a_damaged_file_still_has_its_sizes(data: Path) -> None:
    database_file(data).write_bytes(b"no database at all" * 1000)
    done = run("database", "status", "--data", data, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert (found["bytes"], found["age"]) == (18_000, "")
    assert found["problem"] == done.stderr.strip()
    assert "This file is not a database" in found["problem"]


def test_a_folder_without_an_office_is_refused(tmp_path: Path) -> None:
    done = run("database", "status", "--data", tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "cannot be opened" in done.stderr
