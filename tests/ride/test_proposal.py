"""The trip proposed to the driver fits the time, the place and the direction, or none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rules.network.edition import Edition
from rules.network.trips import Pattern, Trip
from rules.ride.locate import Fix
from rules.ride.proposal import APART_S, propose
from tests.ride.builders import DAY, STOPS, edition

ON = date.fromisoformat(DAY)
EIGHT = 8 * 3600
LINK_S = 300


def line(out: tuple[int, ...], back: tuple[int, ...] = ()) -> Edition:
    """The test line from A to E and back, five minutes a link, with trips that leave at these seconds."""
    plain = edition()
    trip = plain.trips["t1"]

    def run(name: str, pattern: int, begins: int) -> tuple[str, Trip]:
        times = tuple(begins + LINK_S * link for link in range(5))
        made = replace(trip, trip_id=f"{name}{begins}", pattern=pattern, arrivals=times, departures=times)
        return made.trip_id, made

    trips = dict([run("out", 0, each) for each in out] + [run("back", 1, each) for each in back])
    patterns = (plain.patterns[0], Pattern("r", "1", tuple(reversed(plain.patterns[0].stop_ids)), ""))
    return replace(plain, patterns=patterns, trips=trips)


def at(stop: float, course: float | None = None, line_of: Edition | None = None) -> Fix:
    """A fix `stop` stops down the line; with a course the bus moves."""
    world = (line_of or edition()).stops
    one, other = world[STOPS[int(stop)]], world[STOPS[min(int(stop) + 1, 4)]]
    share = stop - int(stop)
    lat, lon = one.lat + share * (other.lat - one.lat), one.lon + share * (other.lon - one.lon)
    return Fix(0.0, lat, lon, 0.0 if course is None else 8.0, course, 1.0, 9)


def test_the_bus_that_waits_at_a_terminal_is_proposed_the_next_departure_from_there() -> None:
    found = propose(line((EIGHT, EIGHT + 3600), (EIGHT - 60,)), ON, EIGHT - 400.0, at(0))
    assert found.sure
    assert [trip.trip_id for trip in found.trips[:2]] == [f"out{EIGHT}", f"out{EIGHT + 3600}"]
    found = propose(line((EIGHT,), (EIGHT + 1500,)), ON, EIGHT + 1300.0, at(4))
    assert (found.sure, found.trips[0].trip_id) == (True, f"back{EIGHT + 1500}")


def test_the_trip_that_just_ended_here_is_not_proposed_again() -> None:
    found = propose(line((EIGHT,), ()), ON, EIGHT + 4.0 * LINK_S, at(4))
    assert not found.sure
    assert [trip.trip_id for trip in found.trips] == [f"out{EIGHT}"]


def test_a_unit_that_starts_in_mid_trip_is_proposed_the_trip_that_drives_its_way() -> None:
    both = line((EIGHT,), (EIGHT,))
    for course, name in ((0.0, "out"), (180.0, "back")):
        found = propose(both, ON, EIGHT + 2.5 * LINK_S, at(2.5 if name == "out" else 1.5, course))
        assert (found.sure, found.trips[0].trip_id) == (True, f"{name}{EIGHT}")


def test_two_trips_that_fit_alike_are_a_choice_for_the_driver() -> None:
    found = propose(line((EIGHT, EIGHT + APART_S // 2)), ON, float(EIGHT), at(0))
    assert not found.sure
    assert len(found.trips) == 2


def test_without_the_time_or_a_position_nothing_is_proposed_and_all_is_offered_in_order() -> None:
    day = line((EIGHT + 3600, EIGHT), (EIGHT + 600,))
    assert not propose(day, ON, None, at(0)).sure
    assert propose(day, ON, None, at(0)).trips[0].trip_id == f"out{EIGHT}"
    found = propose(day, ON, EIGHT - 60.0, None)
    assert not found.sure
    assert [trip.departures[0] for trip in found.trips] == [EIGHT, EIGHT + 600, EIGHT + 3600]


def test_a_trip_hours_away_is_not_proposed_however_alone_it_is() -> None:
    assert not propose(line((EIGHT + 4 * 3600,)), ON, float(EIGHT), at(0)).sure


@given(
    st.lists(st.integers(0, 24), max_size=6, unique=True),
    st.lists(st.integers(0, 24), max_size=6, unique=True),
    st.integers(0, 26 * 3600),
    st.floats(0.0, 4.0),
    st.one_of(st.none(), st.floats(0, 359)),
)
def test_every_trip_that_is_not_over_is_offered_once_wherever_the_bus_is(
    out: list[int], back: list[int], now: int, stop: float, course: float | None
) -> None:
    day = line(tuple(hour * 3600 for hour in out), tuple(hour * 3600 for hour in back))
    found = propose(day, ON, float(now), at(stop, course))
    offered = [trip.trip_id for trip in found.trips]
    assert len(set(offered)) == len(offered)
    due = {trip.trip_id for trip in day.trips_on(ON) if trip.arrivals[-1] >= now - 1800}
    assert set(offered) == due
    assert not found.sure or offered
