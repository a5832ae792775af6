"""What a backup is made of: one whole copy, and after it parcels of changed pages, each sealed for the key in the safe.

A backup is a folder named by when it was begun. In it `base.age` is a gzipped tar of the data folder, and
`000001-….age` and so on are the parcels, each with the hash of the one before. They are age files (https://age-encryption.org/v1):
with the secret key any age program opens them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedWriter
from itertools import pairwise
from pathlib import Path

import msgspec
import pyrage

BASE = "base.age"
DATABASE, SETTINGS = "central.db", "central.toml"
_STAMP = "%Y%m%dT%H%M%SZ"
_BACKUP = re.compile(r"\d{8}T\d{6}Z")
_PARCEL = re.compile(r"(\d{6})-(\d{8}T\d{6}Z)\.age")
_UNFINISHED = ".unfinished"
_FAST = 1
"""Of zlib: pages shrink to a quarter, and the server has better things to do."""
DAY_S = 86_400


class Damaged(Exception):
    """A part of a backup that cannot be used. Says which and why."""


class Parcel(msgspec.Struct, frozen=True):
    """Pages of a database that has `pages` of them, at Unix second `made`; `numbers` are those that follow as bytes."""

    backup: str
    number: int
    previous: str
    made: int
    page_size: int
    pages: int
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in its folder: when it was begun, and its parcels' files in order with when they were made."""

    folder: Path
    begun: int
    parcels: tuple[tuple[int, Path], ...]

    @property
    def until(self) -> int:
        """Unix second of its newest part."""
        return self.parcels[-1][0] if self.parcels else self.begun


def stamp(moment: int) -> str:
    """A Unix second as it stands in names."""
    return datetime.fromtimestamp(moment, UTC).strftime(_STAMP)


def moment_of(text: str) -> int:
    """The Unix second of a stamp. Raises ValueError."""
    return int(datetime.strptime(text, _STAMP).replace(tzinfo=UTC).timestamp())


def list_backups(place: Path) -> list[Kept]:
    """The whole ones, oldest first."""
    found = []
    for folder in sorted(place.iterdir()):
        if _BACKUP.fullmatch(folder.name) and (folder / BASE).is_file():
            parcels = sorted((file.name, file) for file in folder.iterdir() if _PARCEL.fullmatch(file.name))
            dated = tuple((moment_of(name[7:-4]), file) for name, file in parcels)
            found.append(Kept(folder, moment_of(folder.name), dated))
    return found


def rotate(place: Path, now: int, days: int) -> int:
    """Remove what is not needed to go back to any moment of the last `days` days, and what was never finished.

    How many backups were removed; the newest whole one stays.
    """
    backups = list_backups(place)
    old = [each.folder for each, after in pairwise(backups) if after.begun <= now - days * DAY_S]
    newest = backups[-1].folder.name if backups else ""
    unfinished = [
        folder
        for folder in place.iterdir()
        if _BACKUP.fullmatch(folder.name) and folder.name < newest and not (folder / BASE).exists()
    ]
    for folder in (*old, *unfinished):
        shutil.rmtree(folder)
    return len(old)


class Writer:
    """Writes one backup under `place` for whoever holds the secret key of `recipient`. Raises OSError throughout."""

    def __init__(self, place: Path, recipient: pyrage.x25519.Recipient, now: int) -> None:
        self._recipient = recipient
        self._name = stamp(now)
        self._folder = place / self._name
        self._folder.mkdir(mode=0o700)
        self._number = 0
        self._previous = hashlib.sha256(self._name.encode()).hexdigest()

    def put_base(self, data: Path, database: Path) -> None:
        """All of the data folder; its database is the copy at `database`. With it the backup is whole.

        Parcels may lie there before: those of what was written since that copy was begun. Of the files beside the
        database, whose names begin like its own, the settings alone are no part of it.
        """
        tar = database.with_suffix(".tar")
        try:
            with tarfile.open(tar, "w:gz", compresslevel=_FAST) as archive:
                archive.add(database, DATABASE)
                for each in sorted(data.iterdir()):
                    if each.name == SETTINGS or not each.name.startswith(("central.", ".")):
                        archive.add(each, each.name)
            self._put(BASE, lambda file: _seal_file(tar, file, self._recipient))
        finally:
            tar.unlink(missing_ok=True)

    def discard(self) -> None:
        """Nothing is left of a backup that will not become whole."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def put_pages(self, pages: Mapping[int, bytes], count: int, page_size: int, now: int) -> None:
        """One parcel more: these pages, after which the database has `count` of them."""
        parcel = Parcel(self._name, self._number + 1, self._previous, now, page_size, count, sorted(pages))
        content = pack(parcel, pages)
        sealed = pyrage.encrypt(content, [self._recipient])
        # A try that failed after it had its name: two of one number would end the way back there.
        for tried in self._folder.glob(f"{parcel.number:06}-*.age"):
            tried.unlink()
        self._put(f"{parcel.number:06}-{stamp(now)}.age", lambda file: file.write(sealed))
        self._number, self._previous = parcel.number, hashlib.sha256(content).hexdigest()

    def _put(self, name: str, write: Callable[[BufferedWriter], object]) -> None:
        """Whole or not at all, and on the disk when this returns."""
        unfinished = self._folder / f"{name}{_UNFINISHED}"
        with unfinished.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / name)
        for folder in (self._folder, self._folder.parent):
            _sync_folder(folder)


def _seal_file(source: Path, target: BufferedWriter, recipient: pyrage.x25519.Recipient) -> None:
    with source.open("rb") as file:
        pyrage.encrypt_io(file, target, [recipient])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def pack(parcel: Parcel, pages: Mapping[int, bytes]) -> bytes:
    """A line of JSON and the pages, pressed together."""
    body = b"".join(pages[number] for number in parcel.numbers)
    return zlib.compress(msgspec.json.encode(parcel) + b"\n" + body, _FAST)


def unpack(content: bytes) -> tuple[Parcel, memoryview]:
    """A parcel and the bytes of its pages. Raises Damaged."""
    try:
        line, _, body = zlib.decompress(content).partition(b"\n")
        parcel = msgspec.json.decode(line, type=Parcel)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise Damaged(str(error)) from error
    if len(body) != len(parcel.numbers) * parcel.page_size:
        raise Damaged("its pages do not fill it")
    return parcel, memoryview(body)
