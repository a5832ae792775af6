"""Finding something on the day's page; and whatever is asked, it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.central.today_events import BACK, TRIP, at, boarded, door, well
from tests.central.today_village import Village, app_of, found, line, morning, text_of


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
    for part, sentence in (
        ("rides", "この条件に合う乗車はありません"),
        ("log", "この条件に合う記録はありません"),
    ):
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


PARAMETERS = ("date", "bus", "trip", "stop", "state", "outcome", "q", "rides_page", "records_page")


@pytest.fixture(scope="module")
def busy_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with found(tmp_path_factory.mktemp("hostile")) as village:
        yield app_of(morning(village)).test_client()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from(PARAMETERS), st.text(max_size=120) | st.integers().map(str) | st.dates().map(str)
    ),
    st.sampled_from(("", "/rides", "/log", "/map", "/figures", "/devices", "/rides.csv", "/records.csv")),
)
def test_no_query_breaks_a_page(busy_client: FlaskClient, query: dict[str, str], part: str) -> None:
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    assert busy_client.get(f"/today{part}", query_string=encoded).status_code in (200, 400)


@pytest.mark.parametrize(
    "raw", ["q=%ff%00%fe", "q=%23" + "9" * 60, "q=" + "%25_" * 40, "rides_page=٣", "date=%00"]
)
def test_broken_encodings_and_wildcards_break_nothing(busy_client: FlaskClient, raw: str) -> None:
    for part in ("", "/rides.csv", "/records.csv"):
        assert busy_client.get(f"/today{part}?{raw}").status_code in (200, 400)


def test_wildcards_in_a_search_are_letters(village: Village, client: FlaskClient) -> None:
    morning(village)
    assert "この条件に合う乗車はありません" in says(client, "/today/rides?q=%25")
