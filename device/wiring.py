"""What the `main.py` of every field machine wires and asks for alike."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from device.clock import BUILT, NetworkTime, SystemTime, boot_id
from device.identity import IdentityMissing, certificate_start
from device.journal import JournalUnusable
from device.link import Broker, LinkUnusable, Tls
from device.pins import Board as PinBoard
from device.pins import PinsUnavailableError
from device.reader.camera import Camera
from device.reader.module import EitherReads, Scanner
from device.screen.server import PortBusy
from device.settings import SettingsWrong, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from device import sections
    from device.clock import TimeSource
    from device.ports import Part, ReportCode
    from device.settings import Section

CANNOT_START = (JournalUnusable, IdentityMissing, LinkUnusable, PinsUnavailableError, PortBusy)
S = TypeVar("S", bound="Section")

config_option = click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="設定ファイル / the settings file"
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line"
)


@dataclass(frozen=True, slots=True)
class World:
    """What of the world a machine stands in: its seconds, the name of this power-on, its pins.

    `built` are Unix seconds that had passed when the program was made; None where time is made up, as on the bench.
    `network_time` gives Unix seconds by the network, None while it knows none.
    """

    time: TimeSource
    boot: str
    pins: PinBoard
    built: int | None
    network_time: Callable[[], float | None] = lambda: None

    def proven(self, certificate: Path | None) -> int | None:
        """Unix seconds that have certainly passed, also by the beginning of the machine's certificate."""
        start = certificate_start(certificate) if certificate else None
        return self.built if self.built is None or start is None else max(self.built, start)


def real_world(data: Path) -> World:
    """The one outside."""
    return World(SystemTime(), boot_id(), PinBoard(data), BUILT, NetworkTime().wall)


def broker_of(link: sections.Link) -> Broker:
    """The broker that the settings name, and as whom to connect."""
    tls = Tls(link.ca, link.certificate, link.key) if link.ca and link.certificate and link.key else None
    return Broker(link.host, link.port, link.username, link.password, tls)


def readers_of(
    camera: sections.Camera | None, scanner: sections.Scanner | None, report: ReportCode
) -> list[Part]:
    """What reads codes, as the settings say."""
    if camera and scanner:
        both = EitherReads(report)
        return [
            Camera(camera.setting, both.report_of("camera"), camera.reader),
            Scanner(scanner.device, scanner.baud, both.report_of("scanner")),
        ]
    if scanner:
        return [Scanner(scanner.device, scanner.baud, report)]
    return [Camera(camera.setting, report, camera.reader)] if camera else []


def settings_or_exit(path: Path, kind: type[S]) -> S:
    """The settings in `path`; otherwise every error on stderr, and exit 1."""
    try:
        return load_settings(path, kind)
    except SettingsWrong as wrong:
        for error in wrong.errors:
            click.echo(error, err=True)
        sys.exit(1)
