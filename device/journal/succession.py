"""How a new journal begins that follows on another: by saying so, and by handing on what central may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from device.journal.record import Record
from rules.instant import ClockQuality, Instant
from rules.messages.codec import Malformed, decode_event, encode, first_hash, next_hash
from rules.messages.events import JournalReplaced, Salvaged
from rules.messages.link import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device.journal.salvage import Salvage
    from rules.messages.events import AnyEvent, Replaced

MAX_MISSING = 100
"""Gaps told one by one; the last one told reaches as far as the last there is."""
MAX_DETAIL = 200


def chained(last: Record, events: Iterable[AnyEvent], most: int = MAX_RECORD_BYTES) -> list[Record]:
    """Events as the records that follow on `last`. Raises ValueError for one of more than `most` bytes."""
    records: list[Record] = []
    for event in events:
        body = encode(event)
        if len(body) > most:
            raise ValueError(f"a record of {len(body)} bytes is longer than {most}")
        last = Record(last.number + 1, last.hash, body, next_hash(last.hash, body))
        records.append(last)
    return records


def first_records(device: str, epoch: str, why: Replaced, detail: str, found: Salvage) -> list[Record]:
    """The first records of journal `epoch` of `device`, which follows on the one that `found` was got out of."""
    lacking = found.unacknowledged
    at = _moment_of(lacking[-1]) if lacking else Instant("", 0, 0, ClockQuality.FLOOR)
    replaced = JournalReplaced(
        at=at,
        epoch=found.epoch,
        why=why,
        detail=detail[:MAX_DETAIL],
        last_number=lacking[-1].number if lacking else found.acknowledged,
        missing=_gaps(found.acknowledged, [record.number for record in lacking]),
    )
    events: list[AnyEvent] = [replaced, *(_handed_on(found.epoch, record) for record in lacking)]
    return chained(Record(0, b"", b"", first_hash(device, epoch)), events)


def _handed_on(epoch: str, record: Record) -> Salvaged:
    try:
        event = decode_event(record.body)
    except Malformed:
        event = None
    # What was handed on before, and not acknowledged since, keeps the name it had first.
    if isinstance(event, Salvaged):
        return event
    return Salvaged(
        at=event.at if event else _moment_of(record),
        epoch=epoch,
        number=record.number,
        previous=record.previous.hex(),
        hash=record.hash.hex(),
        body=msgspec.Raw(record.body),
    )


def _moment_of(record: Record) -> Instant:
    """When it was written, as the machine believed then: order comes from the numbers."""
    try:
        return decode_event(record.body).at
    except Malformed:
        return Instant("", 0, 0, ClockQuality.FLOOR)


def _gaps(after: int, numbers: list[int]) -> list[tuple[int, int]]:
    """From and to of what is missing in rising `numbers`, the first of which should follow on `after`."""
    gaps: list[tuple[int, int]] = []
    for number in numbers:
        if number > after + 1:
            gaps.append((after + 1, number - 1))
        after = number
    return (
        gaps
        if len(gaps) <= MAX_MISSING
        else [*gaps[: MAX_MISSING - 1], (gaps[MAX_MISSING - 1][0], gaps[-1][1])]
    )
