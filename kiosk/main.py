"""`yukemuri-kiosk`: wires the parts of one kiosk together. Nothing is decided here."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from device.clock import Clock, SystemTime
from device.control import Control
from device.doctor.running import DOCTOR, doctor_handler
from device.doctor.witness import Witness
from device.facts import Heard, LinkDown, LinkUp
from device.identity import load_identity
from device.journal import Journal
from device.journal_copy import read_copy
from device.link import Listeners, MqttLink
from device.office_lists import OfficeLists
from device.player import Aplay
from device.screen.board import Board
from device.screen.server import ScreenServer
from device.service import Service
from device.stick.carry import Machine
from device.stick.commands import asking, export_to, handlers, import_from
from device.vitals import VitalsReader
from device.wiring import (
    CANNOT_START,
    World,
    broker_of,
    config_option,
    json_option,
    real_world,
    settings_or_exit,
)
from kiosk.chimes import Chimes, Silence
from kiosk.desk import Desk
from kiosk.doctor import doctor_command, sensors_of, told_of
from kiosk.facts import Fact
from kiosk.pin import SALT_BYTES, hash_pin, why_not
from kiosk.ports import Snapshot
from kiosk.screen.pages import create_app
from kiosk.screen.watch import PageWatch
from kiosk.screen_state import SCREEN, Is, ask_screen, screen_handler
from kiosk.settings import Settings
from kiosk.station import Station
from kiosk.words import STARTING
from rules.messages.stick import StickRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.identity import Identity
    from device.ports import Part
    from kiosk.station import Sound

VERSION = version("yukemuri")


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
            link = MqttLink(broker_of(self._settings.link), unit.village, unit.id, listeners, chance)
            board = Board(self._before_the_desk())
            desk = Desk(self._station(identity, journal, chimes or Silence(), link, board.publish))
            watch = PageWatch(SystemTime(), desk.report)
            screen_key = secrets.token_urlsafe(16)
            app = create_app(board.latest, board.wait, desk.report, watch.beat, screen_key=screen_key)
            screen = ScreenServer(app, port=self._settings.screen.port)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: desk.stop())
            witness = Witness[Fact](desk.report, SystemTime().monotonic)
            answers = handlers(Machine(identity, unit.village), desk.report)
            answers[SCREEN] = screen_handler(board.latest, watch.draws)
            answers[DOCTOR] = doctor_handler(
                asking(desk.report), lambda: told_of(board.latest(), watch.draws()), witness.seen
            )
            control = Control(unit.data, answers)
            parts: list[Part] = [screen, watch, control, *self._sensors(witness), link]
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
            clock=Clock(world.time, world.boot, journal.floor, world.proven(settings.link.certificate)),
            real=SystemTime(),
            sound=sound,
            link=link,
            publish=publish,
            network_time=world.network_time,
            alive=Service(os.environ).alive,
            vitals=VitalsReader(unit.data, settings.link.certificate).at,
            has_camera=settings.camera is not None or settings.scanner is not None,
        )

    def _chimes(self) -> Chimes | None:
        sound = self._settings.sound
        if sound is None:
            return None
        return Chimes(Aplay(sound.device), sound.volume / 100, lambda line: click.echo(line, err=True))

    def _sensors(self, witness: Witness[Fact]) -> list[Part]:
        return sensors_of(self._settings, self._world, witness.report)


@click.group()
@click.version_option(VERSION)
def cli() -> None:
    """湯めぐりのポイント端末 / The kiosk in a bath house."""


@cli.command()
@config_option
def run(config: Path) -> None:
    """端末を動かす / Run the kiosk."""
    settings = settings_or_exit(config, Settings)
    try:
        sys.exit(Kiosk(settings, real_world(settings.unit.data)).run())
    except CANNOT_START as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


@cli.command("screen")
@click.argument("wanted", type=click.Choice([each.value for each in Is]))
@config_option
def screen_command(wanted: str, config: Path) -> None:
    """画面の様子 / Exit 0 if no code is shown (idle), or the page does not draw (stuck); 1 otherwise.

    夜の再起動と画面の見回りが使う。 / For the nightly restart, and for what looks after the browser.
    """
    try:
        state = ask_screen(settings_or_exit(config, Settings).unit.data)
    except StickRefused as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)
    draws = "はい / yes" if state.draws else "いいえ / no"
    click.echo(f"表示中のコード / codes shown: {state.codes}  画面が動いている / the page draws: {draws}")
    sys.exit(0 if state.is_so(Is(wanted)) else 1)


@cli.command("pin")
def pin_command() -> None:
    """職員の暗証番号を決める / Ask for a new PIN, and print the line for [staff] that holds its hash."""
    pin = click.prompt("暗証番号 / PIN", hide_input=True, confirmation_prompt="もう一度 / again", err=True)
    refused = why_not(pin)
    if refused:
        click.echo(refused, err=True)
        sys.exit(1)
    click.echo(f'pin = "{hash_pin(pin, secrets.token_bytes(SALT_BYTES))}"')


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
    sys.exit(export_to(settings_or_exit(config, Settings).unit, VERSION, target, as_json=as_json))


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
    sys.exit(import_from(settings_or_exit(config, Settings).unit, VERSION, source, as_json=as_json))


cli.add_command(doctor_command)


@cli.command("journal-copy")
@config_option
@click.argument("folder", type=click.Path(path_type=Path))
def journal_copy_command(config: Path, folder: Path) -> None:
    """記録の写しをこの版で開いてみる / Whether this version opens a copy of the journal; for the updater.

    FOLDERには journal.db の写し。この端末の記録には触らない。 / FOLDER holds a copy of journal.db; the journal
    itself is not touched.
    """
    sys.exit(read_copy(settings_or_exit(config, Settings).unit, folder))


@cli.group()
def config() -> None:
    """設定ファイル / Settings files."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """設定ファイルを確かめる / Check a settings file; tells all errors at once."""
    settings_or_exit(file, Settings)
    click.echo(f"{file}: 問題ありません / no problem")
