"""A tariff as bytes and back, and nothing else taken for one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.messages.codec import Malformed
from rules.messages.tariff_file import pack_tariff, unpack_tariff
from rules.money import Yen
from rules.products.bus_ticket import BusTicket
from rules.tariff.tariff import STANDARD, Tariff
from tests.tariff.tariffs import tariffs
from tests.tariff.test_tariff import commuter

WITH_PASS = replace(STANDARD, products=(commuter(),))


@given(tariffs())
def test_every_tariff_comes_back_as_it_was(tariff: Tariff) -> None:
    assert unpack_tariff(pack_tariff(tariff)) == tariff


@given(st.binary(max_size=200))
def test_any_bytes_that_are_no_tariff_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpack_tariff(data)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("other", [None, -1, {}, [-1], [[0, 0]], [["commuter-pass", None]], "[]"])
def test_a_form_with_anything_else_in_a_field_is_malformed(place: int, other: object) -> None:
    plain: list[object] = json.loads(pack_tariff(WITH_PASS))
    plain[place] = other
    with pytest.raises(Malformed):
        unpack_tariff(json.dumps(plain).encode())


def test_a_field_more_or_less_is_malformed() -> None:
    plain: list[object] = json.loads(pack_tariff(WITH_PASS))
    for form in ([*plain, []], plain[:2]):
        with pytest.raises(Malformed):
            unpack_tariff(json.dumps(form).encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 0),
        ("number", 65_536),
        ("number", "1"),
        ("name", " "),
        ("section", ["A", "A"]),
        ("section", ["A", ""]),
        ("section", ["A"]),
        ("days", 0),
        ("days", 367),
        ("price", -1),
        ("price", 10**30),
        ("rider_class", 6),
        ("first_day", "2026-02-30"),
        ("last_day", "2026-03-31"),
    ],
)
def test_a_commuter_pass_that_nobody_could_ride_on_is_malformed(field: str, value: object) -> None:
    plain: list[Any] = json.loads(pack_tariff(WITH_PASS))
    plain[2][0][1][field] = value
    with pytest.raises(Malformed):
        unpack_tariff(json.dumps(plain).encode())


def test_two_products_of_one_number_and_day_are_malformed() -> None:
    plain: list[Any] = json.loads(pack_tariff(WITH_PASS))
    plain[2] *= 2
    with pytest.raises(Malformed, match="番号1"):
        unpack_tariff(json.dumps(plain).encode())


def test_a_later_kind_that_only_the_office_deals_in_is_left_out_and_the_rest_is_there() -> None:
    packed = pack_tariff(replace(STANDARD, products=(commuter(), bus_ticket())))
    later = packed.replace(b'"office/bus-ticket"', b'"office/family-ticket"')
    assert unpack_tariff(later) == WITH_PASS


def bus_ticket() -> BusTicket:
    return BusTicket(9, "回数券", "", Yen(1_100), None, Yen(1_000), date(2026, 4, 1), None)


def test_a_kind_of_product_from_a_later_version_asks_for_an_update() -> None:
    packed = pack_tariff(WITH_PASS).replace(b'"commuter-pass"', b'"day-ticket"')
    with pytest.raises(Malformed, match="'day-ticket'; update this machine"):
        unpack_tariff(packed)
