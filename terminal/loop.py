"""The one owner of the bus's state: takes a fact, decides, writes it down, then tells the rider."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from device.fact_queue import FactQueue
from device.facts import Asked, CameraState, CodeSeen, CodeUnread, Heard, LinkDown, LinkUp
from device.health import HealthReports, with_vitals
from device.journal import JournalBroken
from device.reading_out import ReadQuestion, read_out
from device.room import Room
from device.standing import AskStanding, standing_of
from device.stick.desk import StickDesk, WordTaken
from device.talk import Talk
from rules.messages.events import ClockSet, RecordRef, Started
from rules.messages.standing import DRIVES_MPS, Busy, Standing
from rules.passes.rider_pass import RiderClass
from rules.ride.admission import OfficeWord
from rules.ride.outcomes import Movement
from terminal.driver import Driver
from terminal.facts import DoorState, DriverSaid, Fact, FixSeen, Overruled, ReceiverState, WheelsTurned
from terminal.hand_riders import HandRiders
from terminal.health import health_of
from terminal.helping import Helping
from terminal.picture import ByHand, Choices, Counts, Faults, Offer, draw, last_answer, service_day
from terminal.records import door_moved
from terminal.ride_codes import RideCodes
from terminal.screen.snapshot import Snapshot
from terminal.settling import Bound
from terminal.taps import Taps
from terminal.trip import CurrentTrip

if TYPE_CHECKING:
    from device.clock import Anchor
    from device.journal import Keep
    from rules.messages.events import AnyEvent
    from rules.network.edition import Edition
    from terminal.bus import Bus
    from terminal.screen.snapshot import LastAnswer
    from terminal.taps import Answer

WRITTEN_DOWN = (CodeSeen, DoorState, FixSeen, Overruled, DriverSaid)
"""Facts that lead to records."""
TICK_S = 0.2
ROLLED = "gps-rolled"
"""The source of a time whose date was set forward by 1,024 weeks."""
NETWORK_S = 10.0
"""How often the network's time is asked for."""
FAULT_SHOWN_S = 0.3
"""Before a broken bus ends, so that the driver's page can still fetch the reason."""

FULL = (
    "記録がいっぱいです。乗車は現金で扱ってください。電波の届く所で空きます。 / "
    "The journal is full: take cash. It empties where there is a signal."
)
NO_TIMETABLE = (
    "路線データがまだ届いていません。電波の届く所でお待ちください。乗車は現金で扱ってください。 / "
    "No timetable has arrived yet: wait where there is a signal, and take cash."
)


class Loop:
    """Facts in, records and answers out. All but `report` and `stop` runs on one thread.

    `run` is that thread's whole life; who brings a clock of their own calls `begin` and `turn` instead.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._facts: FactQueue[Fact] = FactQueue(CodeSeen, CodeUnread, FixSeen, WheelsTurned)
        self._stick = StickDesk(bus.identity, bus.journal, bus.lists, bus.clock.now, bus.version)
        self._taps = Taps(bus.journal, bus.lists)
        self._trip = CurrentTrip()
        self._hands = HandRiders(bus.journal)
        self._driver = Driver(bus, self._trip, self._taps, self._hands, self._edition_on)
        self._choices = Choices()
        self._health = HealthReports(bus.link, bus.position_s)
        self._faults = Faults()
        self._helping = Helping()
        self._room = Room(bus.journal, FULL)
        self._rides = RideCodes(bus)
        self._talk = Talk(bus, self._room)
        self._asked_network_at = -math.inf
        self._has_begun = False
        self._last: LastAnswer | None = None
        self._answered_at = 0.0
        self._door_open = False
        self._shown: Snapshot | None = None
        self._stopping = False
        self._forgotten: list[Keep] = []

    def report(self, fact: Fact) -> bool:
        """Hand a fact over, from any thread; False if there was no room and it was dropped. Never waits."""
        return self._facts.report(fact)

    def stop(self) -> None:
        """End `run` soon; also for a signal's handler, which must not touch the queue: its thread may hold the lock."""
        self._stopping = True

    def run(self) -> int:
        """Serve until `stop` (0) or until the journal breaks (1: red light, and nothing is accepted any more)."""
        try:
            self.begin()
            while not self._stopping:
                self.turn()
        except JournalBroken as error:
            self._bus.signals.fault()
            self._faults = replace(
                self._faults,
                is_full=False,
                journal=f"記録できません。乗車は現金で扱ってください（{error}） / Cannot record: take cash ({error})",
            )
            self._draw(self._bus.real.monotonic())
            self._bus.real.sleep(FAULT_SHOWN_S)
            return 1
        return 0

    def begin(self) -> None:
        """Take up what the journal remembers. Raises JournalBroken."""
        at = self._bus.clock.now()
        self._trip.resume(self._bus.journal, self._bus.lists.editions)
        self._forgotten = self._taps.resume(at)
        self._hands.resume()
        self._tend(self._bus.real.monotonic())

    def _tend(self, now: float) -> None:
        """Look after the journal, and begin once it has room."""
        self._room.tend(now)
        self._faults = replace(
            self._faults, journal=self._room.fault, is_full=not self._room.is_there, room=self._room.warning
        )
        if self._room.is_there and not self._has_begun:
            self._has_begun = True
            started = Started(at=self._bus.clock.now(), version=self._bus.version)
            self._bus.journal.write([started], self._forgotten)
        self._bus.alive()

    def turn(self) -> None:
        """Take the next fact, waiting for it at most TICK_S, and do what is due. Raises JournalBroken."""
        fact = self._facts.take(TICK_S)
        if fact is not None:
            self._take(fact)
        now = self._bus.real.monotonic()
        if self._room.is_due(now):
            self._tend(now)
        if self._room.is_there:
            self._let_go_of_editions()
            if now - self._asked_network_at >= NETWORK_S:
                self._ask_the_network(now)
        self._talk.pump(now)
        if self._talk.is_up:
            self._tell_health(now)
        self._draw(now)

    def _take(self, fact: Fact) -> None:
        if not self._room.is_there and isinstance(fact, WRITTEN_DOWN):
            self._take_without_room(fact)
            return
        if isinstance(fact, DriverSaid):
            self._driver.touch(fact, camera=not self._faults.camera)
            return
        match fact:
            case FixSeen():
                self._on_fix(fact)
            case CodeSeen(data):
                self._on_code(data)
            case DoorState(is_open):
                self._on_door(is_open=is_open)
            case WheelsTurned(mono, metres):
                self._trip.roll(mono, metres)
            case Overruled():
                self._on_overruled(fact)
            case Heard(message):
                self._talk.hear(message, self._bus.real.monotonic())
            case LinkUp():
                self._health.connected()
                self._talk.begin(self._bus.real.monotonic())
            case LinkDown(reason):
                self._talk.end(reason)
            case Asked():
                self._on_question(fact)
            case CodeUnread() | ReceiverState() | CameraState():
                self._on_equipment(fact)

    def _on_equipment(self, fact: CodeUnread | ReceiverState | CameraState) -> None:
        match fact:
            case CodeUnread(hint):
                if self._helping.see(hint, self._bus.real.monotonic()):
                    self._bus.signals.help(hint)
            case ReceiverState(problem, note):
                self._faults = replace(self._faults, gps=problem, gps_note=note)
            case CameraState(problem, note):
                self._faults = replace(self._faults, camera=problem, camera_note=note)

    def _take_without_room(self, fact: Fact) -> None:
        """What would have to be written down has not happened; the driver's page says why, the door says no."""
        match fact:
            case CodeSeen(data):
                self._refuse_full(data)
            case DoorState(is_open):
                self._door_open = is_open
                self._rides.forget()
                self._trip.door_moved(self._bus.clock.monotonic(), is_open=is_open)

    def _on_fix(self, seen: FixSeen) -> None:
        events: list[AnyEvent] = []
        if seen.wall is not None:
            anchor = self._bus.clock.hear_gps(seen.wall, seen.fix.mono)
            if anchor is not None:
                events.append(self._clock_set(anchor, ROLLED if seen.is_rolled else anchor.source))
        keep = self._trip.see(seen.fix)
        better, keeps = self._driver.better()
        if events or keep or better:
            self._bus.journal.write([*events, *better], [*keeps, *([keep] if keep else [])])

    def _clock_set(self, anchor: Anchor, source: str) -> ClockSet:
        return ClockSet(at=self._bus.clock.now(), source=source, wall=anchor.wall, error_ms=anchor.error_ms)

    def _ask_the_network(self, now: float) -> None:
        self._asked_network_at = now
        wall = self._bus.network_time()
        clock = self._bus.clock
        anchor = None if wall is None else clock.hear_network(wall, clock.monotonic())
        if anchor is not None:
            self._bus.journal.write([self._clock_set(anchor, anchor.source)])

    def _on_code(self, data: bytes) -> None:
        edition = self._trip.edition or self._edition()
        if edition is None:
            return
        answer = self._taps.show(data, self._bus.clock.now(), self._trip, edition, self._office())
        if answer is not None:
            self._written(answer)

    def _office(self) -> OfficeWord:
        lists = self._bus.lists
        return OfficeWord(self._bus.issuer, lists.keys, lists.cards, lists.denied, lists.read_until)

    def _written(self, answer: Answer) -> None:
        """The record is on the disk: only now may anybody be told."""
        self._tell(answer)
        tap = answer.record
        if tap.movement is not Movement.REFUSED:
            ref = RecordRef(self._bus.journal.epoch, self._bus.journal.last.number)
            bound = Bound(ref, tap.pass_id, tap.movement, tap.stop_index, tap.unsure)
            self._trip.note(answer.stand, tap.at.mono_ms / 1000, bound)

    def _on_overruled(self, touch: Overruled) -> None:
        if self._last is None or self._last.number != touch.number:
            return
        said = self._taps.overrule(self._bus.clock.now(), self._trip, self._office())
        if isinstance(said, RecordRef):
            self._driver.let_in(
                said, RiderClass[self._last.rider_class.upper()], camera=not self._faults.camera
            )
        elif said is not None:
            self._written(said)

    def _refuse_full(self, data: bytes) -> None:
        edition = self._trip.edition or self._edition()
        if edition is None:
            return
        at = self._bus.clock.now()
        answer = self._taps.refuse_full(data, at, self._trip.stand(edition, at.mono_ms / 1000))
        if answer is not None:
            self._tell(answer)

    def _tell(self, answer: Answer) -> None:
        self._bus.signals.answer(answer.told)
        self._helping.answered(self._bus.real.monotonic())
        number = self._last.number + 1 if self._last else 1
        self._last = last_answer(number, answer, answer.stand.door.edition)
        self._answered_at = self._bus.real.monotonic()

    def _on_door(self, *, is_open: bool) -> None:
        self._door_open = is_open
        at = self._bus.clock.now()
        keep = self._trip.door_moved(at.mono_ms / 1000, is_open=is_open)
        moved = door_moved(at, self._trip, is_open=is_open)
        self._bus.journal.write([moved], [keep] if keep else [])
        self._rides.door_moved(at, self._trip, is_open=is_open)

    def _on_question(self, asked: Asked) -> None:
        if isinstance(asked.question, ReadQuestion):
            asked.tell(read_out(asked.question, self._bus.journal))
            return
        if isinstance(asked.question, AskStanding):
            asked.tell(self._standing())
            return
        reply = self._stick.answer(asked.question)
        if isinstance(reply, WordTaken):
            # The cursor may have moved under the link.
            self._talk.start_over(self._bus.real.monotonic())
        asked.tell(reply)

    def _standing(self) -> Standing:
        fix = self._trip.fresh(self._bus.clock.monotonic())
        busy = {
            Busy.ON_TRIP: self._trip.underway is not None,
            Busy.RIDERS: self._taps.on_board + self._hands.on_board > 0,
            Busy.DRIVING: fix is not None and (fix.speed_mps or 0.0) > DRIVES_MPS,
        }
        return standing_of(self._bus.version, self._bus.journal, self._faults.journal, busy)

    def _edition(self) -> Edition | None:
        return self._edition_on(service_day(self._bus.clock.now()))

    def _edition_on(self, day: date) -> Edition | None:
        """The edition in force on a service day. Before the time is known a day may be too early: then the newest."""
        found = self._bus.lists.edition_for(day)
        if found is None and not self._bus.clock.now().wall_known:
            return self._bus.lists.edition_for(None)
        return found

    def _let_go_of_editions(self) -> None:
        at, underway = self._bus.clock.now(), self._trip.underway
        needed = self._taps.editions | ({underway.edition} if underway else set())
        gone = self._bus.lists.release(service_day(at) if at.wall_known else None, needed)
        if gone:
            self._bus.journal.write([], gone)

    def _draw(self, now: float) -> None:
        at, edition = self._bus.clock.now(), self._edition()
        boarded = self._taps.boarded
        today = boarded.people if boarded.service_date == service_day(at).isoformat() else 0
        has_timetable = edition is not None or self._trip.edition is not None
        problem = self._talk.ended_because if has_timetable else NO_TIMETABLE
        snapshot = draw(
            unit=self._bus.unit,
            demo=self._bus.demo,
            at=at,
            edition=edition,
            offer=self._choices.at(edition, at, self._trip.fix) if self._trip.underway is None else Offer(),
            trip=self._trip,
            door_open=self._door_open,
            last=self._last and replace(self._last, seconds_ago=float(int(now - self._answered_at))),
            counts=Counts(
                self._taps.on_board + self._hands.on_board,
                today + self._hands.boarded_on(service_day(at).isoformat()),
                self._bus.journal.waiting,
            ),
            by_hand=ByHand(
                self._hands.groups(at, self._trip),
                self._hands.fares_from(at, self._trip),
                self._hands.done(at.mono_ms / 1000),
                may_overrule=self._taps.may_overrule(at.mono_ms / 1000) and self._trip.underway is not None,
            ),
            ride=self._rides.at(at, self._trip),
            link_up=self._talk.is_up,
            hint=self._helping.at(now),
            faults=replace(self._faults, link=problem or self._talk.page_problem),
        )
        if snapshot != self._shown:
            self._shown = snapshot
            self._bus.publish(snapshot)

    def _tell_health(self, now: float) -> None:
        if self._health.is_due(now):
            at, edition = self._bus.clock.now(), self._trip.edition or self._edition()
            report = health_of(
                at=at,
                trip=self._trip,
                door_open=self._door_open,
                faults=self._faults,
                journal=self._bus.journal,
                edition=edition.number if edition else 0,
                lists_number=self._bus.lists.seen.number,
                version=self._bus.version,
            )
            word = self._rides.at(at, self._trip).word
            report = with_vitals(msgspec.structs.replace(report, word=word), self._bus.vitals(now))
            self._health.tell(report, now)
