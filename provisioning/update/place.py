"""Where versions lie on a unit, side by side, and the links that say which of them is which.

| in the place | |
|---|---|
| `versions/V/` | one version: its own virtual environment; whole once `release.json` lies in it |
| `current` | the version that runs, or runs from the next start on |
| `trusted` | the last one that has shown that it is well: it updates the unit, and a bad one gives way to it |
| `former` | the one before `trusted` |
| `bin` | `current/bin`, which the units under systemd start |
| `boots` | how often the unit has been switched on while `current` was not yet `trusted` |
| `release.pub` | whose releases are taken, 32 bytes in hex |

A link is changed by one rename, and is on the disk before anything follows from it. So `current` and `trusted` lead to
whole versions at every moment, and nothing else needs to be remembered: an update is under way while they differ.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from provisioning.update.bundle import Manifest, read_public
from provisioning.update.outcomes import Outcome, Refused
from rules.messages.codec import Malformed, decode, encode

CURRENT, TRUSTED, FORMER, BIN = "current", "trusted", "former", "bin"
VERSIONS, BOOTS, WHOLE, PUBLIC_KEY = "versions", "boots", "release.json", "release.pub"
INCOMING = "incoming"
_LOCK = "lock"


class Place:
    """One unit's folder of versions, `/opt/yukemuri`. Only the updater writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else updates. Raises Refused."""
        with (self.folder / _LOCK).open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused(Outcome.BUSY) from error
            yield

    @property
    def public_key(self) -> bytes:
        """Whose releases are taken. Raises Refused."""
        return read_public(self.folder / PUBLIC_KEY)

    def version_at(self, link: str) -> str | None:
        """Where a link leads; None where there is none."""
        try:
            return (self.folder / link).readlink().name
        except OSError:
            return None

    def home(self, version: str) -> Path:
        """The folder of a version, whether it is there or not."""
        return self.folder / VERSIONS / version

    def manifest_of(self, version: str) -> Manifest | None:
        """Of a version that is here and whole."""
        try:
            return decode((self.home(version) / WHOLE).read_bytes(), Manifest)
        except (OSError, Malformed):
            return None

    def versions(self) -> list[str]:
        """All that lie here, whole or not."""
        folder = self.folder / VERSIONS
        return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []

    def make_room(self, version: str) -> Path:
        """An empty folder for a version; what an update that was cut short left there goes."""
        home = self.home(version)
        _remove(home)
        home.mkdir(parents=True, mode=0o755)
        return home

    def seal(self, manifest: Manifest) -> None:
        """The version is whole: every byte of it is on the disk first, and only then the file that says so."""
        home = self.home(manifest.version)
        # Thousands of files by other programs; the disk is small, and one call is surer than finding each of them.
        os.sync()
        fresh = home / f"{WHOLE}.new"
        _write(fresh, encode(manifest))
        fresh.replace(home / WHOLE)
        _sync_folder(home)
        _sync_folder(home.parent)

    def point(self, link: str, version: str) -> None:
        """Have a link lead to a version, whole or not at all, and on the disk when this returns."""
        self._link(link, f"{VERSIONS}/{version}")

    def lay_bin(self) -> None:
        """`bin`, by which the units find the program."""
        if not (self.folder / BIN).is_symlink():
            self._link(BIN, f"{CURRENT}/bin")

    def boots(self) -> int:
        """How often the unit was switched on during this update."""
        try:
            return int((self.folder / BOOTS).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def count_boot(self) -> int:
        """One more; how many that makes."""
        boots = self.boots() + 1
        fresh = self.folder / f"{BOOTS}.new"
        _write(fresh, b"%d" % boots)
        fresh.replace(self.folder / BOOTS)
        _sync_folder(self.folder)
        return boots

    def forget_boots(self) -> None:
        """Begin to count anew."""
        (self.folder / BOOTS).unlink(missing_ok=True)
        _sync_folder(self.folder)

    def incoming(self) -> Path:
        """An empty folder for what is being taken in, for nobody else's eyes."""
        folder = self.folder / INCOMING
        _remove(folder)
        folder.mkdir(mode=0o700)
        return folder

    def forget_incoming(self) -> None:
        """Nothing is being taken in any more."""
        _remove(self.folder / INCOMING)

    def tidy(self) -> None:
        """Only versions that a link leads to stay, and nothing half taken in."""
        kept = {self.version_at(link) for link in (CURRENT, TRUSTED, FORMER)}
        self.forget_incoming()
        for version in self.versions():
            if version not in kept:
                _remove(self.home(version))

    def _link(self, link: str, target: str) -> None:
        fresh = self.folder / f"{link}.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(self.folder / link)
        _sync_folder(self.folder)


def _remove(folder: Path) -> None:
    """What says that it is whole goes first: half a version must not pass for one."""
    (folder / WHOLE).unlink(missing_ok=True)
    if folder.is_dir():
        _sync_folder(folder)
        shutil.rmtree(folder)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
