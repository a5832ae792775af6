"""What the journal asks of the disk: that it is one, that there is room, and something to give away if there is not."""

from __future__ import annotations

import os
from pathlib import Path

NO_DISKS = {"overlay", "tmpfs", "ramfs", "squashfs", "nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "vfat"}
"""File systems where what was synced is gone after a power cut, or that keep no lock or no file mode."""
BALLAST_BYTES = 1024 * 1024
RESERVE_BYTES = 512 * 1024
"""Free bytes below which nothing new is written: what is left is for acknowledgements and for making room."""

_MOUNTINFO = Path("/proc/self/mountinfo")


def file_system_of(folder: Path) -> str:
    """The type of the file system that `folder` lies on, "" where the kernel does not say."""
    device = os.stat(folder).st_dev  # noqa: PTH116 - Path.stat says the same; this is what mountinfo is about
    wanted = f"{os.major(device)}:{os.minor(device)}"
    found = ""
    for line in _MOUNTINFO.read_text(encoding="utf-8").splitlines():
        # See proc_pid_mountinfo(5): the third field is the device, the type comes after a lone hyphen.
        place, _, rest = line.partition(" - ")
        if place.split()[2] == wanted:
            found = rest.split()[0]
    return found


def sync_folder(folder: Path) -> None:
    """Put the folder's list of names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Disk:
    """Room in the folder of a journal. The ballast is a file of nothing: on a full disk not even DELETE works."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    @property
    def free(self) -> int:
        """Bytes that may still be written."""
        state = os.statvfs(self._folder)
        return state.f_bavail * state.f_frsize

    @property
    def is_full(self) -> bool:
        """Whether nothing new should be written: the ballast that was given away is no room."""
        return self.free < RESERVE_BYTES + (0 if self._ballast.exists() else BALLAST_BYTES)

    def balance(self) -> None:
        """Give the ballast away while the disk is full; take it back once there is room for it and more."""
        free = self.free
        if free < RESERVE_BYTES:
            self._ballast.unlink(missing_ok=True)
        elif free > RESERVE_BYTES + 2 * BALLAST_BYTES and not self._ballast.exists():
            try:
                with self._ballast.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
            except OSError:
                # Somebody was faster. Half a ballast is none.
                self._ballast.unlink(missing_ok=True)
