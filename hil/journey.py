"""Drives one trip of an edition on the bench: moves the bus, opens the doors, lets people on and off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import atan2, cos, degrees, radians
from typing import TYPE_CHECKING

import numpy as np

from hil.riders import Habit, HandRider, Rider
from hil.virtual.processes import NotReady
from rules.network.fares import FareProblem
from rules.network.stops import Stop, distance_m
from rules.ride.locator.path import CELL_M, path_of_trip

if TYPE_CHECKING:
    from hil.bench import Bench
    from rules.network.edition import Edition

APART_M = 130.0
"""Stops where people get on and off lie at least this far from every other stop of the trip."""
SETTLE_S = 8.0
SETTLE_RATE = 10.0
"""The last virtual seconds before a call run slower, so that the receiver's last words are fresh at the door."""
LEAST_SECTION_S = 25.0
NOISE_M = 4.0
NOISE_MEMORY = 0.9
"""Errors of a receiver are correlated from second to second."""
SHADOW = (0.3, 0.6)
"""The share of a long section in which no satellite is seen."""
SHADOW_FROM_S = 60.0
MOST_FIXES_A_SECOND = 40
DWELL_S = 0.8
ANSWER_S = 6.0
TRIES = 4
SHOWN_ON_S = 0.25


@dataclass(frozen=True, slots=True)
class Show:
    """Somebody holds something up at a stop."""

    stop_index: int
    who: Rider


@dataclass(frozen=True, slots=True)
class Touch:
    """The driver records somebody by hand at a stop: boarding, or alighting where they boarded at `board_index`."""

    stop_index: int
    who: HandRider
    board_index: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Somebody held something up, or was recorded by hand.

    `lamp` is the one that answered, green or red; "hand" for the driver's page; "" for no answer.
    """

    stop: str
    who: str
    lamp: str


Tell = Callable[[Happening], object]


def plan(edition: Edition, trip_id: str, riders: Iterable[Rider], *, back: bool = False) -> list[Show]:
    """Who shows what where on a trip, boardings before alightings at each stop; `back` mirrors everybody's way."""
    usable = _usable_stops(edition, trip_id)
    shows = []
    for who in riders:
        person = who.person
        shares = (
            (1 - person.to_share, 1 - person.from_share) if back else (person.from_share, person.to_share)
        )
        ride = _ride(edition, trip_id, usable, *shares)
        if ride is None:
            continue
        shows.append(Show(ride[0], who))
        if person.habit is Habit.RIDES or (person.habit is Habit.FORGETS_TO_ALIGHT and back):
            shows.append(Show(ride[1], who))
    return sorted(shows, key=lambda show: show.stop_index)


def plan_by_hand(
    edition: Edition, trip_id: str, riders: Iterable[HandRider], *, back: bool = False
) -> list[Touch]:
    """Whom the driver records where on a trip; `back` mirrors everybody's way."""
    usable = _usable_stops(edition, trip_id)
    touches = []
    for who in riders:
        shares = (1 - who.to_share, 1 - who.from_share) if back else (who.from_share, who.to_share)
        ride = _ride(edition, trip_id, usable, *shares)
        if ride is not None:
            touches += [Touch(ride[0], who), Touch(ride[1], who, ride[0])]
    return touches


class Journey:
    """One trip under way."""

    def __init__(
        self,
        bench: Bench,
        edition: Edition,
        trip_id: str,
        speed: float,
        tell: Tell,
        seed: int,
        dwell: float = 0,
    ) -> None:
        self._bench = bench
        self._trip = edition.trips[trip_id]
        self._stops = edition.stops_of(trip_id)
        self._path = path_of_trip(edition, trip_id)
        self._speed = speed
        self._tell = tell
        self._rng = np.random.default_rng(seed)
        self._dwell = dwell
        """So many seconds the doors stay open at every stop; 0 opens them only where the plan has somebody."""
        self._error = np.zeros(2)

    def drive(
        self,
        shows: list[Show],
        at_stop: Callable[[int], object] = lambda _index: None,
        touches: Iterable[Touch] = (),
    ) -> None:
        """From the first stop to the last. `at_stop` is called at each, before its doors open."""
        for index, stop in enumerate(self._stops):
            here = [show for show in shows if show.stop_index == index]
            by_hand = [touch for touch in touches if touch.stop_index == index]
            calls = bool(here or by_hand or self._dwell)
            if index:
                self._drive_to(index, calls=calls)
            at_stop(index)
            if calls:
                self._serve(index, stop, here, by_hand)
        self._stand(self._stops[-1], 2.0)

    def wait_until(self, wall: float, rate: float) -> None:
        """Stand at the first stop until Unix second `wall`, time running at `rate`."""
        clock = self._bench.clock
        self._bench.let_time_run(rate)
        while clock.wall() < wall:
            self._say(self._stops[0].lat, self._stops[0].lon, speed=0.0, course=None)
            clock.sleep(max(1.0, clock.rate / MOST_FIXES_A_SECOND))
        self._bench.let_time_run(1.0)

    def stand_until(self, holds: Callable[[], bool], rate: float, patience: float) -> None:
        """Stand at the first stop, time running at `rate`, until something holds. Raises NotReady."""
        clock = self._bench.clock
        self._bench.let_time_run(rate)
        for _ in range(int(patience * rate)):
            self._say(self._stops[0].lat, self._stops[0].lon, speed=0.0, course=None)
            clock.sleep(1.0)
            if holds():
                self._bench.let_time_run(1.0)
                return
        message = f"{self._stops[0].name}: the bus did not get ready"
        raise NotReady(message)

    def _drive_to(self, index: int, *, calls: bool) -> None:
        """To the next stop; where nobody waits and nobody gets off, past it."""
        seconds = max(self._trip.arrivals[index] - self._trip.departures[index - 1], LEAST_SECTION_S)
        metres = float(self._path.stop_cells[index] - self._path.stop_cells[index - 1]) * CELL_M
        clock = self._bench.clock
        began = clock.monotonic()
        self._bench.wires.drive(begins=began, ends=began + seconds, metres=metres)
        self._bench.let_time_run(self._speed)
        while (done := clock.monotonic() - began) < seconds:
            if calls and seconds - done < SETTLE_S:
                self._bench.let_time_run(min(self._speed, SETTLE_RATE))
            share = done / seconds
            if seconds > SHADOW_FROM_S and SHADOW[0] < share < SHADOW[1]:
                self._bench.receiver.say_void(clock.wall())
            else:
                lat, lon, course = self._on_the_road(index, share)
                self._say(lat, lon, speed=metres / seconds, course=course)
            clock.sleep(max(1.0, clock.rate / MOST_FIXES_A_SECOND))
        self._bench.let_time_run(1.0)

    def _on_the_road(self, index: int, share: float) -> tuple[float, float, float]:
        """Degrees and course at a share of the way to a stop: on the path, and at both ends where the poles are."""
        path, begin, end = self._path, *(int(cell) for cell in self._path.stop_cells[index - 1 : index + 1])
        cell = begin + round((end - begin) * share)
        asides = [
            np.array(path.metres(stop.lat, stop.lon)) - path.xy[at]
            for stop, at in zip(self._stops[index - 1 : index + 1], (begin, end), strict=True)
        ]
        east, north = path.xy[cell] + asides[0] * (1 - share) + asides[1] * share
        lat, lon = path.degrees(east, north)
        return lat, lon, degrees(atan2(*path.heading[cell])) % 360

    def _serve(self, index: int, stop: Stop, shows: list[Show], by_hand: list[Touch]) -> None:
        self._stand(stop, DWELL_S)
        self._bench.wires.set_door(is_open=True)
        self._stand(stop, DWELL_S)
        self._bench.driver.answer(index)
        for show in shows:
            self._hold_up(stop, show.who)
        for touch in by_hand:
            self._record(stop, touch)
        if self._dwell:
            self._tell(Happening(stop.name, "扉が開いています / doors are open", ""))
            self._stand(stop, self._dwell)
        self._bench.wires.set_door(is_open=False)
        self._stand(stop, DWELL_S / 2)

    def _record(self, stop: Stop, touch: Touch) -> None:
        driver, who = self._bench.driver, touch.who
        start = touch.board_index
        taken = driver.board(who) if start is None else driver.alight(who, start)
        self._stand(stop, DWELL_S / 2)
        self._tell(Happening(stop.name, f"{who.name} / {who.name_en}", "hand" if taken else ""))

    def _hold_up(self, stop: Stop, who: Rider) -> None:
        bench, wires = self._bench, self._bench.wires
        lamp = ""
        for _ in range(TRIES):
            before, greens = wires.answers(), wires.lit("green")
            bench.camera.show(who.seen(bench.clock.wall, self._rng))
            if self._wait_standing(stop, before):
                lamp = "green" if wires.lit("green") > greens else "red"
            self._stand(stop, SHOWN_ON_S)
            bench.camera.show(None)
            self._stand(stop, SHOWN_ON_S)
            if lamp:
                break
        self._tell(Happening(stop.name, f"{who.person.name} / {who.person.name_en}", lamp))

    def _wait_standing(self, stop: Stop, before: int) -> bool:
        """Wait for an answer while the receiver goes on speaking."""
        for _ in range(int(ANSWER_S)):
            self._say(stop.lat, stop.lon, speed=0.0, course=None)
            if self._bench.wires.wait_for_answer(before, 1.0):
                return True
        return False

    def _stand(self, stop: Stop, seconds: float) -> None:
        clock = self._bench.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            self._say(stop.lat, stop.lon, speed=0.0, course=None)
            clock.sleep(min(1.0, left))

    def _say(self, lat: float, lon: float, *, speed: float, course: float | None) -> None:
        fresh = self._rng.normal(0.0, NOISE_M * (1 - NOISE_MEMORY**2) ** 0.5, 2)
        self._error = NOISE_MEMORY * self._error + fresh
        north, east = self._error / 111_195.0
        self._bench.receiver.say(
            lat + north,
            lon + east / cos(radians(lat)),
            wall=self._bench.clock.wall(),
            speed_mps=speed,
            course_deg=course,
        )


def _usable_stops(edition: Edition, trip_id: str) -> list[int]:
    """Indexes of the stops that a bus cannot mistake for another of the same trip."""
    stops = edition.stops_of(trip_id)
    return [
        index
        for index, stop in enumerate(stops)
        if all(
            distance_m(stop.lat, stop.lon, other.lat, other.lon) >= APART_M
            for place, other in enumerate(stops)
            if place != index
        )
    ]


def _ride(
    edition: Edition, trip_id: str, usable: list[int], from_share: float, to_share: float
) -> tuple[int, int] | None:
    """The ride nearest to the wished shares that has a fare; None on a line without any."""
    stop_ids = edition.pattern_of(trip_id).stop_ids
    route_id = edition.pattern_of(trip_id).route_id
    last = len(stop_ids) - 1
    wished_from, wished_to = from_share * last, max(to_share * last, from_share * last + 1)
    rides = [
        (abs(board - wished_from) + abs(alight - wished_to), board, alight)
        for board in usable
        for alight in usable
        if board < alight
        and not isinstance(edition.fares.adult(route_id, stop_ids[board], stop_ids[alight]), FareProblem)
    ]
    return min(rides)[1:] if rides else None
