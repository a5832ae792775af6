"""CSV for the office's spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from central.today.csv_export import RECORD_COLUMNS, RIDE_COLUMNS
from central.today.reading import Reading
from central.words.spreadsheet import harmless
from rules.messages.codec import encode
from tests.central.today_events import PASS, alighted, at, boarded, door, refused
from tests.central.today_village import Village, app_of, found


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        village.edition()
        village.machine()
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    text = answer.get_data()
    assert text.startswith(b"\xef\xbb\xbf"), "Excel needs the byte-order mark"
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


def test_rides_come_with_names_ids_and_money_apart(village: Village, client: FlaskClient) -> None:
    village.ride(fare=700, held=600, cash=100, rider_class=1, adults=1)
    village.ride(state="provisional", fare=600, held=500, owed=100)
    provisional, ride = sorted(rows(client, "/today/rides.csv"), key=lambda row: row["未収"], reverse=True)
    assert tuple(ride) == RIDE_COLUMNS
    assert ride["乗車時刻"] == "2026-10-03 08:15:00"
    assert (ride["乗車停留所"], ride["乗車停留所ID"]) == ("新庄駅前", "s1")
    assert (ride["降車停留所"], ride["便"]) == ("肘折温泉待合所", "8:10発 肘折温泉待合所")
    assert [ride[name] for name in ("運賃", "くらポ", "現金", "未収")] == ["700", "600", "100", "0"]
    assert [provisional[name] for name in ("運賃", "くらポ", "現金", "未収")] == ["600", "500", "0", "100"]
    assert (ride["利用者"], ride["同伴おとな"], ride["パスID"]) == ("こども", "1", PASS)


def test_records_come_with_their_exact_bytes(village: Village, client: FlaskClient) -> None:
    events = [boarded(at(8)), alighted(at(9), 1), door(at(10), 2)]
    for event in events:
        village.record(event)
    found_rows = rows(client, "/today/records.csv")
    assert tuple(found_rows[0]) == RECORD_COLUMNS
    assert [row["記録"].encode() for row in found_rows] == [encode(event) for event in reversed(events)]


def test_the_file_holds_what_the_page_is_narrowed_to(village: Village, client: FlaskClient) -> None:
    village.record(boarded(at(8)))
    village.record(refused(at(8, 1), stop=3))
    village.ride()
    village.ride(board_stop_id="s3", alight_stop_id="s4")
    stop = quote("合海")
    assert [row["乗車停留所"] for row in rows(client, f"/today/rides.csv?stop={stop}")] == ["合海"]
    assert [row["番号"] for row in rows(client, f"/today/records.csv?stop={stop}")] == ["2"]
    assert rows(client, "/today/rides.csv?date=2026-10-02") == []


def test_every_page_of_the_list_is_in_the_file(village: Village, client: FlaskClient) -> None:
    for _ in range(120):
        village.ride()
    assert len(rows(client, "/today/rides.csv?rides_page=2")) == 120


def test_the_file_is_named_after_its_day(client: FlaskClient) -> None:
    header = client.get("/today/rides.csv?date=2026-10-02").headers["Content-Disposition"]
    assert header == "attachment; filename=rides-2026-10-02.csv"


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@x", "＝1", "\t=1", "\r=1", "\n=1"])
def test_no_cell_runs_as_a_formula(village: Village, client: FlaskClient, evil: str) -> None:
    village.ride(trip_id=evil, pass_id=evil)
    (ride,) = rows(client, "/today/rides.csv")
    assert ride["パスID"] == f"'{evil}"
    assert ride["便ID"] == f"'{evil}"


@pytest.mark.parametrize("number", ["0123456789012345", "1234567890123456", "12345678901234e5", "007"])
def test_no_id_is_rounded_as_a_number(number: str) -> None:
    assert harmless(number) == f"'{number}"


@given(st.text())
def test_a_text_never_begins_like_a_formula(text: str) -> None:
    assert not str(harmless(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_money_stays_a_number() -> None:
    assert harmless(-5) == -5


def test_the_file_is_made_as_it_is_read(
    village: Village, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first piece leaves before the last ride is read: memory does not grow with the day."""
    for _ in range(3):
        village.ride()
    monkeypatch.setattr("central.words.spreadsheet.ROWS_A_PIECE", 1)
    read: list[int] = []

    def watched(reading: Reading) -> object:
        for ride in original(reading):
            read.append(ride.id)
            yield ride

    original = Reading.each_ride
    monkeypatch.setattr(Reading, "each_ride", watched)
    with client.get("/today/rides.csv", buffered=False) as answer:
        pieces = iter(answer.response)
        next(pieces)
        assert len(read) <= 1
        assert len(list(pieces)) == 4
    assert len(read) == 3
