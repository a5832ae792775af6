"""The speed pulse as a sensor of the terminal: metres, once a second, whatever the loop does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from device.clock import SystemTime
from device.pins import Board
from hil.virtual.pins import VirtualPins
from terminal.facts import Fact, WheelsTurned
from terminal.sensors.wheels import LEAST_SECONDS, Wheels
from tests.fakes.time import FakeTime

PULSE = 25
FOUR_A_TURN = 2_548


class Queue:
    def __init__(self) -> None:
        self.said: list[WheelsTurned] = []
        self.refused = 0
        self.full = False

    def __call__(self, fact: Fact) -> bool:
        assert isinstance(fact, WheelsTurned)
        if self.full:
            self.refused += 1
        else:
            self.said.append(fact)
        return not self.full

    @property
    def metres(self) -> float:
        return self.said[-1].metres if self.said else -1.0


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def pins() -> VirtualPins:
    return VirtualPins()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def wheels(pins: VirtualPins, queue: Queue, tmp_path: Path) -> Iterator[Wheels]:
    """Its clock never waits, so it reports every LEAST_SECONDS; each report is a second of that clock later."""
    wheels = Wheels(Board(tmp_path, pins.factory), PULSE, FOUR_A_TURN, FakeTime(), queue)
    wheels.start()
    yield wheels
    wheels.stop()


@pytest.mark.usefixtures("wheels")
def test_a_kilometre_s_pulses_are_a_thousand_metres(pins: VirtualPins, queue: Queue) -> None:
    pins.pulse(PULSE, FOUR_A_TURN)
    until(lambda: queue.metres == 1_000.0)
    pins.pulse(PULSE, FOUR_A_TURN // 2)
    until(lambda: queue.metres == 1_500.0)


@pytest.mark.usefixtures("wheels")
def test_a_standing_bus_reports_that_it_stands(pins: VirtualPins, queue: Queue) -> None:
    pins.pulse(PULSE, 100)
    until(lambda: queue.metres > 0)
    said = len(queue.said)
    until(lambda: len(queue.said) >= said + 3)
    assert {fact.metres for fact in queue.said[said:]} == {100 * 1_000 / FOUR_A_TURN}


@pytest.mark.usefixtures("wheels")
def test_reports_are_a_second_of_the_machine_s_clock_apart(queue: Queue) -> None:
    until(lambda: len(queue.said) >= 4)
    apart = [later.mono - earlier.mono for earlier, later in pairwise(queue.said)]
    assert apart == [1.0] * len(apart)


def test_in_real_seconds_there_is_about_one_report_a_second_and_an_end_within_two(
    pins: VirtualPins, queue: Queue, tmp_path: Path
) -> None:
    wheels = Wheels(Board(tmp_path, pins.factory), PULSE, FOUR_A_TURN, SystemTime(), queue)
    begun = SystemTime().monotonic()
    wheels.start()
    until(lambda: len(queue.said) == 3)
    ended = time.monotonic()
    wheels.stop()
    assert time.monotonic() - ended < 2
    assert 2.0 <= queue.said[2].mono - begun < 4.0
    assert 1.0 <= queue.said[1].mono - queue.said[0].mono < 2.0


@pytest.mark.usefixtures("wheels")
def test_what_a_full_queue_dropped_is_in_the_next_report(pins: VirtualPins, queue: Queue) -> None:
    until(lambda: queue.said)
    queue.full = True
    pins.pulse(PULSE, 600)
    until(lambda: queue.refused >= 3)
    pins.pulse(PULSE, FOUR_A_TURN - 600)
    queue.full = False
    until(lambda: queue.metres == 1_000.0)


def test_a_loop_that_is_slow_to_take_a_report_costs_no_pulse(pins: VirtualPins, tmp_path: Path) -> None:
    said: list[Fact] = []
    taken, go_on = threading.Event(), threading.Event()

    def slow(fact: Fact) -> bool:
        said.append(fact)
        taken.set()
        return go_on.wait(5)

    wheels = Wheels(Board(tmp_path, pins.factory), PULSE, FOUR_A_TURN, FakeTime(), slow)
    wheels.start()
    assert taken.wait(5)
    pins.pulse(PULSE, FOUR_A_TURN)
    go_on.set()
    until(lambda: isinstance(said[-1], WheelsTurned) and said[-1].metres == 1_000.0)
    wheels.stop()


def test_a_stopped_sensor_reports_nothing_more_and_frees_its_pin(
    pins: VirtualPins, wheels: Wheels, queue: Queue, tmp_path: Path
) -> None:
    until(lambda: queue.said)
    wheels.stop()
    said = len(queue.said)
    time.sleep(3 * LEAST_SECONDS)
    assert len(queue.said) == said
    Board(tmp_path, pins.factory).lamp(PULSE).close()
