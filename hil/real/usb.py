"""Pulls the plug of a real USB device without a hand: the kernel lets go of it, and finds it anew. As root."""

from __future__ import annotations

import os
from pathlib import Path

DEVICES = Path("/sys/dev/char")


class UsbPlug:
    """The plug of the device behind a node such as /dev/video0, /dev/ttyACM0 or /dev/input/event3."""

    def __init__(self, node: Path, devices: Path = DEVICES) -> None:
        """Raises LookupError if no USB device is behind it."""
        number = node.resolve().stat().st_rdev
        there = (devices / f"{os.major(number)}:{os.minor(number)}").resolve()
        for folder in (there, *there.parents):
            if (folder / "idVendor").exists():
                self._switch = folder / "authorized"
                return
        raise LookupError(f"no USB device is behind {node}")

    def unplug(self) -> None:
        """As if pulled."""
        self._switch.write_text("0", encoding="ascii")

    def plug(self) -> None:
        """As if put in again."""
        self._switch.write_text("1", encoding="ascii")
