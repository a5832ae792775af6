"""`replay --journal` on a file that cannot be read, or not as it is: one sentence with the remedy, nothing touched."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from device.journal import Journal
from tests.terminal.journal_bench import BAD, GOOD, drive_a_day, replay, state_of, told
from tests.terminal.loop_bench import UNIT, World, bus_on


@pytest.fixture
def journal(world: World) -> Path:
    """Of a unit that drove a day and is switched off."""
    drive_a_day(world)
    return world.folder / "journal.db"


def refusal(file: Path) -> str:
    result = replay(file, "--json")
    assert (result.exit_code, result.stdout) == (BAD, ""), result.output
    assert result.stderr.count("\n") == 1 and " / " in result.stderr
    return result.stderr


def test_a_strangers_file_is_refused(tmp_path: Path) -> None:

    strangers = tmp_path / "strangers"
    strangers.mkdir()
    (strangers / "text").write_text("hello", encoding="utf-8")
    (strangers / "empty").touch()
    (strangers / "none.db").write_bytes(b"SQLite format 3\0" + bytes(8_000))
    with sqlite3.connect(strangers / "other.db") as connection:
        connection.execute("CREATE TABLE head (name TEXT)")
    connection.close()
    for name in ("text", "empty", "other.db", "."):
        assert "is no journal: choose the journal.db" in refusal(strangers / name)
    assert "no journal" in refusal(strangers / "none.db") or "damaged" in refusal(strangers / "none.db")
    assert "cannot be read" in refusal(strangers / "missing")
    assert sorted(path.name for path in strangers.iterdir()) == ["empty", "none.db", "other.db", "text"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_torn_copy_is_refused_with_what_to_do(journal: Path, tmp_path: Path, share: float) -> None:
    torn = tmp_path / "torn.db"
    whole = journal.read_bytes()
    torn.write_bytes(whole[: int(len(whole) * share)])
    assert "copy it again together with its -wal" in refusal(torn)


def test_a_log_that_was_changed_is_refused(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.show(world.office.card())
        copy = world.folder / "copy"
        copy.mkdir()
        shutil.copy(world.folder / "journal.db", copy)
        log = bytearray((world.folder / "journal.db-wal").read_bytes())
    log[len(log) // 3] ^= 0xFF
    (copy / "journal.db-wal").write_bytes(log)
    assert "damaged" in refusal(copy / "journal.db")


def test_a_folder_that_may_not_be_written_to_is_read_all_the_same(journal: Path, world: World) -> None:
    world.folder.chmod(0o500)
    journal.chmod(0o400)
    before = state_of(world.folder)
    try:
        assert len(told(journal)) == 10
        assert state_of(world.folder) == before
    finally:
        world.folder.chmod(0o700)


def test_a_journal_in_use_by_a_program_that_does_not_answer_is_refused(world: World) -> None:
    with Journal(world.folder, UNIT, any_disk=True).open():
        assert "in use and the terminal does not answer" in refusal(world.folder / "journal.db")


def test_an_empty_journal_has_nothing_to_tell(world: World) -> None:
    with Journal(world.folder, UNIT, any_disk=True).open():
        pass
    result = replay(world.folder / "journal.db")
    assert result.exit_code == GOOD
    assert "0 of 0 decisions" in result.stdout
