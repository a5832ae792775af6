"""The one owner of the kiosk's state: takes a fact, writes down what it leads to, then shows and sounds it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from device.fact_queue import FactQueue
from device.facts import Asked, CameraState, CodeSeen, CodeUnread, Heard, LinkDown, LinkUp
from device.health import HealthReports, oldest_waiting, with_vitals
from device.journal import JournalBroken
from device.reading_out import ReadQuestion, read_out
from device.room import Room
from device.standing import AskStanding, standing_of
from device.stick.desk import StickDesk, WordTaken
from device.talk import ASK_AGAIN_S, Talk
from kiosk.counter import Counter
from kiosk.facts import ButtonPressed, Fact, PageState
from kiosk.hours import local_time
from kiosk.ports import (
    HideCode,
    MessageKind,
    OfferWanted,
    ShowAgain,
    Snapshot,
    StaffLeft,
    StaffPin,
    Touch,
    UndoLast,
)
from kiosk.staff import StaffPage
from kiosk.words import BROKEN, FULL
from rules.messages.events import ClockSet, OfferedBy, Started
from rules.messages.link import Health
from rules.messages.standing import Busy

if TYPE_CHECKING:
    from kiosk.station import Station
    from rules.instant import Instant

TICK_S = 0.2
NETWORK_S = 10.0
"""How often the network's time is asked for."""
OLD_S = 60.0
"""How often what is over is looked for on the disk."""
CLAIM_ASKED_S = 5.0
"""How often central is asked for news while somebody stands before a code."""
FAULT_SHOWN_S = 0.3
"""Before a broken kiosk ends, so that the page can still fetch the reason."""
WRITTEN_DOWN = (OfferWanted, ButtonPressed, UndoLast, CodeSeen)
"""Facts that lead to records."""


class Desk:
    """Facts in, records and codes out. All but `report` and `stop` runs on one thread.

    `run` is that thread's whole life; who brings a clock of their own calls `begin` and `turn` instead.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._facts: FactQueue[Fact] = FactQueue(CodeSeen, CodeUnread)
        self._counter = Counter(station)
        self._staff = StaffPage(station.rules.pin)
        self._stick = StickDesk(
            station.identity, station.journal, station.lists, station.clock.now, station.version
        )
        self._room = Room(station.journal, FULL)
        self._talk = Talk(station, self._room)
        self._health = HealthReports(station.link)
        self._camera = CameraState("")
        self._page = PageState("")
        self._broken = ""
        self._has_begun = False
        self._asked_network_at = self._looked_for_old_at = -math.inf
        self._shown: Snapshot | None = None
        self._stopping = False

    def report(self, fact: Fact) -> bool:
        """Hand a fact over, from any thread; False if there was no room and it was dropped. Never waits."""
        return self._facts.report(fact)

    def stop(self) -> None:
        """End `run` soon; also for a signal's handler, which must not touch the queue: its thread may hold the lock."""
        self._stopping = True

    def run(self) -> int:
        """Serve until `stop` (0) or until the journal breaks (1: the page says so, and no code is made any more)."""
        try:
            self.begin()
            while not self._stopping:
                self.turn()
        except JournalBroken as error:
            self._broken = BROKEN.format(error=error)
            self._counter.clear()
            self._station.sound.say(MessageKind.STOPPED)
            self._draw()
            self._station.real.sleep(FAULT_SHOWN_S)
            return 1
        return 0

    def begin(self) -> None:
        """Take up what the journal remembers. Raises JournalBroken."""
        self._counter.resume()
        self._tend(self._station.real.monotonic())

    def turn(self) -> None:
        """Take the next fact, waiting for it at most TICK_S, and do what is due. Raises JournalBroken."""
        fact = self._facts.take(TICK_S)
        if fact is not None:
            self._take(fact)
        now = self._station.real.monotonic()
        if self._room.is_due(now):
            self._tend(now)
        at = self._station.clock.now()
        self._counter.tidy(at)
        if self._room.is_there:
            self._do_what_is_due(at, now)
        self._talk.ask_again_s = CLAIM_ASKED_S if self._counter.waits_for_claims else ASK_AGAIN_S
        self._talk.pump(now)
        if self._talk.is_up and self._health.is_due(now):
            self._health.tell(self._health_of(at), now)
        self._draw()

    def _tend(self, now: float) -> None:
        """Look after the journal, and begin once it has room."""
        self._room.tend(now)
        if self._room.is_there and not self._has_begun:
            self._has_begun = True
            self._station.journal.write(
                [Started(at=self._station.clock.now(), version=self._station.version)]
            )
        self._station.alive()

    def _do_what_is_due(self, at: Instant, now: float) -> None:
        if now - self._asked_network_at >= NETWORK_S:
            self._asked_network_at = now
            self._ask_the_network()
        if now - self._looked_for_old_at >= OLD_S:
            self._looked_for_old_at = now
            self._counter.forget_old(at)

    def _ask_the_network(self) -> None:
        clock = self._station.clock
        wall = self._station.network_time()
        anchor = None if wall is None else clock.hear_network(wall, clock.monotonic())
        if anchor is not None:
            event = ClockSet(at=clock.now(), source=anchor.source, wall=anchor.wall, error_ms=anchor.error_ms)
            self._station.journal.write([event])

    def _take(self, fact: Fact) -> None:
        at = self._station.clock.now()
        if not self._room.is_there and isinstance(fact, WRITTEN_DOWN):
            self._counter.say(MessageKind.STOPPED, at)
            return
        match fact:
            case ButtonPressed():
                # A guest's code must not lie behind the staff's page.
                self._staff.close()
                self._counter.offer(self._counter.rules(at).visits[0].id, 1, OfferedBy.BUTTON, at)
            case CodeSeen(data):
                self._counter.take_card(data, at)
            case CodeUnread():
                pass
            case CameraState():
                self._camera = fact
            case PageState():
                self._page = fact
            case LinkUp() | LinkDown() | Heard() | Asked():
                self._on_link(fact, at)
            case _:
                self._on_touch(fact, at)

    def _on_touch(self, touch: Touch, at: Instant) -> None:
        now = at.mono_ms / 1000
        is_staff = self._staff.is_open(now)
        match touch:
            case OfferWanted(visit, count, by):
                believed = OfferedBy.TOUCH if by is OfferedBy.STAFF and not is_staff else by
                self._counter.offer(visit, count, believed, at)
            case ShowAgain(number):
                self._counter.show_again(number, at, staff=is_staff)
            case HideCode(number):
                self._counter.hide(number)
            case StaffPin(pin):
                refusal = self._staff.try_pin(pin, now)
                if refusal:
                    self._counter.say(refusal, at)
            case StaffLeft():
                self._staff.close()
            case UndoLast(number) if is_staff:
                self._counter.undo(number, at)
        if isinstance(touch, OfferWanted | ShowAgain | HideCode | UndoLast):
            self._staff.touched(now)

    def _on_link(self, fact: LinkUp | LinkDown | Heard | Asked, at: Instant) -> None:
        now = self._station.real.monotonic()
        match fact:
            case LinkUp():
                self._health.connected()
                self._talk.begin(now)
            case LinkDown(reason):
                self._talk.end(reason)
            case Heard(message):
                self._talk.hear(message, now)
                self._counter.see_claims(at)
            case Asked():
                self._on_question(fact, now)
                self._counter.see_claims(at)

    def _on_question(self, asked: Asked, now: float) -> None:
        if isinstance(asked.question, ReadQuestion):
            asked.tell(read_out(asked.question, self._station.journal))
            return
        if isinstance(asked.question, AskStanding):
            busy = {Busy.GUESTS: self._shown is not None and bool(self._shown.codes)}
            fault = self._broken or self._room.fault
            asked.tell(standing_of(self._station.version, self._station.journal, fault, busy))
            return
        reply = self._stick.answer(asked.question)
        if isinstance(reply, WordTaken):
            # The cursor may have moved under the link.
            self._talk.start_over(now)
        asked.tell(reply)

    def _health_of(self, at: Instant) -> Health:
        journal = self._station.journal
        health = Health(
            online=True,
            at_wall=at.wall,
            clock=at.quality,
            camera=self._camera.problem,
            queue=journal.waiting,
            journal_percent=journal.percent,
            oldest_queued_wall=oldest_waiting(journal),
            lists_number=self._station.lists.seen.number,
            version=self._station.version,
            page=self._page.problem,
        )
        return with_vitals(health, self._station.vitals(self._station.real.monotonic()))

    def _draw(self) -> None:
        station, counter = self._station, self._counter
        at = station.clock.now()
        rules = counter.rules(at)
        is_staff = self._staff.is_open(at.mono_ms / 1000)
        faults = (
            self._room.warning,
            self._talk.ended_because,
            self._talk.page_problem,
            self._camera.problem,
            self._camera.note,
            self._page.problem,
        )
        snapshot = Snapshot(
            unit=station.unit,
            now_text=f"{local_time(at):%-H:%M}" if at.wall_known else "",
            clock_known=at.wall_known,
            link_up=self._talk.is_up,
            waiting=station.journal.waiting,
            open=rules.hours.is_open(at),
            codes=counter.shown(at),
            recent=counter.recent(at, staff=is_staff),
            visits=rules.visits,
            message=counter.message,
            today=counter.today(at),
            stopped=self._broken or self._room.fault,
            faults=tuple(fault for fault in faults if fault),
            staff=is_staff,
            hours=str(rules.hours),
            version=station.version,
            demo=station.demo,
            camera=station.has_camera and not self._camera.problem,
        )
        if snapshot != self._shown:
            self._shown = snapshot
            station.publish(snapshot)
