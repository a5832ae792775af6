"""`yukemuri-kiosk`: wires the parts of one kiosk together. Nothing is decided here."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.clock import BUILT, Clock, NetworkTime, SystemTime, boot_id
from device.control import Control
from device.facts import Heard, LinkDown, LinkUp
from device.identity import IdentityMissing, certificate_start, load_identity
from device.journal import Journal, JournalUnusable
from device.link import Broker, LinkUnusable, Listeners, MqttLink, Tls
from device.office_lists import OfficeLists
from device.pins import Board as PinBoard
from device.pins import PinsUnavailableError
from device.player import Aplay
from device.reader.camera import Camera
from device.reader.module import EitherReads, Scanner
from device.screen.board import Board
from device.screen.server import PortBusy, ScreenServer
from device.service import Service
from device.settings import SettingsWrong, load_settings
from device.stick.carry import Machine
from device.stick.commands import export_to, handlers, import_from
from kiosk.button import CounterButton
from kiosk.chimes import Chimes, Silence
from kiosk.desk import Desk
from kiosk.ports import Snapshot
from kiosk.screen.pages import create_app
from kiosk.screen.watch import PageWatch
from kiosk.settings import Settings
from kiosk.station import Station
from kiosk.words import STARTING

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.clock import TimeSource
    from device.identity import Identity
    from device.ports import Part, ReportCode
    from kiosk.station import Sound

VERSION = version("yukemuri")
CANNOT_START = (JournalUnusable, IdentityMissing, LinkUnusable, PinsUnavailableError, PortBusy)


@dataclass(frozen=True, slots=True)
class World:
    """What of the world a kiosk stands in: its seconds, the name of this power-on, its pins.

    `built` and `network_time` are as for a bus.
    """

    time: TimeSource
    boot: str
    pins: PinBoard
    built: int | None
    network_time: Callable[[], float | None] = lambda: None


class Kiosk:
    """One kiosk, from `open` to the end of `run`."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world

    def run(self) -> int:
        """Serve until a signal ends it: 0, or 1 when the journal broke. Raises one of CANNOT_START."""
        unit = self._settings.unit
        identity = load_identity(unit.data, unit.id)
        with Journal(unit.data, unit.id, any_disk=unit.demo).open() as journal, ExitStack() as running:
            chimes = self._chimes()
            listeners = Listeners(
                up=lambda: desk.report(LinkUp()),
                down=lambda reason: desk.report(LinkDown(reason)),
                heard=lambda message: desk.report(Heard(message)),
            )
            chance = secrets.SystemRandom().random
            link = MqttLink(self._broker(), unit.village, unit.id, listeners, chance)
            board = Board(self._before_the_desk())
            desk = Desk(self._station(identity, journal, chimes or Silence(), link, board.publish))
            watch = PageWatch(SystemTime(), desk.report)
            screen_key = secrets.token_urlsafe(16)
            app = create_app(board.latest, board.wait, desk.report, watch.beat, screen_key=screen_key)
            screen = ScreenServer(app, port=self._settings.screen.port)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: desk.stop())
            control = Control(unit.data, handlers(Machine(identity, unit.village), desk.report))
            readers, buttons = self._readers(desk.report), self._buttons(desk)
            parts: list[Part] = [screen, watch, control, *readers, *buttons, link]
            if chimes:
                parts.insert(0, chimes)
            for part in parts:
                part.start()
                running.callback(part.stop)
            click.echo(f"{unit.id}: お客様の画面 / guests' page {screen.url}", err=True)
            return desk.run()

    def _before_the_desk(self) -> Snapshot:
        """What stands on the page until the desk's first word."""
        unit, rules = self._settings.unit, self._settings.rules
        return Snapshot(
            unit=unit.id,
            now_text="",
            clock_known=True,
            link_up=True,
            waiting=0,
            open=True,
            codes=(),
            recent=(),
            visits=rules.visits,
            message=None,
            today=(),
            stopped=STARTING,
            version=VERSION,
            demo=unit.demo,
        )

    def _station(
        self,
        identity: Identity,
        journal: Journal,
        sound: Sound,
        link: MqttLink,
        publish: Callable[[Snapshot], None],
    ) -> Station:
        settings, unit, world = self._settings, self._settings.unit, self._world
        lists = OfficeLists(unit.id, identity.root_public)
        lists.load(journal)
        return Station(
            unit=unit.id,
            number=unit.number,
            issuer=unit.issuer,
            address=unit.address,
            demo=unit.demo,
            version=VERSION,
            rules=settings.rules,
            identity=identity,
            journal=journal,
            lists=lists,
            clock=Clock(world.time, world.boot, journal.floor, self._proven()),
            real=SystemTime(),
            sound=sound,
            link=link,
            publish=publish,
            network_time=world.network_time,
            alive=Service(os.environ).alive,
            has_camera=settings.camera is not None or settings.scanner is not None,
        )

    def _proven(self) -> int | None:
        """Unix seconds that have certainly passed."""
        built, certificate = self._world.built, self._settings.link.certificate
        start = certificate_start(certificate) if certificate else None
        return built if built is None or start is None else max(built, start)

    def _broker(self) -> Broker:
        link = self._settings.link
        tls = Tls(link.ca, link.certificate, link.key) if link.ca and link.certificate and link.key else None
        return Broker(link.host, link.port, link.username, link.password, tls)

    def _chimes(self) -> Chimes | None:
        sound = self._settings.sound
        if sound is None:
            return None
        return Chimes(Aplay(sound.device), sound.volume / 100, lambda line: click.echo(line, err=True))

    def _readers(self, report: ReportCode) -> list[Part]:
        camera, scanner = self._settings.camera, self._settings.scanner
        both = EitherReads(report)
        parts: list[Part] = []
        if camera:
            told = both.report_of("camera") if scanner else report
            parts.append(Camera(camera.setting, told, camera.reader))
        if scanner:
            told = both.report_of("scanner") if camera else report
            parts.append(Scanner(scanner.device, scanner.baud, told))
        return parts

    def _buttons(self, desk: Desk) -> list[Part]:
        pins = self._settings.pins
        return [CounterButton(self._world.pins, pins.button, desk.report)] if pins else []


def settings_or_exit(path: Path) -> Settings:
    """The settings in `path`; otherwise every error on stderr, and exit 1."""
    try:
        return load_settings(path, Settings)
    except SettingsWrong as wrong:
        for error in wrong.errors:
            click.echo(error, err=True)
        sys.exit(1)


config_option = click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="設定ファイル / the settings file"
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="JSONを1行で出力 / one JSON document on one line"
)


@click.group()
@click.version_option(VERSION)
def cli() -> None:
    """湯めぐりのポイント端末 / The kiosk in a bath house."""


@cli.command()
@config_option
def run(config: Path) -> None:
    """端末を動かす / Run the kiosk."""
    settings = settings_or_exit(config)
    world = World(SystemTime(), boot_id(), PinBoard(settings.unit.data), BUILT, NetworkTime().wall)
    try:
        sys.exit(Kiosk(settings, world).run())
    except CANNOT_START as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


@cli.command("export")
@config_option
@click.argument("target", type=click.Path(path_type=Path))
@json_option
def export_command(config: Path, target: Path, *, as_json: bool) -> None:
    """役場に届いていない記録をメモリに書き出す / Write what the office has not got to a stick.

    回線が長く使えないときに使う。TARGETはメモリのフォルダかファイル名。端末は動いていてもよい。記録は端末にも残る。
    ファイルを役場で `yukemuri-central import` し、その返事をこの端末で import する。

    For a kiosk without a network for long. TARGET is the stick's folder, or a file. The kiosk may be running, and keeps
    its records. Import the file at the office, and bring its answer back.
    """
    sys.exit(export_to(settings_or_exit(config).unit, VERSION, target, as_json=as_json))


@cli.command("import")
@config_option
@click.argument("source", type=click.Path(path_type=Path))
@json_option
def import_command(config: Path, source: Path, *, as_json: bool) -> None:
    """役場からの返事をメモリから取り込む / Take in the office's answer from a stick.

    どこまで届いたかと、役場からの知らせ(受け取られたコード、使えないカードなど)が入る。同じ返事を何度取り込んでもよい。

    It says how far the records have got, and brings the office's news (claimed codes, lost cards). The same answer may
    be taken in again.
    """
    sys.exit(import_from(settings_or_exit(config).unit, VERSION, source, as_json=as_json))


@cli.group()
def config() -> None:
    """設定ファイル / Settings files."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """設定ファイルを確かめる / Check a settings file; tells all errors at once."""
    settings_or_exit(file)
    click.echo(f"{file}: 問題ありません / no problem")
