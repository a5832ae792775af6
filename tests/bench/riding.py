"""People for a bus to answer: it drives from stop to stop, and at each of them some get off and others on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from central.network.editions.publish_edition import publish_edition
from central.network.feeds.open_feed import read_feed
from device.reader.decode import read_codes
from hil.riders import Carried, Person, picture
from rules.ride.locate import Fix
from rules.ride.locator.path import CELL_M, TripPath, path_of_trip
from terminal.facts import FixSeen, TripChosen, TripDone
from tests.bench.machine import NotMeasured
from tests.ride.builders import NOW, Office

if TYPE_CHECKING:
    from device.reader.decode import Gray
    from rules.network.edition import Edition
    from rules.network.stops import Stop
    from tests.bench.bus import BenchBus

LINE = Path(__file__).parents[2] / "hil" / "line"
DAY = "2026-09-21"
SPEED_MPS = 12.0
STAND_S = 10
BETWEEN_TAPS_S = 3
"""Seconds of the bus's clock between two riders: nobody is answered twice within the pause that holding on has."""
RIDER = Person("大人", "adult", 0.0, 1.0)
SEED = 20_260_921
TRIES = 5


@dataclass(frozen=True, slots=True)
class Held:
    """A code held up: what it says, the picture of it, and the milliseconds that decoding it takes by itself."""

    data: bytes
    frame: Gray
    decode_ms: float


def bench_line() -> Edition:
    """The demo's line as an edition."""
    return publish_edition(read_feed(LINE), 1, date(2026, 1, 1))


class Riding:
    """Drives the bus and holds up codes. Time passes on the bus's clock only, by leaps."""

    def __init__(self, office: Office, edition: Edition) -> None:
        self._office = office
        self._edition = edition
        self._rng = np.random.default_rng(SEED)
        self._wall_minus_mono = 0.0
        self.redrawn = 0
        """Pictures that a rider would have had to hold up again, because the decoder alone did not read them."""

    def shows(self, bus: BenchBus, at_once: int) -> Iterator[Held]:
        """Codes to hold up one by one, without end: at each stop `at_once` people get off and as many get on, in turns.

        The pictures of a stop are drawn before its first one is handed out. Before each the bus's clock goes on, and
        its receiver says that it stands at the stop.
        """
        self._wall_minus_mono = NOW - bus.time.monotonic()
        for trip_id in self._trips():
            stops, path = self._edition.stops_of(trip_id), path_of_trip(self._edition, trip_id)
            self._stand(bus, stops[0], STAND_S)
            bus.report(TripChosen(trip_id, DAY))
            on_board: list[Carried] = []
            for index, stop in enumerate(stops):
                if index:
                    self._drive(bus, path, *path.stop_cells[index - 1 : index + 1])
                self._stand(bus, stop, STAND_S)
                bus.wait_to_stand_at(index)
                leaving, on_board = on_board, self._people(at_once if stop is not stops[-1] else 0)
                yield from self._serve(bus, stop, _in_turns(leaving, on_board))
            bus.report(TripDone())

    def _serve(self, bus: BenchBus, stop: Stop, people: list[Carried]) -> Iterator[Held]:
        wall = self._wall(bus)
        held = [self._hold_up(who, wall + BETWEEN_TAPS_S * place) for place, who in enumerate(people, 1)]
        for one in held:
            self._stand(bus, stop, BETWEEN_TAPS_S)
            yield one

    def _hold_up(self, who: Carried, wall: float) -> Held:
        text = who.text(wall)
        for _ in range(TRIES):
            frame = picture(who, text, self._rng)
            begun = time.perf_counter()
            found = read_codes(frame)
            took = (time.perf_counter() - begun) * 1000.0
            if found == [text.encode()]:
                return Held(text.encode(), frame, took)
            self.redrawn += 1
        raise NotMeasured(f"A code was not read in {TRIES} pictures; mend the decoder first.")

    def _people(self, number: int) -> list[Carried]:
        phones = (self._office.phone() for _ in range(number))
        return [Carried(RIDER, phone.issued, phone.key) for phone in phones]

    def _trips(self) -> Iterator[str]:
        """Out and back and out again, by the patterns with the most stops; each turn is a trip of its own."""
        longest = max(len(pattern.stop_ids) for pattern in self._edition.patterns)
        by_pattern = {
            trip.pattern: key for key, trip in self._edition.trips.items() if len(trip.arrivals) == longest
        }
        return cycle(by_pattern[pattern] for pattern in sorted(by_pattern))

    def _drive(self, bus: BenchBus, path: TripPath, start: int, end: int) -> None:
        for cell in range(int(start), int(end), round(SPEED_MPS / CELL_M)):
            lat, lon = path.degrees(*path.xy[cell])
            self._say(bus, float(lat), float(lon), SPEED_MPS)

    def _stand(self, bus: BenchBus, stop: Stop, seconds: int) -> None:
        for _ in range(seconds):
            self._say(bus, stop.lat, stop.lon, 0.0)

    def _say(self, bus: BenchBus, lat: float, lon: float, speed: float) -> None:
        bus.time.skip(1.0)
        fix = Fix(bus.time.monotonic(), lat, lon, speed, None, 0.9, 9)
        bus.report(FixSeen(fix, self._wall(bus)))

    def _wall(self, bus: BenchBus) -> float:
        return bus.time.monotonic() + self._wall_minus_mono


def _in_turns(leaving: list[Carried], entering: list[Carried]) -> list[Carried]:
    longest = range(max(len(leaving), len(entering)))
    return [who for place in longest for who in (*leaving[place : place + 1], *entering[place : place + 1])]
