"""Taking in a batch of journal records: once, in order, and with their money in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from central.database.transaction import Connection, DataUnusable, attempt
from central.devices.list_incident import Incident, What, list_incident
from central.devices.store import Device
from central.inbox.store import NewRecord, add_records, find_cursor, hashes_between, put_cursor
from central.rides.apply_event import apply_events
from rules.messages.codec import Malformed, batch_body, decode_event, first_hash, next_hash
from rules.messages.events import AnyEvent, RecordRef
from rules.messages.link import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    MAX_RECORD_BYTES,
    Ack,
    Batch,
    Cursor,
    Hello,
)
from rules.passes.seal import Use, check

MAX_NUMBER = 2**53
"""Above every number a journal reaches, and still a whole number in any JSON reader."""
MAX_WALL = 2**32
_EPOCH = re.compile(r"[0-9A-Za-z_-]{1,64}")
UNREAD = "unread"
"""The kind of a record that is no event of ours."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One record in its place."""

    number: int
    body: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class _Read:
    """What a record says. `refused` says why it is no event of ours, or ""."""

    event: AnyEvent | None
    kind: str
    wall: int
    refused: str


def cursor_for(connection: Connection, device: str, epoch: str) -> Cursor:
    """How far this journal is taken in: number 0 and hash_0 for a new one."""
    found = find_cursor(connection, device, epoch)
    return found or Cursor(epoch, 0, first_hash(device, epoch).hex())


def greet(connection: Connection, device: Device, hello: Hello) -> Incident | None:
    """What is wrong with the journal that a machine says it has, compared with what we took in of it.

    Whatever it is, our cursor is the answer to a hello: a machine that cannot agree with it sends no more and says so.
    Raises Malformed for an epoch that no journal has.
    """
    if not _EPOCH.fullmatch(hello.epoch):
        raise Malformed("epoch")
    ours = cursor_for(connection, device.device, hello.epoch)
    told = f"{hello.epoch}: {hello.last_number}, 役場 / central {ours.number}"
    if hello.last_number < ours.number:
        return Incident(device.device, What.JOURNAL_BEHIND, told)
    if hello.last_number == ours.number and hello.last_hash != ours.hash:
        return Incident(device.device, What.CONFLICT, told)
    return None


def take(connection: Connection, device: Device, batch: Batch, now: int) -> Ack | Cursor | Incident:
    """Take in what is new of a batch, as far as it is what the machine signed and follows on what we hold.

    An Ack says how far the journal is taken in now; a Cursor, that something before this batch is missing;
    an Incident, that nothing of it was taken, and why. Runs within the caller's write transaction.
    """
    wrong = _wrong(batch) or _unsigned(device, batch)
    if wrong is not None:
        return Incident(device.device, wrong, _place(batch))
    cursor = cursor_for(connection, device.device, batch.epoch)
    if batch.first > cursor.number + 1:
        return cursor
    known = _known(connection, device.device, batch, cursor)
    links = _chain(batch, known[batch.first - 1])
    if links[-1].hash != batch.last_hash:
        return Incident(device.device, What.DAMAGED_BATCH, _place(batch))
    if any(known.get(link.number, link.hash) != link.hash for link in links):
        return Incident(device.device, What.CONFLICT, _place(batch))
    new = [link for link in links if link.number > cursor.number]
    if new:
        _take_records(connection, device.device, batch.epoch, new, now)
        cursor = Cursor(batch.epoch, new[-1].number, new[-1].hash)
        put_cursor(connection, device.device, cursor)
    return Ack(cursor.epoch, cursor.number, cursor.hash)


def _known(connection: Connection, device: str, batch: Batch, cursor: Cursor) -> dict[int, str]:
    """The chain's hash at each record of the batch that is taken in, and at the one before it, by number."""
    if batch.first == cursor.number + 1:
        return {cursor.number: cursor.hash}
    last = batch.first + len(batch.records) - 1
    known = hashes_between(connection, device, batch.epoch, batch.first - 1, last)
    known[0] = first_hash(device, batch.epoch).hex()
    return known


def _wrong(batch: Batch) -> What | None:
    sizes = [len(bytes(record)) for record in batch.records]
    right = (
        0 < len(sizes) <= MAX_BATCH_RECORDS
        and sum(sizes) <= MAX_BATCH_BYTES
        and max(sizes) <= MAX_RECORD_BYTES
        and 1 <= batch.first <= MAX_NUMBER
        and _EPOCH.fullmatch(batch.epoch)
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


def _chain(batch: Batch, before: str) -> list[_Link]:
    bodies = [bytes(record) for record in batch.records]
    hashes = accumulate(bodies, next_hash, initial=bytes.fromhex(before))
    next(hashes)
    return [
        _Link(number, body, link.hex())
        for number, (body, link) in enumerate(zip(bodies, hashes, strict=True), batch.first)
    ]


def _take_records(connection: Connection, device: str, epoch: str, links: Sequence[_Link], now: int) -> None:
    """Keep the records, in order, and do what they say."""
    read = [_read(link, now) for link in links]
    events = [
        (RecordRef(epoch, link.number), each.event)
        for link, each in zip(links, read, strict=True)
        if each.event is not None
    ]
    said = _apply(connection, device, events, now)
    taken = [
        NewRecord(
            link.number, link.hash, each.kind, each.wall, each.refused or said.get(link.number, ""), link.body
        )
        for link, each in zip(links, read, strict=True)
    ]
    add_records(connection, device, epoch, taken, now)
    for record in taken:
        if record.refused:
            detail = f"{epoch}/{record.number}: {record.refused}"
            list_incident(connection, Incident(device, What.RECORD_REFUSED, detail), now)


def _read(link: _Link, now: int) -> _Read:
    try:
        event = decode_event(link.body)
        if not 0 <= event.at.wall <= MAX_WALL:
            raise Malformed(f"wall {event.at.wall}")
    except Malformed as error:
        return _Read(None, UNREAD, now, f"読めない記録です / not a record of ours: {error}")
    return _Read(event, str(event.__struct_config__.tag), event.at.wall, "")


def _apply(
    connection: Connection, device: str, events: Sequence[tuple[RecordRef, AnyEvent]], now: int
) -> dict[int, str]:
    """Why events were not applied, by number. One that cannot be must not block those behind it."""
    try:
        with attempt(connection):
            answers = apply_events(connection, device, events, now)
    except DataUnusable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a record provokes, the next one is taken in
        if len(events) > 1:
            # One of them, and only that one, will say so again.
            said: dict[int, str] = {}
            for event in events:
                said |= _apply(connection, device, [event], now)
            return said
        reason = f"記帳できません / cannot be applied: {type(error).__name__}: {error}"[:500]
        return {here.number: reason for here, _ in events}
    return {here.number: str(answer) for (here, _), answer in zip(events, answers, strict=True) if answer}
