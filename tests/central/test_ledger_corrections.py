"""A corrected ride in double entry: what is owed goes first, what is paid goes back to whoever paid it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.entry import (
    AccountKind,
    AccountRef,
    Entry,
    Unit,
    correction_entries,
    forgotten_ride_entries,
    member_account,
    payer_of,
    refund_entries,
    ride_entries,
    suspense_account,
    taken_back,
    with_owed,
)
from rules.money import Yen

MEMBER, STRANGER = member_account("m"), suspense_account("p")
OWED = AccountRef(AccountKind.OWED, "m", Unit.KURAPO)


def moved(entries: tuple[Entry, ...] | list[Entry]) -> dict[AccountRef, int]:
    sums: dict[AccountRef, int] = {}
    for entry in entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.amount
    return {account: amount for account, amount in sums.items() if amount}


def forgotten(payer: AccountRef = MEMBER, *, held: int = 300, owed: int = 180) -> list[Entry]:
    group = forgotten_ride_entries("ride", payer, Yen(held), Yen(owed))
    assert group is not None
    return list(group.entries)


@pytest.mark.parametrize(
    ("change", "owed", "member"), [(-100, 100, 0), (-180, 180, 0), (-300, 180, 120), (-480, 180, 300)]
)
def test_what_is_owed_for_the_ride_is_forgiven_before_anything_goes_back(
    change: int, owed: int, member: int
) -> None:
    group = correction_entries("c", forgotten(), MEMBER, change)
    assert group is not None
    found = moved(group.entries)
    assert (found.get(OWED, 0), found.get(MEMBER, 0)) == (owed, member)


def test_what_is_owed_for_other_rides_is_left_alone() -> None:
    posted = ride_entries("ride", MEMBER, Yen(480), Yen(0))
    assert posted is not None
    group = correction_entries("c", posted.entries, MEMBER, -100)
    assert group is not None
    assert OWED not in moved(group.entries)


def test_more_is_owed_and_a_strangers_waits_in_suspense() -> None:
    known, unknown = (correction_entries("c", [], payer, 240) for payer in (MEMBER, STRANGER))
    assert known is not None
    assert unknown is not None
    assert moved(known.entries)[OWED] == -240
    assert moved(unknown.entries)[STRANGER] == -240


def test_no_change_is_no_event() -> None:
    assert correction_entries("c", forgotten(), MEMBER, 0) is None


def test_whoever_was_charged_is_told_by_what_was_posted() -> None:
    assert payer_of(forgotten()) == MEMBER
    assert payer_of(forgotten(STRANGER)) == STRANGER
    nothing_left = ride_entries("ride", MEMBER, Yen(480), Yen(0))
    cash_only = ride_entries("ride", MEMBER, Yen(0), Yen(480))
    assert nothing_left is not None
    assert cash_only is not None
    assert payer_of(with_owed(nothing_left, {MEMBER: 0}).entries) == MEMBER
    assert payer_of(cash_only.entries) is None


@given(st.sampled_from([MEMBER, STRANGER]), st.lists(st.integers(-600, 600), max_size=4))
def test_a_ride_with_all_its_corrections_is_taken_back_to_nothing_but_cash(
    payer: AccountRef, changes: list[int]
) -> None:
    posted, fare = forgotten(payer), 480
    for asked in changes:
        change = max(asked, -fare)
        group = correction_entries("c", posted, payer, change)
        posted += group.entries if group else ()
        fare += change
    back = taken_back("double", posted)
    assert moved([*posted, *(back.entries if back else ())]) == {}


@pytest.mark.parametrize(("member", "kind"), [("m", AccountKind.MEMBER), ("", AccountKind.CASH_DESK)])
def test_cash_goes_back_out_of_what_was_earned(member: str, kind: AccountKind) -> None:
    earned, to = refund_entries("r", member, Yen(240)).entries
    assert (earned.account.kind, earned.amount) == (AccountKind.FARES_EARNED, -240)
    assert (to.account.kind, to.account.owner, to.amount) == (kind, member, 240)
    with pytest.raises(ValueError, match="above zero"):
        refund_entries("r", member, Yen(0))
