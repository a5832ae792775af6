"""今日, the desk: what needs a person comes up and goes away, worst first; machines in words; yesterday's totals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from central.audit.write_down import write_down
from central.database import card_tables, counter_tables, points_tables, tables
from central.desk.store import totals_by_day
from central.desk.totals import DayTotals, first_day_needed, total_lines
from central.today import store as today_store
from central.today.filters import Filter
from rules.messages.backup import Drill
from rules.messages.codec import encode
from tests.central.desk_bench import NEEDS, YESTERDAY, Need, backed_up, change, well_village
from tests.central.exceptions_desk import LONG, NO_BOARDING
from tests.central.office_pages import says
from tests.central.plans import plans
from tests.central.today_events import BUS, DAY, alighted, at, well
from tests.central.today_village import Village, app_of, found

NOTHING = "いま対応するものはありません。"


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield well_village(village)


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def needed(client: FlaskClient) -> list[str]:
    """The names of what needs a person, as the page orders it."""
    page = client.get("/desk").get_data(as_text=True)
    return re.findall(r'<li id="([^"]+)" class="', page)


def test_when_nothing_needs_a_person_the_desk_says_so(client: FlaskClient) -> None:
    assert needed(client) == []
    page = says(client, "/desk")
    assert NOTHING in page
    assert "異常なし well" in page
    assert "開いているレジはありません。" in page


def test_an_office_without_anything_yet_has_a_desk(tmp_path: Path) -> None:
    with found(tmp_path / "new") as village:
        client = app_of(village).test_client()
        assert needed(client) == ["edition", "backup"]
        assert "登録された機器がまだありません。" in says(client, "/desk")


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_what_needs_a_person_comes_up_with_a_way_and_goes_when_it_is_put_right(
    village: Village, client: FlaskClient, need: Need
) -> None:
    need.comes(village)
    assert needed(client) == [need.name]
    page = client.get("/desk").get_data(as_text=True)
    row = page[page.index(f'<li id="{need.name}"') :].split("</li>")[0]
    (href,) = re.findall(r'href="([^"#]+)', row)
    assert client.get(href.replace("&amp;", "&")).status_code == 200
    need.goes(village)
    assert needed(client) == []


def test_an_altered_audit_log_comes_up(village: Village, client: FlaskClient) -> None:
    with village.database.write() as connection:
        for number in range(3):
            write_down(connection, "staff:a", "looked", f"x:{number}", {}, at(9))
    assert needed(client) == []
    change(village, "DROP TRIGGER audit_entries_no_update")
    change(village, "UPDATE audit_entries SET who = 'staff:b' WHERE id = 2")
    assert needed(client) == ["audit"]


def test_a_bus_that_has_not_told_its_day_holds_the_settling_back(
    village: Village, client: FlaskClient
) -> None:
    row = {"device": BUS, "epoch": "e1", "number": 1, "hash": "0", "session": "", "told": 1}
    village.put(tables.journals, **row)
    village.says(well(queue=3, at_wall=village.now - 3 * 86_400), heard_at=village.now - 10)
    assert f"watermark-{BUS}" in needed(client)
    village.says(well(at_wall=village.now))
    assert needed(client) == []


def test_the_worst_comes_first_and_of_the_same_what_has_waited_longest(
    village: Village, client: FlaskClient
) -> None:
    for name in ("corrections", "card-incidents", "exceptions-record-refused", "bags"):
        next(each for each in NEEDS if each.name == name).comes(village)
    assert needed(client) == ["exceptions-record-refused", "bags", "card-incidents", "corrections"]


def test_a_machines_row_says_in_words_what_is_wrong_and_what_to_do(
    village: Village, client: FlaskClient
) -> None:
    village.says(well(camera="写りません / no picture"))
    page = says(client, "/desk")
    assert "カメラ 写りません レンズと線を確かめてください。それまでは手扱いで乗れます。" in page


def test_the_backup_says_when_it_last_left_what_the_drill_found_and_what_to_do(
    village: Village, client: FlaskClient
) -> None:
    page = says(client, "/desk")
    assert "の状態まで届いています（最後の小包 2026-10-03" in page
    assert "1時間前の訓練で、" in page
    backed_up(village, drill=Drill(village.now, village.now, ("ledger",)))
    page = client.get("/desk").get_data(as_text=True)
    assert '<li id="backup-drill" class="bad">' in page
    assert 'href="/desk#server-backup"' in page
    assert "何も直さず、バックアップを別の場所に残して" in page


def test_nobody_is_asked_to_back_up_a_demonstration(tmp_path: Path) -> None:
    with found(tmp_path / "demo") as village:
        client = app_of(village, demo=True).test_client()
        assert needed(client) == ["edition"]
        assert "バックアップは動いたことがありません" in says(client, "/desk")


def test_an_open_till_says_what_should_be_in_it(village: Village, client: FlaskClient) -> None:
    next(each for each in NEEDS if each.name == "till").comes(village)
    assert "2026-10-02 のレジ・あるはずの現金 5,000円" in says(client, "/desk")


def test_the_desk_is_the_staffs_home_and_first_in_the_bar(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/desk"
    page = client.get("/desk").get_data(as_text=True)
    assert '<a class="brand" href="/desk">' in page
    places = re.findall(r'<a href="(/[^"]*)"', page.split('class="places"')[1].split("</nav>")[0])
    assert places[:2] == ["/desk", "/today"]


RIDES = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["complete", "open", "provisional"]),
        st.integers(0, 900),
        st.integers(0, 900),
        st.integers(0, 900),
        st.integers(0, 4),
    ),
    max_size=15,
)


@given(RIDES, st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5000), st.booleans()), max_size=8))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_totals_are_the_sums_of_the_days_own_pages(
    tmp_path_factory: pytest.TempPathFactory,
    played: list[tuple[int, str, int, int, int, int]],
    receipts: list[tuple[int, int, bool]],
) -> None:
    """Of every day the same figures as 運行 has of it, and the till's receipts less what was voided."""
    with found(tmp_path_factory.mktemp("v")) as village:
        for ago, state, held, cash, owed, adults in played:
            day = YESTERDAY - timedelta(ago)
            more = {"fare": held + cash + owed, "held": held, "cash": cash, "owed": owed, "adults": adults}
            village.ride(service_date=day.isoformat(), state=state, **more)
        expected = charge(village, receipts)
        first = YESTERDAY - timedelta(40)
        with village.database.read() as connection:
            totals = totals_by_day(connection, first, YESTERDAY)
            for day, of_day in totals.items():
                sums = today_store.sum_rides(connection, Filter(day))
                assert (of_day.riders, of_day.by_code) == (sums.people, sums.rides)
                fares = (of_day.kurapo, of_day.cash, of_day.owed, of_day.tickets)
                assert fares == (sums.held, sums.cash, sums.owed, sums.coupons)
                assert of_day.charged_at_counter == expected.get(day, 0)


def charge(village: Village, receipts: list[tuple[int, int, bool]]) -> dict[date, int]:
    """Charges at the counter, some of them voided on the same day; what each day comes to."""
    row = {
        "issuer": "村",
        "contact": "",
        "staff": "a",
        "at": 0,
    }
    village.put(counter_tables.counter_settings, id=1, **row)
    expected: dict[date, int] = {}
    for number, (ago, amount, is_voided) in enumerate(receipts):
        day = YESTERDAY - timedelta(ago)
        of = {"staff": "a", "approved_by": "", "till": "", "member": "m", "amount": amount, "balance": 0}
        more = {"reason": "", "set_off": 0, "forfeited": 0, "settings_id": 1, "day": day.isoformat(), "at": 0}
        kept = counter_tables.counter_receipts
        village.put(kept, number=2 * number + 1, command=f"c{number}", kind="charge", **of, **more)
        if is_voided:
            about = {"about": 2 * number + 1}
            village.put(kept, number=2 * number + 2, command=f"v{number}", kind="void", **of, **more, **about)
        expected[day] = expected.get(day, 0) + (0 if is_voided else amount)
    return expected


def test_points_that_were_taken_back_do_not_count(village: Village) -> None:
    for number in (1, 2):
        row = {"source": "k", "number": str(number), "programme": "p", "member": "m", "amount": 50}
        village.put(points_tables.point_grants, id=number, command=str(number), day="2026-10-02", at=0, **row)
    village.put(points_tables.points_taken_back, grant_id=2, command="b", at=0)
    with village.database.read() as connection:
        assert totals_by_day(connection, YESTERDAY, YESTERDAY)[YESTERDAY].points == 50


def test_a_charge_by_card_counts_on_the_day_it_was_paid(village: Village) -> None:
    asked = at(23, 50, day=date(2026, 10, 1))
    village.put(card_tables.card_charges, id="c1", member="m", amount=3000, mode="practice", asked_at=asked)
    row = {"charge_id": "c1", "taken": 0, "owed": 0, "cause": ""}
    village.put(card_tables.card_states, seq=0, state="asked", paid=False, at=asked, **row)
    village.put(card_tables.card_states, seq=1, state="paid", paid=True, at=asked + 1200, **row)
    village.put(card_tables.card_states, seq=2, state="disputed", paid=True, at=at(9), **row)
    with village.database.read() as connection:
        totals = totals_by_day(connection, date(2026, 10, 1), DAY)
    assert {day: each.charged_by_card for day, each in totals.items()} == {YESTERDAY: 3000}


def test_yesterday_is_held_against_the_same_weekday_and_its_month() -> None:
    days = {YESTERDAY - timedelta(7 * weeks): DayTotals(riders=10 * weeks) for weeks in range(1, 4)}
    days |= {YESTERDAY: DayTotals(riders=26), date(2026, 10, 1): DayTotals(riders=5)}
    riders, *_, points = total_lines(days, YESTERDAY)
    assert (riders.day, riders.mean, riders.month, riders.differs[0]) == (26, 20, 31, "6人多い")
    assert points.differs[0] == "いつもと同じ"
    assert total_lines({}, YESTERDAY)[0].mean is None
    assert first_day_needed(YESTERDAY) == YESTERDAY - timedelta(28)


def fill_a_year(village: Village) -> None:
    """300,000 records of a year, of which one in a hundred was not entered, and 100,000 rides."""
    body = encode(alighted(at(9), 1))
    records = [
        {
            "device": BUS, "epoch": "e1", "number": number, "hash": "0" * 64, "kind": "tapped",
            "wall": at(9) - number * 100, "received_at": at(9) - number * 100, "body": body,
            "refused": NO_BOARDING if number % 100 == 0 else "",
        }
        for number in range(1, 300_001)
    ]  # fmt: skip
    with village.database.write() as connection:
        connection.execute(insert(tables.records), records)
        connection.execute(
            text(
                "INSERT INTO rides (device, epoch, board_number, alight_epoch, alight_number, state, pass_id, "
                "pass_kind, rider_class, product, adults, children, edition, route_id, trip_id, service_date, "
                "board_stop_id, alight_stop_id, board_wall, alight_wall, board_unsure, alight_unsure, double_of, "
                "fare, held, cash, owed, overpaid, refunded, corrected, left_held) "
                "SELECT device, 'r', number, 'r', number + 1, 'complete', 'p', 1, 0, 0, 0, 0, 1, 'R', 'T', "
                "date(wall, 'unixepoch', '+9 hours'), 's1', 's7', wall, wall, 0, 0, '', 600, 300, 300, 0, 0, 0, 0, 0 "
                "FROM records WHERE number % 3 = 0"
            )
        )


def test_with_a_year_behind_it_the_desk_reads_no_long_table_whole(village: Village) -> None:
    fill_a_year(village)
    client = app_of(village).test_client()
    client.get("/desk")
    with plans(village.database) as found:
        assert client.get("/desk").status_code == 200
    scans = [plan for plan in found if re.match(r"SCAN (records|rides|entries|hand_rides)\b", plan)]
    assert [plan for plan in scans if "INDEX" not in plan] == []


def test_long_names_and_an_hour_away_are_said_whole(village: Village, client: FlaskClient) -> None:
    village.machine(LONG[:120])
    village.says(well(), LONG[:120], heard_at=village.now - 3600)
    page = says(client, "/desk")
    assert f"機器 {LONG[:120]}：応答なし" in page
    assert "1時間前" in page
