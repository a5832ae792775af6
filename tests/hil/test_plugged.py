"""What a bench has, and the relay that cuts its power, on lines made up."""

from __future__ import annotations

import os
import pty
import tty
from pathlib import Path
from random import Random

import pytest

from device.settings import SettingsWrong
from hil.plugged import FILE, Plugged, missing, needs, read_plugged
from hil.power import Cuts
from hil.real.relay import OFF, ON, RelayPower

WHOLE = """
camera = "camera:0"
code = "TEXT"
sound = "plughw:CARD=Device"
[scanner]
device = "/dev/serial/by-id/x"
[pulse]
out = 12
into = 25
[relay]
device = "/dev/ttyUSB0"
told = "/dev/ttyUSB1"
"""


def test_the_file_that_is_kept_is_the_virtual_bench_alone_and_its_examples_are_right(tmp_path: Path) -> None:
    assert read_plugged(FILE) == Plugged()
    text = "\n".join(
        line.removeprefix("# ") for line in FILE.read_text(encoding="utf-8").splitlines()[2:] if line != "#"
    )
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    plugged = read_plugged(tmp_path / "bench.toml")
    assert all(getattr(plugged, name) is not None for name in Plugged.model_fields)


def test_what_a_bench_has_not_got_is_named(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text(WHOLE)
    plugged = read_plugged(tmp_path / "bench.toml")
    assert missing(plugged, ("camera", "usb-camera", "scanner", "relay", "root"), is_root=True) == []
    assert missing(plugged, ("button", "camera", "root"), is_root=False) == ["button", "root"]
    assert missing(Plugged(camera="csi:0"), ("usb-camera", "camera"), is_root=True) == ["usb-camera"]
    with pytest.raises(KeyError):
        needs("camra")


def test_a_wrong_bench_is_told_all_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text('camera = 1\nkamera = "x"\n[pulse]\nout = 99\n')
    with pytest.raises(SettingsWrong) as wrong:
        read_plugged(tmp_path / "bench.toml")
    assert len(wrong.value.errors) == 4


def test_the_relay_is_told_on_and_off_and_is_left_off(tmp_path: Path) -> None:
    relay, relay_end = pty.openpty()
    told, told_end = pty.openpty()
    for each in (relay, told, relay_end, told_end):
        tty.setraw(each)
    with RelayPower(os.ttyname(relay_end), os.ttyname(told_end), 115_200) as power:
        power.on()
        assert os.read(relay, 100) == ON
        os.write(told, b"[    0.1] boot\r\nlife 0\nhalf a li")
        assert (power.line(1.0), power.line(1.0), power.line(0.2)) == ("[    0.1] boot", "life 0", None)
        power.cut()
        power.on()
        os.write(told, b"begin\n")
        assert power.line(1.0) == "begin"
        os.read(relay, 100)
    assert os.read(relay, 100) == OFF
    for each in (relay, told, relay_end, told_end):
        os.close(each)


class Lying:
    """A bus whose card forgets its last ride at every cut."""

    def __init__(self) -> None:
        self.lives, self.lines = 0, [""]

    def on(self) -> None:
        held = [f"ride p{life} board" for life in range(self.lives - 1)]
        self.lines = [f"life {self.lives}", *held, "begin", "ready e 0", f"green p{self.lives} board"]
        self.lives += 1

    def cut(self) -> None:
        self.lines = []

    def line(self, seconds: float) -> str | None:
        return self.lines.pop(0) if self.lines else None


def test_a_card_that_loses_a_green_lamp_is_found() -> None:
    cuts = Cuts(Lying(), Random(1), 1.0)
    cuts.life(0.0)
    cuts.life(0.0)
    assert cuts.breaches == ["lost: p0 board"]
