"""What the kiosk sounds, and the button on the counter."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from device.pins import Board
from device.player import RATE, NoSound, Playing
from kiosk.button import CounterButton
from kiosk.chimes import SOUNDS, YES, Chimes, frames_of
from kiosk.facts import ButtonPressed, Fact
from kiosk.ports import MessageKind


class Card:
    """A sound card that remembers; `gone` as one that was unplugged."""

    def __init__(self) -> None:
        self.played: list[bytes] = []
        self.gone = False

    def play(self, frames: bytes) -> Playing:
        if self.gone:
            raise NoSound("no card")
        self.played.append(frames)
        return Over()


class Over:
    def end(self, seconds: float) -> bool:
        return True


def wait_for(count: int, played: list[bytes]) -> None:
    for _ in range(500):
        if len(played) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(played)


def test_every_message_has_a_sound() -> None:
    assert set(SOUNDS) == set(MessageKind)


@pytest.mark.parametrize("volume", [0.0, 0.5, 1.0])
def test_a_sound_is_as_long_as_its_notes_alike_on_both_channels_and_within_bounds(volume: float) -> None:
    both = np.frombuffer(frames_of(YES, volume), dtype="<i2").reshape(-1, 2)
    assert abs(len(both) / RATE - sum(seconds for _, seconds in YES)) < 0.001
    assert np.array_equal(both[:, 0], both[:, 1])
    assert np.abs(both).max() <= volume * 32_767
    assert abs(int(both[0, 0])) < 400 and abs(int(both[-1, 0])) < 400, "it clicks"


def test_a_message_is_heard_and_a_missing_card_is_told_once(tmp_path: Path) -> None:
    card, told = Card(), list[str]()
    chimes = Chimes(card, 0.5, told.append)
    chimes.start()
    try:
        chimes.say(MessageKind.MADE)
        wait_for(1, card.played)
        card.gone = True
        for _ in range(3):
            chimes.say(MessageKind.MADE)
            time.sleep(0.1)
        assert len(told) == 1
        card.gone = False
        chimes.say(MessageKind.CLAIMED)
        wait_for(2, card.played)
    finally:
        chimes.stop()


def test_a_press_of_the_button_is_one_fact(tmp_path: Path) -> None:
    factory = MockFactory()
    facts: list[Fact] = []

    def report(fact: Fact) -> bool:
        facts.append(fact)
        return True

    button = CounterButton(Board(tmp_path, factory), 17, report)
    button.start()
    pin = factory.pin(17)
    pin.drive_low()
    time.sleep(0.2)
    pin.drive_high()
    button.stop()
    assert facts == [ButtonPressed()]
