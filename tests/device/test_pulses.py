"""The vehicle's speed pulse on gpiozero's mock pins: every pulse counts, and counts once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from device.pins import Board, PinsUnavailableError
from hil.virtual.pins import VirtualPins

PULSE = 25


@pytest.fixture
def pins() -> VirtualPins:
    return VirtualPins()


@pytest.fixture
def board(pins: VirtualPins, tmp_path: Path) -> Board:
    return Board(tmp_path, pins.factory)


def test_a_pulse_counts_when_the_pin_is_grounded_and_not_again_when_it_is_let_go(
    pins: VirtualPins, board: Board
) -> None:
    counter = board.pulse_counter(PULSE)
    seen = []
    for high in (False, True, False, True):
        pins.drive(PULSE, high=high)
        seen.append(counter.count)
    assert seen == [1, 1, 2, 2]


@pytest.mark.parametrize("grounded", [True, False])
def test_a_bus_that_is_switched_on_has_driven_nothing_wherever_its_wheels_stand(
    pins: VirtualPins, board: Board, grounded: bool
) -> None:
    pins.drive(PULSE, high=not grounded)
    counter = board.pulse_counter(PULSE)
    assert counter.count == 0
    pins.drive(PULSE, high=True)
    pins.pulse(PULSE)
    assert counter.count == 1


def test_three_hundred_pulses_a_second_are_all_counted(pins: VirtualPins, board: Board) -> None:
    counter = board.pulse_counter(PULSE)
    begun = time.monotonic()
    for number in range(1, 601):
        time.sleep(max(0.0, begun + number / 300 - time.monotonic()))
        pins.pulse(PULSE)
    assert counter.count == 600


def test_what_has_waited_for_a_python_held_up_comes_at_once_and_counts(
    pins: VirtualPins, board: Board
) -> None:
    counter = board.pulse_counter(PULSE)
    pins.pulse(PULSE, 4_096)
    assert counter.count == 4_096


def test_chatter_is_left_to_the_driver_and_does_not_swallow_three_hundred_a_second(
    pins: VirtualPins, board: Board
) -> None:
    board.pulse_counter(PULSE)
    assert 0 < pins.factory.pin(PULSE).bounce < 1 / 300 / 2


def test_only_one_edge_of_a_pulse_wakes_python(pins: VirtualPins, board: Board) -> None:
    board.pulse_counter(PULSE)
    assert pins.factory.pin(PULSE).edges == "falling"


def test_a_closed_counter_keeps_its_count_and_frees_its_pin(pins: VirtualPins, board: Board) -> None:
    counter = board.pulse_counter(PULSE)
    pins.pulse(PULSE, 3)
    counter.close()
    pins.pulse(PULSE, 3)
    assert counter.count == 3
    assert board.pulse_counter(PULSE).count == 0


def test_a_pin_that_is_taken_is_said_with_its_remedy(board: Board) -> None:
    lamp = board.lamp(PULSE)
    with pytest.raises(PinsUnavailableError, match=r"GPIO25.*settings"):
        board.pulse_counter(PULSE)
    lamp.close()
