"""One exception in the office's words: what happened, why, and what is to be done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from central.devices.list_incident import What
from central.exceptions.handling.acts import ACTS, REASONS, Act, Done, Reason, State
from central.exceptions.kinds import (
    SOLVED,
    TAKEN_OVER,
    TAKEN_OVER_REFUSED,
    Kind,
    kind_of,
)
from central.exceptions.place import Source
from central.exceptions.rows import (
    Incident,
    NoticedByPhone,
    NoticedRecord,
    QuarantinedRecord,
    RefusedRecord,
    Row,
)
from central.japan import clock_text, day_of
from central.words import words
from central.words.names import Names
from central.words.say_event import Tone, event_words, outcome_words, read_event, summary
from central.words.words import Words, words_for
from rules.messages.events import AnyEvent, Salvaged

SHORT = 8
"""Letters of a hash or an epoch that are shown: enough to tell two apart."""
NAMES_A_PASS = (What.UNKNOWN_PASS, What.DOUBLE_USE)
"""Incidents whose detail begins with a pass."""
_PASS_ID = re.compile(r"[0-9a-f]{16}\b")


@dataclass(frozen=True, slots=True)
class Link:
    """To another page, by its endpoint."""

    page: str
    args: dict[str, int | str]
    label: str


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody did about it: when, who, what, and why or what they wrote."""

    at: str
    who: str
    act: Words
    reason: Words | None
    note: str


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """An exception as the page shows it.

    `came` is when it came in, or last did; `since` when it first did, "" where that is all; `written` is the machine's
    own time. `fare` is what the record says, 0 where it says none. `pass_id` is a pass whose day can be looked at.
    `source` and `id` are its identity; `told` is what was done about it, oldest first, `holder` has taken it on.
    """

    anchor: str
    value: str
    kind: Kind
    tone: Tone
    todo: Words
    came: str
    day: date
    since: str
    times: int
    device: str
    epoch: str
    number: int | None
    event: str
    summary: str
    written: str
    reason: str
    hashes: tuple[tuple[str, str], ...]
    detail: str
    fare: int
    pass_id: str
    links: tuple[Link, ...]
    source: Source
    id: int
    state: State = State.OPEN
    told: tuple[Told, ...] = ()
    holder: str = ""


def exception_line(
    row: Row, names: Names, today: date, state: State = State.OPEN, done: Sequence[Done] = ()
) -> ExceptionLine:
    """How the page shows `row`, which stands at `state` after what was done about it."""
    told = tuple(map(partial(_told, today), done))
    holder = done_last(done).who if state is State.TAKEN else ""
    line = replace(_line(row, names, today), state=state, told=told, holder=holder)
    return replace(line, todo=SOLVED) if state is State.SOLVED and line.todo is not TAKEN_OVER else line


def done_last(done: Sequence[Done]) -> Done:
    """The last act that was more than a note; raises StopIteration without one."""
    return next(each for each in reversed(done) if each.act is not Act.NOTE)


def _record(record_id: int, label: str) -> Link:
    return Link("today.record", {"record_id": record_id}, label)


def _told(today: date, done: Done) -> Told:
    reason = REASONS[Reason(done.reason)] if done.reason in REASONS else None
    return Told(clock_text(done.at, today), done.who, ACTS[done.act], reason, done.note)


def _line(row: Row, names: Names, today: date) -> ExceptionLine:
    match row:
        case RefusedRecord() | NoticedRecord():
            return _of_a_record(row, names, today)
        case QuarantinedRecord():
            return _quarantined(row, names, today)
        case Incident():
            return _incident(row, today)
        case NoticedByPhone():
            return _by_phone(row, names, today)


def _of_a_record(row: RefusedRecord | NoticedRecord, names: Names, today: date) -> ExceptionLine:
    event, kind = read_event(row.body), kind_of(row.value)
    return ExceptionLine(
        anchor=f"{row.source}-{row.id}",
        value=row.value,
        kind=kind,
        tone=kind.tone,
        todo=kind.todo,
        came=clock_text(row.received_at, today),
        day=_day(row.received_at, today),
        since="",
        times=1,
        device=row.device,
        epoch=row.epoch,
        number=row.number,
        event=_event(row.kind, event),
        summary=summary(event, names),
        written=clock_text(row.wall, today, seconds=True),
        reason=row.reason,
        hashes=(),
        detail="",
        fare=fare_of(event),
        pass_id=_pass_of(event),
        links=(_record(row.record_id, "記録を見る"),),
        source=row.source,
        id=row.id,
    )


def _quarantined(row: QuarantinedRecord, names: Names, today: date) -> ExceptionLine:
    event, kind = read_event(row.body), kind_of(row.value)
    hashes = (("この記録", row.hash[:SHORT]), ("役場の記録", (row.held_hash or "")[:SHORT]))
    links = []
    if row.held_id is not None:
        links.append(_record(row.held_id, "役場にある記録"))
    if row.as_id is not None:
        links.append(_record(row.as_id, f"引き継いだ記録 {(row.as_epoch or '')[:SHORT]} #{row.as_number}"))
    return ExceptionLine(
        anchor=f"quarantine-{row.id}",
        value=row.value,
        kind=kind,
        tone=kind.tone if todo_of(row) is not TAKEN_OVER else Tone.GOOD,
        todo=todo_of(row),
        came=clock_text(row.received_at, today),
        day=_day(row.received_at, today),
        since="",
        times=1,
        device=row.device,
        epoch=row.epoch,
        number=row.number,
        event=_event(str(event.__struct_config__.tag) if event else "unread", event),
        summary=summary(event, names),
        written=clock_text(event.at.wall, today, seconds=True) if event else "",
        reason=row.reason,
        hashes=hashes,
        detail="",
        fare=fare_of(event),
        pass_id=_pass_of(event),
        links=tuple(links),
        source=Source.QUARANTINE,
        id=row.id,
    )


def todo_of(row: Row) -> Words:
    """What somebody has to do about it."""
    match row:
        case QuarantinedRecord(as_number=int()):
            return TAKEN_OVER_REFUSED if row.as_refused else TAKEN_OVER
        case _:
            return kind_of(row.value).todo


def _incident(row: Incident, today: date) -> ExceptionLine:
    kind = kind_of(row.value)
    named = _PASS_ID.match(row.detail) if row.what in NAMES_A_PASS else None
    return ExceptionLine(
        anchor=f"incident-{row.id}",
        value=row.value,
        kind=kind,
        tone=kind.tone,
        todo=kind.todo,
        came=clock_text(row.last_at, today),
        day=_day(row.last_at, today),
        since=clock_text(row.first_at, today) if row.first_at != row.last_at else "",
        times=row.times,
        device=row.device,
        epoch="",
        number=None,
        event="",
        summary=words_for(words.INCIDENTS, row.what)[0],
        written="",
        reason="",
        hashes=(),
        detail=row.detail,
        fare=0,
        pass_id=named[0] if named else "",
        links=(),
        source=Source.INCIDENTS,
        id=row.id,
    )


def _by_phone(row: NoticedByPhone, names: Names, today: date) -> ExceptionLine:
    kind = kind_of(row.value)
    of_ride = Link("counter.phone_ride", {"ride_id": row.ride_id}, "乗車を見る") if row.ride_id else None
    of_member = Link("counter.member", {"member": row.member}, f"会員 {row.member}")
    return ExceptionLine(
        anchor=f"{Source.PHONE}-{row.id}",
        value=row.value,
        kind=kind,
        tone=kind.tone,
        todo=kind.todo,
        came=clock_text(row.noticed_at, today),
        day=_day(row.noticed_at, today),
        since="",
        times=1,
        device=row.device,
        epoch="",
        number=None,
        event="携帯で乗車"
        if row.movement is None
        else f"携帯で{words_for(words.MOVEMENTS, row.movement)[0]}",
        summary=by_phone_words(row, names),
        written=clock_text(row.wall, today),
        reason="",
        hashes=(),
        detail="",
        fare=row.fare or 0,
        pass_id="",
        links=(of_ride, of_member) if of_ride else (of_member,),
        source=Source.PHONE,
        id=row.id,
    )


def by_phone_words(row: NoticedByPhone, names: Names) -> str:
    """Between which stops, as far as somebody knows; and whose it is."""
    stops = [names.stop(row.edition or 0, stop_id) for stop_id in (row.board, row.alight) if stop_id]
    return f"{' → '.join(stops)}・会員 {row.member}" if stops else f"会員 {row.member}"


def fare_of(event: AnyEvent | None) -> int:
    """The yen that a record speaks of, also one that hands it on; 0 where it speaks of none."""
    return int(getattr(_inner(event), "fare", 0))


def _pass_of(event: AnyEvent | None) -> str:
    return str(getattr(_inner(event), "pass_id", ""))


def _inner(event: AnyEvent | None) -> AnyEvent | None:
    return read_event(bytes(event.body)) if isinstance(event, Salvaged) else event


def _event(kind: str, event: AnyEvent | None) -> str:
    said, outcome = event_words(kind, event)[0], outcome_words(event)[0][0]
    return f"{said}・{outcome}" if outcome else said


def _day(wall: int, today: date) -> date:
    try:
        return day_of(wall)
    except (OverflowError, ValueError):
        return today
