"""Getting out of a damaged file what can still be read, and putting it aside whole."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from device.journal.carve import carve
from device.journal.disk import sync_folder
from device.journal.record import Keep, Record, head_sum
from device.journal.wal import PAGE_BYTES, frames, of_this_log

KEPT_ASIDE = 4
"""Files in quarantine; of more, the oldest goes."""
MAX_ROWS = 10_000_000
"""Looked for one by one: a damaged page may name any."""
_TAILS = ("", "-wal", "-shm")


@dataclass(slots=True)
class Salvage:
    """What was found: records by number, what was remembered, whose journal it was ("" where nobody knows any more).

    `acknowledged` is how far central had got, 0 where nobody knows: what it gets twice it takes once.
    """

    epoch: str = ""
    acknowledged: int = 0
    records: dict[int, Record] = field(default_factory=dict)
    kept: list[Keep] = field(default_factory=list)

    @property
    def unacknowledged(self) -> list[Record]:
        """What central may lack, oldest first."""
        return [self.records[number] for number in sorted(self.records) if number > self.acknowledged]


def salvage(path: Path, workplace: Path) -> Salvage:
    """Everything in a damaged file, and in the log beside it, that proves itself. Works on a copy in `workplace`."""
    workplace.mkdir(mode=0o700)
    try:
        for tail in _TAILS:
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{tail}", workplace / f"{path.name}{tail}")
        found = Salvage()
        raw = (workplace / path.name).read_bytes() if (workplace / path.name).exists() else b""
        log = workplace / f"{path.name}-wal"
        raw_log = log.read_bytes() if log.exists() else b""
        _read_by_key(workplace / path.name, found)
        _carve(raw, raw_log, found)
        _number_by_chain(found)
        return found
    finally:
        shutil.rmtree(workplace)


def put_aside(path: Path) -> Path:
    """Move the file and what belongs to it into quarantine; where it lies now."""
    quarantine = path.parent / "quarantine"
    quarantine.mkdir(mode=0o700, exist_ok=True)
    aside = sorted(quarantine.iterdir(), key=lambda folder: int(folder.name))
    place = quarantine / str(int(aside[-1].name) + 1 if aside else 1)
    place.mkdir(mode=0o700)
    # The log first: a file without its log is an older state of itself, a log without its file is nothing.
    for tail in reversed(_TAILS):
        with suppress(FileNotFoundError):
            Path(f"{path}{tail}").rename(place / f"{path.name}{tail}")
    for folder in (place, quarantine, path.parent):
        sync_folder(folder)
    for old in aside[: max(0, len(aside) + 1 - KEPT_ASIDE)]:
        shutil.rmtree(old)
    return place


def _read_by_key(copy: Path, found: Salvage) -> None:
    """Row by row, so that one page that cannot be read costs no more than its own rows."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as connection:
        for epoch, number, stored in _rows(connection, "SELECT epoch, acknowledged, sum FROM head"):
            if head_sum(epoch, number) == stored:
                found.epoch, found.acknowledged = epoch, number
        for kind, key, body, stored in _rows_by_id(connection, "kept", "kind, key, body, sum"):
            if isinstance(body, bytes) and Keep(str(kind), str(key), body).sum == stored:
                found.kept.append(Keep(kind, key, body))
        for row in _rows_by_id(connection, "records", "number, previous, body, hash"):
            _add(found, row)


def _rows_by_id(connection: sqlite3.Connection, table: str, columns: str) -> list[Any]:
    ends = _rows(connection, f"SELECT min(rowid), max(rowid) FROM {table}")  # noqa: S608 - names of our own
    if not ends or not all(isinstance(end, int) for end in ends[0]):
        return []
    first, last = ends[0]
    rows = _rows(connection, f"SELECT {columns} FROM {table}")  # noqa: S608
    if len(rows) >= last - first + 1:
        return rows
    by_id: list[Any] = []
    for rowid in range(first, min(last, first + MAX_ROWS) + 1):
        by_id += _rows(connection, f"SELECT {columns} FROM {table} WHERE rowid = {rowid}")  # noqa: S608
    return by_id


def _rows(connection: sqlite3.Connection, query: str) -> list[Any]:
    try:
        return connection.execute(query).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return []


def _add(found: Salvage, row: tuple[Any, ...]) -> None:
    number, *parts = row
    if isinstance(number, int) and all(isinstance(part, bytes) for part in parts):
        record = Record(number, *parts)
        if record.proves_itself:
            found.records[number] = record


def _carve(raw: bytes, log: bytes, found: Salvage) -> None:
    size = int.from_bytes(raw[16:18], "big") if len(raw) > 18 else 0
    size = size if size >= 512 and not size & (size - 1) else PAGE_BYTES
    in_file = [raw[at : at + size] for at in range(0, len(raw), size)]
    logged = of_this_log(log, frames(log))
    # Only transactions whose last frame is there: nobody was told of one that was cut short.
    ends = max((index for index, frame in enumerate(logged, 1) if frame.ends), default=0)
    newest = {frame.number: frame.page for frame in logged[:ends]}

    def page_at(number: int) -> bytes:
        return newest.get(number) or (in_file[number - 1] if 1 <= number <= len(in_file) else b"")

    for record in carve([*(frame.page for frame in reversed(logged[:ends])), *in_file], page_at):
        found.records.setdefault(record.number, record)


def _number_by_chain(found: Salvage) -> None:
    """A row proves its bytes, not its number: that is said by the record it follows on."""
    follower = {record.previous: record for record in found.records.values()}
    for number in sorted(found.records):
        record = found.records.get(number)
        while record is not None and (after := follower.get(record.hash)) is not None:
            if after.number == record.number + 1:
                break
            found.records.pop(after.number, None)
            record = replace(after, number=record.number + 1)
            found.records[record.number] = record
            follower[record.previous] = record
