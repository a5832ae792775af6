"""One bus, the broker and the village office on a virtual bench: the programs as they are, the world around them made.

Everything the world is to a bus hangs here: `clock`, `receiver`, `camera`, `wires` (lamps, door, wheels), `road` (the
mobile network). `broker`, `central` and `bus` are processes that can be killed and started again. `open_bath` adds
the bath with its `kiosk`, whose network is a road of its own.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.identity import ROOT_KEY, SIGNING_KEY
from hil.bath import CARDS, PHONES, PIN, Bath
from hil.driver import Driver
from hil.lan.addresses import Lan
from hil.lan.authority import Authority, issue_leaf
from hil.office import (
    ISSUER,
    KIOSK,
    BathGuests,
    Opened,
    hand_out,
    invite_administrator,
    open_bench_office,
    register_guests,
)
from hil.virtual.camera import VirtualCamera
from hil.virtual.clock import VirtualTime
from hil.virtual.ports import answers, claim_port, free_port, serves
from hil.virtual.processes import Program, python
from hil.virtual.receiver import VirtualReceiver
from hil.virtual.road import MountainRoad
from hil.virtual.settings_files import write_bus_settings, write_central_settings, write_kiosk_settings
from hil.virtual.wires import Wires
from kiosk.pin import SALT_BYTES, hash_pin
from provisioning.broker import find_mosquitto, write_broker_config

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from hil.riders import Rider
    from rules.network.edition import Edition

JAPAN = timezone(timedelta(hours=9))
VILLAGE = "ohkura"
BUS = "bus-001"
EARLY_S = 180.0
"""The world begins this long before the first departure."""
NO_ADDRESS = "https://yukemuri.example"
"""What stands in a kiosk's codes where no phone can open the office's pages."""


class MosquittoMissing(Exception):
    """The broker is not installed. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Phones:
    """Where phones find the office, and who certifies it; `port` 0 takes any free one."""

    lan: Lan
    authority: Authority
    port: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to set up. `feed` is a zip or folder; ports of 0 take any free ones.

    With `real_time` the world begins now and its time runs as it is. `camera` is a setting of the bus, in place of the
    virtual one. With `phones` the office's pages are also served on the local network.
    """

    folder: Path
    feed: Path
    notice: str
    day: date
    first_departure: int
    office_port: int = 0
    screen_port: int = 0
    kiosk_port: int = 0
    real_time: bool = False
    camera: str = ""
    phones: Phones | None = None


class Bench:
    """Set up by `open`, taken down by `close`, or by `with`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._closing = ExitStack()
        self.folder = plan.folder
        self.clock: VirtualTime
        self.receiver: VirtualReceiver
        self.camera: VirtualCamera
        self.wires: Wires
        self.road: MountainRoad
        self.broker: Program
        self.central: Program
        self.bus: Program
        self.kiosk: Program
        self.office: Opened
        self.office_url = ""
        self.screen_url = ""
        self.kiosk_url = ""
        self.lan_url = ""
        self._rounds = 0
        self._broker_port = 0
        self._passwords: dict[str, str] = {}
        self.driver: Driver

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def edition(self) -> Edition:
        """The edition the office published."""
        return self.office.edition

    @property
    def notice(self) -> str:
        """What the office's pages say of the line."""
        return self._plan.notice

    def open(self) -> None:
        """Make the world and start the programs. Raises NotReady or PortTaken."""
        try:
            self._make_world()
            self._start_programs()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything that was started."""
        self._closing.close()

    def hand_out(self, browser: Browser | None = None) -> list[Rider]:
        """Everybody on one round trip, with what they ride by; one of them holds `browser`, where there is one."""
        self._rounds += 1
        now, people_now = int(self.clock.wall()), int(time.time())
        return hand_out(self.office, self.office_url, now, people_now, self._rounds, browser)

    def open_bath(self, tell: Callable[[str], object]) -> Bath:
        """Start the bath's kiosk, once. Raises NotReady or PortTaken."""
        road = MountainRoad(self._broker_port)
        road.start()
        self._closing.callback(road.stop)
        camera = VirtualCamera(self.folder / "bath.sock")
        camera.plug()
        self._closing.callback(camera.unplug)
        self.kiosk = self._kiosk(road, camera)
        self.kiosk.start()
        return Bath(self.kiosk_url, self.office_url, camera, road, tell)

    def welcome_guests(self) -> BathGuests:
        """The bath's guests of the round trip that was handed out last."""
        now, people_now = int(self.clock.wall()), int(time.time())
        return register_guests(self.office, now, people_now, self._rounds, PHONES, CARDS)

    def office_link(self) -> str:
        """A one-time link into the office's pages, as their administrator."""
        # People sign in by the real clock, also where the buses drive faster.
        return f"{self.office_url}staff/invitation#{invite_administrator(self.office.data, int(time.time()))}"

    def let_time_run(self, rate: float) -> None:
        """Virtual seconds in a real one from now on; with `real_time` it is always one."""
        self.clock.set_rate(1.0 if self._plan.real_time else rate)

    def bus_folder(self) -> Path:
        """The bus's data folder."""
        return self.folder / "bus"

    def kiosk_folder(self) -> Path:
        """The kiosk's data folder."""
        return self.folder / "kiosk"

    def _make_world(self) -> None:
        plan, folder = self._plan, self.folder
        midnight = datetime(plan.day.year, plan.day.month, plan.day.day, tzinfo=JAPAN).timestamp()
        begins = time.time() if plan.real_time else midnight + plan.first_departure - EARLY_S
        self.clock = VirtualTime.create(self._clock_file(), begins)
        self.receiver = VirtualReceiver(folder / "gps", self.clock)
        self.camera = VirtualCamera(folder / "camera.sock")
        self.wires = Wires(folder / "wires.sock")
        for part in (self.receiver, self.wires):
            part.start()
            self._closing.callback(part.stop)
        self.camera.plug()
        self._closing.callback(self.camera.unplug)
        bus, kiosk = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.office = open_bench_office(
            folder / "office", plan.feed, plan.day, int(self.clock.wall()), {BUS: bus}, plan.notice, kiosk
        )
        self._enrol(self.bus_folder(), bus)
        self._enrol(self.kiosk_folder(), kiosk)

    def _enrol(self, data: Path, key: Ed25519PrivateKey) -> None:
        """A machine's data folder, with who it is and whom it trusts."""
        data.mkdir()
        (data / SIGNING_KEY).write_text(key.private_bytes_raw().hex(), encoding="ascii")
        (data / SIGNING_KEY).chmod(0o600)
        (data / ROOT_KEY).write_text(self.office.root_public.hex(), encoding="ascii")

    def _start_programs(self) -> None:
        self._broker_port = free_port()
        self.road = MountainRoad(self._broker_port)
        self.road.start()
        self._closing.callback(self.road.stop)
        self._passwords = {name: secrets.token_urlsafe(12) for name in ("central", BUS, KIOSK.device)}
        self.broker = self._broker(self._broker_port, self._passwords)
        self.central = self._central(self._broker_port, self._passwords["central"])
        self.bus = self._bus(self._passwords[BUS])
        for program in (self.broker, self.central, self.bus):
            program.start()

    def _broker(self, port: int, passwords: dict[str, str]) -> Program:
        mosquitto = find_mosquitto()
        if mosquitto is None:
            raise MosquittoMissing(
                "mosquitto がありません。sudo apt-get install mosquitto を実行してください。 / "
                "mosquitto is not installed: run sudo apt-get install mosquitto."
            )
        folder = self.folder / "broker"
        folder.mkdir()
        config = write_broker_config(
            folder,
            port=port,
            village=VILLAGE,
            central_password=passwords["central"],
            devices={name: word for name, word in passwords.items() if name != "central"},
        )
        return self._program("mosquitto", [str(mosquitto), "-c", str(config)], lambda: answers(port))

    def _central(self, broker_port: int, password: str) -> Program:
        port = claim_port(self._plan.office_port)
        self.office_url = f"http://127.0.0.1:{port}/"
        https = self._https()
        settings = write_central_settings(
            self.folder / "central.toml",
            village=VILLAGE,
            issuer=ISSUER,
            data=self.office.data,
            web_port=port,
            broker_port=broker_port,
            password=password,
            address=self.lan_url.rstrip("/"),
        )
        places = ("--config", str(settings), "--clock", str(self._clock_file()))
        command = python("hil.virtual.central", *places, *https)
        return self._program("central", command, lambda: serves(self.office_url))

    def _https(self) -> list[str]:
        """What central is told to serve phones with."""
        phones = self._plan.phones
        if phones is None:
            return []
        lan = phones.lan
        port = claim_port(phones.port, str(lan.address))
        names = [lan.host] if lan.has_name else []
        leaf = issue_leaf(phones.authority, self.folder, names, lan.all_addresses, int(time.time()))
        self.lan_url = f"https://{lan.host}:{port}/"
        return ["--lan", str(lan.address), str(port), str(leaf.certificate), str(leaf.key)]

    def _bus(self, password: str) -> Program:
        port = claim_port(self._plan.screen_port)
        self.screen_url = f"http://127.0.0.1:{port}/"
        self.driver = Driver(self.screen_url)
        settings = write_bus_settings(
            self.folder / "bus.toml",
            name=BUS,
            village=VILLAGE,
            issuer=ISSUER,
            data=self.bus_folder(),
            gps=self.folder / "gps",
            camera=self._plan.camera or self.camera.setting,
            broker_port=self.road.port,
            password=password,
            screen_port=port,
            address=self.lan_url.rstrip("/"),
        )
        places = {"--config": settings, "--clock": self._clock_file(), "--wires": self.folder / "wires.sock"}
        options = [part for option, place in places.items() for part in (option, str(place))]
        command = python("hil.virtual.bus", *options, "--boot", secrets.token_hex(4))
        return self._program("bus", command, lambda: serves(f"{self.screen_url}now"))

    def _kiosk(self, road: MountainRoad, camera: VirtualCamera) -> Program:
        port = claim_port(self._plan.kiosk_port)
        self.kiosk_url = f"http://127.0.0.1:{port}/"
        settings = write_kiosk_settings(
            self.folder / "kiosk.toml",
            KIOSK.visits,
            name=KIOSK.device,
            village=VILLAGE,
            issuer=ISSUER,
            number=KIOSK.number,
            data=self.kiosk_folder(),
            address=self.lan_url.rstrip("/") or NO_ADDRESS,
            camera=camera.setting,
            pin=hash_pin(PIN, secrets.token_bytes(SALT_BYTES)),
            broker_port=road.port,
            password=self._passwords[KIOSK.device],
            screen_port=port,
        )
        places = ("--config", str(settings), "--clock", str(self._clock_file()))
        command = python("hil.virtual.kiosk", *places, "--boot", secrets.token_hex(4))
        return self._program("kiosk", command, lambda: serves(f"{self.kiosk_url}now"))

    def _clock_file(self) -> Path:
        return self.folder / "clock"

    def _program(self, name: str, command: list[str], is_ready: Callable[[], bool]) -> Program:
        program = Program(name, command, self.folder / f"{name}.log", is_ready)
        self._closing.callback(program.stop)
        return program
