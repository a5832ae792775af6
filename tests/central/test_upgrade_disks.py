"""An upgrade where the disk is full or cannot be written: the file stays as it was, and people are told what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.database.transaction import Database, DataUnusable
from central.main import cli
from tests.central.next_version import (
    copies,
    fill,
    next_version,
    problems,
    rows_of,
    schema_of,
    version_of,
)
from tests.faults.disks import filled, small_disk

NOTHING = -1_000_000
"""Not even the index of the log can be made."""
NO_COPY = -400_000
NO_LOG = 50_000
"""The copy has room, what is written for the upgrade has none."""


@pytest.mark.parametrize("beyond", [NOTHING, NO_COPY, NO_LOG])
def test_without_room_the_file_stays_as_it_was_and_is_upgraded_once_there_is(
    tmp_path: Path, beyond: int
) -> None:
    longer = next_version(tmp_path)
    with small_disk(tmp_path, megabytes=8) as disk:
        database = fill(disk / "data")
        before, schema = rows_of(database.path), schema_of(database.path)
        with filled(disk):
            room = max(0, database.path.stat().st_size + beyond)
            os.truncate(disk / "stuffing", (disk / "stuffing").stat().st_size - room)
            # Again, as systemd would.
            for _ in range(2):
                with pytest.raises(DataUnusable, match=r"空き.* / .*room"):
                    database.create(longer)
                assert copies(database) == []
            told = CliRunner().invoke(cli, ["database", "status", "--data", str(database.path.parent)])
            assert "ディスクの空き / room on the disk" in told.stdout
        assert (rows_of(database.path), schema_of(database.path)) == (before, schema)
        Database(database.path).create()
        database.create(longer)
        assert version_of(database.path) == "next"
        assert rows_of(database.path) == before
        assert problems(database) == []
        assert len(copies(database)) == 1
        database.close()


def test_on_a_disk_that_cannot_be_written_nothing_is_upgraded_until_it_can(tmp_path: Path) -> None:
    longer = next_version(tmp_path)
    with small_disk(tmp_path, megabytes=8) as disk:
        database = fill(disk / "data")
        before = rows_of(database.path)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(DataUnusable, match=r"書き込めません.*read-only"):
            database.create(longer)
        with pytest.raises(DataUnusable, match=r"書き込めません.*read-only"), database.write():
            pass
        told = CliRunner().invoke(cli, ["database", "status", "--data", str(database.path.parent)])
        assert "ディスクの空き / room on the disk" in told.stdout
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        assert rows_of(database.path) == before
        database.create(longer)
        assert rows_of(database.path) == before
        assert problems(database) == []
        database.close()
