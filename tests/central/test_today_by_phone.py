"""The day's page with rides of phones that have read the bus."""

from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient

from central.app import create_app
from central.devices.data_folder import Office
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
