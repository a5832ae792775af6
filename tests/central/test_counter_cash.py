"""Tills and drivers' bags: what should be in them, what was counted, and the difference in its own account."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.counter.refusals import NotDone, Refused
from central.counter.rows import Count, Receipt, TillDay
from rules.cash import DENOMINATIONS, CashCount, difference_words
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.order import Move
from rules.ledger.rides import cash_back_order
from rules.money import Yen
from tests.central.by_hand_bench import alights, boards, undone
from tests.central.counter_bench import DAY, Desk, open_desk, pieces
from tests.central.office import Bus, alight, board, card_of, new_office, send, started

MISSING = ("cash-difference", "")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as made:
        yield made


def counted(answer: Count | Refused) -> Count:
    assert isinstance(answer, Count), answer
    return answer


def test_a_till_should_hold_its_change_and_whatever_was_posted_to_it(desk: Desk) -> None:
    desk.charge(3_000)
    charged = desk.charge(500)
    assert isinstance(charged, Receipt)
    desk.void(charged.number)
    desk.post(*cash_back_order("back", "", Yen(200)).steps)
    count = counted(desk.count(22_800))
    assert (count.expected, count.difference, count.words) == (22_800, 0, "過不足なし / no difference")
    assert MISSING not in desk.money


@pytest.mark.parametrize(
    ("cash", "words"),
    [(22_700, "300円不足 / 300 yen missing"), (23_001, "1円過剰 / 1 yen too much")],
)
def test_a_difference_is_said_and_posted_to_its_own_account(desk: Desk, cash: int, words: str) -> None:
    desk.charge(3_000)
    count = counted(desk.count(cash))
    assert count.words == words
    assert desk.money[MISSING] == cash - 23_000
    assert desk.in_till() == cash


def test_a_count_is_final_and_the_second_corrects_the_first_by_its_number(desk: Desk) -> None:
    desk.charge(3_000)
    first = counted(desk.count(22_700, command="once"))
    assert desk.count(22_700, command="once") == first
    assert desk.count(23_000) == Refused(NotDone.COUNTED_BEFORE, "1")
    second = counted(desk.count(23_100, corrects=1))
    assert (second.expected, second.difference, second.corrects) == (23_000, 100, 1)
    assert desk.money[MISSING] == 100
    assert desk.count(23_000, corrects=second.number) == Refused(NotDone.NOT_THE_FIRST, "1")
    counted(desk.count(23_000, corrects=1))
    assert MISSING not in desk.money
    assert desk.in_till() == 23_000


def test_a_first_count_corrects_nothing(desk: Desk) -> None:
    assert desk.count(20_000, corrects=7) == Refused(NotDone.NOT_THE_FIRST, "-")
    assert desk.count(20_000, till="2") == Refused(NotDone.TILL_NOT_OPEN)
    assert desk.count(20_000, staff="") == Refused(NotDone.NO_STAFF)


def test_a_counted_till_takes_nothing_more_that_day_and_is_opened_on_the_next(desk: Desk) -> None:
    counted(desk.count(20_000))
    assert desk.charge(1_000) == Refused(NotDone.TILL_COUNTED)
    assert desk.open() == Refused(NotDone.TILL_COUNTED)
    desk.now += DAY
    assert desk.charge(1_000) == Refused(NotDone.TILL_NOT_OPEN)
    assert isinstance(desk.open(5_000), TillDay)
    desk.charge(1_000)
    assert desk.in_till() == 6_000


def test_a_till_left_open_overnight_is_counted_first(desk: Desk) -> None:
    desk.charge(1_000)
    desk.now += DAY
    assert desk.charge(1_000) == Refused(NotDone.TILL_OF_ANOTHER_DAY, "2026-09-21")
    assert desk.open() == Refused(NotDone.TILL_OPEN, "2026-09-21")
    assert counted(desk.count(21_000)).day == "2026-09-21"
    assert isinstance(desk.open(), TillDay)


def test_tills_are_counted_each_by_itself(desk: Desk) -> None:
    desk.open(1_000, till="2")
    desk.charge(3_000)
    desk.charge(500, till="2")
    assert counted(desk.count(1_500, till="2")).difference == 0
    assert counted(desk.count(23_000)).difference == 0
    assert desk.charge(500, till="3") == Refused(NotDone.TILL_NOT_OPEN)


def test_tickets_sold_for_cash_in_another_unit_are_in_the_till_too(desk: Desk) -> None:
    desk.post(Move(AccountRef(AccountKind.CASH_DESK), AccountRef(AccountKind.SOLD), 1_000))
    assert counted(desk.count(21_000)).difference == 0


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[Desk]:
    """A bus took 300 yen by a code and 150 + 450 by hand, of which it took 450 back."""
    with new_office(tmp_path / "office") as office:
        bus = Bus()
        with office.database.write() as connection:
            bus.register(connection)
            rider = card_of(connection, office, "poor", 100)
        bus.write(started())
        first = bus.write(board(rider))
        bus.write(alight(rider, first, 100, 300))
        on = bus.write(boards())
        bus.write(alights(on, 1))
        wrong = bus.write(alights(on, 3))
        bus.write(undone(wrong))
        send(office.database, bus)
        with office.database.write() as connection:
            desk = Desk(connection)
            desk.open(1_000)
            yield desk


def test_a_drivers_bag_is_held_against_what_the_bus_says_and_goes_into_the_till(driven: Desk) -> None:
    assert driven.money[("driver-cash", "")] == -450
    count = counted(driven.bag(400))
    assert (count.expected, count.counted, count.words) == (450, 400, "50円不足 / 50 yen missing")
    assert ("driver-cash", "") not in driven.money
    assert driven.money[("cash-difference", "bus-001")] == -50
    assert driven.in_till() == 1_400


def test_a_bag_is_counted_once_and_corrected_by_name(driven: Desk) -> None:
    counted(driven.bag(400, command="once"))
    assert counted(driven.bag(400, command="once")).number == 1
    assert driven.bag(450) == Refused(NotDone.COUNTED_BEFORE, "1")
    second = counted(driven.bag(450, corrects=1))
    assert (second.expected, second.difference) == (450, 0)
    assert ("cash-difference", "bus-001") not in driven.money
    assert ("driver-cash", "") not in driven.money
    assert driven.in_till() == 1_450
    assert counted(driven.count(1_450)).difference == 0


def test_another_days_bag_is_another_bag(driven: Desk) -> None:
    counted(driven.bag(450))
    assert counted(driven.bag(0, day="2026-09-22")).words == "過不足なし / no difference"
    assert driven.bag(10, bus="bus-009") == Refused(NotDone.UNKNOWN_BUS)
    assert driven.bag(10, till="2") == Refused(NotDone.TILL_NOT_OPEN)
    assert driven.bag(10, staff="") == Refused(NotDone.NO_STAFF)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=4), st.lists(st.integers(0, 2_000), max_size=3))
def test_however_often_cash_is_corrected_the_books_end_with_what_was_counted_last(
    tills: list[int], bags: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, open_desk(Path(folder), 0) as desk:
        Bus().register(desk.connection)
        desk.charge(700)
        first = None
        for cash in bags:
            first = counted(desk.bag(cash, corrects=first)).number if first is None else first
            counted(desk.bag(cash, corrects=first))
        handed = bags[-1] if bags else 0
        assert desk.in_till() == 700 + handed
        assert desk.money.get(("cash-difference", "bus-001"), 0) == handed
        assert ("driver-cash", "") not in desk.money
        ended = None
        for cash in tills:
            count = counted(desk.count(cash, corrects=ended))
            assert count.expected == 700 + handed
            ended = ended or count.number
        assert desk.in_till() == tills[-1]
        assert desk.money.get(MISSING, 0) == tills[-1] - 700 - handed


@given(st.dictionaries(st.sampled_from(DENOMINATIONS), st.integers(0, 50)))
def test_a_count_is_the_sum_of_its_pieces(found: dict[int, int]) -> None:
    count = CashCount(tuple(sorted(found.items(), reverse=True)))
    assert count.total == sum(kind * number for kind, number in found.items())
    assert pieces(count.total).total == count.total


@pytest.mark.parametrize(
    "wrong", [((300, 1),), ((10, 1), (100, 1)), ((10, 1), (10, 2)), ((10, -1),), ((10, 10**6),)]
)
def test_what_is_no_count_is_none(wrong: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        CashCount(wrong)


def test_differences_have_words() -> None:
    assert [difference_words(each) for each in (0, -1_000, 5)] == [
        "過不足なし / no difference",
        "1,000円不足 / 1,000 yen missing",
        "5円過剰 / 5 yen too much",
    ]
