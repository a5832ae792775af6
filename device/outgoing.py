"""What a machine tells central of its journal, whichever way it travels: over the link or in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from device.journal import Agreement
from rules.messages.codec import batch_body, encode
from rules.messages.events import Replaced
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Batch, Hello

if TYPE_CHECKING:
    from device.identity import Identity
    from device.journal import Journal, Record
    from rules.instant import ClockQuality
    from rules.messages.link import Cursor

AROUND_BYTES = 1024
"""Room in a batch for what stands around its records."""
REPLACED = {
    Agreement.DISAGREED: Replaced.DISAGREED,
    Agreement.TOO_OLD: Replaced.TOO_OLD,
}


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch as it is sent, and the numbers of its first and last record."""

    first: int
    last: int
    payload: bytes


def hello_of(journal: Journal, boot: str, version: str, clock: ClockQuality, session: str) -> Hello:
    """How far the journal goes."""
    last = journal.last
    return Hello(
        journal.epoch,
        last.number,
        last.hash.hex(),
        boot,
        version,
        clock,
        acknowledged=journal.acknowledged,
        session=session,
    )


def batch_after(
    identity: Identity, journal: Journal, number: int, most: int = MAX_BATCH_RECORDS
) -> Packed | None:
    """The records that follow on `number`, at most `most`, as many as one batch holds; None where there are none."""
    records = fitting(journal.records_after(number, min(most, MAX_BATCH_RECORDS)))
    if not records:
        return None
    epoch, first, last_hash = journal.epoch, records[0].number, records[-1].hash.hex()
    signature = identity.sign_batch(batch_body(identity.device, epoch, first, len(records), last_hash))
    batch = Batch(epoch, first, [msgspec.Raw(record.body) for record in records], last_hash, signature)
    return Packed(first, records[-1].number, encode(batch))


def go_on_from(journal: Journal, cursor: Cursor) -> Agreement:
    """Follow central's word on how far it has got. Raises JournalBroken.

    Where the journal cannot go on from there, a new one begins at once and hands on what central may lack.
    """
    agreement = journal.agree(cursor.number, cursor.hash, cursor.at)
    if agreement is not Agreement.AGREED:
        after = journal.acknowledged
        if agreement is Agreement.TOO_OLD:
            after = cursor.number
        elif cursor.number <= after:
            # Somebody else has spoken under numbers that central once had from us.
            after = 0
        journal.begin_anew(REPLACED[agreement], f"{cursor.number} {cursor.hash[:16]}", after)
    return agreement


def fitting(records: list[Record]) -> list[Record]:
    """As many of the first records as fit one batch."""
    size = AROUND_BYTES
    for count, record in enumerate(records):
        size += len(record.body) + 1
        if size > MAX_BATCH_BYTES:
            return records[:count]
    return records
