"""The file itself, on a memory stick that may be full, write-protected or pulled out."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from device.journal.disk import sync_folder
from device.stick.carry import Exported
from rules.messages.stick import StickRefused


def write_file(target: Path, device: str, lines: Iterable[bytes | Exported]) -> tuple[Path, Exported]:
    """Write a whole file or none: at `target`, or in it under a name of its own where it is a folder.

    Raises StickRefused.
    """
    folder = target if target.is_dir() else target.parent
    if target.exists() and not target.is_dir() and not target.is_file():
        raise StickRefused(
            f"{target} には書き出せません。メモリのフォルダかファイル名を指定してください",
            f"{target} is neither a folder nor a file: name the folder of the stick, or a file",
        )
    try:
        return _write(target, folder, device, lines)
    except OSError as error:
        raise _cannot_write(target, error) from error


def read_file(source: Path, most: int) -> bytes:
    """All of it, or one byte more than `most`, which is more than any file of ours has. Raises StickRefused."""
    try:
        if not source.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with source.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise StickRefused(
            f"{source} を読めません。ファイルの名前とメモリの差し込みを確かめてください",
            f"{source} cannot be read: check its name and that the stick is in",
            error.strerror or "",
        ) from error


def _write(
    target: Path, folder: Path, device: str, lines: Iterable[bytes | Exported]
) -> tuple[Path, Exported]:
    descriptor, name = tempfile.mkstemp(prefix=".yukemuri-", suffix=".part", dir=folder)
    making = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            exported = _fill(file.fileno(), lines)
            os.fsync(file.fileno())
        path = target / _name(device, exported) if target == folder else target
        making.replace(path)
    except BaseException:
        making.unlink(missing_ok=True)
        raise
    sync_folder(folder)
    return path, exported


def _fill(descriptor: int, lines: Iterable[bytes | Exported]) -> Exported:
    exported: Exported | None = None
    for line in lines:
        if isinstance(line, Exported):
            exported = line
        else:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
    if exported is None:
        raise StickRefused(
            "端末が途中で終わりました。もう一度書き出してください",
            "The terminal ended meanwhile: export again",
        )
    return exported


def _name(device: str, exported: Exported) -> str:
    """Two files of one journal lie in order in a list; one without records brings only the office's news back."""
    what = f"{exported.first:06}-{exported.last:06}" if exported.records else f"{exported.last:06}-news"
    return f"yukemuri-{device}-{exported.epoch[:8]}-{what}.stick"


def _cannot_write(target: Path, error: OSError) -> StickRefused:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StickRefused(
            f"{target} に空きがありません。何も残していません。空きを作るか、別のメモリを使ってください",
            f"There is no room at {target}, and nothing was left there: make room or take another stick",
        )
    return StickRefused(
        f"{target} に書き出せません。メモリが差してあるか、書き込みができるか確かめてください",
        f"{target} cannot be written: check that the stick is in and not write-protected",
        error.strerror or "",
    )
