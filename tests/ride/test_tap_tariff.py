"""Taps by the office's tariff: classes from their day on, and passes with a product."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.messages.codec import decode, encode
from rules.money import Yen
from rules.network.edition import Edition
from rules.passes.rider_pass import PassFlag, RiderClass
from rules.products.commuter_pass import CommuterPass
from rules.ride.memory import PassMemory
from rules.ride.outcomes import Movement, Outcome
from rules.ride.tap import Accepted, Decision, Refused, decide_tap, leave_open
from rules.tariff.classes import ClassRule
from rules.tariff.share import Rounding, Share
from rules.tariff.tariff import STANDARD
from tests.ride.builders import DAY, NOW, STOPS, Office, Phone, at, door, edition

TODAY = date.fromisoformat(DAY)
FREE = Share(0, 1, 1, Rounding.UP)
A_TO_C = CommuterPass(5, "通勤", "Work", RiderClass.ADULT, ("A", "C"), 30, Yen(8_000), TODAY, TODAY)
OFFICE = Office()


def line(*products: CommuterPass, classes: tuple[ClassRule, ...] = ()) -> Edition:
    """The line of five stops under a tariff with these products and later rules."""
    tariff = replace(STANDARD, products=products, classes=(*STANDARD.classes, *classes))
    return replace(edition(), tariff=tariff)


def board(
    where: Edition, phone: Phone, stop: int = 0, day: str = DAY, adults: int = 0, children: int = 0
) -> Decision:
    code = phone.code(adults=adults, children=children)
    begun = replace(door(stop, line=where), service_date=day)
    return decide_tap(code, at(), begun, OFFICE.word(), PassMemory())


def ride(
    where: Edition, phone: Phone, start: int, end: int, day: str = DAY, adults: int = 0, children: int = 0
) -> Decision:
    """What the alighting says."""
    boarded = board(where, phone, start, day, adults, children)
    assert isinstance(boarded, Accepted), boarded
    there = replace(door(end, line=where), service_date=day)
    return decide_tap(phone.code(NOW + 300), at(300), there, OFFICE.word(), boarded.memory)


def money(decision: Decision) -> tuple[int, int, int]:
    """(fare, held, cash)."""
    assert isinstance(decision, Accepted), decision
    assert decision.movement is Movement.ALIGHT
    return decision.fare, decision.held, decision.cash


def holder(hold: int = 0, **pass_: Any) -> Phone:
    return OFFICE.phone(**{"product": 5, "hold": hold, **pass_})


@pytest.mark.parametrize(("day", "fare"), [("2026-09-20", 480), ("2026-09-21", 0), ("2026-12-31", 0)])
def test_a_class_pays_by_the_rule_of_the_rides_service_day(day: str, fare: int) -> None:
    where = line(classes=(ClassRule(RiderClass.SENIOR, TODAY, FREE),))
    senior = OFFICE.phone(rider_class=RiderClass.SENIOR)
    assert money(ride(where, senior, 0, 4, day))[0] == fare


def test_the_party_pays_by_the_rules_of_adults_and_children_whatever_its_holder_is() -> None:
    half = Share(1, 2, 1, Rounding.UP)
    where = line(classes=(ClassRule(RiderClass.CHILD, TODAY, FREE), ClassRule(RiderClass.ADULT, TODAY, half)))
    senior = OFFICE.phone(rider_class=RiderClass.SENIOR, hold=2_000)
    assert money(ride(where, senior, 0, 4, adults=2, children=3))[0] == 480 + 2 * 240


def test_inside_the_section_a_holder_owes_nothing_and_the_lamp_is_green() -> None:
    decision = ride(line(A_TO_C), holder(), 0, 2)
    assert money(decision) == (0, 0, 0)
    assert isinstance(decision, Accepted)
    assert decision.outcome is Outcome.OK
    assert decision.memory.takings == ()


@pytest.mark.parametrize(("start", "end", "due"), [(0, 3, 120), (1, 4, 240), (2, 4, 240), (0, 4, 240)])
def test_beyond_the_section_the_rest_of_the_way_is_paid_from_the_hold_then_in_cash(
    start: int, end: int, due: int
) -> None:
    assert money(ride(line(A_TO_C), holder(hold=2_000), start, end)) == (due, due, 0)
    decision = ride(line(A_TO_C), holder(), start, end)
    assert money(decision) == (due, 0, due)
    assert isinstance(decision, Accepted)
    assert decision.outcome is Outcome.SHORT


def test_beyond_the_section_each_class_pays_its_own_share() -> None:
    child = holder(hold=2_000, rider_class=RiderClass.CHILD)
    assert money(ride(line(A_TO_C), child, 0, 3))[0] == 60


def test_those_who_ride_with_a_holder_pay_their_own_whole_way() -> None:
    where = line(A_TO_C)
    assert money(ride(where, holder(), 0, 2, adults=1, children=1)) == (360, 0, 360)
    alone = holder(hold=2_000, flags=PassFlag(0))
    assert money(ride(where, alone, 0, 3, adults=1)) == (120 + 360, 120, 360)
    attended = holder(hold=2_000, rider_class=RiderClass.HANDBOOK_ATTENDED)
    assert money(ride(where, attended, 0, 2)) == (120, 120, 0)


def test_a_holder_inside_the_section_needs_no_fare_but_their_party_does() -> None:
    where = line(replace(A_TO_C, section=("B", "D")))
    assert money(ride(where, holder(), 1, 3)) == (0, 0, 0)
    assert ride(where, holder(), 1, 3, children=1) == Refused(Outcome.FARE_UNKNOWN)
    attended = holder(rider_class=RiderClass.HANDBOOK_ATTENDED)
    assert ride(where, attended, 1, 3) == Refused(Outcome.FARE_UNKNOWN)


def test_a_fare_beyond_the_section_that_is_missing_is_left_to_the_driver() -> None:
    where = line(replace(A_TO_C, section=("A", "B")))
    where.fares.prices.pop(("r", "B", "C"))
    assert ride(where, holder(), 0, 2) == Refused(Outcome.FARE_UNKNOWN)


@pytest.mark.parametrize(
    ("product", "day", "boards"),
    [
        (5, DAY, True),
        (6, DAY, False),
        (5, "2026-09-20", False),
        (5, "2026-09-22", False),
    ],
)
def test_a_product_that_the_edition_does_not_have_on_that_day_is_refused_at_boarding(
    product: int, day: str, *, boards: bool
) -> None:
    decision = board(line(A_TO_C), holder(product=product), day=day)
    assert isinstance(decision, Accepted) is boards
    assert boards or decision == Refused(Outcome.FARE_UNKNOWN)


def test_a_forgotten_alighting_of_a_holder_goes_to_the_terminus_by_the_same_rule() -> None:
    boarded = board(line(A_TO_C), holder(hold=100))
    assert isinstance(boarded, Accepted)
    left, after = leave_open(boarded.memory, line(A_TO_C))
    assert (left.stop_id, left.fare, left.held, left.owed) == ("E", 240, 100, 140)
    assert (after.open_ride, [taking.yen for taking in after.takings]) == (None, [100])
    within, _ = leave_open(boarded.memory, line(replace(A_TO_C, section=None)))
    assert (within.fare, within.held, within.owed) == (0, 0, 0)


def test_an_edition_without_the_product_charges_nothing_for_a_forgotten_alighting() -> None:
    boarded = board(line(A_TO_C), holder(hold=1_000))
    assert isinstance(boarded, Accepted)
    left, _ = leave_open(boarded.memory, line())
    assert (left.fare, left.held, left.owed) == (0, 0, 0)


def test_an_open_ride_from_before_there_were_products_pays_per_ride() -> None:
    boarded = board(line(A_TO_C), OFFICE.phone())
    assert isinstance(boarded, Accepted)
    kept = msgspec.json.decode(encode(boarded.memory))
    assert kept["open_ride"].pop("product") == 0
    assert decode(encode(kept), PassMemory) == boarded.memory


@given(
    st.sampled_from(RiderClass), st.integers(0, 15), st.integers(0, 15), st.booleans(), st.sampled_from(STOPS)
)
def test_with_a_product_nobody_pays_more_than_without_and_the_others_pay_the_same(
    rider_class: RiderClass, adults: int, children: int, group: bool, section_end: str
) -> None:
    flags = PassFlag.GROUP if group else PassFlag(0)
    product = replace(A_TO_C, section=("A", section_end) if section_end != "A" else None)
    where = line(product)
    plain = OFFICE.phone(rider_class=rider_class, flags=flags)
    by_pass = holder(hold=2_000, rider_class=rider_class, flags=flags)
    full = money(ride(where, plain, 0, 4, adults=adults, children=children))
    less = money(ride(where, by_pass, 0, 4, adults=adults, children=children))
    own = STANDARD.class_on(rider_class, TODAY).share.of(Yen(480))
    assert full[0] - own <= less[0] <= full[0]
    assert less[1] + less[2] == less[0]
