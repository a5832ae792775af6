"""Rows of what machines have sent: every record once, and how far each journal is taken in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.tables import journals, records
from central.database.transaction import Connection
from rules.messages.link import Cursor


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to keep. `hash` is the chain's at it, in hex; `refused` says why it was not applied, or ""."""

    number: int
    hash: str
    kind: str
    wall: int
    refused: str
    body: bytes


def find_cursor(connection: Connection, device: str, epoch: str) -> Cursor | None:
    """How far the journal is taken in; None for one that is new here."""
    row = connection.execute(
        select(journals.c.number, journals.c.hash).where(
            journals.c.device == device, journals.c.epoch == epoch
        )
    ).first()
    return None if row is None else Cursor(epoch, row.number, row.hash)


def put_cursor(connection: Connection, device: str, cursor: Cursor) -> None:
    """Move the cursor."""
    row = {"number": cursor.number, "hash": cursor.hash}
    statement = upsert(journals).values(device=device, epoch=cursor.epoch, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["device", "epoch"], set_=row))


def hashes_between(connection: Connection, device: str, epoch: str, first: int, last: int) -> dict[int, str]:
    """The chain's hash at each record taken in, from `first` to `last`, by number."""
    rows = connection.execute(
        select(records.c.number, records.c.hash).where(
            records.c.device == device, records.c.epoch == epoch, records.c.number.between(first, last)
        )
    )
    return {row.number: row.hash for row in rows}


def add_record(connection: Connection, device: str, epoch: str, record: NewRecord, now: int) -> None:
    """Keep a record for ever."""
    connection.execute(
        insert(records).values(
            device=device,
            epoch=epoch,
            number=record.number,
            hash=record.hash,
            kind=record.kind,
            wall=record.wall,
            received_at=now,
            refused=record.refused,
            body=record.body,
        )
    )
