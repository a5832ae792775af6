"""Taking in one journal record: applied if it can be, kept in any case.

A record of an earlier journal comes wrapped in one of the journal that followed it, and is applied under the wrapper's
name: its own may be taken, or be given yet to another record of a journal that lives on elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from central.database.transaction import Connection, DataUnusable, attempt
from central.devices.list_incident import Incident, What, list_incident
from central.inbox.store import (
    NewRecord,
    add_record,
    add_salvaged,
    applied_as,
    hashes_between,
    salvaged_between,
)
from central.rides.apply_event import NotApplied, apply_event
from rules.messages.codec import Malformed, decode_event, next_hash
from rules.messages.events import AnyEvent, JournalReplaced, RecordRef, RideLeftOpen, Salvaged, Tapped

EPOCH = re.compile(r"[0-9A-Za-z_-]{1,64}")
MAX_WALL = 2**32
UNREAD = "unread"
"""The kind of a record that is no event of ours."""
UNREADABLE = "読めない記録です / not a record of ours"
CHANGED = "書かれたときと違います / it is not what was written"


@dataclass(frozen=True, slots=True)
class Link:
    """One record in its place in the chain. `hash` is in hex."""

    number: int
    body: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class _Source:
    """Whose record it is, the journal that brought it, and when (Unix seconds)."""

    device: str
    carrier: str
    now: int


def take_record(
    connection: Connection, device: str, epoch: str, link: Link, now: int, *, is_applied: bool
) -> None:
    """Apply a record of journal `epoch`, and keep it; why it could not be applied is kept with it and listed.

    `is_applied`: a later journal has handed it on already, so that it is only kept.
    """
    source, here = _Source(device, epoch, now), RecordRef(epoch, link.number)
    kind, wall, refused = UNREAD, now, ""
    try:
        event = _read(link.body)
    except Malformed as error:
        refused = f"{UNREADABLE}: {error}"
    else:
        kind, wall = str(event.__struct_config__.tag), event.at.wall
        if not is_applied:
            refused = _apply(connection, source, here, event)
    record = NewRecord(link.number, link.hash, kind, wall, refused, link.body)
    add_record(connection, device, epoch, record, now)
    if refused:
        detail = f"{epoch}/{link.number}: {refused}"
        list_incident(connection, Incident(device, What.RECORD_REFUSED, detail), now)


def _read(body: bytes) -> AnyEvent:
    event = decode_event(body)
    if not 0 <= event.at.wall <= MAX_WALL:
        raise Malformed(f"wall {event.at.wall}")
    return event


def _apply(connection: Connection, source: _Source, here: RecordRef, event: AnyEvent) -> str:
    """Why the event was not applied, "" if it was. One that cannot be must not block those behind it."""
    try:
        with attempt(connection):
            match event:
                case Salvaged():
                    return _take_salvaged(connection, source, here, event)
                case JournalReplaced():
                    _list_replaced(connection, source, event)
                    return ""
                case _:
                    return _apply_by_names_here(connection, source, here, event)
    except DataUnusable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a record provokes, the next one is taken in
        return f"記帳できません / cannot be applied: {type(error).__name__}: {error}"[:500]


def _take_salvaged(connection: Connection, source: _Source, here: RecordRef, event: Salvaged) -> str:
    """Take in what it hands on, unless that is here already; `here` is the wrapper's own name."""
    body, was = bytes(event.body), RecordRef(event.epoch, event.number)
    if not EPOCH.fullmatch(was.epoch) or was.number < 1 or not _is_whole(event, body):
        return CHANGED
    held = hashes_between(connection, source.device, was.epoch, was.number, was.number).get(was.number)
    before = salvaged_between(connection, source.device, was.epoch, was.number, was.number)
    if held == event.hash or (was.number, event.hash) in before:
        return ""
    add_salvaged(connection, source.device, was, event.hash, here)
    try:
        inner = _read(body)
    except Malformed as error:
        return f"{UNREADABLE}: {error}"
    return CHANGED if isinstance(inner, Salvaged) else _apply(connection, source, here, inner)


def _is_whole(event: Salvaged, body: bytes) -> bool:
    try:
        return next_hash(bytes.fromhex(event.previous), body).hex() == event.hash
    except ValueError:
        return False


def _apply_by_names_here(connection: Connection, source: _Source, here: RecordRef, event: AnyEvent) -> str:
    """Apply it with the boarding that it names as that one is named here."""
    board = event.board if isinstance(event, Tapped | RideLeftOpen) else None
    if board is not None and board.epoch != source.carrier:
        event = msgspec.structs.replace(
            event, board=applied_as(connection, source.device, board, source.carrier)
        )
    refused = apply_event(connection, source.device, here, event, source.now)
    if refused is NotApplied.NO_BOARDING and board is not None and board.epoch == source.carrier:
        # Its own boarding may have been handed on by a copy of this journal, before this one spoke.
        event = msgspec.structs.replace(
            event, board=applied_as(connection, source.device, board, source.carrier)
        )
        refused = apply_event(connection, source.device, here, event, source.now)
    return refused or ""


def _list_replaced(connection: Connection, source: _Source, event: JournalReplaced) -> None:
    gaps = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in event.missing)
    detail = f"{event.epoch} → {source.carrier}: {event.why} ({event.detail[:40]}) – {event.last_number}"
    list_incident(connection, Incident(source.device, What.JOURNAL_REPLACED, detail), source.now)
    if gaps:
        lost = Incident(source.device, What.RECORDS_LOST, f"{event.epoch}: {gaps}")
        list_incident(connection, lost, source.now)
