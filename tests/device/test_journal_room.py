"""A journal is bounded by bytes: what central holds gives way, then it says that it is full, and comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from device.journal import Journal, JournalUnusable
from device.journal.disk import BALLAST_BYTES, RESERVE_BYTES, file_system_of
from device.journal.journal import DAY_S, KEPT_DAYS
from tests.device.events import NOW, long_event, started

DEVICE = "bus-001"
SMALL = 512 * 1024


def acknowledge_all(journal: Journal, at: int = NOW) -> None:
    assert journal.acknowledge(journal.last.number, journal.last.hash.hex(), at)


def fill(journal: Journal) -> int:
    """Write until there is no room; how many records there are."""
    for number in range(10_000):
        if not journal.has_room:
            return journal.last.number
        journal.write([long_event(2_000, number)])
    pytest.fail("it never filled up")


def tend(journal: Journal) -> None:
    for _ in range(100):
        journal.tend()


def test_what_central_has_acknowledged_stays_for_thirty_five_days_of_the_office(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        for day in range(40):
            journal.write([started(str(day))] * 10)
            acknowledge_all(journal, NOW + day * DAY_S)
            tend(journal)
        kept = [record.number for record in journal.records_after(0, 1_000)]
        assert kept == list(range((40 - KEPT_DAYS) * 10 + 1, 401))


def test_days_on_which_nothing_was_acknowledged_do_not_count(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        for day in range(0, 3_000, 100):
            journal.write([started(str(day))])
            acknowledge_all(journal, NOW + day * DAY_S)
            tend(journal)
        assert len(journal.records_after(0, 1_000)) == 30


def test_what_central_has_not_acknowledged_never_goes_for_its_age(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True).open() as journal:
        journal.write([started("first", -(10**9)), started("second", -(10**9))])
        for day in range(100):
            journal.write([started(str(day))])
            first = journal.hash_at(1)
            assert first is not None and journal.acknowledge(1, first.hex(), NOW + day * DAY_S)
            tend(journal)
        assert len(journal.records_after(1, 1_000)) == 101


def test_a_full_journal_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True, max_bytes=SMALL).open() as journal:
        count = fill(journal)
        tend(journal)
        assert not journal.has_room
        assert journal.percent == 100
        assert len(journal.records_after(0, 10_000)) == count
    with Journal(tmp_path, DEVICE, any_disk=True, max_bytes=SMALL).open() as journal:
        assert len(journal.records_after(0, 10_000)) == count


def test_what_central_holds_gives_way_before_anybody_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path, DEVICE, any_disk=True, max_bytes=SMALL).open() as journal:
        fill(journal)
        acknowledge_all(journal)
        last = journal.last
        tend(journal)
        assert journal.has_room
        assert journal.percent < 90
        # The newest stays, so that the chain can be checked from where central stands.
        assert journal.hash_at(last.number) == last.hash
        more = journal.next_number
        fill(journal)
        unsent = journal.records_after(last.number, 10_000)
        tend(journal)
        assert journal.records_after(last.number, 10_000) == unsent
        assert unsent[0].number == more
    with Journal(tmp_path, DEVICE, any_disk=True, max_bytes=SMALL).open() as journal:
        assert journal.records_after(last.number, 10_000) == unsent


def test_a_file_system_that_forgets_is_refused_unless_it_is_for_practice() -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or file_system_of(shm) != "tmpfs":
        pytest.skip("no tmpfs at /dev/shm")
    folder = shm / f"yukemuri-{os.getpid()}"
    try:
        with pytest.raises(JournalUnusable, match="tmpfs") as refusal:
            Journal(folder, DEVICE).open()
        assert "move it to a disk" in str(refusal.value)
        with Journal(folder, DEVICE, any_disk=True).open() as journal:
            assert not journal.on_safe_disk
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# A disk of eight megabytes


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() or shutil.which("mkfs.ext4") is None:
        pytest.skip("mounting a file system needs root and e2fsprogs")
    image, mounted = tmp_path / "disk.img", tmp_path / "disk"
    image.write_bytes(b"")
    os.truncate(image, 8 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image], check=True)
    mounted.mkdir()
    made = subprocess.run(
        ["mount", "-o", "loop", image, mounted], check=False, capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no loop device here: {made.stderr.strip()}")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "-l", mounted], check=True)


def stuff(disk: Path) -> Path:
    """Somebody else fills the disk to the last byte."""
    stuffing = disk / "stuffing"
    with stuffing.open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 512, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass
    return stuffing


def test_on_a_full_disk_acknowledgements_are_still_written_and_it_goes_on_when_space_returns(
    small_disk: Path,
) -> None:
    with Journal(small_disk / "unit", DEVICE).open() as journal:
        ballast = small_disk / "unit" / "ballast"
        assert ballast.stat().st_size == BALLAST_BYTES
        journal.write([long_event(500)] * 200)
        stuffing = stuff(small_disk)
        assert journal._percent_now() == 100
        journal.tend()
        assert not ballast.exists()
        acknowledge_all(journal)
        tend(journal)
        assert journal.acknowledged == 200
        stuffing.unlink()
        journal.tend()
        assert journal.has_room
        assert ballast.stat().st_size == BALLAST_BYTES
        journal.write([started()])
    with Journal(small_disk / "unit", DEVICE).open() as journal:
        assert (journal.last.number, journal.acknowledged) == (201, 200)


def test_it_starts_on_a_full_disk_and_says_that_there_is_no_room(small_disk: Path) -> None:
    with Journal(small_disk / "unit", DEVICE).open() as journal:
        journal.write([started()] * 5)
    stuff(small_disk)
    with Journal(small_disk / "unit", DEVICE).open() as journal:
        assert journal.last.number == 5
        assert journal._disk.free < RESERVE_BYTES + BALLAST_BYTES
        acknowledge_all(journal)
        assert journal.acknowledged == 5
