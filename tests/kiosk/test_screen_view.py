"""What the guests' page makes of a snapshot, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kiosk import words as desk_words
from kiosk.ports import (
    HideCode,
    Message,
    MessageKind,
    OfferWanted,
    RecentCode,
    ShowAgain,
    ShownCode,
    Snapshot,
    StaffLeft,
    StaffPin,
    TodayCount,
    UndoLast,
)
from kiosk.screen import view
from kiosk.screen.touches import TOUCHES, Refused
from kiosk.screen.words import MOODS, READINGS, WORDS, parts, plain
from rules.messages.events import OfferedBy
from tests.kiosk.desk_bench import ADULT, CHILD
from tests.kiosk.screen_bench import EMPTY

KANJI = re.compile(r"[一-龯々]")
OPEN = replace(EMPTY, now_text="14:05", clock_known=True, link_up=True, visits=(ADULT, CHILD))
CODE = ShownCode(7, "https://village.example/p#abc", ADULT.id, 3, 90, 1)
SHOWN = replace(OPEN, codes=(CODE,))
LATELY = (
    RecentCode(9, ADULT.id, 1, "14:04", 0, undone=True, card=False, can_show=False),
    RecentCode(8, CHILD.id, 1, "14:03", 0, undone=False, card=True, can_show=False),
    RecentCode(7, ADULT.id, 3, "14:02", 1, undone=False, card=False, can_show=True),
)


def test_every_message_has_its_mood_and_the_readings_say_what_the_desk_says() -> None:
    assert set(MOODS) == set(READINGS) == set(MessageKind)
    for kind, said in desk_words.MESSAGES.items():
        assert plain(READINGS[kind]) == said.split(" / ")[0]


def test_every_kanji_that_guests_see_has_a_reading() -> None:
    for text in [*READINGS.values(), *(each.ja for each in WORDS.values())]:
        bare = "".join(written for written, reading in parts(text) if not reading)
        assert not KANJI.search(bare), text


def test_what_fills_the_screen_goes_by_what_matters_most() -> None:
    assert view.sees(OPEN).front is view.Front.KEYS
    assert view.sees(replace(OPEN, open=False)).front is view.Front.CLOSED
    assert view.sees(replace(SHOWN, open=False)).front is view.Front.CODES
    assert view.sees(replace(SHOWN, staff=True)).front is view.Front.STAFF
    assert view.sees(replace(SHOWN, staff=True, stopped="…")).front is view.Front.STOPPED


@pytest.mark.parametrize(
    ("now", "is_open", "is_dark"),
    [
        ("14:05", True, False),
        ("22:00", True, True),
        ("5:59", True, True),
        ("6:00", True, False),
        ("", True, False),
        ("14:05", False, True),
    ],
)
def test_the_idle_picture_is_dim_at_night_and_while_closed(now: str, is_open: bool, is_dark: bool) -> None:
    assert view.sees(replace(OPEN, now_text=now, open=is_open)).is_dark is is_dark


def test_a_familys_places_are_shown_as_they_are_claimed() -> None:
    (card,) = view.sees(SHOWN).cards
    assert card.places == (True, False, False)


def test_a_kind_of_visit_that_left_the_settings_goes_by_its_number() -> None:
    (card,) = view.sees(replace(SHOWN, codes=(replace(CODE, visit=99),))).cards
    assert plain(card.kind.words.ja) == "種類99"


def test_a_kind_of_visit_has_its_reading() -> None:
    adult = replace(ADULT, ja="大人", kana="おとな")
    (kind,) = view.sees(replace(OPEN, visits=(adult,))).kinds
    assert parts(kind.words.ja) == [("大人", "おとな")]


@pytest.mark.parametrize(("hours", "english"), [(1, "1 hour"), (24, "24 hours"), (168, "168 hours")])
def test_a_code_says_how_long_it_is_good(hours: int, english: str) -> None:
    (card,) = view.sees(replace(OPEN, codes=(replace(CODE, good_hours=hours),))).cards
    assert f"{hours}時間使えます" in plain(card.claim.ja)
    assert card.claim.en.endswith(f"within {english}")


def test_a_countdown_is_no_news_but_a_code_shown_again_is() -> None:
    later = replace(SHOWN, codes=(replace(CODE, left_s=89),))
    assert view.same_to_the_eye(SHOWN, later)
    assert not view.same_to_the_eye(later, SHOWN)
    assert not view.same_to_the_eye(OPEN, SHOWN)
    assert not view.same_to_the_eye(SHOWN, replace(SHOWN, codes=(replace(CODE, claimed=2),)))


@pytest.mark.parametrize(
    "changed",
    [
        replace(OPEN, now_text="14:06"),
        replace(OPEN, link_up=False),
        replace(OPEN, clock_known=False),
        replace(OPEN, waiting=3),
        replace(OPEN, stopped="…"),
        replace(OPEN, faults=("…",)),
        replace(OPEN, message=Message(1, MessageKind.CLOSED, "… / …")),
        replace(OPEN, staff=True),
        replace(OPEN, hours="10:00–21:00"),
        replace(OPEN, recent=LATELY),
        replace(OPEN, today=(TodayCount(1, 1, 1, 0, 0),)),
    ],
)
def test_whatever_else_changes_is_drawn(changed: Snapshot) -> None:
    assert not view.same_to_the_eye(OPEN, changed)


def test_the_same_words_said_twice_are_two_messages() -> None:
    first = replace(OPEN, message=Message(1, MessageKind.CLOSED, "… / …"))
    assert not view.same_to_the_eye(first, replace(first, message=Message(2, MessageKind.CLOSED, "… / …")))


def test_guests_see_what_can_be_shown_again_and_staff_see_all_and_the_last_that_stands() -> None:
    guests = view.sees(replace(OPEN, recent=LATELY))
    staff = view.sees(replace(OPEN, recent=LATELY, staff=True))
    assert [row.code.number for row in guests.again] == [7]
    assert guests.rows == ()
    assert guests.last is None
    assert [row.code.number for row in staff.rows] == [9, 8, 7]
    assert staff.last is not None
    assert staff.last.code.number == 8


def test_the_day_is_summed_up() -> None:
    today = (TodayCount(1, 4, 9, 1, 2), TodayCount(2, 1, 1, 0, 1))
    assert view.sees(replace(OPEN, today=today)).total == TodayCount(0, 5, 10, 1, 3)


def test_no_network_and_no_time_are_said_in_words() -> None:
    assert view.sees(OPEN).notes == ()
    notes = view.sees(replace(OPEN, link_up=False, clock_known=False)).notes
    assert notes == (WORDS["no-link"], WORDS["no-clock"])


def test_touches_become_the_desks_facts() -> None:
    assert TOUCHES["/offer"](OPEN, {"visit": "2", "count": "6"}) == (OfferWanted(2, 6),)
    assert TOUCHES["/again"](OPEN, {"number": "7"}) == (ShowAgain(7),)
    assert TOUCHES["/hide"](SHOWN, {"number": "7"}) == (HideCode(7),)
    assert TOUCHES["/staff/pin"](OPEN, {"pin": "4071"}) == (StaffPin("4071"),)
    assert TOUCHES["/staff/leave"](OPEN, {}) == (StaffLeft(),)


def test_the_staffs_page_gives_way_to_the_code_they_make_or_show() -> None:
    staff = replace(OPEN, staff=True)
    made = OfferWanted(1, 1, OfferedBy.STAFF)
    assert TOUCHES["/offer"](staff, {"visit": "1", "count": "1"}) == (made, StaffLeft())
    assert TOUCHES["/again"](staff, {"number": "7"}) == (ShowAgain(7), StaffLeft())
    assert TOUCHES["/staff/undo"](staff, {"number": "7"}) == (UndoLast(7),)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/offer", {}),
        ("/offer", {"visit": "9", "count": "1"}),
        ("/offer", {"visit": "1", "count": "7"}),
        ("/offer", {"visit": "1", "count": "0"}),
        ("/offer", {"visit": "1", "count": "１"}),
        ("/again", {"number": "-1"}),
        ("/again", {"number": "9" * 10}),
        ("/hide", {"number": "8"}),
        ("/staff/undo", {"number": "7"}),
    ],
)
def test_a_touch_of_an_old_page_or_of_a_stranger_changes_nothing(path: str, form: dict[str, str]) -> None:
    assert isinstance(TOUCHES[path](SHOWN, form), Refused)
