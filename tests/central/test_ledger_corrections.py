"""A corrected ride in double entry: what is owed goes first, what is paid goes back to whoever paid it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.accounts import AccountKind, AccountRef, member_account, owed_account, suspense_account
from rules.ledger.books import Books
from rules.ledger.charges import cash_charge_order
from rules.ledger.group import Entry, Group
from rules.ledger.order import Order
from rules.ledger.rides import (
    cash_back_order,
    correction_order,
    forgotten_ride_order,
    payer_of,
    ride_order,
    taken_back,
)
from rules.money import Yen

MEMBER, STRANGER = member_account("m"), suspense_account("p")
OWED = owed_account("m")


def moved(entries: tuple[Entry, ...] | list[Entry]) -> dict[AccountRef, int]:
    sums: dict[AccountRef, int] = {}
    for entry in entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.amount
    return {account: amount for account, amount in sums.items() if amount}


class Village:
    """Books, and all that was posted in them for one ride."""

    def __init__(self, balance: int = 10_000) -> None:
        self.books = Books()
        if balance:
            self.books.post(cash_charge_order("charge", "m", Yen(balance)), 0)
        self.posted: list[Entry] = []

    def post(self, order: Order | None) -> dict[AccountRef, int]:
        group = self.books.post(order, 0) if order else None
        assert isinstance(group, Group)
        self.posted += group.entries
        return moved(group.entries)

    def forget(self, payer: AccountRef = MEMBER) -> None:
        self.post(forgotten_ride_order("ride", payer, Yen(300), Yen(180)))

    def correct(self, change: int, payer: AccountRef = MEMBER, command: str = "c") -> Order | None:
        return correction_order(command, "ride", self.posted, payer, change)


@pytest.mark.parametrize(
    ("change", "owed", "member"), [(-100, 100, 0), (-180, 180, 0), (-300, 180, 120), (-480, 180, 300)]
)
def test_what_is_owed_for_the_ride_is_forgiven_before_anything_goes_back(
    change: int, owed: int, member: int
) -> None:
    village = Village()
    village.forget()
    found = village.post(village.correct(change))
    assert (found.get(OWED, 0), found.get(MEMBER, 0)) == (owed, member)


def test_what_is_owed_for_other_rides_is_left_alone() -> None:
    village = Village()
    village.post(ride_order("ride", MEMBER, Yen(480), Yen(0)))
    assert OWED not in village.post(village.correct(-100))


def test_more_is_owed_and_a_strangers_waits_in_suspense() -> None:
    known, unknown = (
        Village().post(correction_order("c", "ride", [], payer, 240)) for payer in (MEMBER, STRANGER)
    )
    assert known[OWED] == -240
    assert unknown[STRANGER] == -240


def test_no_change_is_no_event() -> None:
    village = Village()
    village.forget()
    assert village.correct(0) is None


def test_whoever_was_charged_is_told_by_what_was_posted() -> None:
    def payer(balance: int, order: Order | None) -> AccountRef | None:
        village = Village(balance)
        village.post(order)
        return payer_of(village.posted)

    assert payer(9000, forgotten_ride_order("ride", MEMBER, Yen(300), Yen(180))) == MEMBER
    assert payer(9000, forgotten_ride_order("ride", STRANGER, Yen(300), Yen(180))) == STRANGER
    assert payer(0, ride_order("ride", MEMBER, Yen(480), Yen(0))) == MEMBER
    assert payer(9000, ride_order("ride", MEMBER, Yen(0), Yen(480))) is None


@given(st.sampled_from([MEMBER, STRANGER]), st.integers(0, 500), st.lists(st.integers(-600, 600), max_size=4))
def test_a_ride_with_all_its_corrections_is_taken_back_to_nothing_but_cash(
    payer: AccountRef, balance: int, changes: list[int]
) -> None:
    village, fare = Village(balance), 480
    village.forget(payer)
    for number, asked in enumerate(changes):
        change = max(asked, -fare)
        order = village.correct(change, payer, f"c{number}")
        if order:
            village.post(order)
        fare += change
    back = taken_back("double", "ride", village.posted)
    if back:
        village.post(back)
    assert moved(village.posted) == {}


@pytest.mark.parametrize(("member", "kind"), [("m", AccountKind.MEMBER), ("", AccountKind.CASH_DESK)])
def test_cash_goes_back_out_of_what_was_earned(member: str, kind: AccountKind) -> None:
    found = Village().post(cash_back_order("r", member, Yen(240)))
    assert found == {AccountRef(AccountKind.FARES_EARNED): -240, AccountRef(kind, member): 240}
    with pytest.raises(ValueError, match="a move is of"):
        cash_back_order("r", member, Yen(0))
