"""Refunds to holders: for listed reasons, by two people, paid value only, what is owed first, and an end with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.counter.refusals import NotDone, Refused
from central.counter.rows import Receipt
from central.devices.data_folder import open_office
from central.members.store import Standing, standing_of
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from rules.ledger.accounts import KURAPO, RIDE_VALUE, AccountKind, AccountRef, member_account, owed_account
from rules.ledger.books import Books
from rules.ledger.counter import RefundReason, refund_payout
from rules.ledger.group import Group
from rules.ledger.lots import Origin
from rules.ledger.order import IntoLot, Move, Order
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from tests.central.counter_bench import GIVEN, Desk, open_desk
from tests.central.office import NOW

EARNED = AccountRef(AccountKind.FARES_EARNED)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as made:
        yield made


def done(answer: Receipt | Refused) -> Receipt:
    assert isinstance(answer, Receipt), answer
    return answer


def test_paid_value_is_given_in_cash_and_what_was_given_lapses(desk: Desk) -> None:
    desk.charge(3_000)
    desk.give(200, NOW + 10)
    desk.charge(1_000)
    desk.give(50, origin=Origin.PREMIUM)
    receipt = done(desk.refund())
    assert (receipt.amount, receipt.forfeited, receipt.set_off, receipt.balance) == (4_000, 250, 0, 0)
    assert desk.money == {("issuer", "campaign"): -250, ("expired", ""): 250}
    assert desk.in_till() == 20_000


def test_what_is_owed_is_set_off_first_as_a_ride_would_have_taken_it(desk: Desk) -> None:
    desk.charge(3_000)
    desk.give(200, NOW + 10)
    desk.post(Move(owed_account("m"), EARNED, 500))
    receipt = done(desk.refund())
    assert (receipt.amount, receipt.set_off, receipt.forfeited) == (2_700, 500, 0)
    assert desk.money[("fares-earned", "")] == 500
    assert ("owed", "m") not in desk.money


def test_more_owed_than_there_is_leaves_the_rest_owed(desk: Desk) -> None:
    desk.charge(300)
    desk.post(Move(owed_account("m"), EARNED, 500))
    receipt = done(desk.refund())
    assert (receipt.amount, receipt.set_off) == (0, 300)
    assert desk.money[("owed", "m")] == -200


@pytest.mark.parametrize("reason", RefundReason)
def test_the_account_ends_with_the_reasons_that_end_it(desk: Desk, reason: RefundReason) -> None:
    desk.charge(1_000)
    done(desk.refund(reason))
    closed = standing_of(desk.connection, "m") is Standing.CLOSED
    assert closed == (reason is not RefundReason.ABOLITION)
    assert isinstance(desk.charge(1_000), Refused if closed else Receipt)


def test_an_empty_account_can_be_closed_and_a_closed_one_gets_nothing_more(desk: Desk) -> None:
    assert done(desk.refund(command="once")).amount == 0
    assert done(desk.refund(command="once")).number == 1
    assert desk.refund() == Refused(NotDone.MEMBER_CLOSED)


def test_two_people_are_needed_however_their_names_are_written(desk: Desk) -> None:
    desk.charge(1_000)
    for same in ("佐藤", "佐 藤", " 佐藤 "):
        assert desk.refund(approved_by=same) == Refused(NotDone.SAME_PERSON)
    assert desk.refund(asked_by="Sato", approved_by="ｓａｔｏ") == Refused(NotDone.SAME_PERSON)
    assert desk.refund(approved_by="") == Refused(NotDone.NO_STAFF)
    assert desk.refund(member="nobody") == Refused(NotDone.UNKNOWN_MEMBER)
    assert desk.money[("member", "m")] == 1_000


def test_what_a_bus_may_have_taken_is_waited_for(desk: Desk) -> None:
    desk.charge(1_000)
    desk.hold(600)
    assert desk.refund() == Refused(NotDone.VALUE_HELD, "600")


def test_tickets_that_were_paid_for_have_rules_of_their_own(desk: Desk) -> None:
    desk.charge(1_000)
    desk.give(1_100, unit=RIDE_VALUE, origin=Origin.PAID)
    assert desk.refund() == Refused(NotDone.OTHER_RIGHTS, "ride")
    assert done(desk.refund(RefundReason.ABOLITION)).amount == 1_000


def test_what_was_given_in_other_units_lapses_with_the_account(desk: Desk) -> None:
    desk.charge(1_000)
    desk.give(100, unit=RIDE_VALUE)
    desk.give(200, NOW + 5, unit=RIDE_VALUE, origin=Origin.PREMIUM)
    assert done(desk.refund()).amount == 1_000
    assert ("member", "m") not in desk.money


def test_a_till_with_too_little_cash_pays_nothing_out(desk: Desk) -> None:
    desk.charge(30_000)
    desk.open(29_999, till="2")
    assert desk.refund(till="2") == Refused(NotDone.OVER_CASH, "29,999")
    done(desk.refund())


def test_a_closed_account_gets_no_pass(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk") as desk:
        done(desk.refund())
        office = open_office(tmp_path / "keys", NOW)
        issuer = Issuer(1, Yen(600), office.keys, lambda size: hashlib.sha256(b"m").digest()[:size])
        with pytest.raises(ValueError, match="closed"):
            issue_card(desk.connection, issuer, PassWanted("m", RiderClass.ADULT, 1, NOW, 168), NOW)
        office.database.close()


lots = st.lists(
    st.tuples(
        st.sampled_from([KURAPO, RIDE_VALUE]),
        st.sampled_from(Origin),
        st.integers(1, 500),
        st.none() | st.integers(1, 5),
    ),
    max_size=8,
)


@given(lots, st.integers(0, 1_500))
def test_everything_goes_where_it_belongs_whatever_the_lots_are(
    given_lots: list[tuple[str, Origin, int, int | None]], owed: int
) -> None:
    books = Books()
    for number, (unit, origin, amount, expires) in enumerate(given_lots):
        lot = IntoLot(member_account("m", KURAPO if unit == KURAPO else RIDE_VALUE), origin, "p", expires)
        assert isinstance(books.post(Order(f"c{number}", "w", (Move(GIVEN, lot, amount),)), 0), Group)
    payout = refund_payout("refund", "m", list(books.lots.values()), Yen(owed), "", closes=True)
    if payout.order is not None:
        assert isinstance(books.post(payout.order, 0), Group)
    mine = [(origin, amount) for unit, origin, amount, _ in given_lots if unit == KURAPO]
    assert payout.set_off == min(owed, sum(amount for _, amount in mine))
    assert payout.cash + payout.forfeited + payout.set_off == sum(amount for _, amount in mine)
    assert payout.cash <= sum(amount for origin, amount in mine if origin is Origin.PAID)
    assert payout.forfeited <= sum(amount for origin, amount in mine if origin is not Origin.PAID)
    assert all(lot.left == 0 for lot in books.lots.values())
    assert books.balances.get(AccountRef(AccountKind.CASH_DESK), 0) == payout.cash
