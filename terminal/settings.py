"""The settings of one bus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from device.settings import Section

PortNumber = Annotated[int, Field(ge=1, le=65_535)]
Pin = Annotated[int, Field(ge=0, le=27)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]


class Unit(Section):
    """`id` is the bus's own name, `village` the first level of its topics, `issuer` the village's number on passes."""

    id: Name
    village: Name
    issuer: Annotated[int, Field(ge=1, le=65_535)]
    data: Path
    demo: bool = False


class Gps(Section):
    """The receiver's serial port."""

    device: str
    baud: int = 9600


class Camera(Section):
    """`source` is `camera:0`, `file:PATH` or `socket:PATH`."""

    source: str


class Pins(Section):
    """GPIO numbers (BCM). `door` is the door contact; a bus without one leaves it out."""

    green: Pin
    yellow: Pin
    red: Pin
    buzzer: Pin
    door: Pin | None = None


class Link(Section):
    """The broker."""

    host: str
    port: PortNumber
    username: str
    password: str


class Screen(Section):
    """The driver's page on the loopback."""

    port: PortNumber = 8480


class Settings(Section):
    """One settings file of `yukemuri-terminal`."""

    unit: Unit
    gps: Gps
    camera: Camera
    pins: Pins
    link: Link
    screen: Screen = Screen()
