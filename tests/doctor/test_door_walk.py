"""`doctor --door`: the installer and the door, one thing after the other, on the virtual bench."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from click.testing import CliRunner

from device.clock import SystemTime
from device.pins import Board
from device.reader.decode import read_texts
from device.settings import load_settings
from device.wiring import World
from hil.virtual.camera import VirtualCamera
from hil.virtual.pins import VirtualPins
from hil.virtual.receiver import VirtualReceiver
from hil.virtual.scenes import phone_frame
from rules.checkup.check import Check, Result
from terminal.doctor.card import CARD_TEXT, card_pdf
from terminal.doctor.door import DoorWalk, Installer
from terminal.main import cli
from terminal.settings import Settings
from tests.terminal.test_commands import Unit, new_unit, on_virtual_pins, screen, wait_until


@dataclass
class Hands:
    """What an installer does when told: the words of a step, and what then happens at the door."""

    settings: Settings
    pins: VirtualPins
    camera: VirtualCamera
    receiver: VirtualReceiver
    does: set[str]
    asked: list[str] = field(default_factory=list)
    lit: list[set[int]] = field(default_factory=list)

    def tell(self, words: str) -> None:
        steps: dict[str, Callable[[], object]] = {
            "test card": lambda: self.camera.show(phone_frame(CARD_TEXT, np.random.default_rng(1))),
            "GPS": lambda: self.receiver.say(38.7, 140.2, wall=time.time(), speed_mps=5.0),
            "open the door": lambda: self._door(is_open=True),
            "close the door": lambda: self._door(is_open=False),
            "Drive": self._drive,
        }
        for name, step in steps.items():
            if name in words and name in self.does:
                threading.Thread(target=step, daemon=True).start()

    def ask(self, words: str) -> bool:
        self.asked.append(words)
        pins = self.settings.pins
        self.lit.append({pin for pin in (pins.green, pins.yellow, pins.red) if self.pins.is_high(pin)})
        return "lamps" in self.does

    def _door(self, *, is_open: bool) -> None:
        assert self.settings.pins.door is not None
        time.sleep(0.2)
        self.pins.set_door(self.settings.pins.door, is_open=is_open)

    def _drive(self) -> None:
        assert self.settings.pins.pulse is not None
        for _ in range(40):
            self.pins.pulse(self.settings.pins.pulse)
            time.sleep(0.02)


ALL = {"test card", "GPS", "open the door", "close the door", "Drive", "lamps"}


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[tuple[Unit, VirtualCamera, VirtualReceiver]]:
    unit = new_unit(tmp_path)
    receiver = VirtualReceiver(tmp_path / "no-receiver", SystemTime())
    receiver.start()
    with VirtualCamera(tmp_path / "no-camera") as camera:
        yield unit, camera, receiver
    receiver.stop()


def walked(
    bus: tuple[Unit, VirtualCamera, VirtualReceiver], does: set[str]
) -> tuple[dict[str, Check], Hands]:
    unit, camera, receiver = bus
    settings, pins = load_settings(unit.config, Settings), VirtualPins()
    assert settings.pins.door is not None
    assert settings.pins.pulse is not None
    pins.set_door(settings.pins.door, is_open=False)
    pins.drive(settings.pins.pulse, high=True)
    hands = Hands(settings, pins, camera, receiver, does)
    # Short where nothing comes; a real installer has a minute.
    patience = 20.0 if does else 0.5
    installer = Installer(hands.tell, hands.ask, patience, patience)
    world = World(SystemTime(), "b00t", Board(unit.data, pins.factory), built=None)
    checks = DoorWalk(settings, world, installer).walk()
    return {check.name: check for check in checks}, hands


def test_an_installer_who_does_as_told_finds_everything_well(
    bus: tuple[Unit, VirtualCamera, VirtualReceiver],
) -> None:
    checks, hands = walked(bus, ALL)
    assert {name for name, check in checks.items() if check.result is not Result.PASS} == set(), checks
    pins = hands.settings.pins
    # Each lamp alone, then none while the buzzer is asked about.
    assert hands.lit[:4] == [{pins.green}, {pins.yellow}, {pins.red}, set()]
    assert {"camera", "gps", "door", "pulses", "lamp-green", "buzzer"} <= set(checks)


def test_what_does_not_happen_fails_with_what_to_check_and_the_walk_goes_on(
    bus: tuple[Unit, VirtualCamera, VirtualReceiver],
) -> None:
    checks, _ = walked(bus, set())
    for name in ("camera", "lamp-green", "lamp-yellow", "lamp-red", "buzzer", "door", "pulses"):
        assert checks[name].result is Result.FAIL, name
        assert " / " in checks[name].remedy
    assert checks["gps"].result is not Result.PASS


def test_the_printed_card_is_read_by_the_doors_own_reader() -> None:
    made = card_pdf()
    assert made == card_pdf()
    for dpi in (84, 150, 300):
        with closing(pypdfium2.PdfDocument(made)) as document:
            picture = document[0].render(scale=dpi / 72, grayscale=True).to_numpy()
        assert read_texts(np.ascontiguousarray(picture.reshape(picture.shape[:2]))) == [CARD_TEXT], dpi


def test_the_card_is_written_by_a_command_and_says_how_it_is_printed(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["doctor", "--card", str(tmp_path / "card.pdf")])
    assert result.exit_code == 0
    assert "100 %" in result.stdout
    assert (tmp_path / "card.pdf").read_bytes() == card_pdf()
    refused = CliRunner().invoke(cli, ["doctor", "--card", str(tmp_path / "none/card.pdf")])
    assert (refused.exit_code, " / " in refused.stderr) == (1, True)


def test_the_walk_is_refused_while_the_terminal_runs(tmp_path: Path, repository: Path) -> None:
    unit = new_unit(tmp_path)
    with on_virtual_pins(unit, repository):
        wait_until(lambda: screen(unit) is not None, "the page is there")
        result = CliRunner().invoke(cli, ["doctor", "--door", "--config", str(unit.config)])
    assert result.exit_code == 1
    assert "systemctl stop yukemuri-terminal" in result.stdout
