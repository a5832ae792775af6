"""Charging at the counter: once, within limits, with a receipt; voided on its day as long as all of it is there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.counter.print_receipt import COLUMNS, receipt_text, width
from central.counter.refusals import WORDS, NotDone, Refused, why
from central.counter.rows import Receipt, ReceiptKind, TillDay
from central.counter.set_up import block_member, change_settings
from central.counter.store import add_reprint, receipts_of
from central.japan import day_of, seconds_of
from central.office_rules.set_rule import NotSet
from central.office_rules.store import Change
from central.wallets.charge_member import NoMember, charge_cash
from rules.ledger.charge_limits import ChargeLimits, OverLimit
from rules.ledger.counter import RefundReason
from rules.money import Yen
from tests.central.counter_bench import DAY, Desk, open_desk, statements
from tests.central.office import NOW, new_office


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as made:
        yield made


def next_day(desk: Desk) -> date:
    """The till is counted as it should be, and opened on the next day."""
    desk.count(desk.in_till())
    desk.now += DAY
    assert isinstance(desk.open(), TillDay)
    return day_of(desk.now)


def done(answer: Receipt | Refused) -> Receipt:
    assert isinstance(answer, Receipt), answer
    return answer


def test_a_charge_is_posted_and_its_receipt_says_what_was_paid_and_what_there_is(desk: Desk) -> None:
    done(desk.charge(1_000))
    receipt = done(desk.charge(3_000))
    assert desk.money == {("member", "m"): 4_000, ("cash-desk", ""): -4_000}
    assert (receipt.number, receipt.kind, receipt.amount, receipt.balance) == (
        2,
        ReceiptKind.CHARGE,
        3_000,
        4_000,
    )
    assert (receipt.issuer, receipt.contact, receipt.staff) == ("大蔵村", "役場", "佐藤")


def test_the_same_charge_again_has_the_same_receipt_and_moves_nothing(desk: Desk) -> None:
    first = done(desk.charge(3_000, command="once"))
    assert desk.charge(3_000, command="once") == first
    assert desk.money[("member", "m")] == 3_000
    assert receipts_of(desk.connection, first.day) == [first]


@pytest.mark.parametrize("other", [{"amount": 3_001}, {"member": "n"}, {"staff": "鈴木"}, {"till": "2"}])
def test_the_same_command_for_anything_else_is_refused(desk: Desk, other: dict[str, Any]) -> None:
    done(desk.charge(3_000, command="once"))
    wanted: dict[str, Any] = {"amount": 3_000, "command": "once"}
    assert desk.charge(**(wanted | other)) == Refused(NotDone.OTHER_COMMAND)


def test_a_refusal_stays_one_and_moves_nothing(desk: Desk) -> None:
    refused = Refused(OverLimit.LEAST, "100", 100)
    assert desk.charge(99, command="once") == refused
    assert isinstance(desk.set_rule("counter.least_yen", 10), Change)
    next_day(desk)
    assert desk.charge(99, command="once") == refused
    assert desk.money == {}
    done(desk.charge(99))


def test_who_is_not_a_member_or_not_any_more_is_not_charged(desk: Desk) -> None:
    assert desk.charge(1_000, "nobody") == Refused(NotDone.UNKNOWN_MEMBER)
    assert desk.charge(1_000, staff=" ") == Refused(NotDone.NO_STAFF)
    done(desk.refund())
    assert desk.charge(1_000) == Refused(NotDone.MEMBER_CLOSED)
    assert charge_cash(desk.connection, "m", Yen(1_000), "c", NOW) is NoMember.CLOSED


def test_a_blocked_member_can_still_be_charged(desk: Desk) -> None:
    assert block_member(desk.connection, "m", "紛失", "佐藤", NOW, blocked=True) is None
    done(desk.charge(1_000))


def test_limits_count_the_day_and_what_there_is(desk: Desk) -> None:
    for name, yen in (("most", 5_000), ("per_day", 8_000), ("balance", 20_000)):
        assert isinstance(desk.set_rule(f"counter.{name}_yen", yen), Change)
    since = str(next_day(desk))
    assert desk.charge(5_001) == Refused(OverLimit.MOST, "5,000", 5_000, since)
    voided = done(desk.charge(5_000))
    assert desk.charge(3_001) == Refused(OverLimit.PER_DAY, "3,000", 8_000, since)
    done(desk.void(voided.number))
    done(desk.charge(5_000))
    done(desk.charge(3_000))
    desk.give(11_500)
    desk.count(28_000)
    desk.now += DAY
    desk.open()
    assert desk.charge(501) == Refused(OverLimit.BALANCE, "500", 20_000, since)
    done(desk.charge(500))


def test_the_old_limit_holds_until_the_day_of_the_new_one_and_the_refusal_names_it(desk: Desk) -> None:
    assert isinstance(desk.set_rule("counter.most_yen", 3_000), Change)
    desk.now = seconds_of(day_of(desk.now))[1] - 1
    charged = done(desk.charge(50_000, command="before"))
    refused = desk.charge(50_001)
    assert refused == Refused(OverLimit.MOST, "50,000", 50_000)
    assert "50,000 円までです（はじめの値）" in refused.words
    desk.count(70_000)
    desk.now += 1
    assert isinstance(desk.open(20_000), TillDay)
    refused = desk.charge(3_001)
    today = str(day_of(desk.now))
    assert refused == Refused(OverLimit.MOST, "3,000", 3_000, today)
    assert f"3,000 円までです（{today} から）" in refused.words
    assert f"at most 3,000 yen (since {today})" in refused.words
    assert desk.charge(50_000, command="before") == charged
    done(desk.charge(3_000))
    assert desk.money[("member", "m")] == 53_000


def test_limits_that_contradict_one_another_are_never_set(desk: Desk) -> None:
    for name, value in (("least", 50_001), ("most", 100_001), ("per_day", 49_999), ("balance", 49_999)):
        assert desk.set_rule(f"counter.{name}_yen", value) is NotSet.CONTRADICTS


@given(*(st.integers(1, 9) for _ in range(4)), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_no_charge_within_limits_breaks_one(
    least: int, most: int, per_day: int, balance: int, amount: int, today: int, has: int
) -> None:
    if not least <= most <= min(per_day, balance):
        with pytest.raises(ValueError, match="contradict"):
            ChargeLimits(Yen(least), Yen(most), Yen(per_day), Yen(balance))
        return
    limits = ChargeLimits(Yen(least), Yen(most), Yen(per_day), Yen(balance))
    good = least <= amount <= most and today + amount <= per_day and has + amount <= balance
    assert (limits.broken_by(amount, today, has) is None) == good


def test_a_void_takes_the_charge_back_and_gives_the_cash_back_once(desk: Desk) -> None:
    charged = done(desk.charge(3_000))
    receipt = done(desk.void(charged.number))
    assert desk.money == {}
    assert (receipt.kind, receipt.about, receipt.amount, receipt.balance) == (ReceiptKind.VOID, 1, 3_000, 0)
    assert desk.void(charged.number) == Refused(NotDone.VOIDED, "2")
    assert desk.void(receipt.number) == Refused(NotDone.NO_RECEIPT)
    assert desk.void(99) == Refused(NotDone.NO_RECEIPT)


def test_what_was_partly_spent_or_is_held_is_not_voided_and_says_what_is_left(desk: Desk) -> None:
    charged = done(desk.charge(3_000))
    desk.hold(400)
    assert desk.void(charged.number) == Refused(NotDone.PARTLY_SPENT, "2,600")
    desk.spend(1_000)
    assert desk.void(charged.number) == Refused(NotDone.PARTLY_SPENT, "1,600")
    assert desk.money[("member", "m")] == 2_000


def test_another_charge_does_not_stand_in_for_what_was_spent(desk: Desk) -> None:
    first = done(desk.charge(3_000))
    done(desk.charge(3_000))
    desk.spend(1)
    assert desk.void(first.number) == Refused(NotDone.PARTLY_SPENT, "2,999")
    done(desk.void(2))


def test_a_charge_is_voided_on_its_own_day_only(desk: Desk) -> None:
    charged = done(desk.charge(3_000))
    desk.count(23_000)
    desk.now += DAY
    desk.open(20_000)
    assert desk.void(charged.number) == Refused(NotDone.NOT_TODAY, "2026-09-21")


def test_a_till_gives_no_cash_that_it_has_not(desk: Desk) -> None:
    charged = done(desk.charge(3_000))
    desk.open(100, till="2")
    assert desk.void(charged.number, till="2") == Refused(NotDone.OVER_CASH, "100")


def test_without_an_issuer_nothing_is_charged(tmp_path: Path) -> None:
    with new_office(tmp_path) as office, office.database.write() as connection:
        desk = Desk(connection)
        desk.open()
        assert desk.charge(1_000) == Refused(NotDone.NO_ISSUER)
        assert change_settings(connection, "佐藤", {"issuer": "村"}, NOW) == Refused(NotDone.NO_ISSUER)


def test_a_receipt_says_how_often_it_was_printed_again(desk: Desk) -> None:
    receipt = done(desk.charge(3_000))
    assert "再発行" not in receipt_text(receipt)
    for again in (1, 2):
        assert add_reprint(desk.connection, receipt.number, "鈴木", NOW) == again
        assert f"{again}回目" in receipt_text(receipt, again)


def test_a_receipt_keeps_the_issuer_of_its_day(desk: Desk) -> None:
    receipt = done(desk.charge(3_000))
    change_settings(desk.connection, "佐藤", {"issuer": "別の村"}, NOW)
    assert receipts_of(desk.connection, receipt.day) == [receipt]


names = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=60)


@given(names, names, names, st.sampled_from(ReceiptKind), st.integers(0, 10**9), st.integers(0, 3))
def test_no_line_of_a_receipt_is_wider_than_the_paper_and_nothing_is_cut_off(
    member: str, staff: str, contact: str, kind: ReceiptKind, amount: int, reprint: int
) -> None:
    receipt = Receipt(
        7,
        kind,
        staff,
        "",
        "",
        member,
        amount,
        amount,
        None,
        "",
        amount,
        amount,
        "2026-09-21",
        NOW,
        "村",
        contact,
        "c",
    )
    if kind is ReceiptKind.REFUND:
        receipt = replace(receipt, reason=RefundReason.DEATH, approved_by=staff)
    text = receipt_text(receipt, reprint)
    assert all(width(line) <= COLUMNS for line in text.split("\n"))
    together = "".join(text.split())
    for shown in (member, staff, contact):
        assert "".join(shown.split()) in together


def test_every_refusal_has_words_in_both_languages() -> None:
    assert set(WORDS) == {*NotDone, *OverLimit}
    assert all(" / " in words for words in WORDS.values())
    assert all(why(each.value) is each for each in WORDS)


def test_a_charge_takes_few_statements(desk: Desk) -> None:
    done(desk.charge(1_000))
    with statements(desk.connection) as said:
        done(desk.charge(1_000))
    assert len(said) <= 26, said


def test_callers_at_once_with_the_same_command_get_the_same_receipt(tmp_path: Path) -> None:
    with open_desk(tmp_path) as made:
        assert made.money == {}
    with new_office(tmp_path) as office:

        def at_once(number: int) -> Receipt | Refused:
            with office.database.write() as connection:
                return Desk(connection).charge(10_000, command=f"id-{number % 8}x")

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(at_once, range(24)))
        assert answers[:8] == answers[8:16] == answers[16:]
        with office.database.read() as connection:
            assert Desk(connection).money[("member", "m")] == 80_000
