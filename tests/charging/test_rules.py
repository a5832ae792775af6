"""The rules alone: limits to the yen and the day, events in any order, refunds for listed reasons."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.charging.limits import Before, OverLimit, held_until, over_limit
from rules.charging.refund import NotRefundable, RefundReason, not_refundable
from rules.charging.standing import CardEvent, Kind, State, Wrong, payment_of, standing, wrong
from rules.money import Yen
from tests.charging.desk import STANDARD

RULES = STANDARD
TODAY = date(2026, 10, 31)


def before(days: int, amount: int, *, paid: bool = True) -> Before:
    return Before(TODAY - timedelta(days=days), Yen(amount), paid)


@pytest.mark.parametrize(
    ("amount", "earlier", "answer"),
    [
        (499, [], OverLimit.TOO_SMALL),
        (500, [], None),
        (5000, [], None),
        (5001, [], OverLimit.NEW_DAY),
        (20_001, [], OverLimit.TOO_LARGE),
        (1000, [before(0, 4000)], None),
        (1001, [before(0, 4000)], OverLimit.NEW_DAY),
        (1001, [before(0, 4000, paid=False)], OverLimit.NEW_DAY),
        (5000, [before(1, 5000)], None),
        (5000, [before(2, 5000), before(1, 500)], OverLimit.NEW_TOTAL),
        # Thirteen days after the first paid one still new, fourteen days after not any more.
        (5001, [before(13, 500)], OverLimit.NEW_DAY),
        (5001, [before(14, 500)], None),
        # One that was asked for and is not paid does not make anybody known.
        (5001, [before(40, 500, paid=False)], OverLimit.NEW_DAY),
        (20_000, [before(40, 500)], None),
        (500, [before(40, 500), before(0, 19_600)], OverLimit.DAY),
        (20_000, [before(40, 500), before(2, 15_000), before(1, 15_000)], None),
        (20_000, [before(40, 500), before(2, 15_001), before(1, 15_000)], OverLimit.MONTH),
        # The month is the calendar's.
        (20_000, [before(40, 500), before(31, 20_000), before(1, 15_000)], None),
    ],
)
def test_limits_hold_to_the_yen_and_the_day(
    amount: int, earlier: list[Before], answer: OverLimit | None
) -> None:
    assert over_limit(RULES, Yen(amount), earlier, TODAY) is answer


def test_the_first_hours_count_from_the_first_paid_charge() -> None:
    assert held_until(RULES, 1000) == 1000 + 24 * 3600


def event(kind: Kind, name: str = "", amount: int = 3000, **more: object) -> CardEvent:
    fields: dict[str, object] = {
        "charge": "c",
        "payment": "pi",
        "dispute": "du" if kind.is_dispute else "",
        "currency": "jpy",
        "made_at": 1,
    }
    return CardEvent(name or kind, kind, amount=amount, **(fields | more))  # type: ignore[arg-type]


kinds = st.sampled_from(Kind)
events = st.lists(
    st.builds(
        CardEvent,
        st.uuids().map(str),
        kinds,
        st.just("c"),
        st.sampled_from(["pi", "pj"]),
        st.sampled_from(["du", "dv"]),
        st.sampled_from([1, 1000, 3000, 3001]),
        st.sampled_from(["jpy", "jpy", "usd"]),
        st.integers(0, 3),
    ),
    max_size=6,
)


@given(told=events, seed=st.randoms(use_true_random=False))
def test_the_same_events_in_another_order_and_doubled_are_the_same_standing(
    told: list[CardEvent], seed: object
) -> None:
    shuffled = told * 2
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing(Yen(3000), shuffled) == standing(Yen(3000), told)


@given(told=events)
def test_nothing_is_taken_that_was_not_paid_and_never_more_than_that(told: list[CardEvent]) -> None:
    stands = standing(Yen(3000), told)
    assert 0 <= stands.taken <= 3000
    assert stands.paid or (stands.taken, stands.frozen) == (0, False)
    fits = any(e.kind is Kind.PAID and (e.amount, e.currency) == (3000, "jpy") for e in told)
    assert stands.paid == fits


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([], State.ASKED),
        ([Kind.AWAITING], State.AWAITING),
        ([Kind.AWAITING, Kind.FAILED], State.UNPAID),
        ([Kind.EXPIRED], State.UNPAID),
        ([Kind.EXPIRED, Kind.PAID], State.PAID),
        ([Kind.DISPUTED], State.ASKED),
        ([Kind.PAID, Kind.DISPUTED], State.DISPUTED),
        ([Kind.PAID, Kind.DISPUTED, Kind.DISPUTE_WON], State.PAID),
        ([Kind.PAID, Kind.DISPUTED, Kind.DISPUTE_LOST], State.LOST),
        ([Kind.PAID, Kind.DISPUTE_WON, Kind.DISPUTE_LOST], State.LOST),
        ([Kind.PAID, Kind.REFUNDED], State.REFUNDED),
        ([Kind.PAID, Kind.REFUNDED, Kind.DISPUTED], State.DISPUTED),
    ],
)
def test_every_standing_has_its_name_whatever_the_order(told: list[Kind], state: State) -> None:
    for order in permutations(event(kind) for kind in told):
        assert standing(Yen(3000), order).state is state


@pytest.mark.parametrize(
    ("said", "others", "why"),
    [
        (event(Kind.PAID), [], None),
        (event(Kind.PAID, amount=2999), [], Wrong.AMOUNT),
        (event(Kind.PAID, amount=3001), [], Wrong.AMOUNT),
        (event(Kind.PAID, currency="usd"), [], Wrong.CURRENCY),
        (event(Kind.REFUNDED, amount=0), [], Wrong.AMOUNT),
        (event(Kind.REFUNDED, amount=1), [], None),
        (event(Kind.DISPUTED, amount=3001), [], Wrong.AMOUNT),
        (event(Kind.PAID, "late", made_at=2, payment="pj"), [event(Kind.PAID)], Wrong.PAID_TWICE),
        (event(Kind.PAID), [event(Kind.PAID, "late", made_at=2, payment="pj")], None),
        (event(Kind.PAID, "again", made_at=2), [event(Kind.PAID)], None),
        (event(Kind.DISPUTE_WON), [event(Kind.DISPUTE_LOST)], Wrong.CONTRADICTION),
        (event(Kind.DISPUTE_WON), [event(Kind.DISPUTE_LOST, dispute="dv")], None),
    ],
)
def test_what_is_not_followed_is_named(said: CardEvent, others: list[CardEvent], why: Wrong | None) -> None:
    assert wrong(said, Yen(3000), [said, *others]) is why


def test_the_payment_that_counts_is_the_first_that_fits() -> None:
    told = [
        event(Kind.PAID, "b", made_at=2, payment="pj"),
        event(Kind.PAID, "a", made_at=1, amount=1, payment="pk"),
        event(Kind.PAID, "c", made_at=3),
    ]
    assert payment_of(Yen(3000), told) == "pj"


@pytest.mark.parametrize(
    ("state", "same_day", "unused", "reason", "answer"),
    [
        (State.PAID, False, True, RefundReason.MOVING_AWAY, None),
        (State.PAID, False, True, RefundReason.SAME_DAY, NotRefundable.ANOTHER_DAY),
        (State.PAID, True, True, RefundReason.SAME_DAY, None),
        (State.PAID, True, False, RefundReason.SAME_DAY, NotRefundable.USED),
        (State.PAID, False, False, RefundReason.DEATH, NotRefundable.USED),
        (State.ASKED, False, True, RefundReason.DEATH, NotRefundable.NOT_PAID),
        (State.UNPAID, False, True, RefundReason.DEATH, NotRefundable.NOT_PAID),
        (State.AWAITING, False, True, RefundReason.DEATH, NotRefundable.NOT_PAID),
        (State.DISPUTED, False, True, RefundReason.ABOLITION, NotRefundable.DISPUTED),
        (State.LOST, False, True, RefundReason.ABOLITION, NotRefundable.TAKEN_BACK),
        (State.REFUNDED, False, True, RefundReason.LEAVING_JAPAN, NotRefundable.TAKEN_BACK),
    ],
)
def test_only_whole_paid_charges_are_given_back_for_listed_reasons(
    state: State, same_day: bool, unused: bool, reason: RefundReason, answer: NotRefundable | None
) -> None:
    assert not_refundable(reason, state, same_day=same_day, unused=unused) is answer
