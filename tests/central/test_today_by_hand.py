"""The day's page with riders whom the driver recorded by hand, and what the driver allowed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from central.rides.by_hand.store import add_by_hand
from rules.messages.events import HandAlighted, HandBoarded, HandUndone, Means, RecordRef
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from tests.central.today_events import BUS, DAY, TRIP, alighted, at, boarded, instant, refused
from tests.central.today_village import Village, app_of, found, text_of


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        village.edition()
        village.machine()
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def says(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return text_of(answer.get_data(as_text=True))


def said(wall: int, stop: int, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "at": instant(wall), "means": Means.CASH, "rider_class": RiderClass.ADULT, "people": 1, "edition": 1,
        "trip_id": TRIP, "service_date": DAY.isoformat(), "route_id": "R", "stop_id": f"s{stop}",
        "stop_index": stop, "confidence": 0.9, "place_reason": "", "camera": True,
    }  # fmt: skip
    return values | changes


def on(wall: int, stop: int = 1, **changes: Any) -> HandBoarded:
    return HandBoarded(**said(wall, stop, **changes))


def off(wall: int, board: int | None, stop: int = 7, **changes: Any) -> HandAlighted:
    end = {
        "board": RecordRef("e1", board) if board else None,
        "board_stop_id": "s1",
        "board_index": 1,
        "fare": Yen(600),
    }
    return HandAlighted(**said(wall, stop, **(end | {"cash": Yen(600)} | changes)))


def row(village: Village, event: HandBoarded | HandAlighted) -> int:
    """The record of it, and its ride as the inbox leaves it; the record's number."""
    number = village.record(event)
    with village.database.write() as connection:
        add_by_hand(connection, BUS, {RecordRef("e1", number): event})
    return number


def test_riders_by_hand_stand_among_the_rides_with_their_means(village: Village, client: FlaskClient) -> None:
    village.ride()
    boarding = row(village, on(at(8, 20), people=3))
    row(village, off(at(9), boarding, people=2, fare=Yen(1200), cash=Yen(1200)))
    shown = says(client, "/today/rides")
    assert "3件" in shown
    assert "新庄駅前 → から 肘折温泉待合所 おとな 2人 1,200 0 1,200 完了 手扱い 現金" in shown
    assert "新庄駅前 → から 乗車中 おとな 1人 — — — 乗車中 手扱い 現金" in shown
    assert "合計 Total 1,800 600 1,200" in shown


def test_figures_count_people_and_those_by_hand_apart(village: Village, client: FlaskClient) -> None:
    village.ride(adults=1)
    boarding = row(village, on(at(8, 20), people=3))
    row(village, off(at(9), boarding, people=3, fare=Yen(1800), cash=Yen(1800)))
    figures = says(client, "/today/figures")
    assert "乗車 Rides 2 件 完了 2・乗車中 0・仮 0・5人" in figures
    assert "手扱い By hand 3 人" in figures
    assert "現金で In cash 1,800 円" in figures


def test_a_day_without_any_says_nothing_of_them(village: Village, client: FlaskClient) -> None:
    village.ride()
    figures = says(client, "/today/figures")
    assert "手扱い" not in figures
    assert "運転士の判断" not in figures


def test_a_coupon_is_a_fare_without_cash_and_a_pass_not_taken_is_unpaid(
    village: Village, client: FlaskClient
) -> None:
    for means in (Means.COUPON, Means.PASS):
        boarding = row(village, on(at(8, 20), means=means))
        row(village, off(at(9), boarding, means=means, cash=Yen(0)))
    figures = says(client, "/today/figures")
    assert "1,200 円 くらポ＋現金＋未収＋回数券" in figures
    assert "現金で In cash 0 円 未収 600円" in figures
    assert "未収 600 完了 手扱い 使えなかったパス" in says(client, "/today/rides")


@pytest.mark.parametrize(
    ("query", "rides"),
    [
        ("means=hand", 2),
        ("means=code", 1),
        ("means=coupon", 1),
        ("means=pass", 0),
        ("state=provisional", 1),
        ("stop=肘折温泉待合所", 3),
        ("stop=合海", 0),
        (f"bus={BUS}", 3),
        (f"trip={TRIP}&means=cash", 1),
        ("q=%231", 1),
    ],
)
def test_filters_work_on_them(village: Village, client: FlaskClient, query: str, rides: int) -> None:
    boarding = row(village, on(at(8, 20)))
    row(village, off(at(9), boarding))
    other = row(village, on(at(8, 30), means=Means.COUPON))
    row(village, off(at(9, 30), other, means=Means.COUPON, forgotten=True, fare=None, cash=Yen(0)))
    village.ride(board_number=99, alight_number=100)
    page = client.get(f"/today/rides?{query}").get_data(as_text=True)
    assert page.count('id="ride-') == rides
    assert client.get(f"/today?{query}").status_code == 200


def test_marks_say_what_was_odd(village: Village, client: FlaskClient) -> None:
    no = village.record(refused(at(8, 19)))
    boarding = row(
        village, on(at(8, 20), means=Means.PASS, refused=RecordRef("e1", no), camera=False, unsure=True)
    )
    row(village, off(at(9), boarding, means=Means.PASS, fare=None, cash=Yen(0), camera=False))
    shown = says(client, "/today/rides")
    for mark in ("停留所は推定", "運賃不明", "運転士の判断", "カメラなし"):
        assert mark in shown


def test_what_the_driver_decided_is_counted_apart_and_found(village: Village, client: FlaskClient) -> None:
    no = village.record(refused(at(8, 19)))
    row(village, on(at(8, 20), means=Means.PASS, refused=RecordRef("e1", no)))
    row(village, on(at(8, 21)))
    tap = village.record(boarded(at(8, 22), allowed=True))
    village.record(alighted(at(9), tap))
    assert "運転士の判断 Let ride 2 件" in says(client, "/today/figures")
    log = says(client, "/today/log?outcome=by-driver")
    assert "記録 Raw log 2件" in log
    assert "新庄駅前 から おとな 1人・使えなかったパス（お断りした人を乗せた）" in log
    assert "新庄駅前 から おとな（運転士の判断）" in log


def test_the_log_says_them_in_words(village: Village, client: FlaskClient) -> None:
    boarding = village.record(on(at(8, 20), people=2, rider_class=RiderClass.CHILD, camera=False))
    end = village.record(off(at(9), boarding))
    village.record(off(at(9), boarding, means=Means.PASS, cash=Yen(0)))
    village.record(HandUndone(at=instant(at(9, 1)), records=[RecordRef("e1", end)]))
    log = says(client, "/today/log")
    assert "手扱い乗車 新庄駅前 から こども 2人・現金・カメラなし" in log
    assert "手扱い降車 新庄駅前 → 肘折温泉待合所 おとな 1人・現金 600円（現金 600）" in log
    assert "おとな 1人・使えなかったパス 600円（未収）" in log
    assert "手扱い取消 2 番 を取り消し" in log


def test_the_spreadsheet_has_them(village: Village, client: FlaskClient) -> None:
    boarding = row(village, on(at(8, 20), people=2))
    row(village, off(at(9), boarding, people=2, fare=Yen(1200), cash=Yen(1200)))
    row(village, off(at(9, 5), None, fare=None, cash=Yen(0), means=Means.COUPON, camera=False))
    text = client.get("/today/rides.csv").get_data().decode("utf-8-sig")
    alone, ride = csv.DictReader(io.StringIO(text))
    names = ("運賃", "現金", "手扱い", "人数", "カメラ", "乗車の記録", "降車の記録", "パスID", "パスの種類")
    assert [ride[name] for name in names] == ["1200", "1200", "現金", "2", "1", "1", "2", "", ""]
    assert [alone[name] for name in names] == ["", "0", "回数券", "1", "0", "", "3", "", ""]
    assert (ride["乗車時刻"], alone["乗車時刻"]) == ("2026-10-03 08:20:00", "")
