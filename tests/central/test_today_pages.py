"""What the day's page shows, and what it never does."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.database import tables
from rules.ride.outcomes import Outcome
from tests.central.today_village import (
    BACK,
    PASS,
    TRIP,
    Village,
    alighted,
    app_of,
    at,
    boarded,
    door,
    found,
    left_open,
    line,
    refused,
    started,
    text_of,
    trip_started,
    well,
)

PARTS = ("map", "figures", "devices", "rides", "log")


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return found(tmp_path)


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def says(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return text_of(answer.get_data(as_text=True))


def morning(village: Village) -> Village:
    """A line, a bus, and one ride with its records: 1 boarding, 2 alighting, 3 refusal, 4 door."""
    village.edition()
    village.machine()
    village.says(well())
    board = village.record(boarded(at(8, 15)))
    end = village.record(alighted(at(9, 5), board))
    village.record(refused(at(9, 6), Outcome.EXPIRED, stop=3, pass_id="ffff000011112222"))
    village.record(door(at(9, 7), 4))
    village.ride(board_number=board, alight_number=end)
    return village


def test_home_is_today(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/today"


def test_an_empty_village_is_told_what_will_appear(client: FlaskClient) -> None:
    page = says(client, "/today")
    for sentence in ("路線がまだ公開されていません", "まだ乗車がありません", "まだ記録がありません", "登録された機器がまだありません"):
        assert sentence in page


def test_a_ride_shows_who_went_from_where_to_where_for_how_much(village: Village, client: FlaskClient) -> None:
    morning(village)
    village.ride(rider_class=1, adults=1, children=2, fare=1500, held=1400, cash=100, board_wall=at(8, 20))
    rides = says(client, "/today/rides")
    assert "08:15 09:05 8:10発 肘折温泉待合所 bus-001 新庄駅前 → から 肘折温泉待合所 おとな 600 600 0 完了" in rides
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
    village.ride(state="provisional", fare=600, held=500, cash=100)
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


def test_a_record_that_could_not_be_entered_says_so_and_is_counted(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.record(alighted(at(9), 77), refused="乗車の記録がありません / there is no boarding under that number")
    assert "帳簿に入りませんでした: 乗車の記録がありません" in says(client, "/today/log")
    assert "未記帳 Not entered 1 件" in says(client, "/today/figures")
    assert "#1" in says(client, "/today/log?outcome=not-applied")


def test_the_exact_bytes_of_a_record_can_be_seen(village: Village, client: FlaskClient) -> None:
    village.machine()
    body = b'{"event":"tapped",  "note":"<b>&\xe6\xb9\xaf</b>", "big":12345678901234567890.50}'
    village.bytes(body, "unread", at(9), refused="読めない記録です")
    page = client.get("/today/records/1").get_data(as_text=True)
    assert unescape(page.partition('<pre class="exact">')[2].partition("</pre>")[0]).encode() == body
    assert '"big": 12345678901234567890.50' in unescape(page)


def test_an_unknown_record_is_not_found(client: FlaskClient) -> None:
    for number in (1, 2**63, 10**40):
        assert client.get(f"/today/records/{number}").status_code == 404


@pytest.mark.parametrize(
    ("query", "rides", "records"),
    [
        ("", 2, 5),
        ("?bus=bus-001", 1, 4),
        ("?bus=bus-002", 1, 1),
        (f"?trip={TRIP}", 1, 4),
        (f"?trip={BACK}", 1, 1),
        ("?stop=新庄駅前", 1, 2),
        ("?stop=s7", 1, 1),
        ("?stop=大蔵村役場", 1, 2),
        ("?state=complete", 1, 5),
        ("?state=open", 1, 5),
        ("?outcome=expired", 2, 1),
        ("?outcome=refused", 2, 1),
        ("?outcome=board", 2, 2),
        ("?outcome=door-moved", 2, 1),
        ("?outcome=not-applied", 2, 0),
        ("?q=0A1B2C3D", 1, 2),
        ("?q=期限切れ", 0, 1),
        ("?q=stop 4", 1, 2),
        ("?q=役場", 1, 2),
        ("?q=bus-001%231", 1, 2),
        ("?q=%232", 1, 1),
        ("?q=nothing like this", 0, 0),
        ("?bus=bus-001&stop=合海&outcome=refused", 0, 1),
        ("?date=2026-10-02", 0, 0),
    ],
)
def test_a_filter_narrows_rides_and_records(
    village: Village, client: FlaskClient, query: str, rides: int, records: int
) -> None:
    morning(village)
    village.machine("bus-002")
    village.record(boarded(at(10, 2), 4, trip_id=BACK, pass_id="cafe" * 4), "bus-002")
    village.ride(
        device="bus-002", board_number=8, trip_id=BACK, board_stop_id="s4", alight_stop_id=None, alight_number=None,
        state="open", pass_id="cafe" * 4, board_wall=at(10, 2),
    )  # fmt: skip
    shown = client.get(f"/today/rides{query}").get_data(as_text=True)
    logged = client.get(f"/today/log{query}").get_data(as_text=True)
    assert len(re.findall(r'id="ride-\d+"', shown)) == rides
    assert len(re.findall(r'id="record-\d+"', logged)) == records


def test_nothing_found_offers_to_clear_the_filter(village: Village, client: FlaskClient) -> None:
    morning(village)
    for part, sentence in (("rides", "この条件に合う乗車はありません"), ("log", "この条件に合う記録はありません")):
        page = client.get(f"/today/{part}?q=nothing").get_data(as_text=True)
        assert sentence in page
        assert 'href="/today"' in page


def test_a_filter_stays_in_every_address_of_the_page(village: Village, client: FlaskClient) -> None:
    morning(village)
    page = client.get("/today?date=2026-10-03&stop=新庄駅前&q=0a1b").get_data(as_text=True)
    stop = quote("新庄駅前")
    assert f"/today/rides.csv?date=2026-10-03&amp;stop={stop}&amp;q=0a1b" in page
    assert f'href="/today?date=2026-10-02&amp;stop={stop}&amp;q=0a1b"' in page
    assert '<option value="新庄駅前" selected>' in page
    assert 'name="q" value="0a1b"' in page


def test_what_is_asked_for_stays_chosen_even_if_the_day_does_not_know_it(client: FlaskClient) -> None:
    assert '<option value="bus-099" selected>' in client.get("/today?bus=bus-099").get_data(as_text=True)


def test_long_lists_come_in_pages_and_the_last_page_ends_them(village: Village, client: FlaskClient) -> None:
    village.machine()
    for _ in range(101):
        village.ride()
        village.record(door(at(9), 1))
    for part, mark in (("rides", 'id="ride-'), ("log", 'id="record-')):
        pages = [client.get(f"/today/{part}?{part_page(part)}={n}").get_data(as_text=True) for n in (1, 2, 9)]
        assert [page.count(mark) for page in pages] == [100, 1, 1]
        assert "2 / 2" in pages[2]
    searched = client.get("/today/log?outcome=door-moved&records_page=9").get_data(as_text=True)
    assert searched.count('id="record-') == 1


def part_page(part: str) -> str:
    return "rides_page" if part == "rides" else "records_page"


def test_a_search_that_gives_up_says_so(
    village: Village, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning(village)
    assert "調べました" not in says(client, "/today/log?q=door")
    monkeypatch.setattr("central.today.reading.SCAN_ROWS", 3)
    assert "調べました" in says(client, "/today/log?q=door")


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
    village.put(tables.editions, number=1, valid_from="2026-04-01", sealed=b"\x01" + bytes(64) + b"junk")
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


def test_hostile_markup_in_records_stays_text(village: Village, client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    village.edition(line((evil, *"BCDEFGH")))
    village.machine()
    village.says(well(gps=evil, version=evil, progress=0.5))
    village.record(boarded(at(8), 0, pass_id=evil, place_reason=evil), refused=evil)
    village.ride(board_stop_id="s0", pass_id=evil, trip_id=evil)
    village.incident(evil, evil)
    for address in ("/today", f"/today?q={quote(evil)}&bus={quote(evil)}", "/today/records/1"):
        page = client.get(address).get_data(as_text=True)
        assert "<script>alert" not in page


NAMES = ("date", "bus", "trip", "stop", "state", "outcome", "q", "rides_page", "records_page")


@pytest.fixture(scope="module")
def busy_client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return app_of(morning(found(tmp_path_factory.mktemp("hostile")))).test_client()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(max_size=120) | st.integers().map(str) | st.dates().map(str)),
    st.sampled_from(("", "/rides", "/log", "/map", "/figures", "/devices", "/rides.csv", "/records.csv")),
)
def test_no_query_breaks_a_page(busy_client: FlaskClient, query: dict[str, str], part: str) -> None:
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    assert busy_client.get(f"/today{part}", query_string=encoded).status_code in (200, 400)


@pytest.mark.parametrize("raw", ["q=%ff%00%fe", "q=%23" + "9" * 60, "q=" + "%25_" * 40, "rides_page=٣", "date=%00"])
def test_broken_encodings_and_wildcards_break_nothing(busy_client: FlaskClient, raw: str) -> None:
    for part in ("", "/rides.csv", "/records.csv"):
        assert busy_client.get(f"/today{part}?{raw}").status_code in (200, 400)


def test_wildcards_in_a_search_are_letters(village: Village, client: FlaskClient) -> None:
    morning(village)
    assert "この条件に合う乗車はありません" in says(client, "/today/rides?q=%25")


def test_a_machines_absurd_times_break_nothing(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.says(well(oldest_queued_wall=-(10**15), queue=3, progress=1e300), heard_at=10**11)
    village.ride(alight_wall=10**15)
    village.incident("conflict")
    assert client.get("/today").status_code == 200
    assert client.get("/today/rides.csv").status_code == 200
