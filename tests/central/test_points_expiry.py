"""What expires does so once, to the day; what is used in time lives on; members are told before."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from central.database.ledger_tables import groups
from central.database.transaction import Database
from central.devices.data_folder import Office
from central.japan import seconds_of
from central.ledger.post_orders import Posted, Refused, post
from central.ledger.store import balance_of, open_lots
from central.points import store
from central.points.expire_points import Expired, expire, expire_batch, real_ends
from central.points.expiry_timer import ExpiryTimer
from central.points.notify_members import make_notices, notices
from central.points.print_statement import statement_page
from central.points.read_statement import read_statement
from central.wallets.charge_member import charge_cash
from rules.ledger.expiry import (
    Expiry,
    FiscalYearEnd,
    MonthsFromGrant,
    MonthsFromUse,
    expires_at,
    last_good_day,
)
from rules.ledger.holds import HoldKind
from rules.ledger.lots import NEVER
from rules.ledger.order import Move, Order, PlaceHold, Release, Restore, Spend
from rules.money import Yen
from tests.central.points_desk import (
    BATH,
    EXPIRED,
    GIVEN,
    SHOP,
    begin,
    days,
    fresh,
    give,
    left,
    noon,
    pay,
    whole,
)

# Expiry rules


@pytest.mark.parametrize(
    ("rule", "given_on", "last"),
    [
        (FiscalYearEnd(), date(2027, 3, 31), date(2027, 3, 31)),
        (FiscalYearEnd(), date(2027, 4, 1), date(2028, 3, 31)),
        (FiscalYearEnd(), date(2027, 12, 31), date(2028, 3, 31)),
        (MonthsFromGrant(6), date(2026, 8, 31), date(2027, 2, 28)),
        (MonthsFromGrant(6), date(2027, 8, 31), date(2028, 2, 29)),
        (MonthsFromGrant(12), date(2028, 2, 29), date(2029, 2, 28)),
        (MonthsFromGrant(1), date(2026, 12, 15), date(2027, 1, 15)),
        (MonthsFromUse(3), date(2026, 11, 30), date(2027, 2, 28)),
    ],
)
def test_value_is_good_to_the_last_second_of_its_day_in_japan(
    rule: Expiry, given_on: date, last: date
) -> None:
    first, after = seconds_of(given_on)
    for second in (first, after - 1):
        assert expires_at(rule, second) == seconds_of(last)[1]


@given(days, st.integers(1, 120), st.integers(0, 86_399))
def test_months_later_is_the_same_day_or_the_months_last_and_always_midnight(
    day: date, months: int, second: int
) -> None:
    until = expires_at(MonthsFromGrant(months), seconds_of(day)[0] + second)
    assert until is not None
    last = last_good_day(until)
    assert until == seconds_of(last)[1]
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    assert last.day == day.day or (last.day < day.day and (last + timedelta(days=1)).day == 1)


@given(days)
def test_a_fiscal_year_ends_within_a_year_on_31_march(day: date) -> None:
    until = expires_at(FiscalYearEnd(), noon(day))
    assert until is not None
    assert (last_good_day(until).month, last_good_day(until).day) == (3, 31)
    assert 0 <= (last_good_day(until) - day).days < 366


# Expiry


def test_an_expired_lot_is_not_spent_and_moves_once(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=FiscalYearEnd()), 1000, "m")
    give(office.database, "m", 100, "1")
    _, after = seconds_of(date(2027, 3, 31))
    with office.database.write() as connection:
        assert isinstance(pay(connection, "p1", 30, after - 1), Posted)
    assert expire(office.database, after - 1) == Expired()
    with office.database.write() as connection:
        assert isinstance(pay(connection, "p2", 10, after), Refused)
    assert expire(office.database, after) == Expired(lots=1, units=70)
    assert expire(office.database, after) == Expired()
    # A refund goes back into the lot it came from, with its old expiry, and expires again.
    with office.database.write() as connection:
        post(connection, Order("back", "refund", (Move(SHOP, Restore("p1"), 30),)), after + 1)
    assert expire(office.database, after + 2) == Expired(lots=1, units=30)
    with office.database.read() as connection:
        assert balance_of(connection, EXPIRED) == 100
    whole(office.database)


def test_what_a_hold_keeps_stays_and_expires_when_the_hold_ends(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=MonthsFromGrant(1)), 1000, "m")
    give(office.database, "m", 100, "1")
    _, after = seconds_of(date(2026, 11, 3))

    def hold(series: str, kind: HoldKind, amount: int, until: int | None) -> None:
        with office.database.write() as connection:
            step = PlaceHold(series, kind, Spend("m"), amount, until)
            assert isinstance(post(connection, Order(f"h-{series}", "hold", (step,)), GIVEN), Posted)

    hold("bus", HoldKind.PASS, 40, after - 50)
    hold("first", HoldKind.FIRST_SPEND, 25, after + 50)
    hold("dispute", HoldKind.DISPUTE, 15, None)
    assert expire(office.database, after) == Expired(lots=1, units=20)
    assert expire(office.database, after + 50) == Expired(holds=1, lots=1, units=25)
    assert left(office.database) == 55, "a pass's hold is released by its own rule, a dispute has no end"
    with office.database.write() as connection:
        post(connection, Order("r", "release", (Release("bus"),)), after + 60)
    assert expire(office.database, after + 60) == Expired(lots=1, units=40)
    assert left(office.database) == 15
    whole(office.database)


def test_a_use_prolongs_what_is_good_by_then_and_nothing_else(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=MonthsFromUse(2)), 1000, "m", "n")
    give(office.database, "m", 100, "1")
    give(office.database, "n", 100, "2")
    use = noon(date(2026, 11, 20))
    with office.database.write() as connection:
        pay(connection, "p", 30, use)
    _, first = seconds_of(date(2026, 12, 3))
    assert expire(office.database, first) == Expired(lots=1, units=100, renewed=1)
    with office.database.write() as connection:
        lots = open_lots(connection, ["m"])
        assert [(lot.left, lot.expires_at) for lot in lots] == [(70, seconds_of(date(2027, 1, 20))[1])]
    _, second = seconds_of(date(2027, 1, 20))
    assert expire(office.database, second - 1) == Expired()
    assert expire(office.database, second) == Expired(lots=1, units=70)
    whole(office.database)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 300), max_size=6),
    st.integers(0, 400),
    st.integers(0, 20),
)
@example(uses=[100], look=110, late=0)
def test_a_late_run_prolongs_as_one_that_came_in_time(uses: list[int], look: int, late: int) -> None:
    found = []
    for runs in (range(look), range(0)):
        with fresh() as database:
            begin(database, replace(BATH, expiry=MonthsFromUse(2)), 1000, "m")
            with database.write() as connection:
                charge_cash(connection, "m", Yen(1000), "c", GIVEN)
            give(database, "m", 100, "1")
            for day in sorted({each for each in uses if each <= look} | {*runs[::20]}):
                now = GIVEN + day * 86_400
                expire(database, now if runs else GIVEN)
                if day in uses:
                    with database.write() as connection:
                        assert isinstance(pay(connection, f"p{day}", 1, now), Posted)
            end = GIVEN + (look + late) * 86_400
            expire(database, end)
            with database.read() as connection:
                ending = store.ending_lots(connection, NEVER, free=True)
                found.append([until for _, until in real_ends(connection, ending)])
    assert found[0] == found[1]


class Killed(Exception):
    """The machine goes off."""


def killed_within(database: Database, now: int, at_once: int) -> None:
    with database.write() as connection:
        expire_batch(connection, now, at_once)
        raise Killed


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 4), st.integers(0, 5), st.lists(st.integers(1, 90), min_size=1, max_size=7))
def test_a_run_that_ends_anywhere_is_finished_by_the_next(
    at_once: int, batches: int, amounts: list[int]
) -> None:
    with fresh() as database:
        begin(database, replace(BATH, expiry=MonthsFromGrant(1)), 1000, "m")
        for number, amount in enumerate(amounts):
            give(database, "m", amount, str(number))
        _, after = seconds_of(date(2026, 11, 3))
        for _ in range(batches):
            with database.write() as connection:
                expire_batch(connection, after, at_once)
        with pytest.raises(Killed):
            killed_within(database, after, at_once)
        expire(database, after, at_once)
        assert left(database) == 0
        with database.read() as connection:
            assert balance_of(connection, EXPIRED) == sum(amounts)
            posted = select(func.count()).where(groups.c.what == "expiry")
            assert connection.execute(posted).scalar_one() == len(amounts)
        whole(database)


def test_runs_beside_each_other_and_beside_payments_move_each_lot_once(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=MonthsFromGrant(1)), 10_000, "m")
    for number in range(30):
        give(office.database, "m", 10, str(number))
    with office.database.write() as connection:
        charge_cash(connection, "m", Yen(500), "c", GIVEN)
    _, after = seconds_of(date(2026, 11, 3))

    def payments() -> None:
        for number in range(20):
            with office.database.write() as connection:
                assert isinstance(pay(connection, f"p{number}", 25, after), Posted)

    at_work = [threading.Thread(target=expire, args=(office.database, after, 4)) for _ in range(3)]
    at_work.append(threading.Thread(target=payments))
    for each in at_work:
        each.start()
    for each in at_work:
        each.join()
    with office.database.read() as connection:
        assert balance_of(connection, EXPIRED) == 300
    assert left(office.database) == 0
    whole(office.database)


# Notices and statements


def test_each_notice_is_made_once_and_missed_runs_make_the_nearest_only(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=FiscalYearEnd()), 1000, "m", "n")
    give(office.database, "m", 100, "1")
    give(office.database, "m", 20, "2")
    give(office.database, "n", 5, "3")
    last = date(2027, 3, 31)

    def made(days_before: int) -> list[tuple[str, int, int]]:
        with office.database.write() as connection:
            due = make_notices(connection, noon(last - timedelta(days=days_before)))
        return [(each.member, each.days_before, each.amount) for each in due]

    assert made(61) == []
    assert made(60) == [("m", 60, 120), ("n", 60, 5)]
    assert made(59) == made(15) == []
    assert made(9) == [("m", 14, 120), ("n", 14, 5)]
    assert made(4) == []
    assert made(0) == [("m", 3, 120), ("n", 3, 5)]
    assert made(0) == made(-1) == []
    with office.database.read() as connection:
        newest = notices(connection, noon(last))
        assert [(each.member, each.days_before) for each in newest] == [("m", 3), ("n", 3)]
        assert notices(connection, noon(last) + 86_400) == []


def test_a_statement_has_one_balance_what_expires_next_and_plain_words(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=MonthsFromGrant(1)), 1000, "m")
    with office.database.write() as connection:
        charge_cash(connection, "m", Yen(500), "c", GIVEN)
    give(office.database, "m", 100, "1")
    with office.database.write() as connection:
        pay(connection, "p", 30, GIVEN + 60)
        found = read_statement(connection, "m", GIVEN + 120)
        assert found is not None
        assert (found.balance, found.held) == (570, 0)
        assert [(each.last_day, each.amount) for each in found.expiring] == [("2026-11-03", 70)]
        assert [(line.japanese, line.amount) for line in found.lines] == [
            ("お店での支払い", -30),
            ("入浴ポイント", 100),
            ("チャージ", 500),
        ]
        _, after = seconds_of(date(2026, 11, 3))
        late = read_statement(connection, "m", after)
        assert late and (late.balance, late.expiring) == (500, ()), "before the run it is not good either"
        assert read_statement(connection, "nobody", GIVEN) is None
    page = statement_page(replace(found, member="<山田>"))
    assert "570 くらポ" in page and "2026年11月3日" in page and "&lt;山田&gt;" in page


def test_the_server_expires_by_itself_and_tells_members_once_a_day(office: Office) -> None:
    begin(office.database, replace(BATH, expiry=MonthsFromGrant(1)), 1000, "m")
    give(office.database, "m", 100, "1")
    clock = [seconds_of(date(2026, 11, 3))[1] - 1]
    timer = ExpiryTimer(office.database, lambda: clock[0], every_s=0.01)
    timer.look()
    assert left(office.database) == 100
    with office.database.read() as connection:
        assert [each.days_before for each in notices(connection, clock[0])] == [3]
    clock[0] += 1
    timer.start()
    version = office.database.changes.version
    while left(office.database):
        version = office.database.changes.wait(version, 5)
    timer.stop()
    whole(office.database)
