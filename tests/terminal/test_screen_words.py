"""What the driver's page says: its words, the strip of stops, the order of trips."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Outcome
from terminal.screen.snapshot import PlaceState, StopQuestion
from terminal.screen.view import candidates, choice_pages, place, stop_pages
from terminal.screen.words import RIDER_CLASSES, WORDS, Kind
from tests.terminal import screen_states as states


def test_every_outcome_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Outcome)
    for words in WORDS.values():
        assert all((words.key, words.key_en, words.say, words.say_en))


def test_every_key_word_is_short_enough_to_be_huge() -> None:
    for words in WORDS.values():
        assert sum(1 if unicodedata.east_asian_width(c) in "WF" else 0.6 for c in words.key) <= 4


def test_what_rides_is_never_red_and_what_needs_nothing_is_never_a_refusal() -> None:
    for outcome, words in WORDS.items():
        assert words.kind is not (Kind.RED if outcome.rides else Kind.GREEN)


def test_every_rider_class_has_words() -> None:
    assert {rider_class.name.lower() for rider_class in RiderClass} == set(RIDER_CLASSES)


def test_the_next_departure_comes_first_and_the_missed_ones_last() -> None:
    pages = choice_pages(replace(states.CHOOSE, clock="12:21"))
    departures = [choice.departure for page in pages for choice in page]
    assert departures[0] == "13:40"
    assert departures[-1] == "12:05"
    assert sorted(departures) == sorted(states.DEPARTURES)


def test_a_trip_just_missed_is_still_offered_first() -> None:
    assert choice_pages(replace(states.CHOOSE, clock="12:10"))[0][0].departure == "12:05"


def test_without_a_clock_trips_stand_in_the_order_of_the_day() -> None:
    departures = [c.departure for page in choice_pages(replace(states.CHOOSE, clock="--:--")) for c in page]
    assert departures == sorted(states.DEPARTURES)


@pytest.mark.parametrize(
    ("at_index", "progress", "tag", "name"),
    [
        (0, 0.0, "停車中", "県立病院前"),
        (None, 0.0, "次は", "県立病院前"),
        (None, 2.3, "次は", "清水（大蔵村役場）"),
        (None, 2.9, "まもなく", "清水（大蔵村役場）"),
        (8, 8.0, "終点", "肘折温泉待合所"),
        (None, 99.0, "終点", "肘折温泉待合所"),
        (99, -1.0, "終点", "肘折温泉待合所"),
    ],
)
def test_the_strip_names_the_stop_that_matters(
    at_index: int | None, progress: float, tag: str, name: str
) -> None:
    shown = place(replace(states.TRIP, at_index=at_index, progress=progress))
    assert shown is not None
    assert (shown.tag, shown.name) == (tag, name)


@pytest.mark.parametrize(
    ("state", "tag"),
    [
        (PlaceState.SEEN, "次は"),
        (PlaceState.ESTIMATED, "次は"),
        (PlaceState.OFF_LINE, "迂回？"),
        (PlaceState.WRONG_WAY, "逆の向き"),
    ],
)
def test_off_its_trips_way_a_bus_is_not_said_to_have_a_next_stop(state: PlaceState, tag: str) -> None:
    shown = place(replace(states.TRIP, at_index=None, progress=4.0, place_state=state))
    assert shown is not None
    assert shown.tag == tag


@pytest.mark.parametrize(
    ("at_index", "pages"),
    [
        (0, [[0, 1, 2, 3, 4], [5, 6, 7, 8]]),
        (3, [[1, 2, 3, 4, 5], [6, 7, 8], [0]]),
        (8, [[6, 7, 8], [0, 1, 2, 3, 4], [5]]),
    ],
)
def test_the_stops_to_set_begin_two_before_the_present_one_and_none_is_missing(
    at_index: int, pages: list[list[int]]
) -> None:
    shown = stop_pages(replace(states.TRIP, at_index=at_index))
    assert [[stop.index for stop in page] for page in shown] == pages


def test_without_a_trip_there_is_no_stop_to_set() -> None:
    assert stop_pages(states.CHOOSE) == []


def test_two_stops_of_one_name_are_told_apart_by_what_follows() -> None:
    loop_line = ("駅", "温泉口", "橋", "温泉口", "待合所")
    asked = replace(states.TRIP, stop_names=loop_line, question=StopQuestion(1, (1, 2, 3)))
    assert [(stop.name, stop.position, stop.then) for stop in candidates(asked)] == [
        ("温泉口", "2 / 5", "橋"),
        ("橋", "3 / 5", ""),
        ("温泉口", "4 / 5", "待合所"),
    ]
