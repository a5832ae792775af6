"""The one owner of the bus's state: takes a fact, decides, writes it down, then tells the rider."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.journal import JournalBroken, Keep
from device.office_lists import PageRefused
from device.sync import Sync
from rules.messages.codec import encode
from rules.messages.events import ClockSet, DoorMoved, Started, TripEnded, TripStarted
from rules.messages.link import Ack, Cursor, DownPage, Health
from rules.messages.topics import Channel
from rules.ride.admission import OfficeWord
from rules.ride.outcomes import Movement
from terminal.facts import (
    CameraState,
    CodeSeen,
    DoorState,
    Fact,
    FixSeen,
    Heard,
    LinkDown,
    LinkUp,
    ReceiverState,
    Stop,
    TripChosen,
    TripDone,
)
from terminal.picture import Counts, Faults, draw, last_answer, service_day
from terminal.taps import Taps
from terminal.trip import CurrentTrip

if TYPE_CHECKING:
    from device.clock import Clock, TimeSource
    from device.identity import Identity
    from device.journal import Journal
    from device.office_lists import OfficeLists
    from rules.messages.events import AnyEvent
    from rules.network.edition import Edition
    from terminal.ports import Link, Signals
    from terminal.screen.snapshot import LastAnswer, Snapshot

MAX_FACTS = 1_000
TICK_S = 0.2
HEALTH_S = 1.0
HEALTH_STILL_S = 10.0
ASK_AGAIN_S = 30.0
"""How often central is asked for news of its log while the link is up."""


@dataclass(frozen=True, slots=True)
class Bus:
    """What the loop is given. `real` are seconds no virtual clock bends, for sockets."""

    unit: str
    demo: bool
    issuer: int
    version: str
    identity: Identity
    journal: Journal
    lists: OfficeLists
    clock: Clock
    real: TimeSource
    signals: Signals
    link: Link
    publish: Callable[[Snapshot], None]


class Loop:
    """Facts in, records and answers out. Everything but `report` runs on the thread that calls `run`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._facts: queue.Queue[Fact] = queue.Queue(MAX_FACTS)
        self._sync = Sync(bus.identity, bus.journal, bus.link.publish)
        self._taps = Taps(bus.journal)
        self._trip = CurrentTrip()
        self._faults = Faults()
        self._last: LastAnswer | None = None
        self._answers = 0
        self._boarded = 0
        self._door_open = False
        self._link_up = False
        self._stopping = False
        self._told: tuple[float, Health] = (0.0, Health(online=False))
        self._asked_at = 0.0

    def report(self, fact: Fact) -> bool:
        """Hand a fact over, from any thread; False if the queue was full and it was dropped."""
        try:
            self._facts.put_nowait(fact)
        except queue.Full:
            return False
        return True

    def run(self) -> int:
        """Serve until a Stop comes (0) or the journal breaks (1: red light, and nothing is accepted any more)."""
        try:
            self._trip.resume(self._bus.journal, self._bus.lists.editions)
            self._bus.journal.write([Started(at=self._bus.clock.now(), version=self._bus.version)])
            while not self._stopping:
                self._turn()
        except JournalBroken as error:
            self._bus.signals.fault()
            self._faults = replace(
                self._faults,
                journal=f"記録できません。乗車は現金で扱ってください（{error}） / Cannot record: take cash ({error})",
            )
            self._draw()
            return 1
        return 0

    def _turn(self) -> None:
        try:
            fact = self._facts.get(timeout=TICK_S)
        except queue.Empty:
            pass
        else:
            self._take(fact)
        now = self._bus.real.monotonic()
        self._sync.pump(now)
        if self._link_up and now - self._asked_at > ASK_AGAIN_S:
            self._ask_for_news(now)
        self._draw()
        self._tell_health(now)

    def _take(self, fact: Fact) -> None:
        match fact:
            case FixSeen():
                self._on_fix(fact)
            case CodeSeen(data):
                self._on_code(data)
            case DoorState(is_open):
                self._on_door(is_open=is_open)
            case TripChosen(trip_id, service_date):
                self._begin_trip(trip_id, service_date)
            case TripDone():
                self._end_trip()
            case Heard(message):
                self._on_message(message)
            case LinkUp():
                self._on_link_up()
            case LinkDown(reason):
                self._link_up = False
                self._sync.disconnected()
                self._faults = replace(self._faults, link=reason)
            case ReceiverState(problem):
                self._faults = replace(self._faults, gps=problem)
            case CameraState(problem):
                self._faults = replace(self._faults, camera=problem)
            case Stop():
                self._stopping = True

    def _on_fix(self, seen: FixSeen) -> None:
        events: list[AnyEvent] = []
        if seen.wall is not None:
            anchor = self._bus.clock.hear_gps(seen.wall, seen.fix.mono)
            if anchor is not None:
                now = self._bus.clock.now()
                events.append(ClockSet(at=now, source=anchor.source, wall=anchor.wall, error_ms=anchor.error_ms))
        keep = self._trip.see(seen.fix)
        if events or keep:
            self._bus.journal.write(events, [keep] if keep else [])

    def _on_code(self, data: bytes) -> None:
        at = self._bus.clock.now()
        edition = self._edition()
        if edition is None:
            self._faults = replace(
                self._faults, link="路線データがまだ届いていません / No timetable has arrived from the office yet"
            )
            return
        door = self._trip.door(edition, at.mono_ms / 1000)
        lists = self._bus.lists
        office = OfficeWord(self._bus.issuer, lists.keys, lists.cards, lists.denied, lists.read_until)
        answer = self._taps.show(data, at, at.mono_ms / 1000, door, office)
        if answer is None:
            return
        # The record is on the disk: only now may anybody be told.
        self._bus.signals.answer(answer.outcome)
        self._answers += 1
        self._last = last_answer(self._answers, answer, door.edition)
        if answer.record.movement is Movement.BOARD:
            self._boarded += self._last.party

    def _on_door(self, *, is_open: bool) -> None:
        self._door_open = is_open
        at = self._bus.clock.now()
        underway, fix = self._trip.underway, self._trip.fix
        index = self._trip.place(at.mono_ms / 1000).stop_index
        stops = self._trip.edition.stops_of(underway.trip_id) if self._trip.edition and underway else ()
        self._bus.journal.write(
            [
                DoorMoved(
                    at=at,
                    is_open=is_open,
                    trip_id=underway.trip_id if underway else "",
                    stop_id=stops[index].stop_id if stops and index is not None else "",
                    lat=fix.lat if fix else None,
                    lon=fix.lon if fix else None,
                )
            ]
        )

    def _begin_trip(self, trip_id: str, service_date: str) -> None:
        edition = self._edition()
        if edition is None or trip_id not in edition.trips:
            return
        if self._trip.underway is not None:
            self._end_trip()
        keep = self._trip.begin(edition, trip_id, service_date)
        started = TripStarted(
            at=self._bus.clock.now(), edition=edition.number, trip_id=trip_id, service_date=service_date
        )
        self._bus.journal.write([started], [keep])

    def _end_trip(self) -> None:
        underway, edition = self._trip.underway, self._trip.edition
        if underway is None or edition is None:
            return
        at = self._bus.clock.now()
        events, keeps = self._taps.end_of_trip(at, edition)
        ended = TripEnded(
            at=at, edition=edition.number, trip_id=underway.trip_id, service_date=underway.service_date
        )
        self._bus.journal.write([*events, ended], [*keeps, self._trip.end()])

    def _on_message(self, message: Cursor | Ack | DownPage) -> None:
        now = self._bus.real.monotonic()
        match message:
            case Cursor():
                self._sync.cursor(message, now)
                self._faults = replace(self._faults, link=self._sync.problem)
            case Ack():
                self._sync.acknowledged(message, now)
            case DownPage():
                self._read_page(message, now)

    def _read_page(self, page: DownPage, now: float) -> None:
        at = self._bus.clock.now()
        try:
            keeps: list[Keep] = self._bus.lists.apply(page, at.wall if at.wall_known else 0)
        except PageRefused as refusal:
            self._faults = replace(self._faults, link=str(refusal))
            return
        self._bus.journal.write([], keeps)
        self._ask_for_news(now)

    def _on_link_up(self) -> None:
        self._link_up = True
        self._faults = replace(self._faults, link="")
        self._sync.connected(self._bus.clock.boot, self._bus.clock.now().quality, self._bus.version)
        self._ask_for_news(self._bus.real.monotonic())

    def _ask_for_news(self, now: float) -> None:
        self._asked_at = now
        self._bus.link.publish(Channel.SEEN, encode(self._bus.lists.seen))

    def _edition(self) -> Edition | None:
        at = self._bus.clock.now()
        return self._bus.lists.edition_for(service_day(at) if at.wall_known else None)

    def _draw(self) -> None:
        self._bus.publish(
            draw(
                unit=self._bus.unit,
                demo=self._bus.demo,
                at=self._bus.clock.now(),
                edition=self._edition(),
                trip=self._trip,
                door_open=self._door_open,
                last=self._last,
                counts=Counts(self._taps.on_board, self._boarded, self._bus.journal.waiting),
                link_up=self._link_up,
                faults=self._faults,
            )
        )

    def _tell_health(self, now: float) -> None:
        if not self._link_up:
            return
        told_at, told = self._told
        health = self._health()
        changed = _what_matters(health) != _what_matters(told)
        if now - told_at >= (HEALTH_S if changed else HEALTH_STILL_S):
            self._told = (now, health)
            self._bus.link.publish(Channel.STATE, encode(health), retain=True)

    def _health(self) -> Health:
        at = self._bus.clock.now()
        fix, underway = self._trip.fix, self._trip.underway
        edition = self._trip.edition or self._edition()
        return Health(
            online=True,
            at_wall=at.wall,
            clock=at.quality,
            lat=fix.lat if fix else None,
            lon=fix.lon if fix else None,
            speed_mps=fix.speed_mps if fix else None,
            gps=self._faults.gps,
            camera=self._faults.camera,
            trip_id=underway.trip_id if underway else "",
            progress=round(self._trip.place(at.mono_ms / 1000).progress, 2),
            door_open=self._door_open,
            queue=self._bus.journal.waiting,
            edition=edition.number if edition else 0,
            lists_number=self._bus.lists.seen.number,
            version=self._bus.version,
        )


def _what_matters(health: Health) -> bytes:
    """What matters in a health report when asking whether anything changed."""
    return encode([health.trip_id, health.progress, health.door_open, health.queue, health.gps, health.camera])
