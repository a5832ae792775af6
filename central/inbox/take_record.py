"""Taking in one journal record: applied if it can be, kept in any case.

A record of an earlier journal comes wrapped in one of the journal that followed it. Every record is applied once,
whichever way it came, and is named by where it first stood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from central.database.transaction import Connection, DataUnusable, attempt
from central.devices.list_incident import Incident, What, list_incident
from central.inbox.store import NewRecord, add_record, add_salvaged, applied_as, hashes_between, is_salvaged
from central.rides.apply_event import apply_event
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


def take_record(connection: Connection, device: str, epoch: str, link: Link, now: int) -> None:
    """Apply a record of journal `epoch`, and keep it; why it could not be applied is kept with it and listed."""
    _take(connection, _Source(device, epoch, now), RecordRef(epoch, link.number), link.hash, link.body)


def _take(connection: Connection, source: _Source, here: RecordRef, record_hash: str, body: bytes) -> None:
    kind, wall = UNREAD, source.now
    try:
        event = _read(body)
    except Malformed as error:
        refused = f"{UNREADABLE}: {error}"
    else:
        kind, wall = str(event.__struct_config__.tag), event.at.wall
        refused = _apply(connection, source, here, event)
    record = NewRecord(here.number, record_hash, kind, wall, refused, body)
    add_record(connection, source.device, here.epoch, record, source.now)
    if refused:
        detail = f"{here.epoch}/{here.number}: {refused}"
        list_incident(connection, Incident(source.device, What.RECORD_REFUSED, detail), source.now)


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
                    known = _by_names_here(connection, source, event)
                    return apply_event(connection, source.device, here, known, source.now) or ""
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
    if held == event.hash or is_salvaged(connection, source.device, was, event.hash):
        return ""
    if held is None:
        add_salvaged(connection, source.device, was, event.hash, was)
        _take(connection, source, was, event.hash, body)
        return ""
    # Its name is another record's: it is applied under the wrapper's, and kept within it.
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


def _by_names_here(connection: Connection, source: _Source, event: AnyEvent) -> AnyEvent:
    """The event with the boarding it names as that one is named here."""
    if (
        not isinstance(event, Tapped | RideLeftOpen)
        or event.board is None
        or event.board.epoch == source.carrier
    ):
        return event
    board = applied_as(connection, source.device, event.board, source.carrier)
    return msgspec.structs.replace(event, board=board)


def _list_replaced(connection: Connection, source: _Source, event: JournalReplaced) -> None:
    gaps = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in event.missing)
    detail = f"{event.epoch} → {source.carrier}: {event.why} ({event.detail[:40]}) – {event.last_number}"
    list_incident(connection, Incident(source.device, What.JOURNAL_REPLACED, detail), source.now)
    if gaps:
        lost = Incident(source.device, What.RECORDS_LOST, f"{event.epoch}: {gaps}")
        list_incident(connection, lost, source.now)
