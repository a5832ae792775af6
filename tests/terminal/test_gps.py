"""The receiver's port through a real pseudo-terminal: spoken to, unplugged, plugged in again."""

from __future__ import annotations

import os
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.clock import SystemTime, TimeSource
from hil.virtual.clock import VirtualTime
from hil.virtual.receiver import VirtualReceiver, framed
from terminal.facts import Fact, FixSeen, ReceiverState
from terminal.sensors import gps as gps_module
from terminal.sensors.dates import ROLLOVER_S
from terminal.sensors.gps import Gps
from terminal.sensors.log import LogReader, chunks_of
from terminal.sensors.recorder import Recorder
from tests.fakes.time import FakeTime

WALL = 1_795_000_000.0
LAT, LON = 38.5687, 140.1924
RMC = "GPRMC,101530.00,A,3834.12345,N,14011.54321,E,12.5,181.0,231126,,,A"
GGA = "GPGGA,101530.00,3834.12345,N,14011.54321,E,1,09,0.9,400.0,M,38.0,M,,"


class Heard:
    """Takes facts as the loop's queue does; `full` refuses them."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.full = False

    def __call__(self, fact: Fact) -> bool:
        if not self.full:
            self.facts.append(fact)
        return not self.full

    @property
    def fixes(self) -> list[FixSeen]:
        return [fact for fact in self.facts if isinstance(fact, FixSeen)]

    @property
    def states(self) -> list[str]:
        return [fact.problem for fact in self.facts if isinstance(fact, ReceiverState)]

    @property
    def notes(self) -> list[str]:
        return [fact.note for fact in self.facts if isinstance(fact, ReceiverState)]


def seconds_until(condition: Callable[[], object], limit: float = 10.0) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < limit, "waited in vain"
        time.sleep(0.01)
    return time.monotonic() - begun


@pytest.fixture
def world(tmp_path: Path) -> Iterator[VirtualTime]:
    clock = VirtualTime.create(tmp_path / "clock", WALL, rate=10.0)
    yield clock
    clock.close()


@pytest.fixture
def receiver(tmp_path: Path, world: VirtualTime) -> Iterator[VirtualReceiver]:
    made = VirtualReceiver(tmp_path / "gps", world)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def started() -> Iterator[Callable[[str, TimeSource], Heard]]:
    running: list[Gps] = []

    def start(device: str, clock: TimeSource) -> Heard:
        heard = Heard()
        running.append(Gps(device, 9600, clock, heard))
        running[-1].start()
        return heard

    yield start
    for one in running:
        one.stop()


Start = Callable[[str, TimeSource], Heard]


def speaking(receiver: VirtualReceiver, world: VirtualTime, condition: Callable[[], object]) -> float:
    """Real seconds until `condition` holds while the receiver says one fix a virtual second."""

    def spoken() -> object:
        receiver.say(LAT, LON, wall=world.wall(), speed_mps=8.0, course_deg=95.0, hdop=1.1, sats=11)
        world.sleep(1.0)
        return condition()

    return seconds_until(spoken)


def test_fixes_arrive_with_their_time_and_stamp(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, started: Start
) -> None:
    heard = started(str(tmp_path / "gps"), world)
    speaking(receiver, world, lambda: len(heard.fixes) >= 5)
    assert heard.states == [""]
    for seen in heard.fixes:
        assert (seen.fix.lat, seen.fix.lon) == pytest.approx((LAT, LON), abs=1e-6)
        assert seen.fix.speed_mps == pytest.approx(8.0, abs=0.01)
        assert (seen.fix.course_deg, seen.fix.hdop, seen.fix.satellites) == (95.0, 1.1, 11)
        assert seen.wall is not None
        # What was true at `wall` was heard within a second or so of it, by the bus's own clock.
        assert 0 <= WALL + seen.fix.mono - seen.wall < 3


def test_an_absent_receiver_is_said_and_found_when_it_comes(
    tmp_path: Path, world: VirtualTime, started: Start
) -> None:
    heard = started(str(tmp_path / "gps"), world)
    seconds_until(lambda: heard.states)
    assert len(heard.states) == 1
    assert "つながっていません" in heard.states[0] and "Plug its cable in" in heard.states[0]
    receiver = VirtualReceiver(tmp_path / "gps", world)
    receiver.start()
    try:
        assert speaking(receiver, world, lambda: heard.fixes) < 3
        assert heard.states[1:] == [""]
    finally:
        receiver.stop()


def test_unplugged_is_said_within_3_seconds_and_the_receiver_is_heard_within_5_of_its_return(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, started: Start
) -> None:
    heard = started(str(tmp_path / "gps"), world)
    speaking(receiver, world, lambda: heard.fixes)
    for again in (1, 2):
        receiver.unplug()
        assert seconds_until(lambda: len(heard.states) == 2 * again) < 3  # noqa: B023  called at once
        assert "not connected" in heard.states[-1]
        before = len(heard.fixes)
        receiver.plug()
        assert speaking(receiver, world, lambda: len(heard.fixes) > before) < 5  # noqa: B023
        assert heard.states[-1] == ""


def test_void_sentences_give_no_fix_and_no_complaint(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, started: Start
) -> None:
    heard = started(str(tmp_path / "gps"), world)

    def void() -> list[str]:
        receiver.say_void(world.wall())
        world.sleep(1.0)
        return heard.states

    seconds_until(void)
    void()
    assert heard.facts == [ReceiverState("")]


def test_garbage_between_sentences_changes_nothing(
    tmp_path: Path, world: VirtualTime, started: Start
) -> None:
    noisy = VirtualReceiver(tmp_path / "gps", world, garbage_seed=7)
    noisy.start()
    try:
        heard = started(str(tmp_path / "gps"), world)
        speaking(noisy, world, lambda: len(heard.fixes) >= 10)
    finally:
        noisy.stop()
    assert all((s.fix.lat, s.fix.lon) == pytest.approx((LAT, LON), abs=1e-6) for s in heard.fixes)


def raw_port() -> tuple[int, int, str]:
    port, far_end = os.openpty()
    tty.setraw(far_end)
    return port, far_end, os.ttyname(far_end)


def test_silence_is_said_and_its_end_too(monkeypatch: pytest.MonkeyPatch, started: Start) -> None:
    monkeypatch.setattr(gps_module, "SILENT_SECONDS", 0.6)
    port, far_end, name = raw_port()
    heard = started(name, SystemTime())
    seconds_until(lambda: heard.states)
    assert "Nothing comes" in heard.states[0]
    os.write(port, framed("GPTXT,01,01,02,hello"))
    seconds_until(lambda: heard.states[1:])
    assert heard.states[1] == ""
    seconds_until(lambda: heard.states[2:])
    os.close(port)
    os.close(far_end)


def test_bytes_without_sentences_point_at_the_speed(monkeypatch: pytest.MonkeyPatch, started: Start) -> None:
    monkeypatch.setattr(gps_module, "SILENT_SECONDS", 0.6)
    port, far_end, name = raw_port()
    heard = started(name, SystemTime())
    seconds_until(lambda: os.write(port, b"\x8f\x00$\xff,,") and heard.states)
    assert "9600" in heard.states[0] and "serial speed" in heard.states[0]
    os.close(port)
    os.close(far_end)


@pytest.mark.usefixtures("receiver")
def test_fast_time_alone_is_no_silence(tmp_path: Path, world: VirtualTime, started: Start) -> None:
    world.set_rate(1000.0)
    heard = started(str(tmp_path / "gps"), world)
    time.sleep(0.8)
    assert heard.states == []


@pytest.mark.usefixtures("receiver")
def test_slow_time_alone_is_no_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, world: VirtualTime, started: Start
) -> None:
    monkeypatch.setattr(gps_module, "SILENT_SECONDS", 0.3)
    world.set_rate(0.0)
    heard = started(str(tmp_path / "gps"), world)
    time.sleep(0.7)
    assert heard.states == []


def test_a_state_the_full_queue_refused_is_said_again(tmp_path: Path, world: VirtualTime) -> None:
    heard = Heard()
    heard.full = True
    sensor = Gps(str(tmp_path / "gps"), 9600, world, heard)
    sensor.start()
    time.sleep(0.3)
    heard.full = False
    seconds_until(lambda: heard.states, limit=3)
    sensor.stop()


def test_two_programs_do_not_share_the_receiver(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, started: Start
) -> None:
    first = started(str(tmp_path / "gps"), world)
    speaking(receiver, world, lambda: first.fixes)
    second = started(str(tmp_path / "gps"), world)
    seconds_until(lambda: second.states)
    assert "Another program" in second.states[0]


@pytest.mark.usefixtures("receiver")
def test_it_stops_within_2_seconds_in_any_state(tmp_path: Path, world: VirtualTime) -> None:
    for device in (str(tmp_path / "gps"), str(tmp_path / "nothing")):
        sensor = Gps(device, 9600, world, Heard())
        sensor.start()
        time.sleep(0.1)
        begun = time.monotonic()
        sensor.stop()
        assert time.monotonic() - begun < 2
        assert not sensor._thread.is_alive()


@pytest.mark.parametrize(("speed", "name"), [(38_400, termios.B38400), (4800, termios.B4800)])
def test_without_a_speed_in_the_settings_it_is_found(
    monkeypatch: pytest.MonkeyPatch, speed: int, name: int
) -> None:
    monkeypatch.setattr(gps_module, "TRY_SECONDS", 0.5)
    port, far_end, device = raw_port()
    heard = Heard()
    sensor = Gps(device, None, SystemTime(), heard)
    sensor.start()

    def spoken() -> list[FixSeen]:
        is_right = termios.tcgetattr(far_end)[5] == name
        os.write(port, framed(RMC) + framed(GGA) if is_right else b"\x8f\x00$\xff,,\xe0\xe0")
        time.sleep(0.05)
        return heard.fixes

    seconds_until(spoken)
    assert heard.states[-1] == ""
    # Once found, it is where a receiver that comes back is looked for first.
    assert sensor._speeds[0] == speed
    sensor.stop()
    os.close(port)
    os.close(far_end)


def test_a_speed_in_the_settings_is_kept_to(monkeypatch: pytest.MonkeyPatch, started: Start) -> None:
    monkeypatch.setattr(gps_module, "TRY_SECONDS", 0.2)
    port, far_end, name = raw_port()
    started(name, SystemTime())
    for _ in range(20):
        os.write(port, b"\x8f\x00$\xff,,")
        time.sleep(0.05)
    assert termios.tcgetattr(far_end)[5] == termios.B9600
    os.close(port)
    os.close(far_end)


def test_a_frozen_receiver_is_not_used_and_said_to_be_frozen_until_it_moves(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    world: VirtualTime,
    receiver: VirtualReceiver,
    started: Start,
) -> None:
    monkeypatch.setattr(gps_module, "FRESH_S", 0.5)
    heard = started(str(tmp_path / "gps"), world)
    speaking(receiver, world, lambda: heard.fixes)

    def frozen() -> bool:
        receiver.say_raw(framed(RMC), framed(GGA))
        world.sleep(1.0)
        return "repeats itself" in heard.states[-1]

    seconds_until(frozen)
    before = len(heard.fixes)
    assert before <= 2 + 1
    for _ in range(5):
        frozen()
    assert len(heard.fixes) == before
    speaking(receiver, world, lambda: heard.states[-1] == "" and len(heard.fixes) > before)


def test_a_jump_is_not_used_and_is_said(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, started: Start
) -> None:
    heard = started(str(tmp_path / "gps"), world)
    speaking(receiver, world, lambda: len(heard.fixes) >= 2)
    for _ in range(3):
        receiver.say(LAT + 1, LON, wall=world.wall())
        world.sleep(1.0)
    seconds_until(lambda: "jumped" in heard.states[-1])
    assert all(seen.fix.lat == pytest.approx(LAT, abs=1e-6) for seen in heard.fixes)
    speaking(receiver, world, lambda: heard.states[-1] == "")
    assert all(seen.fix.lat == pytest.approx(LAT, abs=1e-6) for seen in heard.fixes)


@pytest.mark.parametrize(
    ("wall", "is_rolled", "note"),
    [
        (WALL - ROLLOVER_S, True, "1,024 weeks"),
        (WALL + 27 * 366 * 86_400, False, "cannot be"),
        (WALL, False, ""),
    ],
)
def test_a_wrong_date_is_set_right_or_left_and_said_either_way(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, wall: float, is_rolled: bool, note: str
) -> None:
    heard = Heard()
    sensor = Gps(str(tmp_path / "gps"), 9600, world, heard, proven=int(WALL) - 86_400)
    sensor.start()

    def spoken() -> bool:
        receiver.say(LAT, LON, wall=wall - WALL + world.wall())
        world.sleep(1.0)
        return len(heard.fixes) >= 5

    seconds_until(spoken)
    sensor.stop()
    assert {seen.is_rolled for seen in heard.fixes} == {is_rolled}
    for seen in heard.fixes:
        assert (seen.wall is None) == (note == "cannot be")
        assert seen.wall is None or abs(seen.wall - WALL) < 100
    assert heard.states[-1] == ""
    assert note in heard.notes[-1] and bool(note) == bool(heard.notes[-1])


@pytest.mark.parametrize(("kept_free", "problem"), [(0, ""), (2**60, "too little room")])
def test_what_the_receiver_said_is_kept_and_why_it_is_not_is_said(
    tmp_path: Path, world: VirtualTime, receiver: VirtualReceiver, kept_free: int, problem: str
) -> None:
    heard = Heard()
    recorder = Recorder(tmp_path / "nmea", 1_000_000, FakeTime(), kept_free)
    sensor = Gps(str(tmp_path / "gps"), 9600, world, heard, recorder=recorder)
    sensor.start()
    speaking(receiver, world, lambda: len(heard.fixes) >= 3)
    recorder._since = -1_000.0
    speaking(receiver, world, lambda: problem in heard.notes[-1])
    sensor.stop()
    assert bool(heard.notes[-1]) == bool(problem)
    read = [reading.fix.lat for reading in LogReader().read(chunks_of(tmp_path / "nmea"))]
    assert (len(read) >= 3) == (problem == "")
    assert read == pytest.approx([LAT] * len(read), abs=1e-6)
