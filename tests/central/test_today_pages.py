"""What the day's page shows, and what it never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from central.database import tables
from tests.central.today_events import (
    BACK,
    PASS,
    alighted,
    at,
    boarded,
    door,
    left_open,
    started,
    trip_started,
    well,
)
from tests.central.today_village import Village, app_of, found, line, morning, text_of

PARTS = ("map", "figures", "devices", "rides", "log")


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def says(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return text_of(answer.get_data(as_text=True))


def test_home_is_today(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/desk"


def test_an_empty_village_is_told_what_will_appear(client: FlaskClient) -> None:
    page = says(client, "/today")
    for sentence in (
        "路線がまだ公開されていません",
        "まだ乗車がありません",
        "まだ記録がありません",
        "登録された機器がまだありません",
    ):
        assert sentence in page


def test_a_ride_shows_who_went_from_where_to_where_for_how_much(
    village: Village, client: FlaskClient
) -> None:
    morning(village)
    village.ride(rider_class=1, adults=1, children=2, fare=1500, held=1400, cash=100, board_wall=at(8, 20))
    rides = says(client, "/today/rides")
    assert (
        "08:15 09:05 8:10発 肘折温泉待合所 bus-001 新庄駅前 → から 肘折温泉待合所 おとな 600 600 0 完了"
        in rides
    )
    assert "こども ほか おとな1・こども2 1,500 1,400 100" in rides
    assert "合計 Total 2,100 2,000 100" in rides


def test_the_newest_boarding_stands_first(village: Village, client: FlaskClient) -> None:
    morning(village)
    village.ride(board_wall=at(11), pass_id="b" * 16)
    village.ride(board_wall=at(7), pass_id="c" * 16)
    rides = says(client, "/today/rides")
    assert rides.index("bbbbbbbb") < rides.index(PASS[:8]) < rides.index("cccccccc")


def test_figures_are_of_the_whole_day_and_owed_is_not_cash(village: Village, client: FlaskClient) -> None:
    morning(village)
    village.ride(state="provisional", fare=600, held=500, owed=100)
    village.ride(state="open", alight_number=None, alight_stop_id=None, alight_wall=None, fare=0, held=0)
    village.ride(fare=240, held=200, cash=40)
    for query in ("", "?bus=nobody"):
        figures = says(client, f"/today/figures{query}")
        assert "乗車 Rides 4 件 完了 2・乗車中 1・仮 1" in figures
        assert "運賃 Fares 1,440 円" in figures
        assert "くらポで By Kurapo 1,300 円" in figures
        assert "現金で In cash 40 円 未収 100円" in figures
        assert "お断り Refused 1 回" in figures


def test_the_log_holds_every_record_last_arrived_first(village: Village, client: FlaskClient) -> None:
    morning(village)
    village.record(left_open(at(9, 30), 1))
    village.record(trip_started(at(9, 40), BACK))
    log = says(client, "/today/log")
    assert re.findall(r"#(\d+)", log) == ["6", "5", "4", "3", "2", "1"]
    for sentence in (
        "09:40:00 bus-001 #6 便の開始 10:00発 県立病院前",
        "降車忘れ 仮の運賃 新庄駅前 → 肘折温泉待合所 600円（くらポ 500・未収 100）",
        "09:07:00 bus-001 #4 扉 開いた 大蔵村役場",
        "読み取り 期限切れ 合海 ffff0000",
        "降車 承認 新庄駅前 → 肘折温泉待合所 600円 0a1b2c3d",
        "乗車 承認 新庄駅前 から おとな 0a1b2c3d",
    ):
        assert sentence in log


def test_a_record_says_when_the_clock_was_not_sure_and_when_it_came_late(
    village: Village, client: FlaskClient
) -> None:
    village.machine()
    village.record(started(at(6)), late=7200)
    village.record(boarded(at(7)), late=7200)
    log = says(client, "/today/log")
    assert "≈06:00:00" in log
    assert "≈07:00:00" not in log
    assert log.count("2時間遅れて届きました") == 1


def test_a_record_that_could_not_be_entered_says_so_and_is_counted(
    village: Village, client: FlaskClient
) -> None:
    village.machine()
    village.record(
        alighted(at(9), 77), refused="乗車の記録がありません / there is no boarding under that number"
    )
    assert "帳簿に入りませんでした: 乗車の記録がありません" in says(client, "/today/log")
    assert "未記帳 Not entered 1 件" in says(client, "/today/figures")
    assert "#1" in says(client, "/today/log?outcome=not-applied")


def test_the_exact_bytes_of_a_record_can_be_seen(village: Village, client: FlaskClient) -> None:
    village.machine()
    body = b'{"event":"tapped",  "note":"<b>&\xe6\xb9\xaf</b>", "big":12345678901234567890.50}'
    village.bytes(body, "unread", at(9), refused="読めない記録です")
    page = client.get("/today/records/1").get_data(as_text=True)
    assert (
        unescape(page.partition('<pre class="exact" tabindex="0">')[2].partition("</pre>")[0]).encode()
        == body
    )
    assert '"big": 12345678901234567890.50' in unescape(page)


def test_an_unknown_record_is_not_found(client: FlaskClient) -> None:
    for number in (1, 2**63, 10**40):
        assert client.get(f"/today/records/{number}").status_code == 404


def test_the_service_day_is_japans(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.record(door(at(0), 1))
    village.record(door(at(24) - 1, 1))
    village.record(door(at(24), 1))
    assert "記録 Raw log 2件" in says(client, "/today/log?date=2026-10-03")
    assert "記録 Raw log 1件" in says(client, "/today/log?date=2026-10-04")
    village.now = at(23, 59, 59)
    assert "2026年10月3日（土）" in says(client, "/today")
    village.now = at(24)
    assert "2026年10月4日（日）" in says(client, "/today")


def test_an_unknown_edition_leaves_the_ids(village: Village, client: FlaskClient) -> None:
    village.ride(edition=9, trip_id="T9", board_stop_id="P1", alight_stop_id="P2")
    assert "T9 bus-001 P1 → から P2" in says(client, "/today/rides")


def test_an_edition_that_cannot_be_read_leaves_the_ids(village: Village, client: FlaskClient) -> None:
    village.edition()
    with village.database.write() as connection:
        connection.execute(update(tables.editions).values(sealed=b"\x01" + bytes(64) + b"junk"))
    village.ride(board_stop_id="P1")
    assert "P1 → から s7" in says(client, "/today/rides")
    assert "路線がまだ公開されていません" in says(client, "/today/map")


def test_each_ride_is_named_by_its_own_edition(village: Village, client: FlaskClient) -> None:
    village.edition(line(("A", "旧駅前", *"CDEFGH"), number=1))
    village.edition(line(("A", "新駅前", *"CDEFGH"), number=2))
    village.ride(edition=1)
    village.ride(edition=2)
    rides = says(client, "/today/rides")
    assert "旧駅前 → から H" in rides
    assert "新駅前 → から H" in rides


def test_a_demo_says_so_on_every_page(village: Village) -> None:
    village.machine()
    village.record(started(at(6)))
    pages = ("/today", "/today/records/1", "/nowhere")
    shown = app_of(village, demo=True).test_client()
    real = app_of(village).test_client()
    for page in pages:
        assert "デモ demo" in text_of(shown.get(page).get_data(as_text=True))
        assert "デモ" not in text_of(real.get(page).get_data(as_text=True))


@pytest.mark.parametrize("text", ["2026-13-01", "tomorrow", "0001-01-01", "9999-12-31", "2026-10-3x"])
def test_a_date_that_is_none_is_refused_with_a_sentence(client: FlaskClient, text: str) -> None:
    for part in ("", "/map", "/rides.csv"):
        answer = client.get(f"/today{part}?date={text}")
        assert answer.status_code == 400
        assert "日付は" in answer.get_data(as_text=True)


@pytest.mark.parametrize("text", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_have_a_page(client: FlaskClient, text: str) -> None:
    assert client.get(f"/today?date={text}").status_code == 200


def test_a_machines_absurd_times_break_nothing(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.says(well(oldest_queued_wall=-(10**15), queue=3, progress=1e300), heard_at=10**11)
    village.ride(alight_wall=10**15)
    village.incident("conflict")
    assert client.get("/today").status_code == 200
    assert client.get("/today/rides.csv").status_code == 200
