"""Which rule holds on which day, and rules that cannot stand together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.commuter_pass import CommuterPass
from rules.tariff.ages import AgeGroup, ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.share import Rounding, Share
from rules.tariff.tariff import BEGINNING, STANDARD, Tariff
from tests.tariff.tariffs import days, tariffs

FREE = Share(0, 1, 1, Rounding.UP)
HALF = Share(1, 2, 10, Rounding.UP)
APRIL, OCTOBER = date(2026, 4, 1), date(2026, 10, 1)
DAY = timedelta(days=1)


def commuter(number: int = 1, first_day: date = APRIL, last_day: date | None = None) -> CommuterPass:
    return CommuterPass(
        number, "通学", "School", RiderClass.STUDENT, ("A", "C"), 30, Yen(5_000), first_day, last_day
    )


@given(st.dates(), st.integers(0, 100_000).map(Yen))
def test_the_standard_is_half_for_children_and_handbooks_and_the_adult_fare_for_all_others(
    day: date, adult: Yen
) -> None:
    half = min(adult, -(-adult // 20) * 10)
    due = {each: STANDARD.class_on(each, day).share.of(adult) for each in RiderClass}
    assert due == {
        RiderClass.ADULT: adult,
        RiderClass.CHILD: half,
        RiderClass.SENIOR: adult,
        RiderClass.STUDENT: adult,
        RiderClass.HANDBOOK: half,
        RiderClass.HANDBOOK_ATTENDED: half,
    }
    attendant = STANDARD.class_on(RiderClass.HANDBOOK_ATTENDED, day).attendant
    assert attendant is not None
    assert attendant.of(adult) == half


@pytest.mark.parametrize(
    ("age", "group"),
    [(0, "infant"), (5, "infant"), (6, "child"), (11, "child"), (12, "adult"), (99, "adult")],
)
def test_the_standard_child_is_from_6_to_below_12_and_two_infants_ride_free(age: int, group: str) -> None:
    ages = STANDARD.ages_on(APRIL)
    assert ages.group(age) is AgeGroup(group)
    assert ages.infants_free == 2


def test_a_rule_holds_from_its_day_until_the_next_one_of_its_class_whatever_their_order() -> None:
    later = [
        ClassRule(RiderClass.SENIOR, OCTOBER, FREE),
        ClassRule(RiderClass.SENIOR, APRIL, HALF),
        ClassRule(RiderClass.STUDENT, APRIL, HALF),
    ]
    tariff = replace(STANDARD, classes=(*later, *STANDARD.classes))
    found = [
        tariff.class_on(RiderClass.SENIOR, day).share.of(Yen(200))
        for day in (BEGINNING, APRIL - DAY, APRIL, OCTOBER - DAY, OCTOBER, date.max)
    ]
    assert found == [200, 200, 100, 100, 0, 0]
    assert tariff.class_on(RiderClass.ADULT, OCTOBER).share.of(Yen(200)) == 200


def test_ages_change_on_their_day() -> None:
    tariff = replace(STANDARD, ages=(*STANDARD.ages, ChildAges(APRIL, 6, 16, 3)))
    assert tariff.ages_on(APRIL - DAY).group(12) is AgeGroup.ADULT
    assert tariff.ages_on(APRIL).group(12) is AgeGroup.CHILD


def test_a_product_holds_on_its_first_and_its_last_day_and_on_none_outside() -> None:
    tariff = replace(STANDARD, products=(commuter(1, APRIL, OCTOBER), commuter(2)))
    found = [tariff.product_on(1, day) for day in (APRIL - DAY, APRIL, OCTOBER, OCTOBER + DAY)]
    assert found == [None, tariff.products[0], tariff.products[0], None]
    assert tariff.product_on(2, date.max) == tariff.products[1]
    assert tariff.product_on(3, APRIL) is None


def test_a_number_may_go_to_another_product_after_the_last_day() -> None:
    old, new = commuter(1, APRIL, OCTOBER), commuter(1, OCTOBER + DAY)
    tariff = replace(STANDARD, products=(new, old))
    assert (tariff.product_on(1, OCTOBER), tariff.product_on(1, OCTOBER + DAY)) == (old, new)


@given(tariffs(), days)
def test_every_day_has_a_rule_for_every_class_and_age_and_none_begun_is_newer(
    tariff: Tariff, day: date
) -> None:
    for rider_class in RiderClass:
        rule = tariff.class_on(rider_class, day)
        assert (rule.rider_class, rule.first_day <= day) == (rider_class, True)
        others = [each.first_day for each in tariff.classes if each.rider_class is rider_class]
        assert not any(rule.first_day < other <= day for other in others)
    ages = tariff.ages_on(day)
    assert ages.first_day <= day
    assert not any(ages.first_day < each.first_day <= day for each in tariff.ages)


@pytest.mark.parametrize("rider_class", RiderClass)
def test_a_class_without_a_rule_from_the_beginning_is_refused(rider_class: RiderClass) -> None:
    others = tuple(rule for rule in STANDARD.classes if rule.rider_class is not rider_class)
    (rule,) = set(STANDARD.classes) - set(others)
    with pytest.raises(ValueError, match=rf"区分 {rider_class.name.lower()} .+ / .+ beginning"):
        replace(STANDARD, classes=(*others, replace(rule, first_day=APRIL)))


def test_two_rules_of_one_class_and_day_are_refused() -> None:
    twice = (ClassRule(RiderClass.SENIOR, APRIL, FREE), ClassRule(RiderClass.SENIOR, APRIL, HALF))
    with pytest.raises(ValueError, match=r"区分 senior .+ / .+ begin on one day"):
        replace(STANDARD, classes=(*STANDARD.classes, *twice))


@pytest.mark.parametrize("ages", [(), STANDARD.ages * 2])
def test_ages_must_be_known_from_the_beginning_once(ages: tuple[ChildAges, ...]) -> None:
    with pytest.raises(ValueError, match=r"年齢.+ / "):
        replace(STANDARD, ages=ages)


@pytest.mark.parametrize(
    "products",
    [
        (commuter(1), commuter(1, OCTOBER)),
        (commuter(1, OCTOBER), commuter(1)),
        (commuter(1, APRIL, OCTOBER), commuter(1, OCTOBER)),
        (commuter(1, APRIL, APRIL), commuter(1, APRIL, APRIL)),
        (commuter(1, APRIL), commuter(2), commuter(1, OCTOBER, OCTOBER), commuter(1, date.max)),
    ],
)
def test_two_products_of_one_number_on_one_day_are_refused(products: tuple[CommuterPass, ...]) -> None:
    with pytest.raises(ValueError, match=r"番号1.+ / .+ number 1"):
        replace(STANDARD, products=products)


@pytest.mark.parametrize(
    ("rider_class", "attendant"),
    [(RiderClass.HANDBOOK_ATTENDED, None), (RiderClass.HANDBOOK, HALF), (RiderClass.ADULT, FREE)],
)
def test_an_attendant_belongs_to_the_class_with_one_and_to_no_other(
    rider_class: RiderClass, attendant: Share | None
) -> None:
    with pytest.raises(ValueError, match=r"介護者.+ / .+ attendant"):
        ClassRule(rider_class, APRIL, HALF, attendant)


@pytest.mark.parametrize("numbers", [(-1, 12, 2), (12, 6, 2), (6, 101, 2), (6, 12, -1), (6, 12, 10)], ids=str)
def test_ages_out_of_order_and_crowds_of_infants_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=" / "):
        ChildAges(APRIL, *numbers)
