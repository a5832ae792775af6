"""The day's page with rides of phones that have read the bus."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from central.app import create_app
from central.devices.data_folder import Office
from central.today.store import newest_record
from tests.central.office import NOW, Bus, send
from tests.central.office_pages import says
from tests.central.phone_ride_bench import (
    DAYS,
    claim,
    drive,
    member_with,
    quiet_for_days,
    settle,
    signed,
    touch,
)
from tests.central.settled_bench import off, on, put_line
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal
from tests.ride.builders import DAY

TODAY = f"/today?date={DAY}"


@pytest.fixture
def client(office: Office) -> FlaskClient:
    with office.database.write() as connection:
        put_line(connection)
    return as_staff(create_app(office.database, Shown(), lambda: NOW + DAYS, seal)).test_client()


def test_a_ride_by_phone_stands_among_the_others_with_what_was_paid_and_what_is_owed(
    client: FlaskClient, office: Office, bus: Bus
) -> None:
    pass_id = member_with(office, 100)
    doors = drive(bus)
    send(office.database, bus)
    touch(office, claim("board", 0, signed(bus, doors[0])))
    assert "phone/1" in says(client, f"{TODAY}&means=phone&state=open")
    touch(office, claim("alight", 2, signed(bus, doors[2])))
    shown = says(client, f"{TODAY}&means=phone")
    assert "未収 140" in shown
    assert "100" in shown
    for other in ("code", "hand"):
        assert "phone/1" not in says(client, f"{TODAY}&means={other}")
    (row,) = csv.DictReader(
        io.StringIO(client.get(f"/today/rides.csv?date={DAY}").get_data(as_text=True).lstrip("\ufeff"))
    )
    assert {"240", "100", "140", "携帯でバスを読む"} <= set(row.values())

    sent = len(bus.records) + 1
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 2, 240))
    quiet_for_days(bus)
    send(office.database, bus, sent)
    settle(office)
    assert "phone/1" not in says(client, TODAY)


def test_every_change_of_a_ride_by_phone_is_news_to_an_open_page(
    client: FlaskClient, office: Office, bus: Bus
) -> None:
    def newest() -> int:
        with office.database.read() as connection:
            return newest_record(connection)

    for member in ("m", "n"):
        member_with(office, 1000, member)
    doors = drive(bus)
    send(office.database, bus)
    seen = [newest()]
    for member in ("m", "n"):
        touch(office, claim("board", 0, signed(bus, doors[0])), member)
        seen.append(newest())
    for member in ("m", "n"):
        touch(office, claim("alight", 2, signed(bus, doors[2])), member)
        seen.append(newest())
    assert sorted(set(seen)) == seen


def test_what_an_open_page_asks_at_each_tick_reads_one_row_of_each_index(
    client: FlaskClient, office: Office
) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with office.database.read() as connection:
            newest_record(connection)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    (statement,) = (each for each in asked if "phone_rides" in each)
    with office.database.read() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (0,) * statement.count("?"))
        plan = [row.detail for row in rows]
    # SQLite searches for a greatest value at the end of an index; all else would be a scan.
    assert [step for step in plan if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"] == []
    assert "SEARCH phone_rides USING COVERING INDEX phone_rides_by_change" in plan
