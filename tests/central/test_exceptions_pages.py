"""The page of exceptions: everything that was not applied, set apart or is to be looked at, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.devices.list_incident import What
from central.devices.notice_record import Noticed
from central.exceptions.csv_export import COLUMNS
from central.exceptions.kinds import KINDS, QUARANTINED, REFUSED, kind_of
from rules.messages.codec import encode
from tests.central.exceptions_desk import (
    EVIL,
    LONG,
    NO_BOARDING,
    bad_day,
    handed_on,
    rows,
    says,
    set_apart,
)
from tests.central.plans import plans
from tests.central.today_events import BUS, DAY, PASS, alighted, at, boarded, door
from tests.central.today_village import Village, app_of, found, line


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def shown(client: FlaskClient, address: str = "/exceptions") -> list[str]:
    """The exceptions on a page, by the table and id that each stands for."""
    answer = client.get(address)
    assert answer.status_code == 200
    return re.findall(r'<li id="([a-z]+-\d+)"', answer.get_data(as_text=True))


def test_without_exceptions_the_page_says_so(client: FlaskClient) -> None:
    page = says(client)
    assert "例外はありません。" in page
    assert "絞り込む" not in page
    assert "CSV" not in page


def test_a_record_that_was_not_applied_says_what_why_how_much_and_what_to_do(
    village: Village, client: FlaskClient
) -> None:
    village.edition()
    village.machine()
    village.record(boarded(at(8)))
    village.record(alighted(at(9, 5), 77), refused=NO_BOARDING, late=7200)
    page = says(client)
    assert "11:05 未記帳の記録 not entered bus-001 #2 e1" in page
    assert "降車・承認 新庄駅前 → 肘折温泉待合所 600円 09:05:00" in page
    assert "乗車の記録がありません there is no boarding under that number" in page
    assert "対応 この記録ではお金は動いていません。" in page
    text = client.get("/exceptions").get_data(as_text=True)
    # Beside what tells the buttons apart.
    assert page.count("600円") - text.count('class="unseen">: ') == 2
    assert 'href="/today/records/2"' in text
    assert f'href="/today?date=2026-10-03&amp;q={PASS}"' in text
    assert shown(client) == ["record-2"]


def test_a_record_set_apart_shows_both_hashes_and_leads_to_the_one_we_hold(
    village: Village, client: FlaskClient
) -> None:
    village.edition()
    village.machine()
    number = village.record(boarded(at(8)))
    ours = village.chain[BUS][1].hex()
    theirs = set_apart(village, alighted(at(9), 77), number)
    page = says(client)
    assert "番号が重なった記録 set apart bus-001 #1 e1 降車・承認 新庄駅前 → 肘折温泉待合所 600円" in page
    assert f"この記録 {theirs[:8]} ・役場の記録 {ours[:8]}" in page
    assert "帳簿には入っていません。" in page
    assert "役場にある記録" in page
    assert 'href="/today/records/1"' in client.get("/exceptions").get_data(as_text=True)


def test_a_record_set_apart_that_came_in_later_says_as_which_one(
    village: Village, client: FlaskClient
) -> None:
    village.machine()
    first = village.record(boarded(at(8)))
    later = village.record(boarded(at(9)))
    refused = village.record(alighted(at(9, 30), 77), refused=NO_BOARDING)
    handed_on(village, first, set_apart(village, door(at(8), 1), first), later)
    page = says(client, f"/exceptions?kind={QUARANTINED}&show=all")
    assert "引き継いだ記録 e1 #2" in page
    assert "することはありません。" in page
    assert "帳簿には入っていません。" not in page
    handed_on(village, 1, set_apart(village, door(at(8), 2), first), refused)
    page = says(client, f"/exceptions?kind={QUARANTINED}&show=all")
    assert "引き継いだ記録 e1 #3" in page
    assert "引き継がれましたが、帳簿に入りませんでした。" in page
    assert "乗車の記録がありません" in page


def test_another_hash_or_number_handed_on_is_not_taken_for_it(village: Village, client: FlaskClient) -> None:
    village.machine()
    for _ in range(2):
        village.record(boarded(at(8)))
    theirs = set_apart(village, door(at(8), 1), 1)
    handed_on(village, 1, "0" * 64, 2)
    handed_on(village, 2, theirs, 2)
    page = says(client)
    assert "帳簿には入っていません。" in page
    assert "引き継いだ記録" not in page


def test_an_incident_says_how_often_and_since_when(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.incident(What.RECORDS_LOST, "0123456789abcdef: 4–6, 9", when=at(9))
    assert "09:00 2回 失われた記録 records lost bus-001" in says(client)
    assert "記録簿と欠けた番号: 0123456789abcdef: 4–6, 9" in says(client)
    assert "運転日報と現金で確かめてください。" in says(client)


def test_every_kind_says_what_to_do_about_it(village: Village, client: FlaskClient) -> None:
    assert set(KINDS) == {*What, QUARANTINED, *Noticed}
    page = says(app_of(bad_day(village)).test_client())
    for value, kind in KINDS.items():
        assert value in set(Noticed) or (kind.todo[0] in page and kind.name[0] in page), value
        assert kind.todo[0].endswith("。")


def test_a_refused_record_is_listed_once_not_again_as_an_incident(
    village: Village, client: FlaskClient
) -> None:
    bad_day(village)
    listed = shown(client)
    assert len(listed) == len(set(listed)) == len(What) - 1 + 2
    assert shown(client, f"/exceptions?kind={REFUSED}") == ["record-2"]


def test_a_kind_that_this_version_does_not_know_is_shown_all_the_same(
    village: Village, client: FlaskClient
) -> None:
    village.incident("moon-landing", "e9")
    page = says(client)
    assert "moon-landing 1" in page
    assert kind_of("moon-landing").todo[0] in page


def test_the_last_to_come_in_stands_first_whatever_it_is(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.record(alighted(at(7), 77), refused=NO_BOARDING, late=3 * 3600)
    village.incident(What.UNKNOWN_PASS, PASS, when=at(9))
    set_apart(village, door(at(9), 1), 1, when=at(11))
    village.incident(What.DOUBLE_USE, PASS, when=at(12))
    assert shown(client) == ["incident-2", "quarantine-1", "record-1", "incident-1"]


def test_totals_are_links_that_filter(village: Village, client: FlaskClient) -> None:
    bad_day(village)
    village.record(alighted(at(9, 6), 78), refused=NO_BOARDING)
    page = client.get("/exceptions").get_data(as_text=True)
    total = len(What) + 2
    assert f"すべて all {total}" in says(client)
    assert "未記帳の記録 not entered 2" in says(client)
    links = dict(
        re.findall(r'<a href="/exceptions\?kind=([\w-]+)"[^>]*>[^<]*<small[^<]*</small> <b>(\d+)', page)
    )
    assert set(links) == set(KINDS) - set(Noticed)
    for kind, count in links.items():
        assert len(shown(client, f"/exceptions?kind={kind}")) == int(count), kind


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?device=bus-001", 2),
        ("?device=bus-002", 1),
        ("?device=bus-00", 0),
        ("?from=2026-10-03", 2),
        ("?to=2026-10-02", 1),
        ("?from=2026-10-02&to=2026-10-02", 1),
        ("?from=2026-10-04", 0),
        ("?from=2026-10-03&to=2026-10-02", 0),
        (f"?kind={What.DOUBLE_USE}&device=bus-002&from=2026-10-03&to=2026-10-03", 1),
        (f"?kind={What.DOUBLE_USE}&device=bus-001", 0),
        ("?kind=nothing", 0),
    ],
)
def test_a_filter_narrows_the_list_and_its_totals(
    village: Village, client: FlaskClient, query: str, count: int
) -> None:
    village.machine()
    village.record(alighted(at(7), 77), refused=NO_BOARDING)
    set_apart(village, door(at(9), 1), 1, when=at(0) - 1)
    village.incident(What.DOUBLE_USE, PASS, "bus-002", at(24) - 1)
    page = says(client, f"/exceptions{query}")
    assert len(shown(client, f"/exceptions{query}")) == count
    assert f"確かめること To look at 未対応 {count}件（絞り込み中）" in page
    assert ("この条件に合う例外はありません" in page) == (count == 0)
    if "kind" not in query:
        assert f"すべて all {count}" in page


def test_a_filter_stays_in_every_address_of_the_page(village: Village, client: FlaskClient) -> None:
    village.machine()
    for number in range(60):
        village.incident(What.UNKNOWN_PASS, f"{number:016x}")
    address = f"/exceptions?kind=unknown-pass&device={BUS}&from=2026-10-01&to=2026-10-03"
    page = client.get(address).get_data(as_text=True)
    kept = f"device={BUS}&amp;from=2026-10-01&amp;to=2026-10-03"
    assert f'href="/exceptions?kind=unknown-pass&amp;{kept}&amp;page=2#list"' in page
    assert f'href="/exceptions?{kept}"' in page
    assert f'href="/exceptions.csv?kind=unknown-pass&amp;{kept}"' in page
    assert '<option value="unknown-pass" selected>' in page
    assert f'<option value="{BUS}" selected>' in page
    assert 'name="from" value="2026-10-01"' in page
    assert 'name="to" value="2026-10-03"' in page


def test_pages_hold_fifty_each_once_and_the_last_one_ends_them(village: Village, client: FlaskClient) -> None:
    village.machine()
    for number in range(60):
        # All in one second: their order must still be one order.
        village.incident(What.UNKNOWN_PASS, f"{number:016x}", when=at(9))
        village.record(alighted(at(9) - 1, 77), refused=NO_BOARDING)
    pages = [shown(client, f"/exceptions?page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({each for page in pages for each in page}) == 120
    assert shown(client, "/exceptions?page=99") == pages[2]
    assert "3 / 3" in says(client, "/exceptions?page=99")


@pytest.mark.parametrize("query", ["from=2026-13-01", "to=tomorrow", "from=0001-01-01"])
def test_a_date_that_is_none_is_refused_with_a_sentence(client: FlaskClient, query: str) -> None:
    for page in ("/exceptions", "/exceptions.csv"):
        answer = client.get(f"{page}?{query}")
        assert answer.status_code == 400
        assert "日付は" in answer.get_data(as_text=True)


def test_hostile_markup_stays_text(village: Village, client: FlaskClient) -> None:
    village.edition(line((EVIL, *"BCDEFGH")))
    village.machine(EVIL)
    village.record(boarded(at(8), 0, pass_id=EVIL), EVIL, refused=EVIL)
    set_apart(village, boarded(at(8), 0, pass_id=EVIL), 1, EVIL)
    village.incident(EVIL, EVIL, EVIL)
    for what in What:
        village.incident(what, EVIL, EVIL)
    for address in ("/exceptions", f"/exceptions?kind={quote(EVIL)}&device={quote(EVIL)}", "/today"):
        page = client.get(address).get_data(as_text=True)
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
    assert len(shown(client, f"/exceptions?show=all&device={quote(EVIL)}")) == len(What) + 2


def test_the_longest_name_and_one_with_control_characters_can_be_filtered_by(
    village: Village, client: FlaskClient
) -> None:
    for name in (LONG[:200], " \x07bus\t"):
        village.incident(What.UNKNOWN_DEVICE, "hello", name)
        page = client.get("/exceptions").get_data(as_text=True)
        address = f"/exceptions?{urlencode({'device': name})}"
        assert f'href="{address}"' in page
        assert len(shown(client, address)) == 1


def test_what_no_version_can_read_is_shown_with_its_reason(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.bytes(b"\xff\x00{", "unread", at(9), refused="読めない記録です / not a record of ours: bytes")
    set_apart(village, b"\xfe\x00[", 1)
    page = says(client)
    assert page.count("読めない記録 この版では読めない記録です") == 2
    assert "読めない記録です not a record of ours: bytes" in page


def test_absurd_times_break_nothing(village: Village, client: FlaskClient) -> None:
    village.machine()
    village.record(alighted(at(9), 77), refused=NO_BOARDING, late=10**15)
    village.incident(What.UNKNOWN_PASS, PASS, when=-(10**15))
    assert says(client).count("--:--") == 2
    assert len(rows(client)) == 2


def test_the_file_holds_what_the_page_is_narrowed_to_on_all_its_pages(
    village: Village, client: FlaskClient
) -> None:
    bad_day(village)
    for number in range(450):
        village.incident(What.UNKNOWN_PASS, f"=1+{number}")
    file = rows(client, "/exceptions.csv?kind=unknown-pass")
    assert len(file) == 451
    assert {row["種類"] for row in file} == {"未知のパス"}
    assert len({row["理由・詳しく"] for row in file}) == 451
    assert all(not row["理由・詳しく"].startswith("=") for row in file)
    apart, refused = (rows(client, f"/exceptions.csv?kind={kind}") for kind in (QUARANTINED, REFUSED))
    assert tuple(apart[0]) == COLUMNS
    assert apart[0]["記録"].encode() == encode(door(at(9, 30), 3))
    assert (refused[0]["番号"], refused[0]["運賃"], refused[0]["理由・詳しく"]) == ("2", "600", NO_BOARDING)
    assert rows(client, "/exceptions.csv?from=2026-10-04") == []


def test_the_days_short_list_leads_to_the_exceptions(village: Village, client: FlaskClient) -> None:
    bad_day(village)
    page = client.get("/today/devices").get_data(as_text=True)
    assert f'href="/exceptions?kind=conflict&amp;device={BUS}"' in page
    assert f'href="/exceptions?from={DAY}&amp;to={DAY}"' in page
    assert 'href="/exceptions"' in client.get("/today").get_data(as_text=True)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with found(tmp_path_factory.mktemp("busy")) as village:
        yield app_of(bad_day(village)).test_client()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(("kind", "device", "from", "to", "page")),
        st.text(max_size=250) | st.integers().map(str) | st.dates().map(str),
    ),
    st.sampled_from(("", ".csv")),
)
def test_no_query_breaks_a_page(busy: FlaskClient, query: dict[str, str], page: str) -> None:
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    assert busy.get(f"/exceptions{page}", query_string=encoded).status_code in (200, 400)


@pytest.mark.parametrize(
    "query", ["", f"?device={BUS}", f"?device={BUS}&from={DAY}&to={DAY}", f"?kind={REFUSED}"]
)
def test_of_the_records_only_those_that_were_refused_are_read(
    village: Village, client: FlaskClient, query: str
) -> None:
    bad_day(village)
    with plans(village.database) as found:
        says(client, f"/exceptions{query}")
    read = [plan for plan in found if re.match(r"(SCAN|SEARCH) (records|held|bringer)\b", plan)]
    assert len(read) >= 3
    one = (
        "(device=? AND epoch=? AND number=?)",
        "INTEGER PRIMARY KEY (rowid=?)",
        "INDEX records_not_applied",
    )
    assert [plan for plan in read if not any(way in plan for way in one)] == []
