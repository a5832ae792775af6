"""Lamps, buzzer, door contact and buttons on gpiozero's mock pins, and the door as a sensor."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import gpiozero
import pytest
from gpiozero.exc import PinFactoryFallback

from device.pins import Board, PinsUnavailableError
from hil.virtual.pins import VirtualPins
from terminal.facts import DoorState, Fact
from terminal.sensors.door import KEPT_CHANGES, Door

LAMP, CONTACT, BUTTON = 17, 24, 5


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def pins() -> VirtualPins:
    return VirtualPins()


@pytest.fixture
def board(pins: VirtualPins, tmp_path: Path) -> Board:
    return Board(tmp_path, pins.factory)


def test_a_lamp_and_a_buzzer_switch_and_their_changes_are_heard(pins: VirtualPins, board: Board) -> None:
    heard: list[bool] = []
    pins.on_change(LAMP, heard.append)
    for switch in (board.lamp(LAMP), board.buzzer(18)):
        switch.on()
        switch.on()
        switch.off()
        switch.on()
        switch.close()
    assert heard == [True, False, True, False]
    board.lamp(LAMP).on()
    assert pins.is_high(LAMP)


def test_the_door_is_told_as_it_stands_and_then_at_each_change(pins: VirtualPins, board: Board) -> None:
    for first in (True, False):
        heard: list[bool] = []
        pins.set_door(CONTACT, is_open=first)
        contact = board.door_contact(CONTACT, heard.append)
        assert contact.is_open is first
        for is_open in (not first, not first, first):
            pins.set_door(CONTACT, is_open=is_open)
        contact.close()
        pins.set_door(CONTACT, is_open=not first)
        assert heard == [first, not first, first]


def test_a_cut_wire_reads_as_an_open_door(board: Board) -> None:
    heard: list[bool] = []
    board.door_contact(CONTACT, heard.append)
    assert heard == [True]


def test_the_contact_is_debounced_by_the_driver(pins: VirtualPins, board: Board) -> None:
    board.door_contact(CONTACT, lambda _: None)
    assert pins.factory.pin(CONTACT).bounce == pytest.approx(0.05)


def test_a_pin_that_is_taken_or_does_not_exist_is_said_with_its_remedy(board: Board) -> None:
    lamp = board.lamp(LAMP)
    for attempt in (lambda: board.buzzer(LAMP), lambda: board.lamp(99)):
        with pytest.raises(PinsUnavailableError, match=r"GPIO(17|99).*settings") as refused:
            attempt()
        assert "設定" in str(refused.value)
    lamp.close()


def test_a_machine_without_pins_says_so_and_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setenv("LG_WD", "")
    monkeypatch.setitem(sys.modules, "lgpio", None)
    here = Path.cwd()
    with pytest.raises(PinsUnavailableError, match="Install lgpio"):
        Board(tmp_path).lamp(LAMP)
    assert os.environ["LG_WD"] == str(tmp_path)
    assert Path.cwd() == here


def test_the_driver_works_in_the_runtime_directory_and_we_where_we_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = VirtualPins()

    def as_lgpio_does() -> None:
        os.chdir(os.environ["LG_WD"])
        gpiozero.Device.pin_factory = pins.factory

    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setattr(gpiozero.Device, "ensure_pin_factory", staticmethod(as_lgpio_does))
    monkeypatch.setenv("LG_WD", "")
    here = Path.cwd()
    lamp = Board(tmp_path).lamp(LAMP)
    assert Path.cwd() == here
    lamp.on()
    assert pins.is_high(LAMP)
    lamp.close()


def test_a_silent_step_down_to_a_lesser_driver_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steps_down() -> None:
        warnings.warn(PinFactoryFallback("Falling back from lgpio: no pipe"), stacklevel=1)
        gpiozero.Device.pin_factory = VirtualPins().factory

    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setattr(gpiozero.Device, "ensure_pin_factory", staticmethod(steps_down))
    monkeypatch.setenv("LG_WD", "")
    with pytest.raises(PinsUnavailableError, match="no pipe"):
        Board(tmp_path).lamp(LAMP)


def test_an_edge_without_a_change_is_not_told(pins: VirtualPins, board: Board) -> None:
    heard: list[bool] = []
    contact = board.door_contact(CONTACT, heard.append)
    contact.watch()
    assert heard == [True]
    contact.close()


def test_loading_the_module_touches_no_pin() -> None:
    code = "import sys, device.pins, gpiozero; sys.exit(gpiozero.Device.pin_factory is not None)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_mock_pins_do_not_remember_for_ever(pins: VirtualPins, board: Board) -> None:
    lamp = board.lamp(LAMP)
    for _ in range(500):
        lamp.on()
        lamp.off()
    assert len(pins.factory.pin(LAMP).states) <= 64


def test_a_button_is_told_at_each_press_and_not_when_it_is_let_go(pins: VirtualPins, board: Board) -> None:
    presses: list[int] = []
    button = board.button(BUTTON, lambda: presses.append(1))
    pins.hold(BUTTON, pressed=True)
    assert len(presses) == 1
    pins.hold(BUTTON, pressed=False)
    pins.press(BUTTON, 2)
    assert len(presses) == 3
    button.close()
    pins.press(BUTTON)
    assert len(presses) == 3


def test_a_button_that_is_found_pressed_was_not_pressed_by_anybody(pins: VirtualPins, board: Board) -> None:
    presses: list[int] = []
    pins.hold(BUTTON, pressed=True)
    board.button(BUTTON, lambda: presses.append(1))
    pins.hold(BUTTON, pressed=False)
    assert presses == []
    pins.press(BUTTON)
    assert presses == [1]


def test_a_button_is_debounced_by_the_driver_and_a_cut_wire_presses_nothing(
    pins: VirtualPins, board: Board
) -> None:
    presses: list[int] = []
    board.button(BUTTON, lambda: presses.append(1))
    assert pins.factory.pin(BUTTON).bounce == pytest.approx(0.03)
    assert presses == []


def test_something_wedged_in_a_button_does_not_repeat_for_ever(
    pins: VirtualPins, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.pins.HOLD_SECONDS", 0.005)
    monkeypatch.setattr("device.pins.MOST_REPEATS", 5)
    presses: list[int] = []
    button = board.button(BUTTON, lambda: presses.append(1), repeats=True)
    for total in (6, 12):
        pins.hold(BUTTON, pressed=True)
        until(lambda: len(presses) == total)  # noqa: B023 - asked at once
        time.sleep(0.1)
        assert len(presses) == total
        pins.hold(BUTTON, pressed=False)
    button.close()


# --- the door as a sensor of the terminal ---


class Queue:
    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.full = False

    def __call__(self, fact: Fact) -> bool:
        if not self.full:
            self.facts.append(fact)
        return not self.full

    @property
    def states(self) -> list[bool]:
        return [fact.is_open for fact in self.facts if isinstance(fact, DoorState)]


def test_the_door_sensor_reports_its_first_state_and_each_change(pins: VirtualPins, board: Board) -> None:
    queue = Queue()
    pins.set_door(CONTACT, is_open=False)
    door = Door(board, CONTACT, queue)
    door.start()
    for is_open in (True, False, True):
        pins.set_door(CONTACT, is_open=is_open)
    until(lambda: len(queue.states) == 4)
    door.stop()
    assert queue.states == [False, True, False, True]


def test_a_change_the_full_queue_refused_is_reported_later(pins: VirtualPins, board: Board) -> None:
    queue = Queue()
    queue.full = True
    pins.set_door(CONTACT, is_open=False)
    door = Door(board, CONTACT, queue)
    door.start()
    for _ in range(KEPT_CHANGES):
        pins.set_door(CONTACT, is_open=True)
        pins.set_door(CONTACT, is_open=False)
    pins.set_door(CONTACT, is_open=True)
    time.sleep(0.3)
    queue.full = False
    until(lambda: queue.states and queue.states[-1] is True)
    door.stop()
    assert len(queue.states) <= KEPT_CHANGES + 1


def test_the_door_sensor_stops_while_the_queue_is_full(board: Board) -> None:
    queue = Queue()
    queue.full = True
    door = Door(board, CONTACT, queue)
    door.start()
    time.sleep(0.05)
    begun = time.monotonic()
    door.stop()
    assert time.monotonic() - begun < 2
    assert not door._thread.is_alive()
