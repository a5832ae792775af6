"""A real Mosquitto on a free loopback port, set up as provisioning sets up the village's."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hil.virtual.ports import free_port
from provisioning.broker import CENTRAL, MachinesListener, find_mosquitto, write_broker_config

READY_S = 20.0


@dataclass
class RunningBroker:
    """`passwords` by user name, the office's too; `stop` and `start` for tests of what a dead broker does.

    `inside` begins its command: what puts it into a network namespace.
    """

    program: Path
    config: Path
    port: int
    village: str
    passwords: dict[str, str]
    inside: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it answers."""
        with self.config.with_name("mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.inside, self.program, "-c", self.config], stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_S
        while not _listens(self.process.pid, self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"mosquitto does not answer on port {self.port}:\n{self.said()}")
            time.sleep(0.02)

    def said(self) -> str:
        """Its log so far."""
        return self.config.with_name("mosquitto.log").read_text()

    def kill(self) -> None:
        """End it as a power cut would: what it has not saved is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(READY_S)
            self.process = None

    def read_again(self) -> None:
        """Have it read its access lists and passwords anew."""
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it, as a service manager would."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(READY_S)
            self.process = None


@contextmanager
def running_broker(
    folder: Path,
    *,
    village: str,
    devices: Mapping[str, str],
    machines: MachinesListener | None = None,
    inside: Sequence[str] = (),
) -> Iterator[RunningBroker]:
    """Run one in `folder`; `devices` are passwords by name. Skips the test where Mosquitto is not installed."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed: sudo apt-get install mosquitto")
    passwords = {CENTRAL: "central's own", **devices}
    port = free_port()
    config = write_broker_config(
        folder,
        port=port,
        village=village,
        central_password=passwords[CENTRAL],
        devices=devices,
        machines=machines,
    )
    broker = RunningBroker(program, config, port, village, passwords, inside)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _listens(pid: int, port: int) -> bool:
    """Whether somebody listens on the loopback port in the network namespace of this process."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    return any(f"0100007F:{port:04X} 00000000:0000 0A" in line for line in lines)
