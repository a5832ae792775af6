"""The virtual bus's wheels: the pulses of a drive come in their places on the bench's time."""

from __future__ import annotations

import json
import socket
import time as real_time
from pathlib import Path

import pytest

from device.pins import Board, PulseCounter
from hil.virtual.pins import VirtualPins
from hil.virtual.wheels import NAP_SECONDS, VirtualWheels
from hil.virtual.wires import Wires
from tests.fakes.time import FakeTime

PULSE = 25
FOUR_A_TURN = 2_548


@pytest.fixture
def time() -> FakeTime:
    return FakeTime(0.0)


@pytest.fixture
def pins() -> VirtualPins:
    return VirtualPins()


@pytest.fixture
def wheels(pins: VirtualPins, time: FakeTime) -> VirtualWheels:
    wheels = VirtualWheels(pins, PULSE, FOUR_A_TURN, time)
    wheels.start()
    return wheels


@pytest.fixture
def counter(pins: VirtualPins, wheels: VirtualWheels, tmp_path: Path) -> PulseCounter:
    return Board(tmp_path, pins.factory).pulse_counter(PULSE)


def settled(counter: PulseCounter) -> int:
    """The count once it stands still."""
    count = -1
    while count != counter.count:
        count = counter.count
        real_time.sleep(10 * NAP_SECONDS)
    return count


def test_a_drive_gives_its_pulses_in_their_places_and_then_the_bus_stands(
    wheels: VirtualWheels, counter: PulseCounter, time: FakeTime
) -> None:
    wheels.drive(10.0, 110.0, 1_000.0)
    seen = []
    for time.seconds in (10.0, 60.0, 110.0, 500.0):
        seen.append(settled(counter))
    assert seen == [0, 1_274, 2_548, 2_548]


def test_drives_add_up_to_the_metre(wheels: VirtualWheels, counter: PulseCounter, time: FakeTime) -> None:
    for metres in (333.3, 333.3, 333.4):
        wheels.drive(time.seconds, time.seconds + 30.0, metres)
        time.move(45.0)
    assert settled(counter) == FOUR_A_TURN


def test_a_bus_switched_on_in_the_middle_of_a_drive_counts_from_there(
    wheels: VirtualWheels, counter: PulseCounter, time: FakeTime
) -> None:
    time.move(60.0)
    wheels.drive(10.0, 110.0, 1_000.0)
    assert settled(counter) == 0
    time.move(100.0)
    assert settled(counter) == 1_274


def test_a_bus_that_comes_back_hears_at_once_how_its_door_stands_and_how_it_drives(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place = tmp_path_factory.mktemp("w") / "wires.sock"
    wires = Wires(place)
    wires.start()
    wires.set_door(is_open=True)
    wires.drive(begins=10.0, ends=110.0, metres=1_000.0)
    for _ in range(2):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bus:
            bus.connect(str(place))
            heard = json.loads(bus.makefile("rb").readline())
        assert heard == {"door_open": True, "drive": [10.0, 110.0, 1_000.0]}
    wires.stop()
