"""A driver's button on a bench: the virtual one everywhere, a real one where there is a wire (hil/README.md)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device.pins import Board
from hil.plugged import PLUGGED, needs
from hil.virtual.pins import VirtualPins

RATE = 5
"""Presses a second, each 100 ms long: as fast as a finger in a glove."""
BUTTON = 5
REAL = needs("button")


@dataclass(frozen=True, slots=True)
class Thumb:
    """Presses one bench's button. `press` begins to, so many times, and returns at once; `heard` is what came of it."""

    press: Callable[[int], object]
    heard: list[float] = field(default_factory=list)

    def hear(self) -> None:
        self.heard.append(time.monotonic())

    def wait_for(self, count: int) -> int:
        """How many presses were heard once it were `count`, and a while after."""
        end = time.monotonic() + 5 + 3 * count / RATE
        while len(self.heard) < count and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.5)
        return len(self.heard)


@contextmanager
def virtual_bench(folder: Path) -> Iterator[Thumb]:
    pins = VirtualPins()

    def run(count: int) -> None:
        for _ in range(count):
            pins.hold(BUTTON, pressed=True)
            time.sleep(0.5 / RATE)
            pins.hold(BUTTON, pressed=False)
            time.sleep(0.5 / RATE)

    thumb = Thumb(lambda count: threading.Thread(target=run, args=(count,), daemon=True).start())
    button = Board(folder, pins.factory).button(BUTTON, thumb.hear)
    yield thumb
    button.close()


@contextmanager
def real_bench(folder: Path) -> Iterator[Thumb]:
    assert PLUGGED.button
    source, pin = str(PLUGGED.button.out), PLUGGED.button.into
    # lgpio's pipes have the same names in every process: each needs a folder of its own.
    for name in ("bus", "source"):
        (folder / name).mkdir()
    command = [sys.executable, "-m", "hil.real.pulses", source, str(RATE)]
    with subprocess.Popen(
        command, cwd=folder / "source", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as outside:
        assert outside.stdin and outside.stdout and outside.stdout.readline()
        thumb = Thumb(lambda count: outside.stdin and outside.stdin.write(f"{count}\n"))
        button = Board(folder / "bus").button(pin, thumb.hear)
        yield thumb
        button.close()


@pytest.fixture(params=[virtual_bench, pytest.param(real_bench, marks=REAL)])
def thumb(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Thumb]:
    with request.param(tmp_path) as thumb:
        yield thumb


def test_quick_presses_are_all_heard_and_none_twice(thumb: Thumb) -> None:
    thumb.press(15)
    assert thumb.wait_for(15) == 15


def test_a_button_that_nobody_presses_is_silent(thumb: Thumb) -> None:
    assert thumb.wait_for(0) == 0
