"""Rows of what machines have sent: every record once, and how far each journal is taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.many_rows import Lookup, ManyRows
from central.database.tables import journals, quarantine, records, salvaged
from central.database.transaction import Connection
from rules.messages.events import RecordRef

# Built once: building a statement takes longer than SQLite does to run it.
_JOURNAL = Lookup(
    select(journals.c.number, journals.c.hash, journals.c.session, journals.c.told).where(
        journals.c.device == bindparam("of_device"), journals.c.epoch == bindparam("of_epoch")
    ),
    "of_device",
    "of_epoch",
)
_OTHER_JOURNALS = Lookup(
    select(journals.c.epoch, journals.c.number, journals.c.hash, journals.c.session, journals.c.told)
    .where(journals.c.device == bindparam("of_device"), journals.c.epoch != bindparam("of_epoch"))
    .order_by(journals.c.epoch),
    "of_device",
    "of_epoch",
)
_journal = upsert(journals)
_PUT_JOURNAL = ManyRows(
    _journal.on_conflict_do_update(
        index_elements=["device", "epoch"],
        set_={name: _journal.excluded[name] for name in ("number", "hash", "session", "told")},
    ),
    "device",
    "epoch",
    "number",
    "hash",
    "session",
    "told",
)
_SALVAGED = Lookup(
    select(salvaged.c.number, salvaged.c.hash).where(
        salvaged.c.device == bindparam("of_device"),
        salvaged.c.epoch == bindparam("of_epoch"),
        salvaged.c.number.between(bindparam("first"), bindparam("last")),
    ),
    "of_device",
    "of_epoch",
    "first",
    "last",
)
_BACKWARDS = Lookup(
    select(records.c.number, records.c.body)
    .where(
        records.c.device == bindparam("of_device"),
        records.c.epoch == bindparam("of_epoch"),
        records.c.number.between(bindparam("first"), bindparam("last")),
    )
    .order_by(records.c.number.desc()),
    "of_device",
    "of_epoch",
    "first",
    "last",
)
_SET_WALL = ManyRows(
    update(records).where(
        records.c.device == bindparam("of_device"),
        records.c.epoch == bindparam("of_epoch"),
        records.c.number == bindparam("of_number"),
    ),
    "wall",
    "of_device",
    "of_epoch",
    "of_number",
)
_ADD = ManyRows(
    insert(records),
    "device",
    "epoch",
    "number",
    "hash",
    "kind",
    "wall",
    "received_at",
    "refused",
    "body",
)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to keep. `hash` is the chain's at it, in hex; `refused` says why it was not applied, or ""."""

    number: int
    hash: str
    kind: str
    wall: int
    refused: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """How far a journal is taken in: number and hash of the last record; and who asked last (see the table)."""

    epoch: str
    number: int
    hash: str
    session: str = ""
    told: int = 0


def find_journal(connection: Connection, device: str, epoch: str) -> Journal | None:
    """How far the journal is taken in; None for one that is new here."""
    rows = _JOURNAL.all(connection, device, epoch)
    return Journal(epoch, *rows[0]) if rows else None


def other_journals(connection: Connection, device: str, epoch: str) -> list[Journal]:
    """The machine's journals beside `epoch`."""
    return [Journal(*row) for row in _OTHER_JOURNALS.all(connection, device, epoch)]


def forget_empty_journals(connection: Connection, device: str) -> None:
    """Drop the journals of which nothing was taken in: a machine that has one says so again."""
    connection.execute(delete(journals).where(journals.c.device == device, journals.c.number == 0))


def put_journal(connection: Connection, device: str, journal: Journal) -> None:
    """Move the cursor."""
    row = (device, journal.epoch, journal.number, journal.hash, journal.session, journal.told)
    _PUT_JOURNAL.execute(connection, [row])


def hashes_between(connection: Connection, device: str, epoch: str, first: int, last: int) -> dict[int, str]:
    """The chain's hash at each record taken in, from `first` to `last`, by number."""
    rows = connection.execute(
        select(records.c.number, records.c.hash).where(
            records.c.device == device, records.c.epoch == epoch, records.c.number.between(first, last)
        )
    )
    return {row.number: row.hash for row in rows}


def add_records(
    connection: Connection, device: str, epoch: str, taken: Sequence[NewRecord], now: int
) -> None:
    """Keep records for ever."""
    rows = [
        (device, epoch, each.number, each.hash, each.kind, each.wall, now, each.refused, each.body)
        for each in taken
    ]
    _ADD.execute(connection, rows)


def bodies_backwards(
    connection: Connection, device: str, epoch: str, first: int, last: int
) -> list[tuple[int, bytes]]:
    """Number and bytes of the records from `last` back to `first`."""
    return [(found, bytes(body)) for found, body in _BACKWARDS.all(connection, device, epoch, first, last)]


def set_walls(connection: Connection, device: str, epoch: str, walls: Mapping[int, int]) -> None:
    """When records were, by number, Unix seconds."""
    _SET_WALL.execute(connection, [(wall, device, epoch, number) for number, wall in walls.items()])


def newest_record(connection: Connection) -> int:
    """The id of the last record taken in, 0 for none."""
    return connection.execute(select(func.max(records.c.id))).scalar() or 0


def refusals_after(connection: Connection, record_id: int) -> list[str]:
    """Of every record taken in after `record_id`, in order: why it was not applied, or ""."""
    rows = connection.execute(
        select(records.c.refused).where(records.c.id > record_id).order_by(records.c.id)
    )
    return list(rows.scalars())


def add_quarantined(
    connection: Connection, device: str, epoch: str, number: int, record_hash: str, body: bytes, now: int
) -> None:
    """Keep what cannot stand under its number, once."""
    row = {"device": device, "epoch": epoch, "number": number, "hash": record_hash}
    statement = upsert(quarantine).values(**row, received_at=now, body=body)
    connection.execute(statement.on_conflict_do_nothing())


def salvaged_between(
    connection: Connection, device: str, epoch: str, first: int, last: int
) -> set[tuple[int, str]]:
    """Number and hash of every record of a journal, from `first` to `last`, that a later one has handed on."""
    rows = _SALVAGED.all(connection, device, epoch, first, last)
    return {(number, record_hash) for number, record_hash in rows}


def add_salvaged(
    connection: Connection, device: str, was: RecordRef, record_hash: str, applied: RecordRef
) -> None:
    """A record of an earlier journal, applied as `applied`."""
    connection.execute(
        insert(salvaged).values(
            device=device,
            epoch=was.epoch,
            number=was.number,
            hash=record_hash,
            as_epoch=applied.epoch,
            as_number=applied.number,
        )
    )


def applied_as(connection: Connection, device: str, was: RecordRef, carrier: str) -> RecordRef:
    """What record `was` is called here when journal `carrier` speaks of it: that one's own word, else the newest."""
    row = connection.execute(
        select(salvaged.c.as_epoch, salvaged.c.as_number)
        .where(salvaged.c.device == device, salvaged.c.epoch == was.epoch, salvaged.c.number == was.number)
        .order_by((salvaged.c.as_epoch == carrier).desc(), salvaged.c.id.desc())
        .limit(1)
    ).first()
    return was if row is None else RecordRef(row.as_epoch, row.as_number)
