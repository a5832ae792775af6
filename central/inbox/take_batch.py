"""Taking in a batch of journal records: once, in order, and with their money in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import msgspec

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What
from central.devices.store import Device
from central.inbox.store import (
    Journal,
    add_quarantined,
    find_journal,
    hashes_between,
    put_journal,
)
from central.inbox.take_records import EPOCH, Link, take_records
from rules.messages.codec import batch_body, first_hash, next_hash
from rules.messages.link import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_RECORD_BYTES, Ack, Batch, Cursor
from rules.passes.seal import Use, check

MAX_NUMBER = 2**53
"""Above every number a journal reaches, and still a whole number in any JSON reader."""


def cursor_for(connection: Connection, device: str, epoch: str, now: int) -> Cursor:
    """How far this journal is taken in: number 0 and hash_0 for a new one."""
    ours = journal_of(connection, device, epoch)
    return Cursor(epoch, ours.number, ours.hash, now, ours.session)


def take(connection: Connection, device: Device, batch: Batch, now: int) -> Ack | Cursor | Incident:
    """Take in what is new of a batch, as far as it is what the machine signed and follows on what we hold.

    An Ack says how far the journal is taken in now; a Cursor, that something before this batch is missing;
    an Incident, that nothing of it was taken, and why. Runs within the caller's write transaction.
    """
    wrong = _unfit(device, batch)
    return (
        Incident(device.device, wrong, _place(batch)) if wrong else _take_fit(connection, device, batch, now)
    )


def take_run(connection: Connection, device: Device, batches: Sequence[Batch], now: int) -> Ack | None:
    """Take in at once what one batch after the other would be; None where they have to be taken one by one.

    Some of it may be written by then. What the last one's signed hash says of the whole chain before it is looked at.
    """
    first, *_, last = batches
    ends = accumulate((len(batch.records) for batch in batches), initial=first.first)
    follow = all(
        batch.epoch == first.epoch and batch.first == begin
        for batch, begin in zip(batches, ends, strict=False)
    )
    if not follow or any(_unfit(device, batch) for batch in batches):
        return None
    records = [record for batch in batches for record in batch.records]
    joined = msgspec.structs.replace(first, records=records, last_hash=last.last_hash)
    taken = _take_fit(connection, device, joined, now)
    return taken if isinstance(taken, Ack) else None


def _take_fit(connection: Connection, device: Device, batch: Batch, now: int) -> Ack | Cursor | Incident:
    ours = journal_of(connection, device.device, batch.epoch)
    if batch.first > ours.number + 1:
        return Cursor(batch.epoch, ours.number, ours.hash, now, ours.session)
    known = _known(connection, device.device, batch, ours)
    links = _chain(batch, known[batch.first - 1])
    if links[-1].hash != batch.last_hash:
        return Incident(device.device, What.DAMAGED_BATCH, _place(batch))
    others = [link for link in links if known.get(link.number, link.hash) != link.hash]
    if others:
        for link in others:
            add_quarantined(connection, device.device, batch.epoch, link.number, link.hash, link.body, now)
        return Incident(device.device, What.CONFLICT, _place(batch))
    new = [link for link in links if link.number > ours.number]
    if new:
        take_records(connection, device, batch.epoch, new, now)
        ours = replace(ours, number=new[-1].number, hash=new[-1].hash)
        put_journal(connection, device.device, ours)
    return Ack(ours.epoch, ours.number, ours.hash, now, ours.session)


def _known(connection: Connection, device: str, batch: Batch, ours: Journal) -> dict[int, str]:
    """The chain's hash at each record of the batch that is taken in, and at the one before it, by number."""
    if batch.first == ours.number + 1:
        return {ours.number: ours.hash}
    last = batch.first + len(batch.records) - 1
    known = hashes_between(connection, device, batch.epoch, batch.first - 1, last)
    known[0] = first_hash(device, batch.epoch).hex()
    return known


def journal_of(connection: Connection, device: str, epoch: str) -> Journal:
    """How far this journal is taken in: number 0 and hash_0 for a new one."""
    return find_journal(connection, device, epoch) or Journal(epoch, 0, first_hash(device, epoch).hex())


def _unfit(device: Device, batch: Batch) -> What | None:
    return _wrong(batch) or _unsigned(device, batch)


def _wrong(batch: Batch) -> What | None:
    sizes = [len(bytes(record)) for record in batch.records]
    right = (
        0 < len(sizes) <= MAX_BATCH_RECORDS
        and sum(sizes) <= MAX_BATCH_BYTES
        and max(sizes) <= MAX_RECORD_BYTES
        and 1 <= batch.first <= MAX_NUMBER
        and EPOCH.fullmatch(batch.epoch)
    )
    return None if right else What.MALFORMED


def _unsigned(device: Device, batch: Batch) -> What | None:
    body = batch_body(device.device, batch.epoch, batch.first, len(batch.records), batch.last_hash)
    try:
        signature = bytes.fromhex(batch.signature)
    except ValueError:
        return What.BAD_SIGNATURE
    return None if check(Use.BATCH, body, signature, device.signing_key) else What.BAD_SIGNATURE


def _place(batch: Batch) -> str:
    return f"{batch.epoch[:64]}: {batch.first}+{len(batch.records)}"


def _chain(batch: Batch, before: str) -> list[Link]:
    bodies = [bytes(record) for record in batch.records]
    hashes = accumulate(bodies, next_hash, initial=bytes.fromhex(before))
    next(hashes)
    return [
        Link(number, body, link.hex())
        for number, (body, link) in enumerate(zip(bodies, hashes, strict=True), batch.first)
    ]
