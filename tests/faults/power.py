"""A disk of its own for a bus, and the switch of its power: an ext4 on a loop device that can be shut down."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
"""What was not synced by now never reaches the disk, not even ext4's own log."""
MEGABYTES = 32


@dataclass(frozen=True, slots=True)
class Disk:
    """`image` holds the file system, mounted at `folder`."""

    image: Path
    folder: Path

    @property
    def data(self) -> Path:
        """A bus's data folder on it."""
        return self.folder / "data"

    def plug_in(self) -> None:
        """Mount it; ext4 plays its log back."""
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True, capture_output=True)

    def pull_out(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", self.folder], check=True, capture_output=True)

    def cut_power(self) -> None:
        """From now on nothing reaches the disk any more."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)


@contextmanager
def disk_of_its_own(folder: Path) -> Iterator[Disk]:
    """One, plugged in. Skips the test where this machine does not allow it."""
    if os.geteuid() != 0:
        pytest.skip("a power cut needs a file system of its own, and mounting one needs root")
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("mkfs.ext4 is not installed: sudo apt-get install e2fsprogs")
    disk = Disk(folder / "disk.img", folder / "disk")
    disk.folder.mkdir()
    with disk.image.open("wb") as image:
        image.truncate(MEGABYTES * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", disk.image], check=True, capture_output=True)
    try:
        disk.plug_in()
    except subprocess.CalledProcessError as refusal:
        pytest.skip(f"this machine mounts no loop device: {refusal.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        if os.path.ismount(disk.folder):
            disk.pull_out()
