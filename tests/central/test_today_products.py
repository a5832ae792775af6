"""Rides by commuter pass in the books and before the office's staff: why they cost nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace as replace_struct
from sqlalchemy import select

from central.database.tables import rides
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.commuter_pass import CommuterPass
from rules.tariff.tariff import STANDARD
from tests.central.office import Bus, alight, board, card_of, new_office, send
from tests.central.today_events import DAY, alighted, at, boarded, left_open
from tests.central.today_village import Village, app_of, found, line, text_of

SUMMER, AUTUMN = date(2026, 7, 1), date(2026, 10, 1)


def commuter(name: str, first_day: date, last_day: date | None) -> CommuterPass:
    return CommuterPass(3, name, "", RiderClass.ADULT, None, 30, Yen(8_000), first_day, last_day)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """Number 3 is another product since October."""
    products = (commuter("夏の定期", SUMMER, date(2026, 9, 30)), commuter("肘折線1か月", AUTUMN, None))
    with found(tmp_path) as village:
        village.edition(replace(line(), tariff=replace(STANDARD, products=products)))
        village.machine()
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def says(client: FlaskClient, address: str) -> str:
    return text_of(client.get(address).get_data(as_text=True))


def test_a_boarding_by_a_product_keeps_it_in_the_books_and_a_free_ride_is_complete(tmp_path: Path) -> None:
    bus = Bus()
    with new_office(tmp_path) as office:
        with office.database.write() as connection:
            bus.register(connection)
            pass_id = card_of(connection, office, "m", 0)
        for product in (7, 0):
            bus.write(alight(pass_id, bus.write(board(pass_id, product=product)), 0))
        send(office.database, bus)
        with office.database.read() as connection:
            kept = connection.execute(
                select(rides.c.product, rides.c.state, rides.c.fare).order_by(rides.c.id)
            )
            assert [tuple(row) for row in kept] == [(7, "complete", 0), (0, "complete", 0)]


def test_a_ride_by_a_product_names_it_as_it_was_called_on_that_day(
    village: Village, client: FlaskClient
) -> None:
    village.ride(product=3, adults=1, fare=0, held=0)
    assert "おとな（定期 肘折線1か月） ほか おとな1 0 0 0 完了" in says(client, "/today/rides")
    village.ride(product=3, service_date="2026-09-30")
    assert "おとな（定期 夏の定期）" in says(client, "/today/rides?date=2026-09-30")


@pytest.mark.parametrize("row", [{"product": 9}, {"product": 2**53}, {"product": 3, "edition": 9}], ids=str)
def test_a_product_that_nobody_knows_keeps_its_number(
    village: Village, client: FlaskClient, row: dict[str, int]
) -> None:
    village.ride(**row)
    assert f"おとな（定期 {row['product']}）" in says(client, "/today/rides")


def test_a_ride_without_a_product_names_none(village: Village, client: FlaskClient) -> None:
    village.ride()
    village.record(boarded(at(8)))
    village.record(alighted(at(9), 1))
    assert "定期" not in says(client, "/today/rides") + says(client, "/today/log")


def test_the_csv_has_the_products_name_in_a_column_of_its_own(village: Village, client: FlaskClient) -> None:
    village.ride(product=3, board_wall=at(9))
    village.ride(board_wall=at(8))
    text = client.get("/today/rides.csv").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["利用者"], row["定期券"]) for row in rows] == [("おとな", "肘折線1か月"), ("おとな", "")]


def test_the_log_names_the_product_beside_the_money(village: Village, client: FlaskClient) -> None:
    village.record(boarded(at(8), product=3))
    village.record(alighted(at(9), 1, product=3, fare=Yen(0), held=Yen(0)))
    village.record(alighted(at(9, 1), 1, product=3, fare=Yen(240), held=Yen(0), cash=Yen(240)))
    log = says(client, f"/today/log?date={DAY}")
    assert "新庄駅前 から おとな（定期 肘折線1か月）" in log
    assert "0円（定期 肘折線1か月）" in log
    assert "240円（定期 肘折線1か月・くらポ 0・現金 240）" in log


def test_the_log_names_the_product_of_a_forgotten_alighting(village: Village, client: FlaskClient) -> None:
    village.record(replace_struct(left_open(at(9), 1), product=3))
    assert "600円（定期 肘折線1か月・くらポ 500・未収 100）" in says(client, "/today/log")
