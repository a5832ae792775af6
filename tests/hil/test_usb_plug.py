"""The real bench's way to pull a USB plug, on a made-up tree of devices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hil.real.usb import UsbPlug


def null_number() -> str:
    number = Path("/dev/null").stat().st_rdev
    return f"{os.major(number)}:{os.minor(number)}"


def test_the_whole_device_is_switched_off_and_on_not_one_of_its_interfaces(tmp_path: Path) -> None:
    device = tmp_path / "usb1" / "1-1"
    interface = device / "1-1:1.0"
    node = interface / "video4linux" / "video0"
    node.mkdir(parents=True)
    for folder in (device, interface):
        (folder / "authorized").write_text("1")
    (device / "idVendor").write_text("046d")
    (tmp_path / "char").mkdir()
    (tmp_path / "char" / null_number()).symlink_to(node)
    plug = UsbPlug(Path("/dev/null"), tmp_path / "char")
    plug.unplug()
    assert ((device / "authorized").read_text(), (interface / "authorized").read_text()) == ("0", "1")
    plug.plug()
    assert (device / "authorized").read_text() == "1"


def test_what_is_no_usb_device_has_no_plug() -> None:
    with pytest.raises(LookupError, match="no USB device"):
        UsbPlug(Path("/dev/null"))
