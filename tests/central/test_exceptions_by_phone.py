"""Rides by phone that somebody should look at: no records of the bus, no alighting, read by the bus as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from central.app import create_app
from central.database.phone_ride_tables import phone_noticed
from central.database.set_right_tables import set_right, set_right_states
from central.devices.data_folder import Office
from central.devices.watermark.reach import SILENT_S
from central.rides.corrections.by_staff.rows import Stands
from tests.central.exceptions_desk import rows, says
from tests.central.office import NOW, Bus, send
from tests.central.office_pages import post
from tests.central.phone_ride_bench import (
    DAYS,
    LATER,
    claim,
    drive,
    member_with,
    quiet_for_days,
    settle,
    signed,
    tell,
    touch,
)
from tests.central.plans import plans
from tests.central.settled_bench import off, office_on_the_line, on
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal

WAITS, LEFT_OPEN, DOUBLE = "携帯：バスの記録待ち", "携帯：降車の記録なし", "携帯とバスの二重"
HEARD = NOW + 120
"""When the office hears a touch that is sent at once."""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Office]:
    with office_on_the_line(tmp_path) as made:
        yield made


@pytest.fixture
def client(line: Office) -> FlaskClient:
    return as_staff(create_app(line.database, Shown(), lambda: LATER, seal)).test_client()


@pytest.fixture
def bus() -> Bus:
    return Bus()


def kinds(client: FlaskClient, show: str = "") -> list[tuple[str, str]]:
    """Kind and standing of everything about phones that is listed."""
    listed = rows(client, f"/exceptions.csv?show={show}")
    return [(row["種類"], row["状態"]) for row in listed if "携帯" in row["種類"]]


def waits_a_day(line: Office, bus: Bus, member: str = "m") -> list[int]:
    """The member boards on a bus whose records do not come for longer than a day."""
    member_with(line, 5_000, member)
    doors = drive(bus)
    touch(line, claim("board", 0, signed(bus, doors[0])), member, now=HEARD)
    settle(line, HEARD + SILENT_S + 1)
    return doors


def forgets(line: Office, bus: Bus, members: tuple[str, ...] = ("m",)) -> list[int]:
    """The members read the bus when boarding only, at one opening of its door, and its days are told."""
    doors = drive(bus)
    tell(line, bus)
    for member in members:
        member_with(line, 5_000, member)
        touch(line, claim("board", 0, signed(bus, doors[0])), member)
    settle(line)
    return doors


def test_a_claim_that_waits_while_a_bus_is_off_the_net_for_hours_is_none(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    touch(line, claim("board", 0, signed(bus, doors[0])), now=HEARD)
    settle(line, HEARD + SILENT_S)
    assert kinds(client, "all") == []


def test_a_claim_kept_on_the_phone_for_days_has_a_day_from_when_it_came(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    member_with(line, 5_000)
    doors = drive(bus)
    touch(line, claim("board", 0, signed(bus, doors[0])), now=NOW + 5 * DAYS)
    settle(line, NOW + 5 * DAYS + SILENT_S)
    assert kinds(client, "all") == []


def test_a_claim_that_waits_for_a_day_is_listed_and_leaves_when_the_buss_records_come(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    waits_a_day(line, bus)
    settle(line, LATER)
    assert kinds(client) == [(WAITS, "未対応")]
    page = says(client)
    assert "携帯で乗車" in page
    assert "会員 m" in page
    quiet_for_days(bus)
    send(line.database, bus)
    settle(line, HEARD + SILENT_S + 600)
    assert WAITS not in dict(kinds(client))
    assert dict(kinds(client, "done"))[WAITS] == "自動で解決"


def test_staff_take_a_waiting_claim_on_and_close_it(line: Office, bus: Bus, client: FlaskClient) -> None:
    waits_a_day(line, bus)
    with line.database.read() as connection:
        about = connection.scalar(select(phone_noticed.c.id))
    post(client, f"/exceptions/phone/{about}/take", {"times": "1"})
    assert kinds(client) == [(WAITS, "対応中")]
    post(client, f"/exceptions/phone/{about}/close", {"reason": "passed-on", "times": "1"})
    assert kinds(client) == []
    settle(line, LATER)
    assert kinds(client, "done") == [(WAITS, "済み")]


def test_every_member_whose_alighting_nobody_knows_is_listed_with_the_ride(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    doors = forgets(line, bus, ("m", "n"))
    settle(line)
    assert kinds(client) == [(LEFT_OPEN, "未対応")] * 2
    page = client.get("/exceptions?kind=phone-left-open").get_data(as_text=True)
    assert 'href="/counter/rides/phone/1"' in page
    assert 'href="/counter/members/m"' in page
    touch(line, claim("alight", 2, signed(bus, doors[2])))
    assert kinds(client) == [(LEFT_OPEN, "未対応")]
    assert "会員 n" in says(client)
    assert kinds(client, "done") == [(LEFT_OPEN, "自動で解決")]


def test_a_provisional_ride_leaves_the_list_once_staff_have_set_its_fare_right(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    forgets(line, bus)
    said: dict[str, Any] = dict.fromkeys(
        ("board", "kind", "facts_from", "facts_to", "seen", "why", "note"), ""
    )
    asked = {"asked_by": "sato", "asked_at": LATER, "decide_by": LATER + DAYS}
    with line.database.write() as connection:
        right = set_right.insert().values(
            id=1, of="phone", ride=1, fare_from=480, fare_to=240, **asked, **said
        )
        connection.execute(right)

    def stands(state: Stands) -> None:
        row = {"set_right_id": 1, "state": state.value, "said_by": "abe", "word": "", "at": LATER}
        with line.database.write() as connection:
            connection.execute(set_right_states.insert().values(row))

    stands(Stands.WAITING)
    assert kinds(client) == [(LEFT_OPEN, "未対応")]
    stands(Stands.APPLIED)
    assert kinds(client) == []


def test_a_ride_that_the_bus_has_read_too_is_listed_once_and_can_be_closed(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    pass_id = member_with(line, 5_000)
    doors = drive(bus)
    send(line.database, bus)
    touch(line, claim("board", 0, signed(bus, doors[0])))
    sent = len(bus.records) + 1
    bus.write(off(pass_id, bus.write(on(pass_id, 0)), 2, 240))
    send(line.database, bus, sent)
    settle(line)
    settle(line)
    assert kinds(client) == [(DOUBLE, "未対応")]
    assert 'href="/counter/rides/phone/1"' in client.get("/exceptions").get_data(as_text=True)
    with line.database.read() as connection:
        about = connection.scalar(select(phone_noticed.c.id))
    post(client, f"/exceptions/phone/{about}/close", {"reason": "checked", "times": "1"})
    assert kinds(client) == []


def test_the_desk_counts_them_and_leads_to_their_list(line: Office, bus: Bus, client: FlaskClient) -> None:
    forgets(line, bus)
    assert f"例外：{LEFT_OPEN}" in says(client, "/desk")
    assert "/exceptions?kind=phone-left-open" in client.get("/desk").get_data(as_text=True)


def test_phones_exceptions_are_found_without_reading_every_claim_or_ride(
    line: Office, bus: Bus, client: FlaskClient
) -> None:
    forgets(line, bus)
    with plans(line.database) as found:
        says(client)
    assert [plan for plan in found if re.match(r"SCAN phone_(claims|places|rides)\b", plan)] == []
    assert any("phone_noticed_by_time" in plan for plan in found)
