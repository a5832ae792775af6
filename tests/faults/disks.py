"""Disks that are too small, cannot be written, or are none: made, mounted and taken away by the test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, *arguments: object) -> Iterator[Path]:
    """`folder` with something mounted on it. Skips the test where this machine does not allow it."""
    if os.geteuid():
        pytest.skip("mounting a file system needs root")
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", *map(str, arguments), folder], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"this machine mounts nothing like it: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def small_disk(folder: Path, megabytes: int, *, has_log: bool = False) -> Iterator[Path]:
    """An ext4 of its own, empty. With a log of its own, it turns read-only when it fails."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("mkfs.ext4 is not installed: sudo apt-get install e2fsprogs")
    image = folder / "small.img"
    with image.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    # Without blocks for root, all of it is the bus's.
    log = "has_journal" if has_log else "^has_journal"
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", log, image], check=True)
    with mounted(folder / "small", "-o", "loop", image) as disk:
        yield disk


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Somebody else has taken every byte of it."""
    stuffing = disk / "stuffing"
    with stuffing.open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 512, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass
    try:
        yield
    finally:
        stuffing.unlink()
