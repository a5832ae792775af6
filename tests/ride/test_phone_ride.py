"""Claims of phones that read the bus: which opening, which stop, which rides; the bus's records have the last word."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.messages.events import RecordRef
from rules.ride.outcomes import Movement
from rules.ride.phone_ride import (
    CODE_S,
    STICKER_S,
    Claim,
    NotTaken,
    Opening,
    Placed,
    Position,
    Waiting,
    pair_rides,
    place_claim,
)
from tests.ride.builders import DAY, NOW

EPOCH = "0123456789abcdef"
BOARD, ALIGHT = Movement.BOARD, Movement.ALIGHT


def opening(stop: int = 0, number: int = 0, **more: object) -> Opening:
    """The door opens at stop `stop`, ten minutes after the one before."""
    at = NOW + stop * 600
    record = RecordRef(EPOCH, number or stop + 1)
    found = Opening(record, at, 1, "t1", DAY, stop, 38.0 + stop * 0.009, 140.0)
    return replace(found, **more)  # type: ignore[arg-type]


LINE = [opening(stop) for stop in range(5)]


def claim(second: int = 0, code: int | None = 1, position: Position | None = None) -> Claim:
    record = None if code is None else RecordRef(EPOCH, code)
    return Claim("bus-001", BOARD, NOW + second, NOW + second, record, position)


def test_the_code_names_the_opening_whatever_the_phones_clock_says_within_half_an_hour() -> None:
    assert place_claim(claim(590, code=1), LINE, None) == Placed(LINE[0])
    assert place_claim(claim(CODE_S), LINE, None) == Placed(LINE[0])
    assert place_claim(claim(CODE_S + 1), LINE, None) is NotTaken.OTHER_TIME
    assert place_claim(claim(-CODE_S - 1), LINE, None) is NotTaken.OTHER_TIME


def test_a_code_whose_record_is_not_here_waits_until_all_that_the_bus_wrote_by_then_is_here() -> None:
    asked = claim(30, code=9)
    assert place_claim(asked, LINE, None) == Waiting()
    assert place_claim(asked, LINE, asked.received) == Waiting()
    assert place_claim(asked, LINE, asked.received + 1) is NotTaken.NO_OPENING


def test_a_sticker_takes_the_opening_nearest_in_time_once_all_of_them_are_here() -> None:
    asked = claim(400, code=None)
    told = asked.moment + STICKER_S
    assert place_claim(asked, LINE, None) == place_claim(asked, LINE, told) == Waiting()
    assert place_claim(asked, LINE, told + 1) == Placed(LINE[1])
    assert place_claim(claim(9_000, code=None), LINE, NOW + 90_000) is NotTaken.NO_OPENING


def test_without_trip_or_stop_there_is_no_ride() -> None:
    assert place_claim(claim(), [opening(trip_id="")], None) is NotTaken.NO_TRIP
    assert place_claim(claim(), [opening(stop_index=None)], None) is NotTaken.PLACE_UNKNOWN


@pytest.mark.parametrize(
    ("position", "apart"),
    [
        (None, None),
        (Position(38.002, 140.0, 20.0), None),
        (Position(38.009, 140.0, 20.0), 1001),
        (Position(38.009, 140.0, 900.0), None),
        (Position(39.0, 140.0, 5_000.0), None),
    ],
)
def test_a_phone_that_says_it_was_elsewhere_is_noted_and_the_buss_stop_stays(
    position: Position | None, apart: int | None
) -> None:
    assert place_claim(claim(position=position), LINE, None) == Placed(LINE[0], apart)


def test_the_first_boarding_and_the_first_alighting_further_on_make_the_ride() -> None:
    taps = [(BOARD, LINE[0]), (BOARD, LINE[1]), (ALIGHT, LINE[2]), (ALIGHT, LINE[3])]
    found = pair_rides(taps)
    assert [(ride.board, ride.alight) for ride in found.rides] == [(LINE[0], LINE[2])]
    assert found.unpaired == (LINE[3],)
    assert all(pair_rides(order) == found for order in permutations(taps))


def test_an_alighting_never_sent_is_a_forgotten_one() -> None:
    (ride,) = pair_rides([(BOARD, LINE[1])]).rides
    assert ride.alight is None


def test_nobody_alights_where_they_boarded() -> None:
    again = opening(0, number=7, at=NOW + 60)
    found = pair_rides([(BOARD, LINE[0]), (ALIGHT, again), (ALIGHT, LINE[0])])
    assert [ride.alight for ride in found.rides] == [None]
    assert set(found.unpaired) == {LINE[0], again}


def test_a_finger_that_slipped_to_the_other_button_makes_no_ride() -> None:
    found = pair_rides([(BOARD, LINE[0]), (ALIGHT, LINE[0]), (BOARD, LINE[3]), (ALIGHT, LINE[3])])
    assert [(ride.board, ride.alight) for ride in found.rides] == [(LINE[0], LINE[3])]


@given(st.lists(st.tuples(st.sampled_from([BOARD, ALIGHT]), st.sampled_from(LINE)), max_size=9), st.randoms())
def test_rides_do_not_depend_on_order_or_repeats_and_never_overlap(
    taps: list[tuple[Movement, Opening]], chance: Random
) -> None:
    found = pair_rides(taps)
    again = [*taps, *taps[:3]]
    chance.shuffle(again)
    assert pair_rides(again) == found
    ends = [stop for ride in found.rides for stop in (ride.board, ride.alight) if stop]
    assert [stop.at for stop in ends] == sorted(stop.at for stop in ends)
    assert all(ride.alight for ride in found.rides[:-1])
