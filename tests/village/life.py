"""A bus's week: its driver takes up trips, riders hold their codes up, and after a power cut both just go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from device.clock import AGREEING
from device.facts import CodeSeen
from rules.messages.events import (
    AnyEvent,
    HandAlighted,
    HandBoarded,
    HandUndone,
    Means,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.passes.rider_pass import RiderClass
from terminal.facts import DoorState, Fact, HandAlighting, HandBoarding, HandTakenBack, TripChosen, TripDone
from tests.village.bus import BusMachine, HandRecord
from tests.village.by_hand import Aboard
from tests.village.clockwork import DAY_S, HOUR, JAPAN, MIDNIGHT, Agenda
from tests.village.invariants import Watch
from tests.village.line import BETWEEN_STOPS_S, DEPARTURES, LAST, TRIPS
from tests.village.model import BusSide, Model
from tests.village.riders import Code, Person

Waits = Generator[float]
"""Each value is how many seconds pass before it goes on."""

FRESH_S = 3.0
"""The loop believes a fix for a little longer."""
REBOOT_S = (15.0, 40.0)
FIRST_POWER_S = 6 * HOUR
LAST_POWER_S = 19 * HOUR


@dataclass
class Going:
    """Somebody on this trip: boards and alights at these stops, or forgets to."""

    person: Person
    board: int
    alight: int
    forgets: bool


@dataclass
class Life:
    """One bus with its driver and its riders, day after day as `live` says.

    `running` is the trip that the bus's journal says is under way.
    """

    bus: BusMachine
    people: list[Person]
    model: Model
    watch: Watch
    agenda: Agenda
    dice: Random
    days: int
    trips_a_day: int
    riders_a_trip: int
    day: str = ""
    running: str = ""
    tally: Counter[str] = field(default_factory=Counter)
    hand_records: list[HandRecord] = field(default_factory=list)
    _told_the_time: int = 0
    _fixed_at: float = -FRESH_S
    _image: BusSide | None = None

    def live(self) -> Waits:
        """All days."""
        for day in range(self.days):
            yield from self._until(day * DAY_S + FIRST_POWER_S + self.dice.uniform(0, 1800))
            self.day = f"{datetime.fromtimestamp(MIDNIGHT + day * DAY_S, UTC).astimezone(JAPAN):%Y-%m-%d}"
            self.bus.switch_on()
            for number in sorted(self.dice.sample(range(len(TRIPS)), self.trips_a_day)):
                yield from self._until(day * DAY_S + DEPARTURES[number])
                yield from self._drive(TRIPS[number])
            yield from self._until(day * DAY_S + LAST_POWER_S)
            yield from self._be_on()
            self.tally["bus-days"] += 1
            self.bus.switch_off()

    def wake(self) -> Waits:
        """Be on, with the door moved once: a record for central, whatever it has lost."""
        yield from self._be_on()
        while not self.bus.do(DoorState(is_open=True)):
            yield from self._be_on()

    @property
    def machine(self) -> BusMachine:
        """What may be repaired at night."""
        return self.bus

    def is_asleep(self) -> bool:
        """Whether the bus is off with nothing under way."""
        return not (self.bus.on or self.running or self.bus.resolve)

    def swap_card(self) -> bool:
        """Make an image of the card, or put back the one that was made; whether one was put back."""
        unit, image = self.bus.unit, self.bus.folder.with_suffix(".image")
        if self._image is None:
            self.bus.copy_card(image)
            self._image = self.model.copy_of(unit)
            return False
        self.bus.put_card(image)
        self.model.put_back(unit, self._image)
        self.watch.forget(unit)
        self._image = None
        self.tally["old-cards"] += 1
        return True

    def _drive(self, trip: str) -> Waits:
        going = self._riders()
        for stop in range(LAST + 1):
            self.bus.arrive(stop)
            yield from self._stand(trip)
            opens = self.dice.random() < 0.3
            if opens:
                self.bus.do(DoorState(is_open=True))
            for each in going:
                if self.bus.stop == each.board or (self.bus.stop == each.alight and not each.forgets):
                    yield from self._tap(each.person, trip)
            if self.dice.random() < 0.6:
                yield from self._record_by_hand(trip)
            if self.dice.random() < 0.15:
                yield from self._hold_up_something_odd(trip)
            if opens:
                self.bus.do(DoorState(is_open=False))
            way_s = self.dice.uniform(0.7, 1.0) * BETWEEN_STOPS_S
            if stop < LAST:
                self.bus.leave(way_s)
            yield way_s
        yield from self._be_on()
        self.tally["trips"] += 1
        self.bus.attempt(TripDone(), self._trip_done)
        # Back to where the next one begins.
        self.bus.arrive(0)

    def _riders(self) -> list[Going]:
        """Who rides on this trip, from where to where."""
        going = []
        for person in self.dice.sample(self.people, min(self.riders_a_trip, len(self.people))):
            board = self.dice.randrange(LAST)
            alight = self.dice.randrange(board + 1, LAST + 1)
            going.append(Going(person, board, alight, self.dice.random() < 0.15))
        return going

    def _stand(self, trip: str) -> Waits:
        """Stand at the stop, on this trip: after a cut the driver looks at the page and touches it again."""
        for _ in range(4):
            yield from self._be_on()
            if self.running != trip:
                if self.running:
                    # The cut came before the end of the last trip was on the disk.
                    self.bus.attempt(TripDone(), self._trip_done)
                if not self.running:
                    self.bus.attempt(TripChosen(trip, self.day), self._trip_begun)
                self._fixed_at = -FRESH_S
            if self.agenda.now - self._fixed_at > FRESH_S:
                self.bus.do(self.bus.fix())
                self._fixed_at = self.agenda.now
            if self.bus.on and self.running == trip:
                return

    def _be_on(self) -> Waits:
        while not self.bus.on or self._told_the_time != self.bus.boots:
            if not self.bus.on:
                yield self.dice.uniform(*REBOOT_S)
                self.bus.switch_on()
            self._told_the_time = self.bus.boots
            # The receiver is believed once it has said the same for some seconds.
            for _ in range(AGREEING):
                if self.bus.on:
                    self.bus.do(self.bus.fix())
                yield 1.0

    def _tap(self, person: Person, trip: str) -> Waits:
        """Hold up a code; once more after a cut in the middle of it."""
        for _ in range(2):
            yield from self._stand(trip)
            yield self.dice.uniform(0.2, 1.0)
            if not self.bus.on or self.running != trip:
                return
            code = person.code(int(self.agenda.wall), self.dice)
            self._show(code, trip)
            if self.bus.on and self.dice.random() < 0.1:
                self._show(code, trip)
            if self.bus.on:
                return

    def _record_by_hand(self, trip: str) -> Waits:
        """The driver records people who board or alight without a code, and takes some of it back."""
        yield from self._stand(trip)
        if not self.bus.on or self.running != trip:
            return
        unit, day, stop, books = self.bus.unit, self.day, self.bus.stop, self.model.by_hand
        ways = [group for group in books.aboard(unit) if group.stop < stop]
        means, rider_class = (
            self.dice.choice((Means.CASH, Means.CASH, *Means)),
            self.dice.choice((RiderClass.ADULT, RiderClass.CHILD)),
        )
        people = self.dice.randint(1, 3)
        group = Aboard(stop, means, rider_class.name.lower(), people)
        touch: Fact = HandBoarding(means, rider_class, people)
        if stop == LAST or (ways and self.dice.random() < 0.6):
            if ways:
                group = self.dice.choice(ways)
                people = self.dice.randint(1, group.people)
            else:
                # Nobody had recorded them.
                group = Aboard(self.dice.randrange(stop), "cash", "adult", people)
            rider_class = RiderClass[group.rider_class.upper()]
            touch = HandAlighting(group.stop, Means(group.means), rider_class, people)

        def resolve(event: AnyEvent | None) -> None:
            match event:
                case HandBoarded():
                    books.boarded(unit, trip, day, group)
                case HandAlighted():
                    books.alighted(unit, trip, day, group, people, stop)
                case HandUndone():
                    books.undone(unit)
            if event is not None:
                kind = str(event.__struct_config__.tag)
                self.hand_records.append(HandRecord(unit, event.at.boot, event.at.mono_ms, kind))
                self.tally[f"hand-{type(event).__name__[4:].lower()}"] += 1

        self.bus.attempt(touch, resolve)
        if self.dice.random() < 0.25:
            yield self.dice.uniform(1.0, 50.0)
            self.bus.attempt(HandTakenBack(), resolve)

    def _hold_up_something_odd(self, trip: str) -> Waits:
        """A photographed code, of whoever; or what is no code at all."""
        yield from self._stand(trip)
        if not self.bus.on or self.running != trip:
            return
        code = self.dice.choice(self.people).shown
        if code is not None and self.dice.random() < 0.7:
            self._show(code, trip)
        else:
            self.bus.attempt(CodeSeen(b"https://example.jp/onsen"), lambda _: None)

    def _show(self, code: Code, trip: str) -> None:
        day, stop = self.day, self.bus.stop

        def resolve(event: AnyEvent | None) -> None:
            # With the lamp lit this record is what it stands for; after a cut nobody saw the lamp, but a record that
            # is on the disk counts all the same.
            if isinstance(event, Tapped) and event.outcome.rides:
                where = (self.bus.unit, code.holder, trip, day, stop)
                self.model.green(*where, code.party, code.name, int(event.cash))
                if event.held:
                    self.watch.took(self.bus, code, int(event.held))

        lamp = self.bus.show(code, resolve)
        self.agenda.note(f"{self.bus.unit}: {code.holder.member} at {stop} of {trip}: {lamp}")

    def _trip_begun(self, event: AnyEvent | None) -> None:
        if isinstance(event, TripStarted):
            self.running = event.trip_id

    def _trip_done(self, event: AnyEvent | None) -> None:
        if isinstance(event, TripEnded):
            self.running = ""
            self.model.trip_ended(self.bus.unit)

    def _until(self, second: float) -> Waits:
        yield max(0.0, second - self.agenda.now)
