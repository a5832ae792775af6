"""A central made by `init`, with its broker as generated and its server as started; machines enrolled by command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from central.database.transaction import Database, database_file
from device.identity import load_identity
from device.link import Broker, Tls
from hil.virtual.ports import free_port
from provisioning.broker import find_mosquitto
from provisioning.enrol import AUTHORITY, PAIR
from tests.faults.field_bus import FieldBus
from tests.faults.field_kiosk import FieldKiosk
from tests.faults.field_machine import VILLAGE
from tests.faults.scale import PATIENCE_S, until

PROGRAMS = {
    "central": "from central.main import cli; cli()",
    "provision": "from provisioning.main import cli; cli()",
}


@dataclass(frozen=True)
class Depot:
    """Where everything stands. `folder` has `central`, `stick`, and a folder a machine."""

    folder: Path
    office_port: int
    broker_port: int
    door_port: int

    @property
    def data(self) -> Path:
        return self.folder / "central"

    @property
    def door(self) -> str:
        return f"https://127.0.0.1:{self.door_port}"

    def code(self, unit: str, kind: str = "bus") -> str:
        said = ran("central", "units", "code", unit, "--kind", kind, "--data", str(self.data), "--json")
        assert said.returncode == 0, said.stderr
        code = json.loads(said.stdout)["code"]
        assert isinstance(code, str)
        return code

    def enrol(self, unit: str, code: str, folder: str = "") -> subprocess.CompletedProcess[str]:
        place = str(self.folder / (folder or unit))
        return ran(
            "provision", "enrol", "--data", place, "--central", self.door, "--unit", unit, "--code", code
        )

    def revoke(self, unit: str) -> None:
        said = ran("central", "units", "revoke", unit, "--reason", "盗難", "--data", str(self.data))
        assert said.returncode == 0, said.stderr

    def broker_of(self, folder: str) -> Broker:
        place = self.folder / folder
        tls = Tls(place / AUTHORITY, place / PAIR, place / PAIR)
        return Broker("127.0.0.1", self.broker_port, "", "", tls)

    def bus(self, unit: str, folder: str = "", riders: int = 0) -> FieldBus:
        """On the link with what stands in its folder, and with nothing else. `riders` tells its passes from others'."""
        place = self.folder / (folder or unit)
        key = load_identity(place, unit).signing_key
        bus = FieldBus(place, unit, self.broker_of(folder or unit), signing=key)
        bus._office._made += riders
        return bus

    def kiosk(self, unit: str) -> FieldKiosk:
        key = load_identity(self.folder / unit, unit).signing_key
        return FieldKiosk(self.folder / unit, unit, self.broker_of(unit), signing=key)

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(database_file(self.data))
        try:
            yield database
        finally:
            database.close()


def ran(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAMS[program], *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=5 * PATIENCE_S)


def made_central(folder: Path) -> Depot:
    """By the command, as the README has it."""
    depot = Depot(folder, free_port(), free_port(), free_port())
    (folder / "stick").mkdir()
    said = ran(
        *("provision", "init", "--data", str(depot.data), "--village", VILLAGE),
        *("--name", "127.0.0.1", "--stick", str(folder / "stick"), "--office-port", str(depot.office_port)),
        *("--broker", f"127.0.0.1:{depot.broker_port}", "--door", f"127.0.0.1:{depot.door_port}"),
    )
    assert said.returncode == 0, said.stderr
    return depot


@contextmanager
def broker_running(depot: Depot) -> Iterator[subprocess.Popen[bytes]]:
    """Mosquitto with the configuration as it was generated."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed: sudo apt-get install mosquitto")
    with started(
        [str(program), "-c", str(depot.data / "broker/mosquitto.conf")], depot.folder / "broker.log"
    ) as it:
        until(lambda: listens(depot.office_port) and listens(depot.broker_port), "the broker listens")
        yield it


@contextmanager
def server_running(depot: Depot) -> Iterator[subprocess.Popen[bytes]]:
    """`yukemuri-central run` with the settings as they were generated, but for the port of its pages."""
    settings = depot.data / "central.toml"
    if "[web]" not in settings.read_text(encoding="utf-8"):
        with settings.open("a", encoding="utf-8") as file:
            file.write(f"\n[web]\nport = {free_port()}\n")
    command = [sys.executable, "-c", PROGRAMS["central"], "run", "--config", str(settings)]
    with started(command, depot.folder / "central.log") as it:
        until(lambda: listens(depot.door_port), "the door is open")
        yield it


@contextmanager
def started(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def listens(port: int) -> bool:
    with closing(socket.socket()) as it:
        it.settimeout(1)
        return it.connect_ex(("127.0.0.1", port)) == 0


def seconds_since(begun: float) -> float:
    return time.monotonic() - begun
