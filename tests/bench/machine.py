"""The machine a benchmark ran on, and whether a folder lies on a real disk."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_ESCAPED = re.compile(r"\\(\d{3})")


class NoRealDisk(Exception):
    """The folder cannot be used to measure commits in. The text is one sentence with the remedy."""


class NotMeasured(Exception):
    """The bench could not measure. The text says what happened."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`disk` is the file system of the data folder and the device below it."""

    cpu: str
    cores: int
    os: str
    python: str
    sqlite: str
    disk: str

    def __str__(self) -> str:
        return " ・ ".join(
            (
                f"{self.cpu}, {self.cores} cores",
                self.os,
                f"Python {self.python}",
                f"SQLite {self.sqlite}",
                self.disk,
            )
        )

    def as_dict(self) -> dict[str, str | int]:
        """For JSON."""
        return asdict(self)


def this_machine(data: Path) -> Machine:
    """This machine, with the disk below `data`."""
    kind, device = file_system(Path("/proc/self/mountinfo").read_text(encoding="utf-8"), data)
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        os=f"{_system()}, Linux {platform.release()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        disk=f"{kind} ({Path(device).name})",
    )


def make_on_disk(data: Path) -> None:
    """Make the folder if it is missing. Raises NoRealDisk where that fails or where it lies in memory.

    A commit in memory reaches no disk, so it measures nothing.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoRealDisk(
            f"{data} を作れません。--data で書き込めるフォルダを指定してください（{error.strerror}）。 / "
            f"{data} cannot be made ({error.strerror}); name a folder that can be written with --data."
        ) from error
    kind, _ = file_system(Path("/proc/self/mountinfo").read_text(encoding="utf-8"), data)
    if kind in IN_MEMORY:
        raise NoRealDisk(
            f"{data} はメモリー上（{kind}）です。--data で本物のディスク上のフォルダを指定してください。 / "
            f"{data} lies in memory ({kind}); name a folder on a real disk with --data."
        )


def file_system(mountinfo: str, folder: Path) -> tuple[str, str]:
    """Kind and device of the file system that holds `folder`, by the text of /proc/self/mountinfo."""
    real = folder.resolve()
    best, found = -1, ("unknown", "unknown")
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), before.split()[4]))
        depth = len(point.parts)
        # Of two mounts on one point the later one covers the earlier.
        if depth >= best and real.is_relative_to(point):
            kind, device, *_ = after.split()
            best, found = depth, (kind, device)
    return found


def _cpu() -> str:
    # A Pi's /proc/cpuinfo names no model; its device tree does.
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    try:
        return Path("/proc/device-tree/model").read_text(encoding="utf-8").rstrip("\0\n")
    except OSError:
        return platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()
