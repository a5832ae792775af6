"""The settings of one bus."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from device.reader.readers import Reader
from device.reader.source import parse_source
from device.settings import Section
from terminal.screen.keys import Key


def _web_address(setting: str) -> str:
    if not re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]{1,5})?", setting):
        raise ValueError(
            "https:// と役場のサーバー名だけを書いてください（例 https://village.example） / "
            "write https:// and the office's host, nothing behind it (as https://village.example)"
        )
    return setting


Text = Annotated[str, Field(min_length=1)]
PortNumber = Annotated[int, Field(ge=1, le=65_535)]
Pin = Annotated[int, Field(ge=0, le=27)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


def _device_node(path: str) -> str:
    if not path.startswith("/dev/"):
        raise ValueError(
            "/dev/ で始まる場所を書いてください（/dev/serial/by-id/… など） / "
            "write a place under /dev/, such as /dev/serial/by-id/…"
        )
    return path


class Unit(Section):
    """`id` is the bus's own name, `village` the first level of its topics, `issuer` the village's number on passes.

    `data` is the folder of its journal and its keys.
    """

    id: Name
    village: Name
    issuer: Annotated[int, Field(ge=1, le=65_535)]
    data: Annotated[Path, Field(strict=False)]
    demo: bool = False


class Gps(Section):
    """The receiver's serial port, and its speed in bits a second; without one, the usual speeds are tried.

    The last `record_megabytes` of what it said are kept in the folder `record`, by default `nmea` beside the journal;
    0 keeps nothing.
    """

    device: Text
    baud: Annotated[int, Field(ge=1)] | None = None
    record: Annotated[Path, Field(strict=False)] | None = None
    record_megabytes: Annotated[int, Field(ge=0, le=4096)] = 64


class Camera(Section):
    """`source`: `camera:0`, `csi:0`, `file:PATH`, `socket:/path` or `http://…`; the others as in `Optics`.

    `reader` is the library that reads the codes: zxing, or zbar by `pyzbar`.
    `distance_cm` and `exposure_bias` are for CSI cameras, `focus` for USB cameras, `exposure_ms` for both.
    """

    source: Text
    reader: Annotated[Reader, Field(strict=False)] = Reader.ZXING
    distance_cm: int | None = None
    focus: int | None = None
    exposure_ms: Annotated[float, Field(strict=False)] | None = None
    exposure_bias: Annotated[float, Field(strict=False)] | None = None

    @property
    def setting(self) -> str:
        """All of it in one, as `device.reader.source.parse_source` takes it apart."""
        optics = self.model_dump(exclude={"source", "reader"}, exclude_none=True)
        return ",".join([self.source, *(f"{name}={value}" for name, value in optics.items())])

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.setting != self.source and not self.source.startswith(("camera:", "csi:")):
            raise ValueError(
                "distance_cm、focus、exposure_ms、exposure_bias は camera: と csi: だけの設定です。消してください / "
                "distance_cm, focus, exposure_ms and exposure_bias are for camera: and csi: only: remove them"
            )
        parse_source(self.setting)
        return self


class Scanner(Section):
    """A scanner module's `device`: `/dev/input/…` if it is a keyboard, else a serial line of `baud` bits a second."""

    device: Annotated[str, AfterValidator(_device_node)]
    baud: Annotated[int, Field(ge=1)] = 9600


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


PemFile = Annotated[Path, Field(strict=False)]


class Link(Section):
    """The broker, and as whom to connect: by a password, or by a certificate.

    `ca`, `certificate` and `key` are PEM files, all or none. With them the certificate's name is the user's.
    """

    host: Text
    port: PortNumber
    username: Text = ""
    password: Text = ""
    ca: PemFile | None = None
    certificate: PemFile | None = None
    key: PemFile | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        files = (self.ca, self.certificate, self.key)
        if any(files) and not all(files):
            raise ValueError(
                "ca、certificate、key は三つとも書くか、三つとも消してください / "
                "write all three of ca, certificate and key, or none of them"
            )
        if not any(files) and not (self.username and self.password):
            raise ValueError(
                "username と password を書いてください。証明書を使うときは ca、certificate、key を書いてください / "
                "write username and password, or ca, certificate and key where the unit has a certificate"
            )
        return self


class Screen(Section):
    """The driver's and the rider's page on the loopback. Ports below 1024 are root's, and the bus is not.

    `ride_address` is where riders' phones find the village, for the bus's own code on the rider's page; left out, there
    is no such code.
    """

    port: Annotated[int, Field(ge=1024, le=65_535)] = 8480
    ride_address: Annotated[str, AfterValidator(_web_address)] = ""


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
