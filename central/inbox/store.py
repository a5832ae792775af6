"""Rows of what machines have sent: every record once, and how far each journal is taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.many_rows import Lookup, ManyRows
from central.database.tables import journals, records
from central.database.transaction import Connection
from rules.messages.link import Cursor

# Built once: building a statement takes longer than SQLite does to run it.
_CURSOR = Lookup(
    select(journals.c.number, journals.c.hash).where(
        journals.c.device == bindparam("of_device"), journals.c.epoch == bindparam("of_epoch")
    ),
    "of_device",
    "of_epoch",
)
_journal = upsert(journals)
_PUT_CURSOR = ManyRows(
    _journal.on_conflict_do_update(
        index_elements=["device", "epoch"],
        set_={"number": _journal.excluded.number, "hash": _journal.excluded.hash},
    ),
    "device",
    "epoch",
    "number",
    "hash",
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


def find_cursor(connection: Connection, device: str, epoch: str) -> Cursor | None:
    """How far the journal is taken in; None for one that is new here."""
    for number, chain in _CURSOR.all(connection, device, epoch):
        return Cursor(epoch, number, chain)
    return None


def put_cursor(connection: Connection, device: str, cursor: Cursor) -> None:
    """Move the cursor."""
    _PUT_CURSOR.execute(connection, [(device, cursor.epoch, cursor.number, cursor.hash)])


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
    _ADD.execute(
        connection,
        [
            (
                device,
                epoch,
                record.number,
                record.hash,
                record.kind,
                record.wall,
                now,
                record.refused,
                record.body,
            )
            for record in taken
        ],
    )
