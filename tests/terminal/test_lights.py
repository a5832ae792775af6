"""What the door shows: one green edge for each green answer, red and nothing else after a fault."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.pins import Board
from hil.virtual.pins import VirtualPins
from rules.ride.outcomes import Outcome
from terminal.signals import lights as lights_module
from terminal.signals.lights import LOOKS, DoorLights
from terminal.signals.told import Told

GREEN, YELLOW, RED, BUZZER = 17, 27, 22, 18
LAMPS = (GREEN, YELLOW, RED)


class Door:
    """A door's lights on mock pins, and how often each pin rose."""

    def __init__(self, runtime: Path) -> None:
        self.pins = VirtualPins()
        self.rises = dict.fromkeys((*LAMPS, BUZZER), 0)
        self.green_beside_red = False
        for pin in self.rises:
            self.pins.on_change(pin, lambda high, pin=pin: self._changed(pin, high))  # type: ignore[misc]
        board = Board(runtime, self.pins.factory)
        self.switches = (board.lamp(GREEN), board.lamp(YELLOW), board.lamp(RED), board.buzzer(BUZZER))
        self.lights = DoorLights(*self.switches)

    def _changed(self, pin: int, high: bool) -> None:
        self.rises[pin] += high
        self.green_beside_red |= self.pins.is_high(GREEN) and self.pins.is_high(RED)

    @property
    def lit(self) -> set[int]:
        return {pin for pin in LAMPS if self.pins.is_high(pin)}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    made.lights.start()
    yield made
    made.lights.stop()
    for switch in made.switches:
        switch.close()


def wanted(outcome: Outcome) -> set[int]:
    look = LOOKS[outcome]
    return {pin for pin, lit in zip(LAMPS, (look.green, look.yellow, look.red), strict=True) if lit}


def test_every_answer_has_lights_and_a_sound() -> None:
    assert set(LOOKS) == set(Outcome)
    for outcome, look in LOOKS.items():
        assert look.green is outcome.rides, outcome
        assert look.red is not outcome.rides, outcome
        assert 0 < sum(look.sound) < lights_module.LAMP_SECONDS, outcome
        assert len(look.sound) % 2 == 1, outcome


def test_only_the_plain_yes_leaves_the_driver_alone() -> None:
    assert [outcome for outcome, look in LOOKS.items() if look.green and not look.yellow] == [Outcome.OK]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_lamps_are_lit_when_the_answer_returns(door: Door, outcome: Outcome) -> None:
    door.lights.answer(Told(outcome))
    assert door.lit == wanted(outcome)


def test_each_green_answer_is_exactly_one_rising_edge(door: Door) -> None:
    for number in range(1, 201):
        door.lights.answer(Told(Outcome.OK))
        assert door.rises[GREEN] == number
    door.lights.answer(Told(Outcome.DENIED))
    for outcome in (Outcome.OK_OTHER, Outcome.GRACED, Outcome.SHORT):
        door.lights.answer(Told(outcome))
    assert door.rises[GREEN] == 203
    assert not door.green_beside_red


def test_edges_count_also_while_the_lamps_go_dark_by_themselves(
    monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    monkeypatch.setattr(lights_module, "LAMP_SECONDS", 0.13)
    for number in range(1, 25):
        door.lights.answer(Told(Outcome.OK))
        assert door.rises[GREEN] == number
        time.sleep(0.01 * (number % 12))
    assert door.rises[GREEN] == 24


def test_the_lamps_go_dark_and_the_buzzer_silent(monkeypatch: pytest.MonkeyPatch, door: Door) -> None:
    monkeypatch.setattr(lights_module, "LAMP_SECONDS", 0.5)
    door.lights.answer(Told(Outcome.SHORT))
    end = time.monotonic() + 5
    while door.lit:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert door.rises[BUZZER] == 2 and not door.pins.is_high(BUZZER)


def test_a_newer_answer_takes_the_lamps_and_its_own_time(monkeypatch: pytest.MonkeyPatch, door: Door) -> None:
    monkeypatch.setattr(lights_module, "LAMP_SECONDS", 1.0)
    door.lights.answer(Told(Outcome.DENIED))
    time.sleep(0.7)
    door.lights.answer(Told(Outcome.OK))
    time.sleep(0.5)
    # The first answer's time is over by now, the second's is not.
    assert door.lit == {GREEN}


def test_answering_does_not_wait_for_what_sounds(door: Door) -> None:
    spent = []
    for _ in range(50):
        begun = time.perf_counter()
        door.lights.answer(Told(Outcome.NO_TRIP))
        spent.append(time.perf_counter() - begun)
    assert sorted(spent)[25] < 0.01


def test_a_fault_is_red_and_nothing_else_for_good(door: Door) -> None:
    door.lights.answer(Told(Outcome.OK_OTHER))
    door.lights.fault()
    assert door.lit == {RED} and not door.pins.is_high(BUZZER)
    door.lights.answer(Told(Outcome.OK))
    door.lights.fault()
    time.sleep(0.2)
    assert door.lit == {RED} and door.rises[GREEN] == 1 and door.rises[RED] == 1
    door.lights.stop()
    assert door.lit == {RED} and not door.pins.is_high(BUZZER)


def test_stopping_leaves_all_dark(door: Door) -> None:
    door.lights.answer(Told(Outcome.OK_OTHER))
    begun = time.monotonic()
    door.lights.stop()
    assert time.monotonic() - begun < 1
    assert door.lit == set() and not door.pins.is_high(BUZZER)


def test_a_door_without_yellow_lamp_and_buzzer_still_says_yes_and_no(tmp_path: Path) -> None:
    pins = VirtualPins()
    board = Board(tmp_path, pins.factory)
    lights = DoorLights(board.lamp(GREEN), None, board.lamp(RED), None)
    lights.answer(Told(Outcome.SHORT))
    assert pins.is_high(GREEN) and not pins.is_high(RED)
    lights.answer(Told(Outcome.NO_TRIP))
    assert pins.is_high(RED) and not pins.is_high(GREEN)
