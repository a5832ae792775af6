"""Taking in journal records: applied if they can be, kept in any case.

A record of an earlier journal comes wrapped in one of the journal that followed it, and is applied under the wrapper's
name: its own may be taken, or be given yet to another record of a journal that lives on elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

from central.database.transaction import Connection, DataUnusable, attempt
from central.devices.list_incident import Incident, What, list_incident
from central.devices.register_device import DeviceKind
from central.devices.store import Device
from central.inbox.settle_times import MAX_WALL, settle_times
from central.inbox.store import (
    NewRecord,
    add_records,
    add_salvaged,
    applied_as,
    hashes_between,
    salvaged_between,
)
from central.kiosks.take_codes import AnyCodeEvent, settle_pending, take_code
from central.rides.apply_event import NotApplied, NotTogether, apply_events
from rules.messages.codec import Malformed, decode_event, next_hash
from rules.messages.events import (
    AnyEvent,
    ClockSet,
    HandAlighted,
    HandBoarded,
    HandUndone,
    JournalReplaced,
    RecordRef,
    RideLeftOpen,
    Salvaged,
    Started,
    StopSettled,
    Tapped,
)

EPOCH = re.compile(r"[0-9A-Za-z_-]{1,64}")
UNREAD = "unread"
"""The kind of a record that is no event of ours."""
UNREADABLE = "読めない記録です / not a record of ours"
Named = tuple[RecordRef, AnyEvent]
"""A record's event and its name."""
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


def take_records(connection: Connection, device: Device, epoch: str, links: Sequence[Link], now: int) -> None:
    """Apply records of journal `epoch`, in order, and keep them; why one could not be applied is kept and listed.

    One that a later journal has handed on already is only kept.
    """
    name = device.device
    source = _Source(name, epoch, now)
    read = [_read_safely(link.body, now) for link in links]
    applied = salvaged_between(connection, name, epoch, links[0].number, links[-1].number)
    events = [
        (RecordRef(epoch, link.number), each.event)
        for link, each in zip(links, read, strict=True)
        if each.event is not None and (link.number, link.hash) not in applied
    ]
    said: dict[int, str] = {}
    for _, run in groupby(events, key=_alone):
        said |= _apply(connection, source, list(run))
    taken = [
        NewRecord(
            link.number, link.hash, each.kind, each.wall, each.refused or said.get(link.number, ""), link.body
        )
        for link, each in zip(links, read, strict=True)
    ]
    add_records(connection, name, epoch, taken, now)
    numbered = [(link.number, each.event) for link, each in zip(links, read, strict=True)]
    settle_times(connection, name, epoch, numbered)
    if device.kind == DeviceKind.KIOSK:
        _settle_codes(connection, name, [event for _, event in numbered if event is not None], now)
    for record in taken:
        if record.refused:
            detail = f"{epoch}/{record.number}: {record.refused}"
            list_incident(connection, Incident(name, What.RECORD_REFUSED, detail), now)


def _alone(named: Named) -> RecordRef | None:
    """What tells runs of records apart that are applied together.

    A word about a stop changes rides before and after it; a kiosk's codes are no rides.
    """
    return named[0] if isinstance(named[1], StopSettled | AnyCodeEvent) else None


def _settle_codes(connection: Connection, device: str, events: Sequence[AnyEvent], now: int) -> None:
    """Let claims of a kiosk's codes follow what it has told of the codes, of the time, or of another power-on."""
    if any(isinstance(event, AnyCodeEvent | Salvaged | ClockSet | Started) for event in events):
        settle_pending(connection, device, events[-1].at.boot, now)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a record says; None where it is no event of ours, and why."""

    event: AnyEvent | None
    kind: str
    wall: int
    refused: str


def _read_safely(body: bytes, now: int) -> _Read:
    try:
        event = _read(body)
    except Malformed as error:
        return _Read(None, UNREAD, now, f"{UNREADABLE}: {error}")
    return _Read(event, str(event.__struct_config__.tag), event.at.wall, "")


def _read(body: bytes) -> AnyEvent:
    event = decode_event(body)
    if not 0 <= event.at.wall <= MAX_WALL:
        raise Malformed(f"wall {event.at.wall}")
    return event


def _apply(connection: Connection, source: _Source, events: Sequence[Named]) -> dict[int, str]:
    """Why events were not applied, by number. One that cannot be must not block those behind it."""
    try:
        with attempt(connection):
            return _apply_together(connection, source, events)
    except DataUnusable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a record provokes, the next one is taken in
        if len(events) > 1:
            # One of them will say so again, and in the end only that one.
            half = len(events) // 2
            return _apply(connection, source, events[:half]) | _apply(connection, source, events[half:])
        reason = f"記帳できません / cannot be applied: {type(error).__name__}: {error}"[:500]
        return {here.number: reason for here, _ in events}


def _apply_together(connection: Connection, source: _Source, events: Sequence[Named]) -> dict[int, str]:
    """Raises NotTogether where they have to be applied one by one."""
    ((here, event), *others) = events
    if any(isinstance(each, Salvaged | JournalReplaced) for _, each in events):
        if others:
            raise NotTogether
        if isinstance(event, Salvaged):
            return _said(here, _take_salvaged(connection, source, here, event))
        if isinstance(event, JournalReplaced):
            _list_replaced(connection, source, event)
        return {}
    if isinstance(event, AnyCodeEvent):
        assert not others, "each is applied alone"
        return _said(here, take_code(connection, source.device, here, event, source.now))
    named = [(here, _by_names_here(connection, source, event)) for here, event in events]
    answers = apply_events(connection, source.device, named, source.now)
    if NotApplied.NO_BOARDING in answers:
        if others:
            raise NotTogether
        return _said(here, _apply_without_boarding(connection, source, here, event))
    return {here.number: str(answer) for (here, _), answer in zip(events, answers, strict=True) if answer}


def _said(here: RecordRef, refused: str) -> dict[int, str]:
    return {here.number: refused} if refused else {}


def _by_names_here(connection: Connection, source: _Source, event: AnyEvent) -> AnyEvent:
    """The event with what it names of an earlier journal as that is named here."""

    def here(record: RecordRef) -> RecordRef:
        return _record_here(connection, source, record)

    match event:
        case StopSettled():
            return msgspec.structs.replace(event, taps=[here(tap) for tap in event.taps])
        case HandUndone():
            return msgspec.structs.replace(event, records=[here(record) for record in event.records])
        case HandAlighted() if event.board is not None:
            return msgspec.structs.replace(event, board=here(event.board))
        case HandBoarded() if event.refused is not None:
            return msgspec.structs.replace(event, refused=here(event.refused))
    board = event.board if isinstance(event, Tapped | RideLeftOpen) else None
    return event if board is None or board.epoch == source.carrier else _renamed(connection, source, event)


def _renamed(connection: Connection, source: _Source, event: AnyEvent) -> AnyEvent:
    if not isinstance(event, Tapped | RideLeftOpen) or event.board is None:
        return event
    board = applied_as(connection, source.device, event.board, source.carrier)
    return msgspec.structs.replace(event, board=board)


def _record_here(connection: Connection, source: _Source, was: RecordRef) -> RecordRef:
    handed_on = salvaged_between(connection, source.device, was.epoch, was.number, was.number)
    if not handed_on:
        return was
    held = hashes_between(connection, source.device, was.epoch, was.number, was.number).get(was.number)
    if was.epoch == source.carrier and held is not None and (was.number, held) not in handed_on:
        # This journal lives on beside the one that handed on another record under that number.
        return was
    return applied_as(connection, source.device, was, source.carrier)


def _apply_without_boarding(connection: Connection, source: _Source, here: RecordRef, event: AnyEvent) -> str:
    """A ride's end whose boarding is not here under the name that it gives."""
    # A copy of this journal may have handed it on before this one spoke. If not, the end is what is left of the ride.
    renamed = [(here, _renamed(connection, source, event))]
    (answer,) = apply_events(connection, source.device, renamed, source.now, without_boarding=True)
    return answer or ""


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
    if isinstance(inner, Salvaged):
        return CHANGED
    return _apply(connection, source, [(here, inner)]).get(here.number, "")


def _is_whole(event: Salvaged, body: bytes) -> bool:
    try:
        return next_hash(bytes.fromhex(event.previous), body).hex() == event.hash
    except ValueError:
        return False


def _list_replaced(connection: Connection, source: _Source, event: JournalReplaced) -> None:
    gaps = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in event.missing)
    detail = f"{event.epoch} → {source.carrier}: {event.why} ({event.detail[:40]}) – {event.last_number}"
    list_incident(connection, Incident(source.device, What.JOURNAL_REPLACED, detail), source.now)
    if gaps:
        lost = Incident(source.device, What.RECORDS_LOST, f"{event.epoch}: {gaps}")
        list_incident(connection, lost, source.now)
