"""Tariffs drawn at random that hold together."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products import Product
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.products.sold import MAX_DAYS, MAX_PRICE
from rules.tariff.ages import ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.share import MAX_DENOMINATOR, STEPS, Rounding, Share
from rules.tariff.tariff import BEGINNING, Tariff

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
names = st.text(min_size=1, max_size=8).filter(str.strip)
yens = st.integers(0, 9_999).map(Yen)


@st.composite
def shares(draw: st.DrawFn) -> Share:
    denominator = draw(st.integers(1, MAX_DENOMINATOR))
    numerator = draw(st.integers(0, denominator))
    return Share(numerator, denominator, draw(st.sampled_from(STEPS)), draw(st.sampled_from(Rounding)))


def class_rules(rider_class: RiderClass, first_day: date) -> st.SearchStrategy[ClassRule]:
    attendant = shares() if rider_class is RiderClass.HANDBOOK_ATTENDED else st.none()
    return st.builds(ClassRule, st.just(rider_class), st.just(first_day), shares(), attendant)


@st.composite
def child_ages(draw: st.DrawFn, first_day: date) -> ChildAges:
    low, high = sorted(draw(st.tuples(st.integers(0, 20), st.integers(0, 20))))
    return ChildAges(first_day, low, high, draw(st.integers(0, 9)))


@st.composite
def commuter_passes(draw: st.DrawFn, number: int) -> CommuterPass:
    first, last = sorted(draw(st.tuples(days, days)))
    return CommuterPass(
        number=number,
        name=draw(names),
        name_en=draw(st.text(max_size=8)),
        rider_class=draw(st.sampled_from(RiderClass)),
        section=draw(st.none() | st.lists(names, min_size=2, max_size=2, unique=True).map(_pair)),
        days=draw(st.integers(1, MAX_DAYS)),
        price=Yen(draw(st.integers(0, MAX_PRICE))),
        first_day=first,
        last_day=draw(st.sampled_from([last, None])),
    )


@st.composite
def bus_tickets(draw: st.DrawFn, number: int) -> BusTicket:
    first, last = sorted(draw(st.tuples(days, days)))
    price, value = sorted(draw(st.tuples(st.integers(1, MAX_PRICE), st.integers(1, MAX_PRICE))))
    return BusTicket(
        number=number,
        name=draw(names),
        name_en=draw(st.text(max_size=8)),
        value=Yen(value),
        days=draw(st.none() | st.integers(1, MAX_DAYS)),
        price=Yen(price),
        first_day=first,
        last_day=draw(st.sampled_from([last, None])),
    )


@st.composite
def return_tickets(draw: st.DrawFn, number: int) -> ReturnTicket:
    first, last = sorted(draw(st.tuples(days, days)))
    return ReturnTicket(
        number=number,
        name=draw(names),
        name_en=draw(st.text(max_size=8)),
        rider_class=draw(st.sampled_from(RiderClass)),
        section=draw(st.lists(names, min_size=2, max_size=2, unique=True).map(_pair)),
        days=draw(st.integers(1, MAX_DAYS)),
        price=Yen(draw(st.integers(0, MAX_PRICE))),
        first_day=first,
        last_day=draw(st.sampled_from([last, None])),
    )


def products(number: int) -> st.SearchStrategy[Product]:
    return st.one_of(commuter_passes(number), bus_tickets(number), return_tickets(number))


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Any tariff that holds together."""
    firsts = st.lists(days, max_size=2, unique=True).map(lambda later: [BEGINNING, *later])
    classes = [draw(class_rules(each, day)) for each in RiderClass for day in draw(firsts)]
    ages = [draw(child_ages(day)) for day in draw(firsts)]
    numbers = draw(st.lists(st.integers(1, 0xFFFF), max_size=3, unique=True))
    return Tariff(tuple(classes), tuple(ages), tuple(draw(products(number)) for number in numbers))


def _pair(two: list[str]) -> tuple[str, str]:
    return two[0], two[1]
