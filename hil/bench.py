"""One bus, the broker and the village office on a virtual bench: the programs as they are, the world around them made.

Everything the world is to a bus hangs here: `clock`, `receiver`, `camera`, `wires` (lamps and door), `road` (the mobile
network). `broker`, `central` and `bus` are processes that can be killed and started again.
"""

from __future__ import annotations

import json
import secrets
import socket
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.identity import ROOT_KEY, SIGNING_KEY
from hil.office import ISSUER, Opened, hand_out, open_bench_office
from hil.virtual.camera import VirtualCamera
from hil.virtual.clock import VirtualTime
from hil.virtual.processes import Program, python
from hil.virtual.receiver import VirtualReceiver
from hil.virtual.road import MountainRoad
from hil.virtual.wires import Wires
from provisioning.broker import find_mosquitto, write_broker_config

if TYPE_CHECKING:
    from hil.riders import Carried
    from rules.network.edition import Edition
    from rules.network.feed.read import FeedRead
    from rules.network.trips import Trip

JAPAN = timezone(timedelta(hours=9))
VILLAGE = "ohkura"
BUS = "bus-001"
PINS = {"green": 17, "yellow": 27, "red": 22, "buzzer": 23, "door": 24}
EARLY_S = 180.0
"""The world begins this long before the first departure."""


class MosquittoMissing(Exception):
    """The broker is not installed. The text says what to do."""


class PortTaken(Exception):
    """A port the bench was told to use is in use. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to set up. `office_port` and `screen_port` 0 take any free ones."""

    folder: Path
    feed: FeedRead
    notice: str
    day: date
    first_departure: int
    office_port: int = 0
    screen_port: int = 0


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
        self.office: Opened

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def edition(self) -> Edition:
        """The edition the office published."""
        return self.office.edition

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

    def hand_out(self, rounds: int) -> list[list[Carried]]:
        """Everybody's passes, a set for each round trip."""
        return hand_out(self.office.data, self.edition, int(self.clock.wall()), rounds)

    def bus_folder(self) -> Path:
        """The bus's data folder."""
        return self.folder / "bus"

    def screen(self) -> dict[str, Any]:
        """What the driver's page shows now."""
        with urllib.request.urlopen(f"{self.screen_url}now", timeout=5) as answer:
            picture: dict[str, Any] = json.load(answer)
        return picture

    def start_trip(self, trip: Trip, day: date) -> bool:
        """The driver touches the trip on the page; False while the page does not offer it."""
        return self._touch("trip", {"trip_id": trip.trip_id, "service_date": day.isoformat()})

    def end_trip(self) -> bool:
        """The driver touches the end of the trip."""
        return self._touch("trip/end", {})

    def _make_world(self) -> None:
        plan, folder = self._plan, self.folder
        midnight = datetime(plan.day.year, plan.day.month, plan.day.day, tzinfo=JAPAN).timestamp()
        self.clock = VirtualTime.create(folder / "clock", midnight + plan.first_departure - EARLY_S)
        self.receiver = VirtualReceiver(folder / "gps", self.clock)
        self.camera = VirtualCamera(folder / "camera.sock")
        self.wires = Wires(folder / "wires.sock")
        for part in (self.receiver, self.wires):
            part.start()
            self._closing.callback(part.stop)
        self.camera.plug()
        self._closing.callback(self.camera.unplug)
        key = Ed25519PrivateKey.generate()
        self.office = open_bench_office(
            folder / "office", plan.feed, plan.day, int(self.clock.wall()), {BUS: key}, plan.notice
        )
        data = self.bus_folder()
        data.mkdir()
        (data / SIGNING_KEY).write_text(key.private_bytes_raw().hex(), encoding="ascii")
        (data / SIGNING_KEY).chmod(0o600)
        (data / ROOT_KEY).write_text(self.office.root_public.hex(), encoding="ascii")

    def _start_programs(self) -> None:
        mosquitto = find_mosquitto()
        if mosquitto is None:
            raise MosquittoMissing(
                "mosquitto がありません。sudo apt-get install mosquitto を実行してください。 / "
                "mosquitto is not installed: run sudo apt-get install mosquitto."
            )
        broker_port = free_port()
        self.road = MountainRoad(broker_port)
        self.road.start()
        self._closing.callback(self.road.stop)
        self.office_port = claim_port(self._plan.office_port)
        self.screen_port = claim_port(self._plan.screen_port)
        self.office_url = f"http://127.0.0.1:{self.office_port}/"
        self.screen_url = f"http://127.0.0.1:{self.screen_port}/"
        passwords = {"central": secrets.token_urlsafe(12), BUS: secrets.token_urlsafe(12)}
        broker_folder = self.folder / "broker"
        broker_folder.mkdir()
        config = write_broker_config(
            broker_folder,
            port=broker_port,
            village=VILLAGE,
            central_password=passwords["central"],
            devices={BUS: passwords[BUS]},
        )
        self.broker = self._program(
            "mosquitto", [str(mosquitto), "-c", str(config)], lambda: answers(broker_port)
        )
        self.central = self._program(
            "central",
            python("hil.virtual.central", "--config", self._central_config(broker_port, passwords["central"]), "--clock", str(self.folder / "clock")),
            lambda: serves(self.office_url),
        )
        self.bus = self._program(
            "bus",
            python(
                "hil.virtual.bus",
                "--config",
                self._bus_config(passwords[BUS]),
                "--clock",
                str(self.folder / "clock"),
                "--boot",
                secrets.token_hex(4),
                "--wires",
                str(self.folder / "wires.sock"),
            ),
            lambda: serves(f"{self.screen_url}now"),
        )
        for program in (self.broker, self.central, self.bus):
            program.start()

    def _program(self, name: str, command: list[str], is_ready: Any) -> Program:
        program = Program(name, command, self.folder / f"{name}.log", is_ready)
        self._closing.callback(program.stop)
        return program

    def _central_config(self, broker_port: int, password: str) -> str:
        path = self.folder / "central.toml"
        path.write_text(
            f'village = "{VILLAGE}"\ndata = "{self.folder / "office"}"\ndemo = true\n\n'
            f'[web]\nport = {self.office_port}\n\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {broker_port}\nusername = "central"\npassword = "{password}"\n',
            encoding="utf-8",
        )
        return str(path)

    def _bus_config(self, password: str) -> str:
        path = self.folder / "bus.toml"
        pins = "\n".join(f"{name} = {pin}" for name, pin in PINS.items())
        path.write_text(
            f'[unit]\nid = "{BUS}"\nvillage = "{VILLAGE}"\nissuer = {ISSUER}\n'
            f'data = "{self.bus_folder()}"\ndemo = true\n\n'
            f'[gps]\ndevice = "{self.folder / "gps"}"\nbaud = 9600\n\n'
            f'[camera]\nsource = "{self.camera.setting}"\n\n'
            f"[pins]\n{pins}\n\n"
            f'[link]\nhost = "127.0.0.1"\nport = {self.road.port}\nusername = "{BUS}"\npassword = "{password}"\n\n'
            f"[screen]\nport = {self.screen_port}\n",
            encoding="utf-8",
        )
        return str(path)

    def _touch(self, path: str, fields: dict[str, str]) -> bool:
        request = urllib.request.Request(
            f"{self.screen_url}{path}",
            data=urllib.parse.urlencode(fields).encode(),
            headers={"X-Screen-Key": self.screen()["key"], "Origin": self.screen_url.rstrip("/")},
        )
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except urllib.error.HTTPError:
            return False


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def claim_port(port: int) -> int:
    """`port` if it is free, any free one for 0. Raises PortTaken."""
    if port == 0:
        return free_port()
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise PortTaken(
            f"ポート {port} は使用中です。--port で別の番号を指定してください。 / "
            f"Port {port} is in use: choose another one with --port."
        ) from error
    return port


def answers(port: int) -> bool:
    """Whether something listens on a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def serves(url: str) -> bool:
    """Whether a page is there."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wall_text(wall: float) -> str:
    """A Unix second as a clock in Japan shows it."""
    return datetime.fromtimestamp(wall, UTC).astimezone(JAPAN).strftime("%H:%M:%S")
