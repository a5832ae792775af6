"""A data folder as it was, from the parts of a backup."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage

from provisioning.backup.parcels import BASE, DATABASE, Damaged, Kept, list_backups, unpack


@dataclass(frozen=True, slots=True)
class Restored:
    """Which backup, the Unix second of the last part that was used, how many parcels, and what was left out and why."""

    backup: str
    until: int
    parcels: int
    left_out: tuple[str, ...]


def restore(
    place: Path,
    identity: pyrage.x25519.Identity,
    data: Path,
    at: int | None,
    progress: Callable[[int, int], object],
) -> Restored:
    """Make the folder `data`, which must not be there, from the newest backup in `place`, or as of Unix second `at`.

    A backup that cannot be opened is left out for the one before it; a parcel that cannot ends it there. `progress`
    hears how many parcels of how many are put in. Raises Damaged where nothing can be used, FileExistsError, OSError.
    """
    if data.exists():
        raise FileExistsError(data)
    left_out: list[str] = []
    wanted = [each for each in list_backups(place) if at is None or each.begun <= at]
    for backup in reversed(wanted):
        data.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{data.name}-", dir=data.parent))
        try:
            restored = _restore_one(backup, identity, making, at, progress)
            making.rename(data)
        except Damaged as damaged:
            left_out.append(f"{backup.folder.name}: {damaged}")
        else:
            return Restored(
                backup.folder.name, restored.until, restored.parcels, (*left_out, *restored.left_out)
            )
        finally:
            shutil.rmtree(making, ignore_errors=True)
    raise Damaged("; ".join(left_out) or f"no whole backup in {place}")


def _restore_one(
    backup: Kept,
    identity: pyrage.x25519.Identity,
    data: Path,
    at: int | None,
    progress: Callable[[int, int], object],
) -> Restored:
    _open_base(backup, identity, data)
    previous = hashlib.sha256(backup.folder.name.encode()).hexdigest()
    until, number, left_out = backup.begun, 0, ""
    parcels = [(made, file) for made, file in backup.parcels if at is None or made <= at]
    with (data / DATABASE).open("r+b") as database:
        for made, file in parcels:
            try:
                previous = _put_in(database, file, identity, (backup.folder.name, number + 1, previous))
            except Damaged as damaged:
                left_out = f"{file.name} and {len(parcels) - number - 1} after it: {damaged}"
                break
            until, number = made, number + 1
            progress(number, len(parcels))
        database.flush()
        os.fsync(database.fileno())
    _examine(data / DATABASE)
    return Restored(backup.folder.name, until, number, (left_out,) if left_out else ())


def _open_base(backup: Kept, identity: pyrage.x25519.Identity, data: Path) -> None:
    tar = data / ".base.tar.gz"
    try:
        pyrage.decrypt_file(str(backup.folder / BASE), str(tar), [identity])
        with tarfile.open(tar, "r:gz") as archive:
            _unpack_base(archive, data)
    except (pyrage.DecryptError, tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise Damaged(f"{BASE}: {error}") from error
    except OSError as error:
        # So pyrage says, too, that a later part of the file is not what was sealed; a disk's refusals have numbers.
        if error.errno is None:
            raise Damaged(f"{BASE}: {error}") from error
        raise
    finally:
        tar.unlink(missing_ok=True)
    if not (data / DATABASE).is_file():
        raise Damaged(f"{BASE}: no {DATABASE} in it")


def _unpack_base(archive: tarfile.TarFile, data: Path) -> None:
    """Folders and files below `data`, their owner's alone. tarfile's own filter is newer than Debian 12's Python."""
    for member in archive:
        path = data / member.name
        if not path.resolve().is_relative_to(data.resolve()):
            raise Damaged(f"{BASE}: {member.name}")
        if member.isdir():
            path.mkdir(mode=0o700, exist_ok=True)
        elif (file := archive.extractfile(member)) is not None:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
                shutil.copyfileobj(file, kept)


def _put_in(
    database: BinaryIO, file: Path, identity: pyrage.x25519.Identity, expected: tuple[str, int, str]
) -> str:
    """Put a parcel's pages where they belong; its hash, which the next one names. Raises Damaged."""
    try:
        content = pyrage.decrypt(file.read_bytes(), [identity])
    except pyrage.DecryptError as error:
        raise Damaged(str(error)) from error
    parcel, body = unpack(content)
    if (parcel.backup, parcel.number, parcel.previous) != expected:
        raise Damaged("it does not follow on the one before")
    size = parcel.page_size
    for index, number in enumerate(parcel.numbers):
        database.seek((number - 1) * size)
        database.write(body[index * size : (index + 1) * size])
    database.truncate(parcel.pages * size)
    return hashlib.sha256(content).hexdigest()


def _examine(database: Path) -> None:
    """Raises Damaged where SQLite finds something wrong."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            astray = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{DATABASE}: {error}") from error
    if found != ["ok"] or astray:
        raise Damaged(f"{DATABASE}: {found[0]}")
