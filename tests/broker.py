"""A real Mosquitto on a free loopback port, set up as provisioning sets up the village's."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioning.broker import CENTRAL, find_mosquitto, write_broker_config

READY_S = 20.0


@dataclass
class RunningBroker:
    """`passwords` by user name, the office's too; `stop` and `start` for tests of what a dead broker does."""

    program: Path
    config: Path
    port: int
    village: str
    passwords: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it answers."""
        with self.config.with_name("mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen([self.program, "-c", self.config], stdout=log, stderr=log)
        deadline = time.monotonic() + READY_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = self.config.with_name("mosquitto.log").read_text()
                    pytest.fail(f"mosquitto does not answer on port {self.port}:\n{said}")
                time.sleep(0.02)

    def stop(self) -> None:
        """End it, as a service manager would."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(READY_S)
            self.process = None


@contextmanager
def running_broker(folder: Path, *, village: str, devices: Mapping[str, str]) -> Iterator[RunningBroker]:
    """Run one in `folder`; `devices` are passwords by name. Skips the test where Mosquitto is not installed."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed: sudo apt-get install mosquitto")
    passwords = {CENTRAL: "central's own", **devices}
    port = free_port()
    config = write_broker_config(
        folder, port=port, village=village, central_password=passwords[CENTRAL], devices=devices
    )
    broker = RunningBroker(program, config, port, village, passwords)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
