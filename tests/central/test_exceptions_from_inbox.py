"""What the inbox makes of bad journals is what the page of exceptions shows: the two agree on tables and reasons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from central.app import create_app
from central.devices.data_folder import Office
from central.devices.list_incident import Incident, list_incident
from central.exceptions.kinds import QUARANTINED, REFUSED
from rules.messages.events import RecordRef
from rules.money import Yen
from tests.central.exceptions_desk import rows, says
from tests.central.office import EPOCH, NOW, STRANGER, Bus, alight, board, new_office, send, started
from tests.central.signed_in import as_staff
from tests.central.test_salvage import card, follower
from tests.central.today_village import Shown, seal


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        with made.database.write() as connection:
            Bus().register(connection)
        yield made


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return as_staff(create_app(office.database, Shown(), lambda: NOW + 3600, seal)).test_client()


def fork(office: Office, pass_id: str) -> Bus:
    """A bus whose copy wrote a boarding as #2, when the office holds another #2; the copy's journal."""
    bus = Bus()
    bus.write(started())
    copy = Bus(records=bus.records[:])
    bus.write(started())
    send(office.database, bus)
    copy.write(board(pass_id))
    refused = send(office.database, copy)
    assert isinstance(refused, Incident)
    with office.database.write() as connection:
        list_incident(connection, refused, NOW)
    return copy


def test_a_ride_whose_parts_do_not_add_up_is_listed_with_its_fare_and_reason(
    office: Office, client: FlaskClient
) -> None:
    bus = Bus()
    bus.write(alight(STRANGER, RecordRef(EPOCH, 77), 400, cash=20, fare=Yen(421)))
    send(office.database, bus)
    (row,) = rows(client, f"/exceptions.csv?kind={REFUSED}")
    assert (row["番号"], row["運賃"]) == ("1", "421")
    assert row["理由・詳しく"].startswith("運賃の内訳が合いません")
    assert len(rows(client)) == 1


def test_a_copys_record_is_listed_as_set_apart_until_it_is_handed_on(
    office: Office, client: FlaskClient
) -> None:
    copy = fork(office, card(office, "m"))
    (row,) = rows(client, f"/exceptions.csv?kind={QUARANTINED}")
    assert (row["番号"], row["ハッシュ"], row["引き継いだ記録"]) == ("2", copy.hash_at(2).hex(), "")
    assert row["役場の記録のハッシュ"] not in ("", row["ハッシュ"])
    assert row["記録"].encode() == copy.records[1]
    assert "記録簿の食い違い conflict 1" in says(client)
    send(office.database, follower(copy, 2))
    assert rows(client, f"/exceptions.csv?kind={QUARANTINED}") == []
    (row,) = rows(client, f"/exceptions.csv?kind={QUARANTINED}&show=all")
    assert row["引き継いだ記録"] == "later#2"
    assert "することはありません" in row["対応"]
    page = says(client, "/exceptions?show=all")
    assert "引き継いだ記録 later #2" in page
    assert "失われた記録 records lost 1" in page
    assert f"記録簿と欠けた番号: {EPOCH}: 1" in page
