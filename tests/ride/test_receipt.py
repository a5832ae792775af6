"""A receipt's lines sum to the fare, whatever paid for it, and one whose lines do not cannot be built."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.accounts import (
    KURAPO,
    RIDE_VALUE,
    AccountKind,
    AccountRef,
    member_account,
    owed_account,
)
from rules.ledger.group import Entry, LotMove
from rules.ledger.lots import Origin
from rules.money import NOTHING, Yen
from rules.ride.correction import Charge
from rules.ride.fare import FarePart, Who
from rules.ride.receipt import Change, Journey, Paid, TripUsed, What, receipt

ALONE = Journey(
    "2026-09-21", ("肘折", "Hijiori"), ("新庄", "Shinjo"), ("おとな", "adult"), "", (), False, False
)
ORIGINS = {1: Origin.PAID, 2: Origin.PREMIUM, 3: Origin.PAID, 4: Origin.FREE}
amounts = st.integers(0, 2_000).map(Yen)


def part(who: Who, each: int, people: int = 1) -> FarePart:
    return FarePart(who, people, Yen(each))


def took(ride_paid: int, premium: int, paid: int, free: int, owed: int) -> tuple[Entry, ...]:
    """What the ledger has moved for a ride."""
    lots = ((RIDE_VALUE, 1, ride_paid), (RIDE_VALUE, 2, premium), (KURAPO, 3, paid), (KURAPO, 4, free))
    entries = [
        Entry(member_account("m", unit), -amount, (LotMove(lot, -amount),))
        for unit, lot, amount in lots
        if amount
    ]
    if owed:
        entries.append(Entry(owed_account("m"), -owed))
    return (*entries, Entry(AccountRef(AccountKind.FARES_EARNED), 1))


@given(st.tuples(amounts, amounts, amounts, amounts, amounts), amounts, amounts, st.booleans())
def test_lines_of_all_rights_with_cash_and_debts_sum_to_the_fare(
    taken: tuple[Yen, Yen, Yen, Yen, Yen], cash: Yen, over: Yen, by_trip: bool
) -> None:
    overpaid = Yen(min(cash, over))
    charge = Charge(Yen(sum(taken[:4])), cash, taken[4], overpaid, NOTHING)
    trip = TripUsed("往復", 1, 2) if by_trip else None
    found = receipt("r", ALONE, Paid(charge, took(*taken), ORIGINS, trip), [])
    assert sum(line.yen for line in found.paid) == sum(line.yen for line in found.cost) == charge.fare
    assert all(line.yen for line in found.paid)


def test_each_right_has_its_line_in_the_order_of_use_with_what_was_given() -> None:
    charge = Charge(Yen(600), Yen(100), Yen(50))
    found = receipt("r", ALONE, Paid(charge, took(200, 100, 250, 50, 50), ORIGINS, None), [])
    assert [(line.what, line.yen) for line in found.paid] == [
        (What.RIDE_VALUE, 300),
        (What.KURAPO, 300),
        (What.OWED, 50),
        (What.CASH, 100),
    ]
    assert found.paid[1].ja == "くらポ(うちもらった分50)"
    assert found.paid[1].en == "Kurapo, of which given 50"


def test_the_fare_is_told_by_the_people_and_what_went_beyond_the_commuter_pass() -> None:
    parts = (part(Who.HOLDER, 120), part(Who.ADULTS, 480, 2), part(Who.CHILDREN, 240))
    journey = replace(ALONE, commuter="通勤", parts=parts)
    found = receipt("r", journey, Paid(Charge(NOTHING, Yen(1_320)), (), {}, None), [])
    assert [(line.ja, line.yen) for line in found.cost] == [
        ("定期券「通勤」乗越", 120),
        ("同行のおとな 480円×2人", 960),
        ("同行のこども", 240),
    ]


def test_parts_that_are_not_the_fare_in_force_are_told_as_one() -> None:
    journey = replace(ALONE, parts=(part(Who.HOLDER, 480),))
    change = Change(480, 300, "位置がわかったため", "its stop is known better", 0)
    found = receipt("r", journey, Paid(Charge(NOTHING, Yen(300)), (), {}, None), [change])
    assert [(line.what, line.yen) for line in found.cost] == [(What.WHOLE, 300)]
    assert found.changes == (change,)


def test_a_trip_says_which_of_how_many_it_was() -> None:
    paid = Paid(Charge(Yen(600)), (), {}, TripUsed("新庄駅前 ⇄ 肘折温泉", 1, 2))
    (line,) = receipt("r", ALONE, paid, []).paid
    assert line.ja == "往復券「新庄駅前 ⇄ 肘折温泉」 2回のうち1回目"


def test_money_that_does_not_add_up_makes_no_receipt() -> None:
    with pytest.raises(ValueError, match="sum to 0, its fare is 300"):
        receipt("r", ALONE, Paid(Charge(Yen(300)), (), {}, None), [])
