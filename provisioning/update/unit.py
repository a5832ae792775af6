"""The unit as its updater sees it: the program that runs, asked over its socket, and systemd, which starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from provisioning.update.outcomes import Outcome, Refused
from rules.messages.codec import Malformed, decode, encode
from rules.messages.standing import STANDING, Standing

SOCKET = "control.sock"
ANSWER_S = 30.0
MAX_LINE_BYTES = 64 * 1024
START_S = 180.0
"""For systemd to stop the old program and see the new one ready; the unit's own limits are shorter."""
LOOK_S = 20.0


class Kind(StrEnum):
    """Which machine of ours it is. The program is `yukemuri-KIND`, its unit `yukemuri-KIND.service`."""

    TERMINAL = "terminal"
    KIOSK = "kiosk"


SETTINGS = {Kind.TERMINAL: Path("/etc/yukemuri/bus.toml"), Kind.KIOSK: Path("/etc/yukemuri/kiosk.toml")}
"""Where a unit has them."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What systemd knows of the program: its process, how often that was started anew, when it last said it lives.

    `alive_at` only ever grows; in what units does not matter here.
    """

    pid: int
    restarts: int
    alive_at: int


class Unit(Protocol):
    """What the updater needs of the unit."""

    def standing(self) -> Standing | None:
        """What the running program says of itself; None if none runs. Raises Refused if it does not answer."""

    def restart(self) -> bool:
        """Start the program of `current` anew; whether it said that it is ready."""

    def pulse(self) -> Pulse | None:
        """The running program's; None if none runs."""

    def journal_files(self) -> list[Path]:
        """Those that hold the journal now."""


class RealUnit:
    """The one outside."""

    def __init__(self, kind: Kind, config: Path) -> None:
        self._service = f"yukemuri-{kind}.service"
        self._config = config

    def standing(self) -> Standing | None:
        """Of the program in the data folder."""
        return ask_standing(self._data)

    def restart(self) -> bool:
        """Done by systemd itself, also if this program is killed meanwhile."""
        # A version that ended at once again and again may have used up its starts.
        _systemctl("reset-failed", self._service)
        return _systemctl("restart", self._service, within_s=START_S) is not None

    def pulse(self) -> Pulse | None:
        """From systemd."""
        names = ("ActiveState", "MainPID", "NRestarts", "WatchdogTimestampMonotonic")
        said = _systemctl("show", self._service, f"--property={','.join(names)}")
        found = dict(line.split("=", 1) for line in (said or "").splitlines() if "=" in line)
        if found.get("ActiveState") != "active":
            return None
        return Pulse(*(int(found.get(name) or 0) for name in names[1:]))

    def journal_files(self) -> list[Path]:
        """SQLite's file and its log."""
        files = [self._data / name for name in ("journal.db", "journal.db-wal")]
        return [file for file in files if file.exists()]

    @property
    def _data(self) -> Path:
        return data_folder(self._config)


def data_folder(config: Path) -> Path:
    """What a machine's settings say. Raises Refused."""
    try:
        return Path(tomllib.loads(config.read_text(encoding="utf-8"))["unit"]["data"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(Outcome.UNFIT, f"{config}: {error!r}") from error


def ask_standing(data: Path) -> Standing | None:
    """Of the machine that runs in `data`, as `device/control.py` answers. None if none runs. Raises Refused."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(ANSWER_S)
        try:
            with _address(data) as address:
                connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise Refused(Outcome.SILENT, str(error)) from error
        try:
            connection.sendall(encode(_Question(STANDING)) + b"\n")
            with connection.makefile("rb") as answers:
                return _heard(answers)
        except (OSError, Malformed) as error:
            raise Refused(Outcome.SILENT, str(error)) from error


class _Question(msgspec.Struct, frozen=True):
    do: str
    size: int = msgspec.field(name="bytes", default=0)


class _Answer(msgspec.Struct, frozen=True):
    done: Standing | None = None
    failed: str = ""


def _heard(answers: BinaryIO) -> Standing:
    answer = decode(answers.readline(MAX_LINE_BYTES), _Answer)
    if answer.done is None:
        raise Refused(Outcome.SILENT, answer.failed)
    return answer.done


@contextmanager
def _address(data: Path) -> Iterator[str]:
    """By way of the folder: an address of a socket may have only 108 bytes."""
    descriptor = os.open(data, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def _systemctl(*words: str, within_s: float = LOOK_S) -> str | None:
    """What it printed; None if it refused."""
    try:
        done = subprocess.run(
            ["systemctl", *words], capture_output=True, text=True, check=False, timeout=within_s
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None
