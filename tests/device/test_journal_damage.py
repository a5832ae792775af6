"""A file that is not what was written any more: found at boot, put aside whole, and all that can be read goes on."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from device.journal import Journal, JournalBroken, JournalUnusable, Keep, Record
from device.journal.file import JournalFile
from device.journal.wal import FRAME_HEADER_BYTES, HEADER_BYTES, frames, is_damaged
from rules.messages.codec import decode_event
from rules.messages.events import JournalReplaced, Replaced, Salvaged
from tests.device.events import NOW, long_event, started

DEVICE = "bus-001"
PAGE = 4096
COUNT = 400


def opened(folder: Path) -> Journal:
    return Journal(folder, DEVICE, any_disk=True).open()


@pytest.fixture
def written(tmp_path: Path) -> list[Record]:
    """What stands in a journal in `tmp_path` / "unit": 400 records, of which central has acknowledged 100."""
    with opened(tmp_path / "unit") as journal:
        for number in range(COUNT // 4):
            journal.write(
                [started(f"{number}-{part}", number) for part in range(3)]
                + [long_event(40 * number, number)],
                [Keep("pass", f"{number}", b"x" * 40)],
            )
        hundred = journal.hash_at(100)
        assert hundred is not None and journal.acknowledge(100, hundred.hex(), NOW)
        return journal.records_after(0, COUNT)


def after_damage(folder: Path) -> tuple[JournalReplaced, dict[int, bytes]]:
    """What the new journal says of the old one, and the records it hands on, by number."""
    with opened(folder) as journal:
        first, *others = [decode_event(record.body) for record in journal.records_after(0, 10_000)]
        assert isinstance(first, JournalReplaced)
        salvaged = [event for event in others if isinstance(event, Salvaged)]
        assert len(salvaged) == len(others)
        numbers = [record.number for record in journal.records_after(0, 10_000)]
        assert numbers == list(range(1, len(numbers) + 1))
    return first, {event.number: bytes(event.body) for event in salvaged}


def test_a_sound_file_is_opened_as_it_is(tmp_path: Path, written: list[Record]) -> None:
    with opened(tmp_path / "unit") as journal:
        assert journal.records_after(0, COUNT) == written
    assert not (tmp_path / "unit" / "quarantine").exists()


def change(file: Path, query: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute(query).rowcount


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE records SET body = CAST(replace(body, 'started', 'stopped') AS BLOB) WHERE number = 201",
        "UPDATE records SET hash = zeroblob(32) WHERE number = 400",
        "UPDATE records SET previous = zeroblob(32) WHERE number = 300",
        "DELETE FROM records WHERE number = 250",
        "UPDATE records SET number = 401 WHERE number = 400",
        "UPDATE kept SET body = zeroblob(40) WHERE key = '7'",
        "UPDATE head SET acknowledged = 300",
        "DELETE FROM head",
        "ALTER TABLE records RENAME TO accords",
    ],
)
def test_whatever_changed_in_what_central_lacks_is_noticed_and_nothing_wrong_goes_on(
    tmp_path: Path, written: list[Record], query: str
) -> None:
    unit = tmp_path / "unit"
    change(unit / "journal.db", query)
    damaged = (unit / "journal.db").read_bytes()
    replaced, salvaged = after_damage(unit)
    right = {record.number: record.body for record in written}
    assert replaced.why is Replaced.DAMAGED
    assert all(right[number] == body for number, body in salvaged.items())
    lost = set(range(101, COUNT + 1)) - set(salvaged)
    assert len(lost) <= 1
    assert {number for first, last in replaced.missing for number in range(first, last + 1)} == lost - {400}
    assert (unit / "quarantine" / "1" / "journal.db").read_bytes() == damaged


def test_what_was_remembered_goes_on_with_the_records(tmp_path: Path, written: list[Record]) -> None:
    unit = tmp_path / "unit"
    change(unit / "journal.db", "DELETE FROM records WHERE number = 250")
    with opened(unit) as journal:
        assert len(journal.recall_all("pass")) == COUNT // 4
        journal.write([started("goes on")])


def test_the_new_journal_is_found_again_and_begins_no_other(tmp_path: Path, written: list[Record]) -> None:
    unit = tmp_path / "unit"
    change(unit / "journal.db", "DELETE FROM records WHERE number = 250")
    with opened(unit) as journal:
        epoch, last = journal.epoch, journal.last
    with opened(unit) as journal:
        assert (journal.epoch, journal.last) == (epoch, last)
    assert [folder.name for folder in (unit / "quarantine").iterdir()] == ["1"]


def test_of_a_destroyed_page_everything_else_is_salvaged_whichever_page_it_is(
    tmp_path: Path, written: list[Record]
) -> None:
    unit = tmp_path / "unit"
    pages = (unit / "journal.db").stat().st_size // PAGE
    right = {record.number: record.body for record in written if record.number > 100}
    for page in range(pages):
        copy = tmp_path / f"copy-{page}"
        shutil.copytree(unit, copy)
        with (copy / "journal.db").open("r+b") as file:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)
        try:
            with opened(copy) as journal:
                epoch = journal.epoch
                if journal.last == written[-1]:
                    # It held nothing that central lacks.
                    continue
            replaced, salvaged = after_damage(copy)
        finally:
            shutil.rmtree(copy)
        mine = {number: body for number, body in salvaged.items() if number > 100}
        assert all(right[number] == body for number, body in mine.items())
        missing = {number for first, last in replaced.missing for number in range(first, last + 1)}
        assert missing | set(salvaged) >= set(range(101, replaced.last_number + 1)), (page, epoch)
        assert len(mine) >= len(right) * 0.85, (page, len(mine))


def test_a_truncated_file_hands_on_what_is_left(tmp_path: Path, written: list[Record]) -> None:
    unit = tmp_path / "unit"
    size = (unit / "journal.db").stat().st_size
    with (unit / "journal.db").open("r+b") as file:
        file.truncate(size // 2 // PAGE * PAGE)
    replaced, salvaged = after_damage(unit)
    right = {record.number: record.body for record in written}
    assert len(salvaged) > 50
    assert all(right[number] == body for number, body in salvaged.items())
    assert replaced.last_number == max(salvaged)


def test_a_file_of_nothing_is_a_new_journal(tmp_path: Path, written: list[Record]) -> None:
    unit = tmp_path / "unit"
    (unit / "journal.db").write_bytes(b"")
    with opened(unit) as journal:
        assert journal.last.number == 0


def test_a_new_file_that_was_being_made_when_the_power_went_is_made_again(
    tmp_path: Path, written: list[Record]
) -> None:
    unit = tmp_path / "unit"
    change(unit / "journal.db", "DELETE FROM records WHERE number = 250")
    (unit / "journal.making").write_bytes(b"half of it")
    (unit / "salvage").mkdir()
    _, salvaged = after_damage(unit)
    assert len(salvaged) == COUNT - 101


def test_a_new_file_that_was_whole_when_the_power_went_takes_the_old_ones_place(
    tmp_path: Path, written: list[Record]
) -> None:
    unit, other = tmp_path / "unit", tmp_path / "other"
    with opened(other) as journal:
        epoch = journal.epoch
    (other / "journal.db").rename(unit / "journal.made")
    # The log had been put aside already, the file not yet.
    with opened(unit) as journal:
        assert journal.epoch == epoch
    assert (unit / "quarantine" / "1" / "journal.db").exists()


def test_a_new_journal_whose_log_could_not_be_copied_does_not_take_the_old_ones_place(
    tmp_path: Path, written: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = tmp_path / "unit"
    change(unit / "journal.db", "DELETE FROM records WHERE number = 250")
    with monkeypatch.context() as patch:

        def fail(_file: JournalFile) -> None:
            raise JournalBroken("the disk")

        patch.setattr(JournalFile, "seal", fail)
        with pytest.raises(JournalUnusable):
            opened(unit)
    assert not (unit / "quarantine").exists()
    _, salvaged = after_damage(unit)
    assert len(salvaged) == COUNT - 101


def test_the_name_beside_the_file_is_the_files(tmp_path: Path, written: list[Record]) -> None:
    unit = tmp_path / "unit"
    (unit / "journal.epoch").write_text("another")
    with opened(unit) as journal:
        assert (unit / "journal.epoch").read_text() == journal.epoch


def test_the_offices_list_is_asked_for_again_after_damage(tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    with opened(unit) as journal:
        journal.write(
            [started()],
            [Keep("down-seen", "", b"{}"), Keep("down", "000000001", b"{}"), Keep("pass", "a", b"1")],
        )
    change(unit / "journal.db", "UPDATE kept SET body = zeroblob(2) WHERE kind = 'down'")
    with opened(unit) as journal:
        assert journal.recall("down-seen", "") is None
        assert journal.recall_all("down") == {}
        assert journal.recall("pass", "a") == b"1"


def test_only_the_newest_four_are_kept_aside(tmp_path: Path, written: list[Record]) -> None:
    unit = tmp_path / "unit"
    for _ in range(6):
        (unit / "journal.db").write_bytes(b"no database at all " * 300)
        opened(unit).close()
    assert sorted(folder.name for folder in (unit / "quarantine").iterdir()) == ["3", "4", "5", "6"]


# The log beside the file


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    """A unit whose power went: its last forty records stand in the log only."""
    unit, copy = tmp_path / "unit", tmp_path / "copy"
    with opened(unit) as journal:
        for number in range(1, 41):
            journal.write([started(str(number), number)])
        shutil.copytree(unit, copy)
    return copy


def test_after_a_power_cut_the_log_is_sound(cut_off: Path) -> None:
    log = (cut_off / "journal.db-wal").read_bytes()
    assert len(frames(log)) >= 40
    assert not is_damaged(log)
    with opened(cut_off) as journal:
        assert journal.last.number == 40
    assert not (cut_off / "quarantine").exists()


def test_a_log_that_ends_in_a_half_written_transaction_is_sound(cut_off: Path) -> None:
    log = (cut_off / "journal.db-wal").read_bytes()
    for cut in (1, PAGE // 2, PAGE, PAGE + FRAME_HEADER_BYTES):
        assert not is_damaged(log[:-cut])
        assert not is_damaged(log[:-cut] + bytes(cut))


def test_a_flipped_bit_in_what_the_log_had_synced_is_noticed_and_its_records_go_on(
    tmp_path: Path, cut_off: Path
) -> None:
    dice = Random(3)
    log = (cut_off / "journal.db-wal").read_bytes()
    size = PAGE + FRAME_HEADER_BYTES
    last_but_one = [index for index, frame in enumerate(frames(log)) if frame.ends][-2]
    for trial in range(60):
        unit = tmp_path / f"trial-{trial}"
        shutil.copytree(cut_off, unit)
        flipped = bytearray(log)
        # The first sixteen of the header say what it is; the rest is salts and sums.
        at = dice.randrange(HEADER_BYTES, HEADER_BYTES + (last_but_one + 1) * size)
        flipped[at] ^= 1 << dice.randrange(8)
        (unit / "journal.db-wal").write_bytes(flipped)
        assert is_damaged(bytes(flipped)), at
        _, salvaged = after_damage(unit)
        assert len(salvaged) >= 38, (at, len(salvaged))
        shutil.rmtree(unit)
