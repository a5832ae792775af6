"""The virtual receiver is one to those who read it: right sentences, serial speed, a plug that can be pulled."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pynmea2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.virtual.clock import VirtualTime
from hil.virtual.receiver import VirtualReceiver
from terminal.sensors.fixes import FixBuilder, Reading
from terminal.sensors.nmea import Refusal, SentenceFramer, parse_sentence

WALL = 1_795_000_000.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[VirtualTime]:
    clock = VirtualTime.create(tmp_path / "clock", WALL, rate=50.0)
    yield clock
    clock.close()


@pytest.fixture
def receiver(tmp_path: Path, world: VirtualTime) -> Iterator[VirtualReceiver]:
    made = VirtualReceiver(tmp_path / "gps", world)
    made.start()
    yield made
    made.stop()


def opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)


def read_for(port: int, seconds: float) -> bytes:
    """What comes until nothing has come for that long."""
    data = b""
    while select.select([port], [], [], seconds)[0]:
        data += os.read(port, 4096)
    return data


def readings(data: bytes) -> list[Reading]:
    builder = FixBuilder()
    told: list[Reading] = []
    for raw in SentenceFramer().feed(data):
        sentence = parse_sentence(raw)
        assert not isinstance(sentence, Refusal)
        told += [one for one in builder.take(sentence, 0.0) if isinstance(one, Reading)]
    return told


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.tuples(st.floats(-89.9, 89.9).filter(lambda lat: abs(lat) > 1e-3), st.floats(-179.9, 179.9)),
    speed=st.floats(0, 40),
    course=st.none() | st.floats(0, 359.9),
    wall=st.floats(1_600_000_000, 3_000_000_000),
    hdop=st.floats(0.5, 20),
    sats=st.integers(4, 24),
)
def test_what_it_says_is_what_it_was_told(
    tmp_path: Path,
    receiver: VirtualReceiver,
    place: tuple[float, float],
    speed: float,
    course: float | None,
    wall: float,
    hdop: float,
    sats: int,
) -> None:
    port = opened(tmp_path / "gps")
    receiver.say(*place, wall=wall, speed_mps=speed, course_deg=course, hdop=hdop, sats=sats)
    data = read_for(port, 0.08)
    os.close(port)
    (reading,) = readings(data)
    assert reading.wall == pytest.approx(wall, abs=0.006)
    assert (reading.fix.lat, reading.fix.lon) == pytest.approx(place, abs=2e-7)
    assert reading.fix.speed_mps == pytest.approx(speed, abs=0.01)
    assert reading.fix.hdop == pytest.approx(hdop, abs=0.051)
    assert reading.fix.satellites == sats
    if course is None:
        assert reading.fix.course_deg is None
    else:
        assert reading.fix.course_deg == pytest.approx(course, abs=0.06)


def test_three_sentences_an_epoch_with_right_checksums(tmp_path: Path, receiver: VirtualReceiver) -> None:
    port = opened(tmp_path / "gps")
    receiver.say(38.5, 140.2, wall=WALL)
    lines = read_for(port, 0.1).decode().splitlines()
    os.close(port)
    assert [pynmea2.parse(line, check=True).sentence_type for line in lines] == ["RMC", "GGA", "GSA"]
    assert all(len(line) <= 82 for line in lines)


def test_without_a_fix_it_says_void(tmp_path: Path, receiver: VirtualReceiver) -> None:
    port = opened(tmp_path / "gps")
    receiver.say_void(WALL)
    data = read_for(port, 0.1)
    os.close(port)
    assert len(SentenceFramer().feed(data)) == 3
    assert readings(data) == []


def test_it_speaks_at_9600_baud_of_the_benchs_time(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver
) -> None:
    world.set_rate(1.0)
    port = opened(tmp_path / "gps")
    begun = time.monotonic()
    receiver.say_raw(*[b"x" * 48] * 20)
    data = b""
    while len(data) < 960:
        assert select.select([port], [], [], 5)[0]
        data += os.read(port, 4096)
    os.close(port)
    assert 0.9 < time.monotonic() - begun < 5


def test_behind_its_time_it_drops_the_oldest_epochs(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver
) -> None:
    world.set_rate(0.0)
    port = opened(tmp_path / "gps")
    for second in range(20):
        receiver.say(38.5, 140.2, wall=WALL + second)
    world.set_rate(50.0)
    walls = [reading.wall for reading in readings(read_for(port, 0.2))]
    os.close(port)
    assert len(walls) <= 3
    assert walls[-2:] == [WALL + 18, WALL + 19]


def test_it_does_not_wait_for_a_reader(world: VirtualTime, receiver: VirtualReceiver) -> None:
    world.set_rate(100_000.0)
    for _ in range(100):
        begun = time.monotonic()
        receiver.say_raw(b"x" * 100_000)
        assert time.monotonic() - begun < 1
        time.sleep(0.003)


def test_a_late_reader_hears_no_old_places(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver
) -> None:
    world.set_rate(1000.0)
    for second in range(200):
        receiver.say(38.5, 140.2, wall=WALL + second)
        time.sleep(0.002)
    port = opened(tmp_path / "gps")
    walls = [reading.wall or 0.0 for reading in readings(read_for(port, 0.05))]
    os.close(port)
    assert len(walls) < 20 and all(wall >= WALL + 150 for wall in walls)


def test_what_was_on_its_way_when_the_plug_was_pulled_is_lost(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver
) -> None:
    world.set_rate(0.0)
    receiver.say(38.5, 140.2, wall=WALL)
    receiver.say(38.5, 140.2, wall=WALL + 1)
    time.sleep(0.05)
    receiver.unplug()
    receiver.plug()
    port = opened(tmp_path / "gps")
    world.set_rate(1000.0)
    assert read_for(port, 0.1) == b""
    os.close(port)


def test_a_bus_that_is_gone_and_back_hears_it_at_the_same_path(
    tmp_path: Path, receiver: VirtualReceiver
) -> None:
    for second in range(3):
        port = opened(tmp_path / "gps")
        receiver.say(38.5, 140.2, wall=WALL + second)
        assert [reading.wall for reading in readings(read_for(port, 0.1))] == [WALL + second]
        os.close(port)


def test_pulling_the_plug_ends_the_port_and_plugging_in_makes_a_new_one(
    tmp_path: Path, receiver: VirtualReceiver
) -> None:
    port = opened(tmp_path / "gps")
    receiver.unplug()
    receiver.unplug()
    assert not (tmp_path / "gps").exists()
    assert select.select([port], [], [], 1)[0]
    with suppress(OSError):
        assert os.read(port, 10) == b""
    os.close(port)
    receiver.say(38.5, 140.2, wall=WALL)
    receiver.plug()
    receiver.plug()
    port = opened(tmp_path / "gps")
    receiver.say(38.5, 140.2, wall=WALL + 1)
    assert [reading.wall for reading in readings(read_for(port, 0.1))] == [WALL + 1]
    os.close(port)


def test_garbage_is_seeded_and_hides_no_sentence(tmp_path: Path, world: VirtualTime) -> None:
    runs = []
    for _ in range(2):
        noisy = VirtualReceiver(tmp_path / "noisy", world, garbage_seed=3)
        noisy.start()
        port = opened(tmp_path / "noisy")
        data = b""
        for second in range(10):
            noisy.say(38.5, 140.2, wall=WALL + second)
            data += read_for(port, 0.05)
        os.close(port)
        noisy.stop()
        runs.append(data)
    assert runs[0] == runs[1]
    good = [raw for raw in SentenceFramer().feed(runs[0]) if not isinstance(parse_sentence(raw), Refusal)]
    assert len(good) == 30
    assert len(runs[0]) > sum(len(raw) + 2 for raw in good)
