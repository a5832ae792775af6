"""The ways to say at which stop a tap was: the filter as it ships, and the simple ones it is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from time import thread_time

import numpy as np

from rules.network.edition import Edition
from rules.network.stops import distance_m
from rules.ride.locate import Fix
from rules.ride.locator.locator import GridLocator
from rules.ride.locator.openings import Opening, opening_of_alighting, opening_of_boarding
from rules.ride.locator.path import path_of_trip
from tests.drives.drive import Kind, Run, Said

ANSWERS_RIGHT = 0.98


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one tap: the stop's index, -1 for none; whether it was flagged as unsure."""

    stop: int
    flagged: bool


@dataclass(slots=True)
class Told:
    """What one method said of a run: by (rider, boarding). `micros` are those of one core for each fix."""

    answers: dict[tuple[int, bool], Answer] = field(default_factory=dict)
    questions: int = 0
    micros: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class With:
    """What the filter gets beside fixes."""

    door: bool = True
    wheels: bool = False
    driver: bool = False


class _Filtered:
    """The filter on one trip, and which opening each tap belongs to."""

    def __init__(self, edition: Edition, trip_id: str, given: With, seed: int) -> None:
        self._path = path_of_trip(edition, trip_id)
        self._locator = GridLocator(self._path)
        self._given, self._rng = given, Random(seed)
        self._openings: list[Opening] = []
        self.told = Told()

    def hear(self, said: Said) -> None:
        """Hand on what a sensor says, if the bus has it."""
        begun = thread_time()
        if said.kind is Kind.RESTART:
            self._locator = GridLocator(self._path, self._locator.reached)
        elif said.kind is Kind.WHEELS and self._given.wheels:
            self._locator.rolled(said.mono, said.metres)
        elif said.kind is Kind.CLOSED and self._given.door:
            self._locator.door_closed(said.mono)
        elif said.kind is Kind.FIX and said.fix is not None:
            self._locator.see(said.fix)
            self.told.micros.append((thread_time() - begun) * 1e6)

    @property
    def wrong_way(self) -> bool:
        """Whether the filter says so."""
        return self._locator.wrong_way

    def opens(self, said: Said, *, tapped: bool) -> None:
        """The door opens, with people who tap or without."""
        if self._given.door:
            self._openings.append(self._locator.door_opened(said.mono))
            if tapped:
                self._ask(self._openings[-1], said.stop)

    def bound(self, said: Said) -> Opening | None:
        """The opening a tap belongs to, once all have been heard."""
        bind = opening_of_boarding if said.boarding else opening_of_alighting
        return bind(self._openings, said.mono)

    def tap(self, said: Said) -> Opening | Answer:
        """A tap on a bus without a door contact: its opening, or a guess while the bus moves."""
        before = len(self._locator.openings)
        opening = self._locator.tapped(said.mono)
        if opening is None:
            guess = self._locator.guess(said.mono, coming=not said.boarding)
            return Answer(-1 if guess.stop_index is None else guess.stop_index, flagged=True)
        if len(self._locator.openings) > before:
            self._ask(opening, said.stop)
        return opening

    def _ask(self, opening: Opening, stop: int) -> None:
        """Put the question, if there is one, to a driver who may err, and cannot answer what is not on a button."""
        if not (self._given.driver and opening.ask):
            return
        self.told.questions += 1
        others = [each for each in opening.candidates if each != stop]
        if len(others) < len(opening.candidates):
            right = self._rng.random() < ANSWERS_RIGHT or not others
            self._locator.landmark(opening, stop if right else self._rng.choice(others))


def by_filter(edition: Edition, trip_id: str, run: Run, given: With, seed: int) -> Told:
    """The filter over a run; each tap's stop is what its opening is settled as at the end."""
    filtered = _Filtered(edition, trip_id, given, seed)
    taps = [said for said in run.said if said.kind is Kind.TAP]
    bound: dict[tuple[int, bool], Opening | Answer | None] = {}
    for said in run.said:
        filtered.hear(said)
        if said.kind is Kind.OPENED:
            filtered.opens(said, tapped=any(tap.stop == said.stop for tap in taps))
        elif said.kind is Kind.TAP and not given.door:
            bound[said.rider, said.boarding] = filtered.tap(said)
    if given.door:
        bound = {(tap.rider, tap.boarding): filtered.bound(tap) for tap in taps}
    told = filtered.told
    for key, found in bound.items():
        settled = Answer(found.stop_index, found.flagged) if isinstance(found, Opening) else found
        told.answers[key] = settled or Answer(-1, flagged=True)
    return told


def noticed_s(edition: Edition, trip_id: str, run: Run) -> float:
    """Seconds from the first fix of a moving bus until the filter says it drives the wrong way, or infinity."""
    filtered, moving = _Filtered(edition, trip_id, With(), 0), None
    for said in run.said:
        filtered.hear(said)
        if moving is None and said.fix is not None and (said.fix.speed_mps or 0.0) > 3.0:
            moving = said.mono
        if moving is not None and filtered.wrong_way:
            return said.mono - moving
    return float("inf")


class Simple:
    """Three ways without memory of speeds, by the last fix however old: each says the stop's index."""

    def __init__(self, edition: Edition, trip_id: str) -> None:
        self._stops = edition.stops_of(trip_id)
        self._all = tuple(edition.stops.values())
        self._path = path_of_trip(edition, trip_id)
        self._cell = 0
        self._fix: Fix | None = None

    def see(self, fix: Fix) -> None:
        """Take a fix; the projection goes on to the nearest cell of the next 2 km, never back."""
        self._fix = fix
        ahead = self._path.xy[self._cell : self._cell + 500]
        away = np.hypot(*(ahead - self._path.metres(fix.lat, fix.lon)).T)
        self._cell += int(np.argmin(away))

    def nearest_of_trip(self) -> int:
        """The nearest stop of the trip to the last fix."""
        fix = self._fix
        if fix is None:
            return 0
        away = [distance_m(fix.lat, fix.lon, stop.lat, stop.lon) for stop in self._stops]
        return away.index(min(away))

    def nearest(self) -> int:
        """The nearest stop of all; -1 where the trip has none of that name."""
        fix = self._fix
        if fix is None:
            return 0
        stop = min(self._all, key=lambda each: distance_m(fix.lat, fix.lon, each.lat, each.lon))
        names = [each.name for each in self._stops]
        return names.index(stop.name) if stop.name in names else -1

    def projection(self) -> int:
        """The stop nearest along the path to where the projection has got."""
        return int(np.argmin(np.abs(self._path.stop_cells - self._cell)))


SIMPLE = {
    "nearest_of_trip": Simple.nearest_of_trip,
    "nearest": Simple.nearest,
    "projection": Simple.projection,
}


def by_simple(edition: Edition, trip_id: str, run: Run) -> dict[str, Told]:
    """Each simple way over a run, asked at the tap, or at the door for an alighting before it opens."""
    simple, told = Simple(edition, trip_id), {name: Told() for name in SIMPLE}
    waiting: list[Said] = []
    for said in run.said:
        if said.kind is Kind.FIX and said.fix is not None:
            simple.see(said.fix)
        if said.kind is Kind.TAP:
            waiting.append(said)
        if said.kind in (Kind.TAP, Kind.OPENED):
            ready = [tap for tap in waiting if said.mono >= _opens(run, tap.stop)]
            waiting = [tap for tap in waiting if tap not in ready]
            for tap in ready:
                for name, way in SIMPLE.items():
                    told[name].answers[tap.rider, tap.boarding] = Answer(way(simple), flagged=False)
    return told


def _opens(run: Run, stop: int) -> float:
    return next(each.mono for each in run.said if each.kind is Kind.OPENED and each.stop == stop)
