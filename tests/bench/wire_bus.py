"""A bus's day on the real link: the terminal's loop, journal and sync, whose seconds leap from one to the next.

Its certificate, the TLS, Mosquitto and the office's server are real. After each message the bus waits until what it
leads to has been said, so that packets are as many as on a day that takes its time.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from device.clock import AGREEING, Clock
from device.facts import CodeSeen, Heard, LinkDown, LinkUp
from device.identity import load_identity
from device.link import Broker, Listeners, MqttLink
from device.office_lists import OfficeLists
from device.vitals import Vitals
from rules.messages.link import DownPage
from rules.messages.topics import Channel
from rules.ride.locate import Fix
from rules.ride.locator.path import CELL_M, path_of_trip
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import DoorState, Fact, FixSeen, TripChosen, TripDone
from terminal.loop import Loop
from tests.bench.bus import LeapingTime
from tests.bench.machine import NotMeasured
from tests.faults.field_machine import open_journal

if TYPE_CHECKING:
    from pathlib import Path

    from device.journal import Journal
    from device.reader.messages import Hint
    from device.sync import Taken
    from rules.messages.link import Word
    from rules.network.edition import Edition
    from rules.network.trips import Trip
    from terminal.signals.told import Told

JAPAN = ZoneInfo("Asia/Tokyo")
QUIET_S = 0.045
"""TCP acknowledges what nothing else answers only after 40 ms."""
PATIENCE_S = 60.0
POLL_S = 0.002
EARLY_S, LATE_S = 1_200, 1_200
"""On before the first departure and after the last arrival."""
DRIVING_STEP_S, PARKED_STEP_S = 2.02, 15.1
"""From one fix to the next, so that what is due each 30, 40 and 60 s is said hardly later."""
TAP_S = 4
"""Seconds from one rider to the next."""
DOORS_S = 3
VALLEY = (0.45, 0.6)
"""The share of each trip on which there is no network."""
VITALS = Vitals(
    temperature_c=52.3,
    undervoltage=False,
    disk_free_mb=21_437,
    certificate_until=1_900_000_000,
    system="Debian GNU/Linux 12 (bookworm), Linux 6.6.31+rpt-rpi-v8, Python 3.11.2",
)
"""As a Raspberry Pi tells them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bus finds what it is and whom it calls; `issuer` is the village's number on passes."""

    data: Path
    device: str
    village: str
    broker: Broker
    issuer: int


@dataclass(slots=True)
class Said:
    """What the bus has handed over, by channel: messages, and their bytes before MQTT; and the outcomes of taps."""

    messages: Counter[Channel] = field(default_factory=Counter)
    bytes: Counter[Channel] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)


class WireBus:
    """One bus, driven by whoever calls it."""

    def __init__(self, place: Place, journal: Journal, wall: float) -> None:
        self.said = Said()
        self.is_up = False
        self.time = LeapingTime()
        self._wall = wall - self.time.monotonic()
        self._journal = journal
        self._pending: list[Taken] = []
        self._waiting: list[Fact] = []
        self._at = (0.0, 0.0, 0.0)
        identity = load_identity(place.data, place.device)
        self.lists = OfficeLists(place.device, identity.root_public)
        self.lists.load(journal)
        self._link = MqttLink(place.broker, place.village, place.device, self._listeners(), lambda: 0.0)
        self._loop = Loop(
            Bus(
                unit=place.device,
                demo=False,
                issuer=place.issuer,
                version="0.1.0",
                identity=identity,
                journal=journal,
                lists=self.lists,
                clock=Clock(self.time, "6f1c2a9e", journal.floor),
                real=self.time,
                signals=self,
                link=self,
                publish=lambda _snapshot: None,
                ride_address="https://bus.example.jp",
                vitals=lambda _now: VITALS,
            )
        )

    def start(self) -> None:
        """On: it knows the time by its receiver, and is connected."""
        self._loop.begin()
        self._link.start()
        self.wait(lambda: self.is_up)

    def stop(self) -> None:
        """Off."""
        self._link.stop()

    def wall(self) -> float:
        """Unix seconds of the bus."""
        return self._wall + self.time.monotonic()

    def be_at(self, lat: float, lon: float, speed_mps: float) -> None:
        """From now on the receiver says so."""
        self._at = (lat, lon, speed_mps)

    def do(self, *facts: Fact) -> None:
        """Something happens, and all it leads to is said."""
        for fact in facts:
            self._turn(fact)
        self._settle()

    def go_on(self, seconds: float, step: float = 1.0) -> None:
        """Time goes by, in steps with a fix each."""
        for _ in range(math.ceil(seconds / step)):
            self.time.skip(step)
            self.do(self._fix())

    def wait(self, holds: Callable[[], bool]) -> None:
        """For something the link brings. Raises NotMeasured."""
        until = time.monotonic() + PATIENCE_S
        while not holds():
            self.do(self._fix())
            time.sleep(POLL_S)
            if time.monotonic() > until:
                raise NotMeasured("The bus waited in vain for the office.")

    def _fix(self) -> FixSeen:
        lat, lon, speed = self._at
        fix = Fix(self.time.monotonic(), lat, lon, speed, None, 1.0, 9)
        return FixSeen(fix, self.wall())

    def _turn(self, fact: Fact) -> None:
        if not self._loop.report(fact):
            raise NotMeasured("The bus's queue is full.")
        self._loop.turn()

    def _settle(self) -> None:
        """Until everything handed over is taken, every record acknowledged, and the line has fallen silent."""
        said_something = bool(self._pending or self._waiting)
        until = time.monotonic() + PATIENCE_S
        while True:
            while self._waiting:
                self._turn(self._waiting.pop(0))
                said_something = True
            self._pending = [taken for taken in self._pending if not taken()]
            if not self.is_up:
                self._pending.clear()
                return
            if not self._pending and not self._journal.waiting and not self._waiting:
                if not said_something:
                    return
                said_something = False
                time.sleep(QUIET_S)
                continue
            time.sleep(POLL_S)
            if time.monotonic() > until:
                raise NotMeasured("The office did not acknowledge what the bus sent.")

    def _listeners(self) -> Listeners:
        def up() -> None:
            self.is_up = True
            self._waiting.append(LinkUp())

        def down(reason: str) -> None:
            self.is_up = False
            self._waiting.append(LinkDown(reason))

        def heard(message: Word | DownPage) -> None:
            self._waiting.append(Heard(message))

        return Listeners(up, down, heard)

    # The loop's link and its lamps.

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Taken | None:
        """Count it, and hand it over."""
        taken = self._link.publish(channel, payload, retain=retain)
        if taken is not None:
            self._pending.append(taken)
            self.said.messages[channel] += 1
            self.said.bytes[channel] += len(payload)
        return taken

    def answer(self, told: Told) -> None:
        """A rider was answered."""
        self.said.outcomes[told.outcome] += 1

    def help(self, hint: Hint) -> None:
        """Nobody holds a code badly."""

    def fault(self) -> None:
        """The journal is broken."""
        raise NotMeasured("The bus's journal is broken.")


@contextmanager
def bus_on(place: Place, wall: float) -> Iterator[WireBus]:
    """Switched on at Unix second `wall`, by its receiver's time."""
    with open_journal(place.data, place.device) as journal:
        bus = WireBus(place, journal, wall)
        try:
            bus.start()
            for _ in range(AGREEING):
                bus.go_on(1)
            yield bus
        finally:
            bus.stop()


def seconds_of_day(day: date) -> float:
    """The Unix second at which it begins in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN).timestamp()


def drive_day(
    bus: WireBus,
    edition: Edition,
    day: date,
    trips: Sequence[Trip],
    cards: Mapping[str, Sequence[bytes]],
    valley: Callable[[bool], object],
) -> None:
    """The trips one after another, its `cards` on each, parked between. `valley` hears whether the network is away."""
    chance = random.Random(1)
    for trip in trips:
        _park(bus, edition, trip, seconds_of_day(day) + trip.departures[0])
        bus.do(TripChosen(trip.trip_id, day.isoformat()))
        _drive(bus, edition, trip, _rides(edition, trip, cards[trip.trip_id], chance), valley)
        bus.do(TripDone())
    bus.go_on(LATE_S, PARKED_STEP_S)


def _park(bus: WireBus, edition: Edition, trip: Trip, until: float) -> None:
    stop = edition.stops_of(trip.trip_id)[0]
    bus.be_at(stop.lat, stop.lon, 0.0)
    bus.go_on(max(0.0, until - bus.wall()), PARKED_STEP_S)


def _rides(
    edition: Edition, trip: Trip, cards: Sequence[bytes], chance: random.Random
) -> dict[int, list[bytes]]:
    """Who shows a card at which stop: each boards somewhere and alights later."""
    last = len(edition.stops_of(trip.trip_id)) - 1
    shown: dict[int, list[bytes]] = {}
    for card in cards:
        board, alight = sorted(chance.sample(range(last + 1), 2))
        shown.setdefault(board, []).append(card)
        shown.setdefault(alight, []).append(card)
    return shown


def _drive(
    bus: WireBus,
    edition: Edition,
    trip: Trip,
    shown: dict[int, list[bytes]],
    valley: Callable[[bool], object],
) -> None:
    path = path_of_trip(edition, trip.trip_id)
    stops = edition.stops_of(trip.trip_id)
    length = int(path.stop_cells[-1])
    away = False
    for index, stop in enumerate(stops):
        if index:
            begin, end = (int(cell) for cell in path.stop_cells[index - 1 : index + 1])
            seconds = max(20, trip.arrivals[index] - trip.departures[index - 1])
            steps = math.ceil(seconds / DRIVING_STEP_S)
            for step in range(steps):
                cell = begin + (end - begin) * step // steps
                now_away = VALLEY[0] < cell / length < VALLEY[1]
                if now_away is not away:
                    away = now_away
                    valley(away)
                    bus.wait(lambda away=away: bus.is_up is not away)  # type: ignore[misc]
                lat, lon = path.degrees(*(float(metre) for metre in path.xy[cell]))
                bus.be_at(lat, lon, (end - begin) * CELL_M / seconds)
                bus.go_on(DRIVING_STEP_S, DRIVING_STEP_S)
        bus.be_at(stop.lat, stop.lon, 0.0)
        if index in shown:
            bus.go_on(DOORS_S)
            bus.do(DoorState(is_open=True))
            for card in shown[index]:
                bus.do(CodeSeen(card))
                bus.go_on(TAP_S)
            bus.do(DoorState(is_open=False))
            bus.go_on(DOORS_S)
