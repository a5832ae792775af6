"""A journal's records as what happened: unpacked, dated by the clock anchors, each on its trip and its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rules.messages.codec import Malformed, decode_event, next_hash
from rules.messages.events import (
    ClockSet,
    HandAlighted,
    HandBoarded,
    RideLeftOpen,
    Salvaged,
    StopSettled,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.network.in_force import service_day
from terminal.picture import JAPAN

if TYPE_CHECKING:
    from device.journal import Holding, Record
    from rules.instant import Instant
    from rules.messages.events import AnyEvent, RecordRef

MAX_WALL = 2**32
OnTrip: TypeAlias = Tapped | StopSettled | RideLeftOpen | HandBoarded | HandAlighted


class Fault(StrEnum):
    """What is wrong with a record, whatever it says."""

    MISSING = "missing"
    """Records before it are not there."""
    CHANGED = "changed"
    """It is not what was written: its bytes have another hash."""
    CHAIN = "chain"
    """It does not follow on the record before it."""
    UNREADABLE = "unreadable"
    """It is no event that this version knows."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Names a record of one machine."""

    epoch: str
    number: int


@dataclass(frozen=True, slots=True)
class TripKey:
    """A trip as the records name it."""

    edition: int
    trip_id: str
    service_date: str


@dataclass(frozen=True, slots=True)
class Written:
    """One record; `event` None where it cannot be read. One handed on from an earlier journal has its name there.

    `follows`: nothing is missing between it and the one before. `wall` are Unix seconds, None where no clock can say.
    `trip` is the one that was on, `day` its service day or that of the time, "" where neither is known.
    """

    ref: Ref
    event: AnyEvent | None
    fault: Fault | None
    follows: bool
    wall: int | None
    trip: TripKey | None
    day: str

    @property
    def t(self) -> float | None:
        """Seconds after midnight of its day, in Japan."""
        if self.wall is None or not is_day(self.day):
            return None
        day = date.fromisoformat(self.day)
        return self.wall - datetime(day.year, day.month, day.day, tzinfo=JAPAN).timestamp()


def ref_of(named: RecordRef) -> Ref:
    """The record that another one names."""
    return Ref(named.epoch, named.number)


def trip_of(said: OnTrip) -> TripKey | None:
    """The trip that a record names."""
    return TripKey(said.edition, said.trip_id, said.service_date) if said.trip_id else None


def facts_of(holding: Holding) -> list[Written]:
    """The records in order."""
    read = list(_unpacked(holding))
    return list(_on_trips(read, _walls([each.event for each in read])))


def is_day(text: str) -> bool:
    """Whether it is a day, as YYYY-MM-DD."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class _Read(NamedTuple):
    """The first four of `Written`."""

    ref: Ref
    event: AnyEvent | None
    fault: Fault | None
    follows: bool


def _unpacked(holding: Holding) -> Iterator[_Read]:
    before: Record | None = None
    last: Ref | None = None
    for record in holding.records:
        fault = _fault(record, before)
        ref = Ref(holding.epoch, record.number)
        event = _event(record.body)
        if isinstance(event, Salvaged):
            ref = Ref(event.epoch, event.number)
            body = bytes(event.body)
            if _hash_of(event.previous, body) != event.hash:
                fault = fault or Fault.CHANGED
            event = _event(body)
        if event is None:
            fault = fault or Fault.UNREADABLE
        follows = fault is not Fault.MISSING and last == Ref(ref.epoch, ref.number - 1)
        yield _Read(ref, event, fault, follows)
        before, last = record, ref


def _fault(record: Record, before: Record | None) -> Fault | None:
    if before is not None and record.number != before.number + 1:
        return Fault.MISSING
    if not record.proves_itself:
        return Fault.CHANGED
    return Fault.CHAIN if before is not None and record.previous != before.hash else None


def _event(body: bytes) -> AnyEvent | None:
    try:
        return decode_event(body)
    except Malformed:
        return None


def _hash_of(previous: str, body: bytes) -> str:
    try:
        return next_hash(bytes.fromhex(previous), body).hex()
    except ValueError:
        return ""


def _walls(events: Sequence[AnyEvent | None]) -> list[int | None]:
    """By the next anchor of the same power-on, as the office does it; where none came any more, by the last one."""
    walls = [_bounded(event.at.wall) if event and event.at.wall_known else None for event in events]
    for order in (range(len(events) - 1, -1, -1), range(len(events))):
        anchors: dict[str, ClockSet] = {}
        for place in order:
            event = events[place]
            if isinstance(event, ClockSet):
                anchors[event.at.boot] = event
            if event is not None and walls[place] is None and event.at.boot in anchors:
                walls[place] = _by(anchors[event.at.boot], event.at)
    return walls


def _by(anchor: ClockSet, at: Instant) -> int | None:
    return _bounded(anchor.wall - (anchor.at.mono_ms - at.mono_ms) // 1000)


def _bounded(wall: int) -> int | None:
    return wall if 0 <= wall <= MAX_WALL else None


def _on_trips(read: Iterable[_Read], walls: Iterable[int | None]) -> Iterator[Written]:
    trip: TripKey | None = None
    for each, wall in zip(read, walls, strict=True):
        event = each.event
        if isinstance(event, TripStarted | TripEnded):
            trip = TripKey(event.edition, event.trip_id, event.service_date)
        elif isinstance(event, Tapped | HandBoarded | HandAlighted):
            # Where its start is not here any more.
            trip = TripKey(event.edition, event.trip_id, event.service_date) if event.trip_id else None
        yield Written(*each, wall, trip, trip.service_date if trip is not None else _day(wall))
        if isinstance(event, TripEnded):
            trip = None


def _day(wall: int | None) -> str:
    return "" if wall is None else service_day(wall).isoformat()
