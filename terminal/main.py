"""`yukemuri-terminal`: wires the parts of one bus together. Nothing is decided here."""

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
from terminal.bus import Bus
from terminal.doctor.command import doctor_command
from terminal.doctor.examine import told_of
from terminal.facts import Fact, Pressed
from terminal.loop import Loop
from terminal.nmea_command import nmea_command
from terminal.replay_command import replay_command
from terminal.scan_command import scan_command
from terminal.screen.board import Board
from terminal.screen.keys import Key, Keys
from terminal.screen.pages import create_app
from terminal.sensors.all_sensors import sensors_of
from terminal.sensors.recorder import Recorder
from terminal.settings import Settings
from terminal.signals.clips import Mix, load_clips
from terminal.signals.lights import DoorLights
from terminal.signals.together import Together
from terminal.signals.voice import Voice

if TYPE_CHECKING:
    from device.identity import Identity
    from device.ports import Part
    from terminal.ports import Signals

VERSION = version("yukemuri")
MB = 1024 * 1024


class Terminal:
    """One bus, from `open` to the end of `run`."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world

    def run(self) -> int:
        """Serve until a signal ends it: 0, or 1 when the journal broke. Raises one of CANNOT_START."""
        unit = self._settings.unit
        identity = load_identity(unit.data, unit.id)
        with Journal(unit.data, unit.id, any_disk=unit.demo).open() as journal, ExitStack() as running:
            board, lights, voice = Board(), self._lights(), self._voice()
            signals = Together(lights, voice) if voice else lights
            listeners = Listeners(
                up=lambda: loop.report(LinkUp()),
                down=lambda reason: loop.report(LinkDown(reason)),
                heard=lambda message: loop.report(Heard(message)),
            )
            chance = secrets.SystemRandom().random
            link = MqttLink(broker_of(self._settings.link), unit.village, unit.id, listeners, chance)
            loop = Loop(self._bus(identity, journal, signals, link, board))
            keys, screen_key = Keys(board.wake), secrets.token_urlsafe(16)
            app = create_app(board.latest, board.wait, loop.report, screen_key=screen_key, keys=keys)
            witness = Witness[Fact](loop.report, SystemTime().monotonic)
            screen = ScreenServer(app, port=self._settings.screen.port)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: loop.stop())
            answers = handlers(Machine(identity, unit.village), loop.report)
            answers[DOCTOR] = doctor_handler(
                asking(loop.report), lambda: told_of(board.latest(), VERSION), witness.seen
            )
            control = Control(unit.data, answers)
            parts: list[Part] = [screen, lights, control, *self._sensors(witness, keys, voice), link]
            if voice:
                parts.insert(0, voice)
            for part in parts:
                part.start()
                running.callback(part.stop)
            click.echo(f"{unit.id}: 運転席の画面 / driver's page {screen.url}", err=True)
            return loop.run()

    def _bus(
        self, identity: Identity, journal: Journal, signals: Signals, link: MqttLink, board: Board
    ) -> Bus:
        settings, world, unit = self._settings, self._world, self._settings.unit
        lists = OfficeLists(unit.id, identity.root_public)
        lists.load(journal)
        proven = world.proven(settings.link.certificate)
        return Bus(
            unit=unit.id,
            demo=unit.demo,
            issuer=unit.issuer,
            version=VERSION,
            identity=identity,
            journal=journal,
            lists=lists,
            clock=Clock(world.time, world.boot, journal.floor, proven),
            real=SystemTime(),
            signals=signals,
            link=link,
            publish=board.publish,
            network_time=world.network_time,
            ride_address=settings.screen.ride_address,
            alive=Service(os.environ).alive,
            position_s=settings.gps.position_s,
            vitals=VitalsReader(unit.data, settings.link.certificate).at,
        )

    def _lights(self) -> DoorLights:
        pins, board = self._settings.pins, self._world.pins
        return DoorLights(
            board.lamp(pins.green), board.lamp(pins.yellow), board.lamp(pins.red), board.buzzer(pins.buzzer)
        )

    def _voice(self) -> Voice | None:
        sound = self._settings.sound
        if sound is None:
            return None
        mix = Mix(load_clips(), sound.rider_volume / 100, sound.driver_volume / 100, sound.driver_speaker)
        return Voice(mix, Aplay(sound.device), lambda line: click.echo(line, err=True), SystemTime())

    def _sensors(self, witness: Witness[Fact], keys: Keys, voice: Voice | None) -> list[Part]:
        settings, gps = self._settings, self._settings.gps
        recorder = Recorder(
            gps.record or settings.unit.data / "nmea", gps.record_megabytes * MB, SystemTime()
        )

        def press(key: Key) -> None:
            witness.note(Pressed(key))
            keys.press(key)

        return sensors_of(
            settings,
            self._world,
            witness.report,
            press,
            read=voice.overhear(witness.report) if voice else witness.report,
            recorder=recorder if gps.record_megabytes else None,
        )


@click.group()
@click.version_option(VERSION)
def cli() -> None:
    """バスの端末 / The terminal on a bus."""


@cli.command()
@config_option
def run(config: Path) -> None:
    """端末を動かす / Run the bus."""
    settings = settings_or_exit(config, Settings)
    try:
        sys.exit(Terminal(settings, real_world(settings.unit.data)).run())
    except CANNOT_START as reason:
        click.echo(str(reason), err=True)
        sys.exit(1)


@cli.command("export")
@config_option
@click.argument("target", type=click.Path(path_type=Path))
@json_option
def export_command(config: Path, target: Path, *, as_json: bool) -> None:
    """役場に届いていない記録をメモリに書き出す / Write what the office has not got to a stick.

    モデムが壊れたときに使う。TARGETはメモリのフォルダかファイル名。端末は動いていてもよい。記録は端末にも残る。
    ファイルを役場で `yukemuri-central import` し、その返事をこの端末で import する。

    For a bus whose modem is dead. TARGET is the stick's folder, or a file. The terminal may be running, and keeps its
    records. Import the file at the office, and bring its answer back.
    """
    sys.exit(export_to(settings_or_exit(config, Settings).unit, VERSION, target, as_json=as_json))


@cli.command("import")
@config_option
@click.argument("source", type=click.Path(path_type=Path))
@json_option
def import_command(config: Path, source: Path, *, as_json: bool) -> None:
    """役場からの返事をメモリから取り込む / Take in the office's answer from a stick.

    どこまで届いたかと、役場からの知らせ(路線データ、使えないパスなど)が入る。同じ返事を何度取り込んでもよい。

    It says how far the records have got, and brings the office's news (timetables, lost passes). The same answer may be
    taken in again.
    """
    sys.exit(import_from(settings_or_exit(config, Settings).unit, VERSION, source, as_json=as_json))


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


cli.add_command(doctor_command)
cli.add_command(replay_command)
cli.add_command(scan_command)
cli.add_command(nmea_command)
