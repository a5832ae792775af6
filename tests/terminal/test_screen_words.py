"""What the driver's page says: its words, the strip of stops, the order of trips."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Outcome
from terminal.screen.view import choice_pages, place
from terminal.screen.words import RIDER_CLASSES, WORDS, Kind
from tests.terminal import screen_states as states

if TYPE_CHECKING:
    pass


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
