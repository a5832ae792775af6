"""The demo's bus drives on the road that its feed draws, and its wheels and its receiver tell of the same drive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from central.network.feeds.open_feed import read_feed
from hil.bench import Bench
from hil.demo import LINE
from hil.journey import NOISE_M, Journey
from rules.network.edition import Edition
from rules.ride.locator.path import CELL_M, TripPath, path_of_trip
from tests.fakes.time import FakeTime


class Clock(FakeTime):
    rate = 1.0

    def wall(self) -> float:
        return self.seconds

    def set_rate(self, rate: float) -> None:
        self.rate = rate


@dataclass
class Watched:
    """The parts of a bench that a bus without riders uses, and what they were told."""

    clock: Clock = field(default_factory=Clock)
    places: list[tuple[float, float]] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)
    drives: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def receiver(self) -> Watched:
        return self

    @property
    def wires(self) -> Watched:
        return self

    def let_time_run(self, rate: float) -> None:
        self.clock.set_rate(rate)

    def say(self, lat: float, lon: float, **told: Any) -> None:
        self.places.append((lat, lon))
        self.speeds.append(told["speed_mps"])

    def say_void(self, wall: float) -> None:
        pass

    def drive(self, *, begins: float, ends: float, metres: float) -> None:
        self.drives.append((begins, ends, metres))


@pytest.fixture(scope="module")
def line() -> Edition:
    return read_feed(LINE).draft


@pytest.fixture(scope="module")
def trip_id(line: Edition) -> str:
    return next(iter(line.trips))


@pytest.fixture(scope="module")
def path(line: Edition, trip_id: str) -> TripPath:
    return path_of_trip(line, trip_id)


@pytest.fixture(scope="module")
def driven(line: Edition, trip_id: str) -> Watched:
    bench = Watched()
    Journey(cast("Bench", bench), line, trip_id, 1.0, lambda _: None, seed=1).drive([])
    return bench


def test_the_receiver_sees_the_bus_on_the_road(driven: Watched, path: TripPath) -> None:
    assert len(driven.places) > 1_000
    aside = [np.hypot(*(path.xy - path.metres(*place)).T).min() for place in driven.places[::10]]
    assert max(aside) < 6 * NOISE_M


def test_the_wheels_turn_as_far_as_the_road_is_long_and_as_fast_as_the_receiver_says(
    driven: Watched, path: TripPath
) -> None:
    metres = [drive[2] for drive in driven.drives]
    assert metres == list(np.diff(path.stop_cells) * CELL_M)
    assert sum(metres) == pytest.approx(30_900, rel=0.01)
    speeds = {round(metres / (ends - begins), 6) for begins, ends, metres in driven.drives}
    assert {round(speed, 6) for speed in driven.speeds} == speeds | {0.0}
