"""What an invented bus writes down on a day: doors, riders by card and by the driver's hand, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from central.japan import seconds_of
from central.practice.line import ROUTE, STOP_S, STOPS, fare, stop_id, trip_begins, trip_id
from central.practice.machines import Machine
from rules.messages.events import (
    ClockSet,
    DoorMoved,
    HandAlighted,
    HandBoarded,
    Means,
    RecordRef,
    RideLeftOpen,
    SettledBy,
    Started,
    StopSettled,
    Tapped,
    TripEnded,
    TripStarted,
)
from rules.money import Yen
from rules.passes.rider_pass import PassKind, RiderClass
from rules.ride.outcomes import Movement, Outcome

IN_CASH = 0.05
"""Of all riders, the share that pays a part to the driver; of the others of this kind likewise."""
FORGETS = 0.015
SETTLED = 0.02
REFUSED = 0.06
BY_HAND = 0.4
"""Of all trips."""
UNREADABLE = 0.1
PART_IN_CASH = Yen(100)
LAST = STOPS - 1


class Chance(Protocol):
    """Where chance comes from; a seeded one makes the same village again."""

    def random(self) -> float:
        """From 0 up to, not including, 1."""

    def randrange(self, start: int, stop: int) -> int:
        """A whole number from `start` up to, not including, `stop`."""


@dataclass(frozen=True, slots=True)
class DoorsOpened:
    """A trip's openings of the door, for phones that read the bus: (record, Unix second) by place on the trip.

    `passes` are those that the bus has read on it.
    """

    trip: str
    at: tuple[tuple[RecordRef, int], ...]
    passes: frozenset[str]


@dataclass(slots=True)
class BusDay:
    """A bus on a day, number `bus` from 0. `cash` is what its driver has taken, in yen."""

    machine: Machine
    bus: int
    day: date
    edition: int
    chance: Chance
    cash: int = 0
    opened: list[DoorsOpened] = field(default_factory=list)

    def start(self) -> None:
        """The bus is switched on and learns the time."""
        moment = seconds_of(self.day)[0] + trip_begins(self.bus, 0) - 900
        self.machine.boot = f"{self.day}"
        self.machine.write(Started(at=self.machine.at(moment), version="practice"))
        self.machine.write(
            ClockSet(at=self.machine.at(moment + 5), source="gps", wall=moment + 5, error_ms=40)
        )

    def run(self, turn: int, passes: list[str]) -> None:
        """One trip with a rider for each of these passes, no pass twice."""
        begin = seconds_of(self.day)[0] + trip_begins(self.bus, turn)
        trip = _Trip(self, turn, begin)
        trip.drive(passes)
        self.opened.append(DoorsOpened(trip_id(self.bus, turn), tuple(trip.doors), frozenset(passes)))


@dataclass(slots=True)
class _Rider:
    pass_id: str
    on: int
    off: int
    forgets: bool
    board: RecordRef | None = None


@dataclass(slots=True)
class _Trip:
    """A trip that begins at Unix second `begin`."""

    of: BusDay
    turn: int
    begin: int
    doors: list[tuple[RecordRef, int]] = field(default_factory=list)
    settled: list[StopSettled] = field(default_factory=list)

    def drive(self, passes: list[str]) -> None:
        machine, named = self.of.machine, self._named
        machine.write(TripStarted(at=machine.at(self.begin), **named))
        riders = [self._rider(pass_id) for pass_id in passes]
        by_hand = self._by_hand() if self.of.chance.random() < BY_HAND else None
        board: RecordRef | None = None
        for place in range(STOPS):
            moment = self.begin + place * STOP_S
            self.doors.append((self._door(place, moment), moment))
            for rider in riders:
                if rider.off == place and not rider.forgets:
                    self._alight(rider, moment + 10)
            if by_hand is not None and by_hand[1] == place:
                self._hand_off(by_hand, board, moment + 15)
            for rider in riders:
                if rider.on == place:
                    rider.board = machine.write(self._tapped(place, moment + 20, rider.pass_id))
            if by_hand is not None and by_hand[0] == place:
                board = self._hand_on(by_hand, moment + 25)
            if self.of.chance.random() < REFUSED:
                self._refuse(place, moment + 30)
        end = self.begin + STOPS * STOP_S
        for rider in riders:
            if rider.forgets:
                self._left_open(rider, end)
        for word in self.settled:
            machine.write(word)
        machine.write(TripEnded(at=machine.at(end), **named))

    @property
    def _named(self) -> dict[str, Any]:
        trip = trip_id(self.of.bus, self.turn)
        return {"edition": self.of.edition, "trip_id": trip, "service_date": self.of.day.isoformat()}

    def _stop(self, place: int) -> str:
        return stop_id(place if self.turn % 2 == 0 else LAST - place)

    def _two_places(self) -> tuple[int, int]:
        on = self.of.chance.randrange(0, LAST)
        return on, self.of.chance.randrange(on + 1, STOPS)

    def _rider(self, pass_id: str) -> _Rider:
        return _Rider(pass_id, *self._two_places(), self.of.chance.random() < FORGETS)

    def _by_hand(self) -> tuple[int, int, int, Means]:
        people = self.of.chance.randrange(1, 4)
        means = (Means.CASH, Means.CASH, Means.COUPON, Means.COMMUTER)[self.of.chance.randrange(0, 4)]
        return *self._two_places(), people, means

    def _door(self, place: int, moment: int) -> RecordRef:
        named: dict[str, Any] = {"trip_id": trip_id(self.of.bus, self.turn), "stop_id": self._stop(place)}
        where: dict[str, Any] = {"lat": 38.76 - 0.012 * place, "lon": 140.3 - 0.01 * place}
        return self.of.machine.write(DoorMoved(at=self.of.machine.at(moment), is_open=True, **named, **where))

    def _tapped(self, place: int, moment: int, pass_id: str, **more: Any) -> Tapped:
        fields: dict[str, Any] = {
            **self._named,
            "outcome": Outcome.OK,
            "movement": Movement.BOARD,
            "route_id": ROUTE,
            "stop_id": self._stop(place),
            "stop_index": place,
            "confidence": 0.97,
            "place_reason": "停留所の円の中",
            "code": f"{self.of.chance.randrange(0, 2**62):016x}",
            "pass_id": pass_id,
            "pass_kind": PassKind.CARD,
        }
        return Tapped(at=self.of.machine.at(moment), **(fields | more))

    def _alight(self, rider: _Rider, moment: int) -> None:
        due = fare(rider.off - rider.on)
        cash = PART_IN_CASH if self.of.chance.random() < IN_CASH else Yen(0)
        self.of.cash += cash
        record = self.of.machine.write(
            self._tapped(
                rider.off,
                moment,
                rider.pass_id,
                outcome=Outcome.SHORT if cash else Outcome.OK,
                movement=Movement.ALIGHT,
                board=rider.board,
                board_stop_id=self._stop(rider.on),
                fare=Yen(due),
                held=Yen(due - cash),
                cash=cash,
            )
        )
        if self.of.chance.random() < SETTLED:
            # Half of them were farther than the bus had thought, which waits for staff.
            place = (
                min(LAST, rider.off + 2)
                if self.of.chance.random() < 0.5
                else max(rider.on + 1, rider.off - 2)
            )
            self.settled.append(
                StopSettled(
                    at=self.of.machine.at(moment + 240),
                    taps=[record],
                    **self._named,
                    stop_id=self._stop(place),
                    stop_index=place,
                    confidence=0.9,
                    by=SettledBy.LATER,
                )
            )

    def _refuse(self, place: int, moment: int) -> None:
        if self.of.chance.random() < UNREADABLE:
            self.of.machine.write_bytes(b'{"event":"of-another-version"}')
            return
        why = (Outcome.STALE_CODE, Outcome.EXPIRED, Outcome.DENIED, Outcome.REPLAYED)
        outcome = why[self.of.chance.randrange(0, len(why))]
        self.of.machine.write(
            self._tapped(place, moment, "", outcome=outcome, movement=Movement.REFUSED, pass_kind=None)
        )

    def _left_open(self, rider: _Rider, moment: int) -> None:
        assert rider.board is not None, "everybody has boarded by the end"
        due = fare(LAST - rider.on)
        self.of.machine.write(
            RideLeftOpen(
                at=self.of.machine.at(moment),
                board=rider.board,
                pass_id=rider.pass_id,
                pass_kind=PassKind.CARD,
                rider_class=RiderClass.ADULT,
                adults=0,
                children=0,
                **self._named,
                route_id=ROUTE,
                board_stop_id=self._stop(rider.on),
                stop_id=self._stop(LAST),
                stop_index=LAST,
                fare=Yen(due),
                held=Yen(due),
                owed=Yen(0),
            )
        )

    def _hand(self, who: tuple[int, int, int, Means], place: int, moment: int) -> dict[str, Any]:
        _, _, people, means = who
        return {
            "at": self.of.machine.at(moment),
            "means": means,
            "rider_class": RiderClass.ADULT,
            "people": people,
            **self._named,
            "route_id": ROUTE,
            "stop_id": self._stop(place),
            "stop_index": place,
            "confidence": 0.97,
            "place_reason": "停留所の円の中",
            "camera": True,
        }

    def _hand_on(self, who: tuple[int, int, int, Means], moment: int) -> RecordRef:
        return self.of.machine.write(HandBoarded(**self._hand(who, who[0], moment)))

    def _hand_off(self, who: tuple[int, int, int, Means], board: RecordRef | None, moment: int) -> None:
        on, off, people, means = who
        due = Yen(0 if means is Means.COMMUTER else fare(off - on) * people)
        cash = due if means is Means.CASH else Yen(0)
        self.of.cash += cash
        start: dict[str, Any] = {"board": board, "board_stop_id": self._stop(on), "board_index": on}
        self.of.machine.write(HandAlighted(**self._hand(who, off, moment), **start, fare=due, cash=cash))
