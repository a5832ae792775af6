"""F18: the receiver is gone, frozen, teleports or says garbage while somebody alights: no unflagged wrong fare.

Two guards stand behind one another, the reader's for jumps and the locator's for the way between stops; with both
taken away the teleporting receiver charges too much. Sentences are fuzzed in `tests/terminal/test_nmea_fuzz.py`.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hil.virtual.receiver import VirtualReceiver, framed
from rules.messages.events import Tapped
from rules.ride.outcomes import Outcome
from terminal import loop as loop_module
from terminal.sensors.gps import Gps
from tests.faults.scale import until
from tests.ride.builders import STOPS
from tests.terminal.loop_bench import T1, Table, World, bus_on

STANDING_S = 200
"""Long enough for the bus to have driven on to any stop, had it driven on."""
FRESH, STALE = 4, 12
"""Seconds of a fault: within the age to which the last good fix counts, and well past it."""


class Spoken(VirtualReceiver):
    """The bench's receiver, whose words are put on the wire by the test, one second at a time."""

    def _queue(self, *bodies: str) -> None:
        self.write(b"".join(framed(body) for body in bodies))

    def write(self, data: bytes) -> None:
        """On the wire, and read by the bus when this returns."""
        assert self._ports is not None
        port, far_end = self._ports
        os.write(port, data)
        until(
            lambda: struct.unpack("=i", fcntl.ioctl(far_end, termios.FIONREAD, bytes(4))) == (0,),
            "it is read",
        )
        time.sleep(0.05)


class Road:
    """A bus on a table whose fixes come through its real sensor and a pseudo-terminal."""

    def __init__(self, table: Table, receiver: Spoken) -> None:
        self.table = table
        self.receiver = receiver

    def second_at(self, stop: int) -> None:
        """One second more; the receiver says it is at a stop."""
        world = self.table.world
        world.time.move(1.0)
        place = world.editions[1].stops[STOPS[stop]]
        self.receiver.say(place.lat, place.lon, wall=world.wall)
        self.turn()

    def turn(self) -> None:
        """All that was reported is taken."""
        while self.table.loop._facts.waiting:
            self.table.loop.turn()
        self.table.loop.turn()


def teleports(road: Road) -> None:
    road.second_at(4)


def swings(road: Road) -> None:
    road.second_at(4 if int(road.table.world.time.seconds) % 2 else 2)


def is_frozen_elsewhere(road: Road) -> None:
    road.table.world.time.move(1.0)
    old = road.table.world.editions[1].stops[STOPS[4]]
    road.receiver.say(old.lat, old.lon, wall=1_790_000_000.0)
    road.turn()


def says_garbage(road: Road) -> None:
    road.table.world.time.move(1.0)
    road.receiver.write(
        b"\xb5\x62\x00$GPRMC,1015$$GNGGA,,,\xff*00\r\n$GNRMC,101530.00,A,3801.62,N,14000.0,E,,,,,,A*00\r\n"
    )
    road.turn()


def is_gone(road: Road) -> None:
    road.table.world.time.move(1.0)
    road.receiver.unplug()
    road.turn()


def _is_heard(receiver: Spoken, sensor: Gps) -> bool:
    receiver.write(framed("GPTXT,01,01,02,hello"))
    return sensor._said is not None


@pytest.fixture
def road(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    world = World(tmp_path)
    receiver = Spoken(tmp_path / "gps", world.time)
    receiver.plug()
    with bus_on(world) as table:
        sensor = Gps(str(tmp_path / "gps"), 9600, world.time, table.loop.report)
        sensor.start()
        until(lambda: _is_heard(receiver, sensor), "the receiver is heard")
        yield Road(table, receiver)
        sensor.stop()
    receiver.unplug()


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (teleports, FRESH),
        (swings, FRESH),
        (swings, STALE),
        (is_frozen_elsewhere, FRESH),
        (is_frozen_elsewhere, STALE),
        (says_garbage, STALE),
        (is_gone, STALE),
    ],
)
def test_whoever_alights_pays_to_the_right_stop_or_to_none(
    road: Road, fault: Callable[[Road], None], seconds: int
) -> None:
    table, world = road.table, road.table.world
    for _ in range(12):
        road.second_at(0)
    table.do(T1)
    road.second_at(0)
    assert table.page.at_index == 0
    phone = world.office.phone()
    assert table.show(phone.code(world.moment)) is Outcome.OK
    world.time.move(300.0)
    for _ in range(3):
        road.second_at(2)
    assert table.page.at_index == 2
    world.time.move(STANDING_S)
    for _ in range(3):
        road.second_at(2)
    for _ in range(seconds):
        fault(road)
    table.show(phone.code(world.moment))
    # What the sensor's thread said last may stand before the code.
    road.turn()
    alighting = [event for event in table.events() if isinstance(event, Tapped)][-1]
    assert alighting.stop_id in {"C", ""}
    assert alighting.fare in {0, 240}
    assert bool(alighting.fare) == (alighting.stop_id == "C")
    print(
        f"F18: {fault.__name__} for {seconds} s: {alighting.outcome}, {alighting.fare} yen, {alighting.place_reason}"
    )
