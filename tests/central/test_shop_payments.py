"""Paying in a shop: once, to the yen, refused by name; given back into the same lots, by the shop or by staff."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from central.counter.set_up import block_member
from central.database.transaction import Connection, Database
from central.japan import day_of, seconds_of
from central.ledger.verify_ledger import verify_ledger
from central.members.store import Standing, put_standing
from central.office_rules.store import Change
from central.shops.pay_shop import WORDS, NotPaid, Paid, PaymentWanted, PayRefused, pay
from central.shops.register_shop import NotRegistered, close_shop, register_shop
from central.shops.return_payment import WORDS as RETURN_WORDS
from central.shops.return_payment import (
    NotReturned,
    RefundWanted,
    Returned,
    ReturnRefused,
    VoidWanted,
    refund_payment,
    void_payment,
)
from central.shops.store import all_shops
from central.wallets.charge_member import open_member
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.order import FromExpired, Move
from rules.ledger.payments import MAX_PAYMENT, shop_account
from tests.central.counter_bench import GIVEN, Desk, open_desk, statements
from tests.central.office import NOW, new_office

SHOP = ("shop", "s1")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as made:
        assert register_shop(made.connection, "s1", "カルデラ商店", NOW) is None
        yield made


def buy(desk: Desk, amount: int, payment: str = "p", **more: Any) -> Paid | PayRefused:
    wanted: dict[str, Any] = {"payment": payment, "shop": "s1", "member": "m", "amount": amount}
    return pay(desk.connection, PaymentWanted(**(wanted | more)), desk.now)


def void(desk: Desk, payment: str = "p", command: str = "v", shop: str = "s1") -> Returned | ReturnRefused:
    return void_payment(desk.connection, VoidWanted(command, payment, shop), desk.now)


def refund(
    desk: Desk, amount: int, command: str = "r", payment: str = "p", staff: str = "佐藤"
) -> Returned | ReturnRefused:
    return refund_payment(desk.connection, RefundWanted(command, payment, staff, amount), desk.now)


def test_a_payment_is_posted_once_and_its_part_in_cash_is_only_shown(desk: Desk) -> None:
    desk.charge(1_000)
    paid = buy(desk, 700, part_cash=300)
    assert paid == Paid("p", 700, 300, NOW)
    assert desk.money == {("member", "m"): 300, SHOP: 700, ("cash-desk", ""): -1_000}
    desk.now += 99
    assert buy(desk, 700, part_cash=300) == paid
    assert desk.money[SHOP] == 700


@pytest.mark.parametrize("other", [{"amount": 701}, {"shop": "s2"}, {"member": "n"}, {"part_cash": 1}])
def test_the_same_payment_for_anything_else_is_refused(desk: Desk, other: dict[str, Any]) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    wanted: dict[str, Any] = {"amount": 700} | other
    assert buy(desk, **wanted) == PayRefused(NotPaid.OTHER_PAYMENT)


def test_too_little_says_how_much_is_missing_and_stays_refused(desk: Desk) -> None:
    desk.charge(1_000)
    assert buy(desk, 1_200) == PayRefused(NotPaid.TOO_LITTLE, 200)
    desk.charge(1_000)
    assert buy(desk, 1_200) == PayRefused(NotPaid.TOO_LITTLE, 200)
    assert SHOP not in desk.money
    assert isinstance(buy(desk, 1_200, "again"), Paid)


def test_what_a_pass_holds_cannot_be_spent_in_a_shop(desk: Desk) -> None:
    desk.charge(1_000)
    desk.hold(600)
    refused = buy(desk, 700)
    assert refused == PayRefused(NotPaid.HELD, 300)
    assert "300" in refused.words
    assert buy(desk, 1_001, "more") == PayRefused(NotPaid.TOO_LITTLE, 601)
    assert isinstance(buy(desk, 400, "free"), Paid)


def test_what_has_expired_cannot_be_spent(desk: Desk) -> None:
    desk.give(500, NOW + 10)
    desk.now += 10
    assert buy(desk, 1) == PayRefused(NotPaid.TOO_LITTLE, 1)


def test_who_cannot_pay_and_who_cannot_be_paid_is_said_by_name(desk: Desk) -> None:
    desk.charge(1_000)
    assert buy(desk, 1, "a", shop="s2") == PayRefused(NotPaid.UNKNOWN_SHOP)
    assert buy(desk, 1, "b", member="nobody") == PayRefused(NotPaid.UNKNOWN_MEMBER)
    assert buy(desk, 0, "c") == PayRefused(NotPaid.WRONG_AMOUNT)
    assert buy(desk, MAX_PAYMENT + 1, "d") == PayRefused(NotPaid.WRONG_AMOUNT)
    assert buy(desk, 1, "e", part_cash=-1) == PayRefused(NotPaid.WRONG_AMOUNT)
    block_member(desk.connection, "m", "紛失", "佐藤", NOW, blocked=True)
    assert buy(desk, 1, "f") == PayRefused(NotPaid.BLOCKED_MEMBER)
    block_member(desk.connection, "m", "", "佐藤", NOW, blocked=False)
    assert isinstance(buy(desk, 1, "g"), Paid)
    close_shop(desk.connection, "s1", NOW)
    assert buy(desk, 1, "h") == PayRefused(NotPaid.CLOSED_SHOP)
    assert desk.money[SHOP] == 1


def test_the_shop_voids_within_ten_minutes_and_not_later(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    buy(desk, 100, "q")
    desk.now += 600
    assert void(desk) == Returned("p", 700, 0, 0, 0, desk.now)
    desk.now += 1
    late = ReturnRefused(NotReturned.TOO_LATE, 100, minutes=10)
    assert void(desk, "q", "w") == late
    assert "10分以内" in late.words
    assert void(desk) == Returned("p", 700, 0, 0, 0, desk.now - 1)
    assert desk.money[("member", "m")] == 900


def test_a_payment_is_voided_within_the_minutes_of_its_own_day(desk: Desk) -> None:
    desk.charge(1_000)
    desk.now = seconds_of(day_of(NOW))[1] - 60
    buy(desk, 300, "before")
    assert isinstance(desk.set_rule("shops.void_minutes", 30), Change)
    desk.now += 120
    buy(desk, 300, "after")
    desk.now += 20 * 60
    late = ReturnRefused(NotReturned.TOO_LATE, 300, minutes=10)
    assert void(desk, "before", "v1") == late
    assert isinstance(void(desk, "after", "v2"), Returned)
    assert void(desk, "before", "v1") == late


def test_a_shop_voids_its_own_payments_only(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    buy(desk, 5_000, "refused")
    register_shop(desk.connection, "s2", "別の店", NOW)
    assert void(desk, shop="s2") == ReturnRefused(NotReturned.UNKNOWN_PAYMENT, 700)
    assert void(desk, "nothing", "w") == ReturnRefused(NotReturned.UNKNOWN_PAYMENT)
    assert void(desk, "refused", "x") == ReturnRefused(NotReturned.UNKNOWN_PAYMENT)
    assert void(desk) == ReturnRefused(NotReturned.OTHER_COMMAND)


def test_staff_refund_in_parts_and_never_more_than_was_paid(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    desk.now += 40 * 86_400
    assert refund(desk, 300, "a") == Returned("p", 300, 400, 0, 0, desk.now)
    assert refund(desk, 401, "b") == ReturnRefused(NotReturned.MORE_THAN_LEFT, 400)
    assert refund(desk, 400, "c") == Returned("p", 400, 0, 0, 0, desk.now)
    assert refund(desk, 1, "d") == ReturnRefused(NotReturned.NOTHING_LEFT)
    assert refund(desk, 300, "a") == Returned("p", 300, 400, 0, 0, desk.now)
    assert refund(desk, 301, "a") == ReturnRefused(NotReturned.OTHER_COMMAND)
    assert refund(desk, 0, "e") == ReturnRefused(NotReturned.WRONG_AMOUNT)
    assert refund(desk, 1, "f", staff=" ") == ReturnRefused(NotReturned.NO_STAFF)
    assert desk.money == {("member", "m"): 1_000, ("cash-desk", ""): -1_000}


def test_a_void_after_a_part_was_refunded_gives_back_the_rest(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    refund(desk, 300)
    assert void(desk) == Returned("p", 400, 0, 0, 0, NOW)


def test_lots_get_back_what_they_gave_the_last_first(desk: Desk) -> None:
    desk.give(300, NOW + 100)
    desk.charge(1_000)
    buy(desk, 700)
    refund(desk, 500)
    desk.now += 100
    assert buy(desk, 1_001, "all") == PayRefused(NotPaid.TOO_LITTLE, 1)
    assert isinstance(buy(desk, 1_000, "rest"), Paid)


def test_what_expired_meanwhile_comes_back_expired_and_the_member_is_told(desk: Desk) -> None:
    desk.give(300, NOW + 100)
    desk.charge(1_000)
    buy(desk, 700)
    desk.now += 200
    back = void(desk)
    assert back == Returned("p", 700, 0, 300, 0, desk.now)
    assert "300円は有効期限が過ぎていて使えません" in back.words
    assert buy(desk, 1_001, "q") == PayRefused(NotPaid.TOO_LITTLE, 1)
    desk.post(Move(FromExpired(1), AccountRef(AccountKind.EXPIRED), 300))
    assert desk.money[("member", "m")] == 1_000


def test_what_a_shop_was_paid_out_for_it_owes(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    desk.post(Move(shop_account("s1"), GIVEN, 600))
    assert refund(desk, 500) == Returned("p", 500, 200, 0, 400, NOW)
    assert desk.money[("shop-owes", "s1")] == -400
    assert SHOP not in desk.money
    assert desk.money[("member", "m")] == 800


def test_nothing_comes_back_to_a_closed_account(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    put_standing(desk.connection, "m", Standing.CLOSED, "moved-away", "佐藤", NOW)
    assert refund(desk, 500) == ReturnRefused(NotReturned.MEMBER_CLOSED, 700)
    assert buy(desk, 1, "q") == PayRefused(NotPaid.BLOCKED_MEMBER)


def test_a_closed_shop_still_gives_back(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 700)
    close_shop(desk.connection, "s1", NOW)
    assert isinstance(void(desk), Returned)


def test_shops_are_registered_once_and_close_once(desk: Desk) -> None:
    assert register_shop(desk.connection, "s1", "カルデラ商店", NOW) is None
    assert register_shop(desk.connection, "s1", "別の店", NOW) is NotRegistered.THERE
    assert register_shop(desk.connection, "", "店", NOW) is NotRegistered.BAD_ID
    assert close_shop(desk.connection, "s9", NOW) is NotRegistered.UNKNOWN
    assert close_shop(desk.connection, "s1", NOW + 5) is None
    assert close_shop(desk.connection, "s1", NOW + 9) is None
    assert [(each.shop, each.closed_at) for each in all_shops(desk.connection)] == [("s1", NOW + 5)]
    assert register_shop(desk.connection, "s1", "カルデラ商店", NOW) is NotRegistered.THERE


def test_an_id_has_its_limits(desk: Desk) -> None:
    for wrong in ("", "x" * 101):
        with pytest.raises(ValueError, match="an id"):
            buy(desk, 1, wrong)
        with pytest.raises(ValueError, match="an id"):
            void(desk, command=wrong)


def test_every_refusal_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(NotPaid)
    assert set(RETURN_WORDS) == set(NotReturned)
    for words in (*WORDS.values(), *RETURN_WORDS.values(), *NotRegistered):
        assert " / " in words


def test_a_payment_takes_few_statements(desk: Desk) -> None:
    desk.charge(1_000)
    buy(desk, 1, "first")
    with statements(desk.connection) as said:
        buy(desk, 100)
    assert len(said) <= 16, said
    with statements(desk.connection) as said:
        void(desk)
    assert len(said) <= 25, said


def test_many_callers_at_once_pay_once_and_not_beyond_the_last_yen(tmp_path: Path) -> None:
    with new_office(tmp_path) as office:
        database = office.database
        with database.write() as connection:
            _village(connection)
        asked = [PaymentWanted(f"p{number % 8}", "s1", "m", 300) for number in range(32)]

        def at_once(wanted: PaymentWanted) -> Paid | PayRefused:
            with database.write() as connection:
                return pay(connection, wanted, NOW)

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(at_once, asked))
        assert len({(wanted.payment, answer) for wanted, answer in zip(asked, answers, strict=True)}) == 8
        paid = {answer.payment for answer in answers if isinstance(answer, Paid)}
        assert len(paid) == 3
        _refund_at_once(database, sorted(paid))


def _village(connection: Connection) -> None:
    desk = Desk(connection)
    open_member(connection, "m")
    register_shop(connection, "s1", "店", NOW)
    desk.give(1_000)


def _refund_at_once(database: Database, paid: list[str]) -> None:
    asked = [RefundWanted(f"r{number}", paid[number % 3], "佐藤", 120) for number in range(18)]

    def at_once(wanted: RefundWanted) -> Returned | ReturnRefused:
        with database.write() as connection:
            return refund_payment(connection, wanted, NOW)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(at_once, [*asked, *asked]))
    assert answers[:18] == answers[18:]
    done = [answer for answer in answers[:18] if isinstance(answer, Returned)]
    assert len(done) == 6
    assert sorted(answer.left for answer in done) == [60, 60, 60, 180, 180, 180]
    with database.read() as connection:
        assert verify_ledger(connection).problems == []
        assert Desk(connection).money[SHOP] == 900 - 6 * 120
