"""The one rule of which edition holds on a day, against a plain reading of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.network.in_force import Standing, in_force, service_day, stand_ins, standing

DAYS = [date(2026, 10, 1) + timedelta(days=count) for count in range(8)]
books = st.dictionaries(st.integers(1, 6), st.sampled_from(DAYS))
some = st.sets(st.integers(1, 6))
days = st.sampled_from(DAYS)


@given(books, some, days)
def test_the_newest_that_has_begun_and_was_not_withdrawn_holds(
    book: dict[int, date], gone: set[int], day: date
) -> None:
    newest_first = sorted(book, reverse=True)
    expected = next((each for each in newest_first if book[each] <= day and each not in gone), None)
    assert in_force(book, gone, day) == expected


@given(books, some)
def test_with_no_known_day_the_newest_holds(book: dict[int, date], gone: set[int]) -> None:
    assert in_force(book, gone, None) == max(set(book) - gone, default=None)


@given(books, some, days)
def test_what_stands_replaced_or_withdrawn_holds_on_no_day_to_come(
    book: dict[int, date], gone: set[int], day: date
) -> None:
    to_come = {in_force(book, gone, each) for each in DAYS if each >= day}
    for number in book:
        stands = standing(book, gone, number, day)
        assert (stands in (Standing.COMING, Standing.IN_FORCE)) == (number in to_come)
        assert (stands is Standing.IN_FORCE) == (in_force(book, gone, day) == number)
        assert (stands is Standing.WITHDRAWN) == (number in gone)


@given(books, some, days, st.data())
def test_a_machine_that_let_go_of_what_was_replaced_has_with_the_stand_ins_all_that_holds_once_one_is_withdrawn(
    book: dict[int, date], gone: set[int], day: date, data: st.DataObject
) -> None:
    left = sorted(set(book) - gone)
    if not left:
        return
    number = data.draw(st.sampled_from(left))
    machine_day = data.draw(days.filter(lambda each: each >= day))
    kept = {each for each in left if standing(book, gone, each, machine_day) is not Standing.REPLACED}
    after = {*gone, number}
    for each in DAYS:
        holds = in_force(book, after, each)
        if each >= machine_day and holds is not None:
            assert holds in kept or holds in stand_ins(book, gone, number, day)


def test_the_service_day_begins_at_three_in_japan() -> None:
    start = int(datetime(2026, 9, 30, 18, tzinfo=UTC).timestamp())
    assert (service_day(start - 1), service_day(start)) == (date(2026, 9, 30), date(2026, 10, 1))
