"""What is plugged into this bench, by `hil/bench.toml`; and what a test needs of it.

A test says what it needs, not where that is: `needs("camera", "code")`. What a bench has not got is skipped by its
name, and the same test runs on the virtual bench all the same. `YUKEMURI_BENCH` names another file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from device.sections import Pin, Scanner, Text
from device.settings import Section, load_settings

FILE = Path(__file__).with_name("bench.toml")


class Wire(Section):
    """An output pin that is joined to an input pin, both by their BCM numbers, and nothing else on either."""

    out: Pin
    into: Pin


class Relay(Section):
    """What switches the 5 V of a bus that is cut off: a USB relay's serial line, and the line on which the bus tells.

    `told` is a serial line on which the bus's lamps are heard, `baud` its bits a second.
    """

    device: Text
    told: Text
    baud: Annotated[int, Field(ge=1)] = 115_200


class Plugged(Section):
    """One bench. What is left out is not there; an empty file is the virtual bench alone.

    `camera` is as in bus.toml, `code` what the code says that lies 15 cm before it and before the scanner module.
    `sound` is ALSA's name of a stereo card.
    """

    camera: Text | None = None
    code: Text | None = None
    scanner: Scanner | None = None
    pulse: Wire | None = None
    button: Wire | None = None
    sound: Text | None = None
    relay: Relay | None = None


def read_plugged(file: Path) -> Plugged:
    """The bench of that file. Raises SettingsWrong with everything that is wrong in it."""
    return load_settings(file, Plugged)


PLUGGED = read_plugged(Path(os.environ.get("YUKEMURI_BENCH", FILE)))
"""This machine's."""


def missing(plugged: Plugged, names: tuple[str, ...], *, is_root: bool) -> list[str]:
    """Which of these a bench has not got. Beside its parts there are "usb-camera" and "root"."""
    has: dict[str, Any] = {name: getattr(plugged, name) for name in Plugged.model_fields}
    has["usb-camera"] = plugged.camera is not None and plugged.camera.startswith("camera:")
    has["root"] = is_root
    return [name for name in names if not has[name]]


def needs(*names: str) -> pytest.MarkDecorator:
    """The mark of a real bench's tests. Raises KeyError for what no bench can have."""
    lacking = missing(PLUGGED, names, is_root=os.geteuid() == 0)
    return pytest.mark.skipif(bool(lacking), reason=f"not on this bench: {', '.join(lacking)}")
