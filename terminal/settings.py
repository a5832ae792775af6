"""The settings of one bus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from device.health import MOVED_S
from device.sections import (
    Camera,
    Link,
    Pin,
    Scanner,
    Text,
    Unit,
    web_address,
)
from device.settings import Section
from terminal.screen.keys import Key


class Gps(Section):
    """The receiver's serial port, and its speed in bits a second; without one, the usual speeds are tried.

    The last `record_megabytes` of what it said are kept in the folder `record`, by default `nmea` beside the journal;
    0 keeps nothing. The office is told each `position_s` seconds where the bus is.
    """

    device: Text
    baud: Annotated[int, Field(ge=1)] | None = None
    record: Annotated[Path, Field(strict=False)] | None = None
    record_megabytes: Annotated[int, Field(ge=0, le=4096)] = 64
    position_s: Annotated[int, Field(ge=1, le=60)] = int(MOVED_S)


class Pins(Section):
    """GPIO numbers (BCM). `door` is the door contact, `pulse` the speed pulse; a bus without one leaves it out.

    `pulses_per_km` is how many of these pulses the vehicle gives in a kilometre. The four buttons are the driver's.
    """

    green: Pin
    yellow: Pin
    red: Pin
    buzzer: Pin
    door: Pin | None = None
    pulse: Pin | None = None
    pulses_per_km: Annotated[int, Field(ge=100, le=18_000)] | None = None
    """18,000 are 300 a second at 60 km/h. Below 100 somebody has written the pulses of a turn."""
    button_left: Pin | None = None
    button_right: Pin | None = None
    button_do: Pin | None = None
    button_back: Pin | None = None

    @property
    def buttons(self) -> dict[Key, int]:
        """The pins of the driver's buttons: all four, or none."""
        pins = (self.button_left, self.button_right, self.button_do, self.button_back)
        return {key: pin for key, pin in zip(Key, pins, strict=True) if pin is not None}

    @model_validator(mode="after")
    def _pulses_are_metres(self) -> Self:
        if (self.pulse is None) != (self.pulses_per_km is None):
            raise ValueError(
                "pulse と pulses_per_km は二つとも書くか、二つとも消してください（4パルス車は pulses_per_km = 2548） / "
                "write both pulse and pulses_per_km, or neither (with 4 pulses a turn, pulses_per_km = 2548)"
            )
        return self

    @model_validator(mode="after")
    def _every_button_or_none(self) -> Self:
        if len(self.buttons) not in (0, len(Key)):
            raise ValueError(
                "button_left、button_right、button_do、button_back は四つとも書くか、四つとも消してください / "
                "write all four of button_left, button_right, button_do and button_back, or none of them"
            )
        return self


class Screen(Section):
    """The driver's and the rider's page on the loopback. Ports below 1024 are root's, and the bus is not.

    `ride_address` is where riders' phones find the village, for the bus's own code on the rider's page; left out, there
    is no such code.
    """

    port: Annotated[int, Field(ge=1024, le=65_535)] = 8480
    ride_address: Annotated[str, AfterValidator(web_address)] = ""


Volume = Annotated[int, Field(ge=0, le=100)]


class Sound(Section):
    """A stereo sound card: left the speaker at the door, right the driver's. A bus without this section is silent.

    `device` is ALSA's name of it (`aplay -L`), volumes are in percent. `driver_speaker = false`: both channels are the
    door's, and nothing is said to the driver alone.
    """

    device: Text
    rider_volume: Volume = 100
    driver_volume: Volume = 60
    driver_speaker: bool = True


class Settings(Section):
    """One settings file of `yukemuri-terminal`. A bus reads codes by a camera, a scanner module, or both."""

    unit: Unit
    gps: Gps
    camera: Camera | None = None
    scanner: Scanner | None = None
    pins: Pins
    link: Link
    screen: Screen = Screen()
    sound: Sound | None = None

    @model_validator(mode="after")
    def _reads_codes(self) -> Self:
        if self.camera is None and self.scanner is None:
            raise ValueError(
                "[camera] か [scanner] のどちらか（両方でもよい）を書いてください / "
                "write [camera] or [scanner], or both"
            )
        return self
