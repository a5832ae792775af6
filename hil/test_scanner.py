"""The scanner module on a bench: virtual ones everywhere, a real one where one is plugged in (hil/README.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.reader.scanner import Scanner
from hil.plugged import PLUGGED, needs
from hil.real.usb import UsbPlug
from hil.virtual.scanners import SerialModule
from tests.device.reader_material import Heard

DEVICE = PLUGGED.scanner.device if PLUGGED.scanner else ""
BAUD = PLUGGED.scanner.baud if PLUGGED.scanner else 9600
CODE = PLUGGED.code or ""
REAL = needs("scanner", "code", "root")
READ_S = 10.0


@dataclass(frozen=True, slots=True)
class Module:
    """That of one bench. `look` has it say its code; a real one looks by itself."""

    device: str
    code: str
    look: Callable[[], object]
    unplug: Callable[[], object]
    plug: Callable[[], object]


@contextmanager
def virtual_bench(folder: Path) -> Iterator[Module]:
    module = SerialModule(folder / "scanner")
    module.plug()
    try:
        yield Module(
            str(module.path), "YP1:RIDER", lambda: module.say(b"YP1:RIDER\r"), module.unplug, module.plug
        )
    finally:
        module.unplug()


@contextmanager
def real_bench(_: Path) -> Iterator[Module]:
    plug = UsbPlug(Path(DEVICE))
    try:
        yield Module(DEVICE, CODE, lambda: None, plug.unplug, plug.plug)
    finally:
        plug.plug()


@pytest.fixture(params=[virtual_bench, pytest.param(real_bench, marks=REAL)])
def module(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Module]:
    with request.param(tmp_path) as module:
        yield module


def test_a_module_reads_is_pulled_and_reads_again(module: Module) -> None:
    heard = Heard()
    scanner = Scanner(module.device, BAUD, heard.code, heard.state)
    scanner.start()
    try:
        assert heard.wait(lambda: heard.states == [""], READ_S), heard.states
        module.look()
        assert heard.wait(lambda: module.code.encode() in heard.codes, READ_S), heard.codes
        module.unplug()
        assert heard.wait(lambda: "plug its USB cable in again" in heard.problem, 3.0), heard.states
        time.sleep(1.0)
        heard.codes.clear()
        module.plug()
        assert heard.wait(lambda: heard.problem == "", 5.0), heard.states
        module.look()
        assert heard.wait(lambda: module.code.encode() in heard.codes, READ_S), heard.codes
    finally:
        scanner.stop()
