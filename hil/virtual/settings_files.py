"""The settings files of the bench's programs: what an installer would write, with the bench's places in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from central.kiosks.kiosk import Visit

PINS = {"green": 17, "yellow": 27, "red": 22, "buzzer": 23, "door": 24, "pulse": 25, "pulses_per_km": 637}
"""With few pulses, one a turn: the bench drives up to 600 times as fast as a bus."""

_CENTRAL = """\
village = "{village}"
issuer = {issuer}
data = "{data}"
demo = true

[web]
port = {web_port}
address = "{address}"

[broker]
host = "127.0.0.1"
port = {broker_port}
username = "central"
password = "{password}"
"""

_BUS = """\
[unit]
id = "{name}"
village = "{village}"
issuer = {issuer}
data = "{data}"
demo = true

[gps]
device = "{gps}"
baud = 9600
position_s = 1

[camera]
source = "{camera}"

[pins]
{pins}

[link]
host = "127.0.0.1"
port = {broker_port}
username = "{name}"
password = "{password}"

[screen]
port = {screen_port}
{ride_address}
"""

_KIOSK = """\
[unit]
id = "{name}"
village = "{village}"
issuer = {issuer}
data = "{data}"
number = {number}
address = "{address}"
demo = true

{visits}
[staff]
pin = "{pin}"

[camera]
source = "{camera}"

[link]
host = "127.0.0.1"
port = {broker_port}
username = "{name}"
password = "{password}"

[screen]
port = {screen_port}
"""

_VISIT = """\
[[visits]]
id = {id}
ja = "{ja}"
en = "{en}"
points = {points}
"""


def write_central_settings(path: Path, **values: object) -> Path:
    """The office's file, from `village`, `issuer`, `data`, `web_port`, `broker_port` and `password`.

    `address` is that of its pages by HTTPS, without a slash at its end, "" for none.
    """
    path.write_text(_CENTRAL.format(**values), encoding="utf-8")
    return path


def write_bus_settings(path: Path, **values: object) -> Path:
    """A bus's file: `name`, `village`, `issuer`, `data`, `gps`, `camera`, `broker_port`, `password`, `screen_port`.

    `address`, if any, is where riders' phones find the office by HTTPS, for the bus's own code.
    """
    pins = "\n".join(f"{name} = {pin}" for name, pin in PINS.items())
    ride_address = f'ride_address = "{values["address"]}"' if values.get("address") else ""
    path.write_text(_BUS.format(pins=pins, ride_address=ride_address, **values), encoding="utf-8")
    return path


def write_kiosk_settings(path: Path, visits: Iterable[Visit], **values: object) -> Path:
    """A kiosk's file, with the `visits` that the office has registered.

    `values` are `name`, `village`, `issuer`, `number`, `data`, `address`, `camera`, `pin`, `broker_port`,
    `password` and `screen_port`.
    """
    kinds = "\n".join(_VISIT.format(**asdict(visit)) for visit in visits)
    path.write_text(_KIOSK.format(visits=kinds, **values), encoding="utf-8")
    return path
