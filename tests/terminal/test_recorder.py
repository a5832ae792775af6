"""The last hours of a receiver on a card that has other work: bounded, gentle, and readable whatever happened."""

from __future__ import annotations

from itertools import count, pairwise
from pathlib import Path

import pytest

from hil.virtual.receiver import framed
from terminal.sensors.log import LogReader, chunks_of
from terminal.sensors.recorder import BLOCK_SECONDS, PIECES, Recorder, recordings
from tests.fakes.time import FakeTime
from tests.faults.disks import filled, small_disk

HOUR = 3_600
MAX_BYTES = 400_000


def sentences(second: int) -> list[bytes]:
    clock = f"{second // HOUR % 24:02d}{second // 60 % 60:02d}{second % 60:02d}.00"
    rmc = f"GNRMC,{clock},A,3834.12345,N,14011.54321,E,0.0,,231126,,,A"
    return [framed(rmc).strip(), framed(f"GNGGA,{clock},3834.12345,N,14011.54321,E,1,09,0.9,,M,,M,,").strip()]


def drive(recorder: Recorder, time: FakeTime, seconds: int) -> None:
    for _ in range(seconds):
        time.move(1.0)
        for sentence in sentences(int(time.seconds)):
            recorder.keep(sentence)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in recordings(folder))


def fixes(folder: Path) -> list[float]:
    return [reading.wall or 0.0 for reading in LogReader().read(chunks_of(folder))]


@pytest.fixture
def time() -> FakeTime:
    return FakeTime(0.0)


def test_what_was_kept_is_read_back_and_a_restart_goes_on_in_the_same_file(
    tmp_path: Path, time: FakeTime
) -> None:
    for _ in range(3):
        recorder = Recorder(tmp_path / "nmea", MAX_BYTES, time)
        drive(recorder, time, 100)
        recorder.flush()
    assert recorder.problem == ""
    assert len(recordings(tmp_path / "nmea")) == 1
    assert len(fixes(tmp_path / "nmea")) == 300


def test_the_room_is_bounded_and_the_newest_hours_stay(tmp_path: Path, time: FakeTime) -> None:
    recorder = Recorder(tmp_path, MAX_BYTES, time)
    for _ in range(2 * 60):
        drive(recorder, time, 60)
        assert size(tmp_path) <= MAX_BYTES
    recorder.flush()
    assert size(tmp_path) > MAX_BYTES * (PIECES - 2) / PIECES
    kept = fixes(tmp_path)
    assert kept[-1] % 86_400 == time.seconds
    assert [round(later - one) for one, later in pairwise(kept)] == [1] * (len(kept) - 1)


def test_a_minute_is_one_append_and_nothing_is_synced(
    tmp_path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = count()
    for name in ("fsync", "fdatasync", "sync"):
        monkeypatch.setattr(f"os.{name}", lambda *_: next(synced))
    recorder = Recorder(tmp_path, MAX_BYTES, time)
    sizes = set()
    for _ in range(HOUR // 2):
        drive(recorder, time, 1)
        sizes.add(size(tmp_path))
    assert HOUR // 2 / BLOCK_SECONDS - 2 <= len(sizes - {0}) <= HOUR // 2 / BLOCK_SECONDS
    assert next(synced) == 0


def test_a_power_cut_in_mid_write_costs_the_torn_sentence_alone(tmp_path: Path, time: FakeTime) -> None:
    recorder = Recorder(tmp_path, MAX_BYTES, time)
    drive(recorder, time, 10)
    recorder.flush()
    (path,) = recordings(tmp_path)
    whole = path.read_bytes()
    beginning, end = whole[: -2 * 70], len(whole)
    for cut in range(len(beginning), end, 9):
        # What the card had not taken yet is missing, or nothing but zeros.
        for torn in (whole[:cut], whole[:cut] + bytes(512)):
            path.write_bytes(torn)
            time.seconds = 10.0
            later = Recorder(tmp_path, MAX_BYTES, time)
            drive(later, time, 5)
            later.flush()
            assert len(fixes(tmp_path)) >= 8 + 5
            assert fixes(tmp_path)[-5:] == [fixes(tmp_path)[-1] - back for back in (4, 3, 2, 1, 0)]


def test_on_a_full_disk_it_stops_and_says_so(tmp_path: Path, time: FakeTime) -> None:
    with small_disk(tmp_path, megabytes=8) as disk:
        kept_free = 1024 * 1024
        recorder = Recorder(disk / "nmea", 100 * MAX_BYTES, time, kept_free)
        drive(recorder, time, 70)
        assert recorder.problem == ""
        with filled(disk):
            drive(recorder, time, 70)
            assert "too little room" in recorder.problem
            before = size(disk / "nmea")
            drive(recorder, time, 700)
            careless = Recorder(disk / "nmea", 100 * MAX_BYTES, time, kept_free=-(2**40))
            drive(careless, time, 70)
            assert "No space left" in careless.problem
            assert size(disk / "nmea") - before < 4096
        assert len(fixes(disk / "nmea")) >= 60


def test_it_never_takes_the_room_that_others_need(tmp_path: Path, time: FakeTime) -> None:
    recorder = Recorder(tmp_path / "nmea", MAX_BYTES, time, kept_free=2**60)
    drive(recorder, time, 70)
    assert "空きが少ない" in recorder.problem
    assert recordings(tmp_path / "nmea") == []


def test_where_nothing_can_be_written_it_stops_and_says_so(tmp_path: Path, time: FakeTime) -> None:
    (tmp_path / "nmea").write_text("no folder")
    recorder = Recorder(tmp_path / "nmea", MAX_BYTES, time)
    drive(recorder, time, 200)
    assert "cannot be written" in recorder.problem
