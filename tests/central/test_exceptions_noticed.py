"""What records in the books say that somebody should look at: grace, the driver's word, a guess, no alighting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from central.app import create_app
from central.audit.store import all_entries
from central.database.tables import noticed
from central.devices.data_folder import Office
from central.devices.notice_record import Noticed
from rules.messages.events import Means
from rules.ride.outcomes import Movement, Outcome
from tests.central.by_hand_bench import boards, undone
from tests.central.exceptions_desk import rows, says
from tests.central.office import NOW, Bus, card, charge_forgotten, send
from tests.central.office_pages import post
from tests.central.plans import plans
from tests.central.settled_bench import forgotten, off, office_on_the_line, on, settled
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Office]:
    with office_on_the_line(tmp_path) as made:
        yield made


@pytest.fixture
def client(line: Office) -> FlaskClient:
    return as_staff(create_app(line.database, Shown(), lambda: NOW + 3600, seal)).test_client()


def kinds(client: FlaskClient, show: str = "") -> list[tuple[str, str]]:
    """Kind and record number of everything that is listed, the last first."""
    return [(row["種類"], row["番号"]) for row in rows(client, f"/exceptions.csv?show={show}")]


def test_who_rode_by_grace_is_listed_with_the_record(line: Office, client: FlaskClient) -> None:
    bus = Bus()
    bus.write(on(card(line, "m", 1000), outcome=Outcome.GRACED, graced=True))
    send(line.database, bus)
    assert kinds(client) == [("猶予で乗車", "1")]
    assert "猶予で乗車 rode by grace 1" in says(client)
    with line.database.read() as connection:
        (row,) = connection.execute(select(noticed))
    assert f'id="noticed-{row.id}"' in client.get("/exceptions?kind=graced").get_data(as_text=True)
    assert client.get("/today/records/1").status_code == 200


def test_whom_the_rules_refused_and_the_driver_let_ride_is_listed(line: Office, client: FlaskClient) -> None:
    bus = Bus()
    card_id = card(line, "m", 1000)
    bus.write(on(card_id, allowed=True))
    no = bus.write(on(card_id, outcome=Outcome.EXPIRED, movement=Movement.REFUSED))
    by_hand = bus.write(boards(0, means=Means.PASS, refused=no))
    send(line.database, bus)
    assert kinds(client) == [("運転士の判断で乗車", "3"), ("運転士の判断で乗車", "1")]
    bus.write(undone(by_hand))
    send(line.database, bus)
    assert kinds(client) == [("運転士の判断で乗車", "1")]
    assert ("運転士の判断で乗車", "3") in kinds(client, "done")


def test_a_guessed_stop_is_listed_until_somebody_knows_it(line: Office, client: FlaskClient) -> None:
    bus = Bus()
    card_id = card(line, "m", 1000)
    tap = bus.write(on(card_id, 1, unsure=True))
    end = bus.write(off(card_id, tap, 3, 240, start=1, unsure=True))
    send(line.database, bus)
    assert kinds(client) == [("停留所が不確か", "2"), ("停留所が不確か", "1")]
    bus.write(settled(2, tap))
    send(line.database, bus)
    assert kinds(client) == [("停留所が不確か", "2")]
    bus.write(settled(3, end))
    send(line.database, bus)
    assert kinds(client) == []


def test_a_ride_that_nobody_ended_is_listed_until_its_alighting_comes(
    line: Office, client: FlaskClient
) -> None:
    bus = Bus()
    card_id = card(line, "m", 1000)
    tap = bus.write(on(card_id))
    bus.write(forgotten(card_id, tap, 480, 0))
    send(line.database, bus)
    charge_forgotten(line, bus)
    assert ("降車の記録なし", "2") in kinds(client)
    bus.write(off(card_id, tap, 2, 240))
    send(line.database, bus)
    assert "降車の記録なし" not in dict(kinds(client))
    assert "降車の記録なし" in dict(kinds(client, "done"))


def test_a_record_may_be_noticed_for_two_things_and_each_is_closed_by_itself(
    line: Office, client: FlaskClient
) -> None:
    bus = Bus()
    bus.write(on(card(line, "m", 1000), outcome=Outcome.GRACED, graced=True, unsure=True))
    send(line.database, bus)
    assert sorted(kinds(client)) == [("停留所が不確か", "1"), ("猶予で乗車", "1")]
    with line.database.read() as connection:
        about = connection.scalar(select(noticed.c.id).where(noticed.c.what == Noticed.GRACED))
    post(client, f"/exceptions/noticed/{about}/close", {"reason": "checked", "times": "1"})
    assert kinds(client) == [("停留所が不確か", "1")]
    with line.database.read() as connection:
        assert [(each.what, each.about) for each in all_entries(connection)][-1] == (
            "exception-close",
            f"noticed:{about}",
        )


def test_what_was_refused_or_shown_in_vain_is_not_noticed(line: Office, client: FlaskClient) -> None:
    bus = Bus()
    bus.write(on("", graced=True, unsure=True))
    bus.write(on(card(line, "m", 0), outcome=Outcome.EXPIRED, movement=Movement.REFUSED, unsure=True))
    send(line.database, bus)
    with line.database.read() as connection:
        assert connection.execute(select(noticed)).all() == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_machines_are_heard_the_same_is_noticed_once(
    line: Office, client: FlaskClient, order: tuple[int, ...]
) -> None:
    buses = [Bus(f"bus-00{number}") for number in (1, 2, 3)]
    with line.database.write() as connection:
        for bus in buses[1:]:
            bus.register(connection)
    for number, bus in enumerate(buses):
        bus.write(on(card(line, f"m{number}", 1000), graced=number != 1, unsure=number == 1))
    for place in (*order, *order):
        send(line.database, buses[place])
    assert sorted(kinds(client)) == [("停留所が不確か", "1"), ("猶予で乗車", "1"), ("猶予で乗車", "1")]


def test_what_is_noticed_is_found_without_reading_every_record(line: Office, client: FlaskClient) -> None:
    bus = Bus()
    bus.write(on(card(line, "m", 1000), unsure=True))
    send(line.database, bus)
    with plans(line.database) as found:
        says(client)
    assert [plan for plan in found if re.match(r"SCAN (records|rides|hand_rides)$", plan)] == []
    assert any("noticed_by_time" in plan for plan in found)
