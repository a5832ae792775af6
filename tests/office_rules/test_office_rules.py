"""What the office has set for a day: asked early or late, before and after other changes, it is the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from central.database.rule_tables import RULES_APPEND_ONLY
from central.database.transaction import Connection, Database
from central.japan import day_of, seconds_of
from central.office_rules import store
from central.office_rules.definitions import BY_NAME, GROUPS, NOT_ABOVE, RULES
from central.office_rules.in_force import rule_in_force
from central.office_rules.set_rule import (
    FURTHEST,
    MAX_WHY,
    Difference,
    NotSet,
    RuleWanted,
    look_ahead,
    set_rule,
    value_among,
    withdraw_rule,
)
from central.office_rules.store import Change
from tests.laid import laid

NOW = 1_790_000_000
TODAY = day_of(NOW)
TOMORROW = TODAY + timedelta(days=1)
MOST = "charging.most_yen"
LEAST = "charging.least_yen"
CLOSING = "counter.closing_hour"


@contextmanager
def new_office() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = laid(Path(folder))
        try:
            yield database
        finally:
            database.close()


@pytest.fixture
def connection() -> Iterator[Connection]:
    with new_office() as database, database.write() as made:
        yield made


def wanted(name: str = MOST, value: int = 30_000, day: date = TOMORROW, why: str = "要望") -> RuleWanted:
    return RuleWanted(name, value, day, "yuki", why)


def made(connection: Connection, wish: RuleWanted, now: int = NOW) -> Change:
    done = set_rule(connection, wish, now)
    assert isinstance(done, Change), done
    return done


def test_where_the_office_has_said_nothing_the_default_holds(connection: Connection) -> None:
    assert {each.name: rule_in_force(connection, each.name, TODAY) for each in RULES} == {
        each.name: each.default for each in RULES
    }


def test_a_rule_counts_from_its_day_in_japan_and_not_a_second_before(connection: Connection) -> None:
    made(connection, wanted())
    midnight, _ = seconds_of(TOMORROW)
    assert rule_in_force(connection, MOST, day_of(midnight - 1)) == 20_000
    assert rule_in_force(connection, MOST, day_of(midnight)) == 30_000


def test_no_day_that_has_begun_gets_another_rule(connection: Connection) -> None:
    assert set_rule(connection, wanted(day=TODAY), NOW) is NotSet.NOT_AHEAD
    assert set_rule(connection, wanted(day=TODAY - timedelta(days=1)), NOW) is NotSet.NOT_AHEAD
    change = made(connection, wanted())
    begun, _ = seconds_of(TOMORROW)
    assert withdraw_rule(connection, change.id, "yuki", "まちがい", begun) is NotSet.BEGUN
    assert isinstance(withdraw_rule(connection, change.id, "yuki", "まちがい", begun - 1), Change)
    assert withdraw_rule(connection, change.id, "yuki", "まちがい", begun - 1) is NotSet.WITHDRAWN
    assert rule_in_force(connection, MOST, TOMORROW) == 20_000


def test_a_change_made_later_for_an_earlier_day_holds_until_the_later_day(connection: Connection) -> None:
    made(connection, wanted(value=40_000, day=TODAY + timedelta(days=10)))
    found = look_ahead(connection, wanted(value=30_000, day=TODAY + timedelta(days=5)), NOW)
    assert found == Difference(
        BY_NAME[MOST], 20_000, 30_000, TODAY + timedelta(days=5), TODAY + timedelta(days=10)
    )
    made(connection, wanted(value=30_000, day=TODAY + timedelta(days=5)))
    assert [rule_in_force(connection, MOST, TODAY + timedelta(days=each)) for each in (4, 5, 9, 10)] == [
        20_000,
        30_000,
        30_000,
        40_000,
    ]


def test_of_one_day_the_newest_word_counts_and_withdrawn_the_one_before(connection: Connection) -> None:
    made(connection, wanted(value=30_000))
    second = made(connection, wanted(value=25_000))
    assert rule_in_force(connection, MOST, TOMORROW) == 25_000
    withdraw_rule(connection, second.id, "yuki", "まちがい", NOW)
    assert rule_in_force(connection, MOST, TOMORROW) == 30_000


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (wanted(name="charging.nothing"), NotSet.UNKNOWN),
        (wanted(value=0), NotSet.OUT_OF_BOUNDS),
        (wanted(value=1_000_001), NotSet.OUT_OF_BOUNDS),
        (wanted(day=TODAY + FURTHEST + timedelta(days=1)), NotSet.TOO_FAR),
        (wanted(why="  "), NotSet.NO_WHY),
        (wanted(why="あ" * (MAX_WHY + 1)), NotSet.NO_WHY),
        (wanted(value=20_000), NotSet.SAME),
        (wanted(value=499), NotSet.CONTRADICTS),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_leaves_nothing(
    connection: Connection, wish: RuleWanted, why: NotSet
) -> None:
    assert look_ahead(connection, wish, NOW) is why
    assert set_rule(connection, wish, NOW) is why
    assert store.changes(connection) == []


def test_no_withdrawal_leaves_a_lower_bound_above_its_upper_one(connection: Connection) -> None:
    raised = made(connection, wanted(value=30_000))
    made(connection, wanted(name=LEAST, value=25_000, day=TODAY + timedelta(days=3)))
    assert withdraw_rule(connection, raised.id, "yuki", "まちがい", NOW) is NotSet.CONTRADICTS
    assert rule_in_force(connection, MOST, TOMORROW) == 30_000


def test_a_withdrawal_needs_a_reason_and_a_change(connection: Connection) -> None:
    change = made(connection, wanted())
    assert withdraw_rule(connection, change.id, "yuki", " ", NOW) is NotSet.NO_WHY
    assert withdraw_rule(connection, change.id + 1, "yuki", "まちがい", NOW) is NotSet.UNKNOWN


@pytest.mark.parametrize(
    ("name", "value", "loosens"),
    [
        (MOST, 20_001, True),
        (MOST, 19_999, False),
        (LEAST, 499, True),
        (LEAST, 501, False),
        (CLOSING, 18, False),
    ],
)
def test_what_lets_more_happen_has_to_be_confirmed(
    connection: Connection, name: str, value: int, loosens: bool
) -> None:
    found = look_ahead(connection, wanted(name, value), NOW)
    assert isinstance(found, Difference)
    assert found.loosens is loosens


def test_nothing_that_was_said_can_be_changed_or_removed(connection: Connection) -> None:
    change = made(connection, wanted())
    withdraw_rule(connection, change.id, "yuki", "まちがい", NOW)
    for table, verb in product(RULES_APPEND_ONLY, ("DELETE FROM {}", "UPDATE {} SET why = ''")):
        with pytest.raises(IntegrityError, match="append-only"):
            connection.exec_driver_sql(verb.format(table.name))


def test_every_rule_has_a_heading_words_and_a_default_within_its_bounds() -> None:
    assert len(BY_NAME) == len(RULES)
    for each in RULES:
        assert each.group in GROUPS
        assert all(each.words)
        assert all(each.affects)
        assert each.bounds.least <= each.default <= each.bounds.most
    assert all(BY_NAME[low].default <= BY_NAME[high].default for low, high in NOT_ABOVE)


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from([LEAST, MOST]),
            st.sampled_from([400, 600, 5_000, 30_000]),
            st.integers(-1, 6),
        ),
        st.tuples(st.just("withdraw"), st.integers(1, 12)),
        st.tuples(st.just("wait"), st.integers(1, 2 * 86_400)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(acts=ACTS)
def test_a_day_that_has_begun_is_answered_the_same_for_ever(acts: list[tuple[object, ...]]) -> None:
    with new_office() as database, database.write() as connection:
        now = NOW
        known: dict[tuple[str, date], int] = {}

        def ask_all() -> None:
            for name in (LEAST, MOST):
                for back in range((day_of(now) - TODAY).days + 1):
                    day = TODAY + timedelta(days=back)
                    found = rule_in_force(connection, name, day)
                    assert known.setdefault((name, day), found) == found
                    assert value_among(store.changes(connection), name, day) == found

        ask_all()
        for act in acts:
            match act:
                case ("set", str(name), int(value), int(days)):
                    set_rule(connection, wanted(name, value, day_of(now) + timedelta(days=days)), now)
                case ("withdraw", int(change)):
                    withdraw_rule(connection, change, "yuki", "やめる", now)
                case ("wait", int(seconds)):
                    now += seconds
            ask_all()
            ahead = [day_of(now) + timedelta(days=days) for days in range(10)]
            assert all(
                rule_in_force(connection, LEAST, day) <= rule_in_force(connection, MOST, day) for day in ahead
            )
