"""Where a forgotten ride ended, by the boarding that followed on it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.network.edition import Edition
from rules.network.trips import Pattern, Trip
from rules.ride.forgotten import inferred_alighting
from tests.ride.builders import STOPS, edition


def there_and_back() -> Edition:
    """The line of five stops and the same poles backwards, trip `back`."""
    out = edition()
    times = out.trips["t1"].departures
    home = Pattern("r", "1", STOPS[::-1], "")
    return replace(
        out,
        patterns=(*out.patterns, home),
        trips={**out.trips, "back": Trip("back", 1, "s", "A", times, times)},
    )


LINE = there_and_back()


@pytest.mark.parametrize(
    ("board", "next_trip", "next_stop", "ended"),
    [
        (0, "back", "C", 2),
        (0, "back", "E", 4),
        (2, "back", "C", None),
        (3, "back", "B", None),
        (0, "t2", "C", None),
        (0, "unknown", "C", None),
        (0, "back", "elsewhere", None),
    ],
)
def test_only_a_boarding_the_other_way_at_a_stop_after_the_forgotten_one_says_it(
    board: int, next_trip: str, next_stop: str, ended: int | None
) -> None:
    assert inferred_alighting(LINE, "t1", board, LINE, next_trip, next_stop) == ended


def test_a_trip_that_is_not_in_the_edition_says_nothing() -> None:
    assert inferred_alighting(LINE, "gone", 0, LINE, "back", "C") is None


@pytest.mark.parametrize(
    ("station", "other", "name", "ended"),
    [("", "", "C", 2), ("", "", "other", None), ("s", "s", "other", 2), ("s", "z", "C", None)],
)
def test_poles_of_both_directions_are_one_place_by_their_station_or_else_their_name(
    station: str, other: str, name: str, ended: int | None
) -> None:
    across = replace(LINE.stops["C"], stop_id="C2", name=name, station_id=other)
    poles = {**LINE.stops, "C": replace(LINE.stops["C"], station_id=station), "C2": across}
    assert (
        inferred_alighting(replace(LINE, stops=poles), "t1", 0, replace(LINE, stops=poles), "back", "C2")
        == ended
    )
