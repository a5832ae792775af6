"""The speed pulse on a bench: the virtual one everywhere, a real one where there is a wire (hil/README.md)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.pins import Board, PulseCounter
from hil.plugged import PLUGGED, needs
from hil.virtual.pins import VirtualPins

RATE = 300
PULSE = 25
REAL = needs("pulse")


@dataclass(frozen=True, slots=True)
class Wheels:
    """Those of one bench. `turn` begins to give so many pulses, RATE a second, and returns at once."""

    counter: PulseCounter
    turn: Callable[[int], object]


@contextmanager
def virtual_bench(folder: Path) -> Iterator[Wheels]:
    pins = VirtualPins()
    pins.drive(PULSE, high=True)

    def run(count: int) -> None:
        for _ in range(count):
            pins.pulse(PULSE)
            time.sleep(1 / RATE)

    counter = Board(folder, pins.factory).pulse_counter(PULSE)
    yield Wheels(counter, lambda count: threading.Thread(target=run, args=(count,), daemon=True).start())
    counter.close()


@contextmanager
def real_bench(folder: Path) -> Iterator[Wheels]:
    assert PLUGGED.pulse
    source, pulse = str(PLUGGED.pulse.out), PLUGGED.pulse.into
    # lgpio's pipes have the same names in every process: each needs a folder of its own.
    for name in ("bus", "source"):
        (folder / name).mkdir()
    command = [sys.executable, "-m", "hil.real.pulses", source, str(RATE)]
    with subprocess.Popen(
        command, cwd=folder / "source", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as outside:
        assert outside.stdin and outside.stdout and outside.stdout.readline()
        counter = Board(folder / "bus").pulse_counter(pulse)
        yield Wheels(counter, lambda count: outside.stdin and outside.stdin.write(f"{count}\n"))
        counter.close()


@pytest.fixture(params=[virtual_bench, pytest.param(real_bench, marks=REAL)])
def wheels(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wheels]:
    with request.param(tmp_path) as wheels:
        yield wheels


def counted(wheels: Wheels, count: int) -> int:
    """What was counted once `count` was reached, or three times its time was over."""
    end = time.monotonic() + 5 + 3 * count / RATE
    while wheels.counter.count < count and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)
    return wheels.counter.count


def test_three_hundred_pulses_a_second_are_all_counted(wheels: Wheels) -> None:
    wheels.turn(3 * RATE)
    assert counted(wheels, 3 * RATE) == 3 * RATE


def test_pulses_that_come_while_python_is_held_up_are_counted_afterwards(wheels: Wheels) -> None:
    wheels.turn(2 * RATE)
    # One long multiplication lets no other thread of Python run: a second on a laptop, some on a Pi.
    assert 3**4_000_000
    assert counted(wheels, 2 * RATE) == 2 * RATE
