"""From what was paid for a ride to what was due: less comes back from where the bus would not have taken it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.money import Yen
from rules.network.fares import FareProblem
from rules.ride.correction import Charge, as_double, corrected, double_due, within_the_day
from rules.ride.fare import RideFare

DAY = date(2026, 9, 21)
DAY_S = 86_400
MIDNIGHT = 1_789_916_400
"""Of `DAY` in Japan."""
THREE = MIDNIGHT + 3 * 3600

yen = st.integers(0, 2_000).map(Yen)
fares = st.builds(RideFare, yen, yen)


@st.composite
def charges(draw: st.DrawFn) -> Charge:
    held, cash, owed = draw(yen), draw(yen), draw(yen)
    overpaid = draw(st.integers(0, cash))
    return Charge(held, cash, owed, Yen(overpaid), Yen(draw(st.integers(0, overpaid))))


def charge(held: int, cash: int = 0, owed: int = 0, overpaid: int = 0, refunded: int = 0) -> Charge:
    return Charge(Yen(held), Yen(cash), Yen(owed), Yen(overpaid), Yen(refunded))


def fare(own: int, party: int = 0) -> RideFare:
    return RideFare(Yen(own), Yen(party))


@pytest.mark.parametrize(
    ("paid", "before", "due", "after"),
    [
        (charge(480), fare(480), fare(240), charge(240)),
        (charge(300, owed=180), fare(480), fare(360), charge(300, owed=60)),
        (charge(300, owed=180), fare(480), fare(120), charge(120)),
        (charge(300, cash=180), fare(480), fare(360), charge(300, cash=180, overpaid=120)),
        (charge(300, cash=180), fare(480), fare(120), charge(120, cash=180, overpaid=180)),
        # The pass pays for its holder alone; the others have paid in cash.
        (charge(200, cash=200), fare(200, 200), fare(150, 150), charge(150, cash=200, overpaid=50)),
        # It has paid for the others too, as far as it went.
        (charge(300, cash=100), fare(200, 200), fare(150, 150), charge(300, cash=100, overpaid=100)),
        (charge(100, cash=0), fare(100), fare(0), charge(0)),
        (charge(240), fare(240), fare(480), charge(240, owed=240)),
        (charge(100, cash=380, overpaid=240), fare(240), fare(360), charge(100, cash=380, overpaid=120)),
        (charge(0, cash=380, overpaid=240, refunded=240), fare(140), fare(200),
         charge(0, cash=380, overpaid=240, refunded=240, owed=60)),
    ],
)  # fmt: skip
def test_less_is_taken_off_what_is_owed_then_off_what_was_paid_too_much_and_more_is_owed(
    paid: Charge, before: RideFare, due: RideFare, after: Charge
) -> None:
    assert corrected(paid, before, due) == after


@given(charges(), st.one_of(fares, st.none(), st.sampled_from(FareProblem)), fares)
def test_the_fare_is_what_was_due_and_no_part_of_it_is_below_zero(
    paid: Charge, before: RideFare | FareProblem | None, due: RideFare
) -> None:
    after = corrected(paid, before, due)
    assert after.fare == due.total
    assert min(after.held, after.owed) >= 0
    assert 0 <= after.refunded <= after.overpaid <= after.cash
    assert (after.cash, after.refunded) == (paid.cash, paid.refunded)
    assert after.held <= paid.held
    if due.total <= paid.fare:
        assert after.owed <= paid.owed


@given(charges(), fares)
def test_a_double_ride_costs_its_cash_and_never_more(paid: Charge, due: RideFare) -> None:
    double = as_double(paid)
    assert (double.held, double.owed, double.cash) == (0, 0, paid.cash)
    assert double.refunded <= double.overpaid <= double.cash
    after = corrected(double, None, double_due(double, due))
    assert after.fare <= after.cash
    assert (after.held, after.owed) == (0, 0)


@given(charges(), fares)
def test_double_first_or_corrected_first_is_the_same(paid: Charge, due: RideFare) -> None:
    paid = Charge(paid.held, paid.cash, paid.owed)
    if due.total <= paid.fare:
        double = as_double(paid)
        assert as_double(corrected(paid, None, due)) == corrected(double, None, double_due(double, due))


@pytest.mark.parametrize(
    ("said", "soon"),
    [
        (None, False),
        (THREE - 1, False),
        (THREE, True),
        (MIDNIGHT + DAY_S, True),
        (THREE + 2 * DAY_S - 1, True),
        (THREE + 2 * DAY_S, False),
    ],
)
def test_the_day_and_its_grace_are_service_days(said: int | None, soon: bool) -> None:
    assert within_the_day(DAY, said) is soon
