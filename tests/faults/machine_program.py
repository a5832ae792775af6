"""A bus or a kiosk on the real link as a program of its own, and the handle by which a test drives it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from device.link import Broker, Tls
from tests.faults.field_machine import FieldMachine
from tests.faults.scale import PATIENCE_S
from tests.faults.village import field_machine
from tests.tidy.tree import ROOT


class MachineProgram:
    """The other end of its pipes."""

    def __init__(self, folder: Path, device: str, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.device = device
        self._process = process
        self._turn = threading.Lock()

    def taps(self, count: int, over_s: float = 0.0) -> list[float]:
        """So many people, spread over so many seconds; what each waited for their green lamp or code."""
        return list(self._ask({"do": "taps", "count": count, "over_s": over_s}))

    def status(self) -> dict[str, Any]:
        """`waiting`, `greens`, `up`, and `ups` and `downs` in seconds of the machine's monotonic clock."""
        return dict(self._ask({"do": "status"}))

    @property
    def waiting(self) -> int:
        return int(self.status()["waiting"])

    @property
    def is_up(self) -> bool:
        return bool(self.status()["up"])

    def stop(self) -> dict[str, Any]:
        """End it; its last status."""
        last = dict(self._ask({"do": "stop"}))
        assert self._process.wait(PATIENCE_S) == 0
        return last

    def _ask(self, what: dict[str, Any]) -> Any:
        with self._turn:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, "the machine has ended"
        return json.loads(line)


@contextmanager
def machine_program(
    folder: Path, device: str, broker: Broker, inside: Sequence[str] = ()
) -> Iterator[MachineProgram]:
    """Running, and killed at the end if it was not stopped. `inside` puts it into a namespace."""
    tls = broker.tls
    files = [str(path) for path in (tls.ca, tls.certificate, tls.key)] if tls else []
    where = [broker.host, str(broker.port), broker.username, broker.password]
    command = [
        *inside,
        sys.executable,
        "-m",
        "tests.faults.machine_program",
        str(folder),
        device,
        *where,
        *files,
    ]
    with (
        (folder.parent / f"{device}.log").open("ab") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            yield MachineProgram(folder, device, process)
        finally:
            process.kill()


def main(folder: str, device: str, host: str, port: str, username: str, password: str, *files: str) -> None:
    tls = Tls(*map(Path, files)) if files else None
    machine = field_machine(
        Path(folder), device, Broker(host, int(port), username, password, tls), Random(device)
    )
    machine.start()
    for line in sys.stdin:
        match json.loads(line):
            case {"do": "taps", "count": count, "over_s": over_s}:
                print(json.dumps(machine.taps(count, over_s)), flush=True)
            case {"do": "stop"}:
                machine.stop()
                print(json.dumps(_status(machine)), flush=True)
                return
            case _:
                print(json.dumps(_status(machine)), flush=True)
    machine.stop()


def _status(machine: FieldMachine) -> dict[str, Any]:
    return {
        "waiting": machine.waiting,
        "greens": machine.greens,
        "up": machine.is_up,
        "ups": machine.ups,
        "downs": machine.downs,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
