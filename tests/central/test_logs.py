"""The logs: every ride is found by each of its keys, seen from every side, and every record followed to the books."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import quarantine, records
from central.logs.dictionary import FILES
from central.logs.wanted import DAYS, MOST_DAYS, Odd, Wanted, read_wanted
from central.today.csv_export import RECORD_COLUMNS, RIDE_COLUMNS
from tests.central.by_hand_bench import alights, boards
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import NOW, Bus, send
from tests.central.office_pages import field as value_of
from tests.central.office_pages import says, text
from tests.central.phone_ride_bench import claim, drive, quiet_for_days, settle, signed, touch
from tests.central.settled_bench import off, on, settled
from tests.central.today_events import DAY as MORNING
from tests.central.today_events import at as morning_at
from tests.central.today_village import app_of, found, morning
from tests.ride.builders import DAY

TODAY = date(2026, 10, 3)


@pytest.fixture(name="clerk")
def _clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made


def played(clerk: Clerk) -> tuple[str, str, Bus]:
    """A member's ride by card, one of another's by phone, one by the driver's hand; member, pass, bus."""
    member = clerk.registers("山田", 3_000, card="on")
    (card,) = clerk.cards(member)
    other = clerk.registers("佐藤", 3_000)
    bus = Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    pass_id = card.issued.body.pass_id.hex()
    openings = drive(bus)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    boarding = bus.write(boards(0))
    bus.write(alights(boarding, 2))
    for movement, stop in (("board", 0), ("alight", 4)):
        touch(clerk.office, claim(movement, stop, signed(bus, openings[stop])), other)
    quiet_for_days(bus)
    send(clerk.office.database, bus)
    settle(clerk.office)
    return member, pass_id, bus


def rides_on(clerk: Clerk, query: str) -> list[str]:
    """The addresses of the rides that a search lists."""
    page = clerk.opens(f"/logs?from={DAY}&to={DAY}&{query}").get_data(as_text=True)
    return re.findall(r'href="(/logs/rides/[a-z]+-[0-9]+)"', page)


def test_every_ride_of_a_day_is_found_by_each_of_its_keys(clerk: Clerk) -> None:
    member, pass_id, bus = played(clerk)
    everything = rides_on(clerk, "")
    assert sorted(each.rpartition("/")[2].split("-")[0] for each in everything) == ["code", "hand", "phone"]
    by_code, by_hand, by_phone = (
        next(each for each in everything if kind in each) for kind in ("code", "hand", "phone")
    )
    for asked in (
        f"q={member}",
        "q=" + quote("山田"),
        f"q={pass_id}",
        f"q={pass_id[:4]}-{pass_id[4:8]}",
    ):
        assert rides_on(clerk, asked) == [by_code], asked
    assert rides_on(clerk, "q=" + quote("佐藤")) == [by_phone]
    assert rides_on(clerk, "means=hand") == [by_hand]
    assert rides_on(clerk, "stop=C") == [by_hand]
    assert set(rides_on(clerk, f"bus={bus.device}&trip=t1&state=complete")) == set(everything)
    for nobody in (
        "q=" + quote("いない人"),
        "bus=bus-999",
        "stop=Z",
        "trip=t9",
        "state=open",
        "means=coupon",
    ):
        assert rides_on(clerk, nobody) == [], nobody


def test_a_record_is_found_by_its_name_with_the_ride_it_belongs_to(clerk: Clerk) -> None:
    _, _, bus = played(clerk)
    with clerk.office.database.read() as connection:
        numbers = list(
            connection.scalars(
                select(records.c.number).where(records.c.kind == "tapped").order_by(records.c.id)
            )
        )
    for number in numbers:
        for asked in (f"{bus.device}#{number}", f"#{number}"):
            page = clerk.opens("/logs?q=" + quote(asked)).get_data(as_text=True)
            assert f"{bus.device} #{number}" in page
            assert "/logs/rides/code-" in page


def test_a_page_goes_on_where_the_last_one_ended(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    played(clerk)
    everything = rides_on(clerk, "")
    monkeypatch.setattr("central.logs.pages.PAGE_ROWS", 1)
    address, seen = f"/logs?from={DAY}&to={DAY}", []
    while address:
        page = clerk.opens(address).get_data(as_text=True)
        seen += re.findall(r'href="(/logs/rides/[a-z]+-[0-9]+)"', page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == everything


def test_a_ride_leads_to_its_records_and_its_money_and_these_lead_back(clerk: Clerk) -> None:
    member, _, _ = played(clerk)
    for address in rides_on(clerk, ""):
        page = clerk.opens(address).get_data(as_text=True)
        linked = re.findall(r'href="(/logs/(?:records|groups)/[0-9]+)"', page)
        assert any("records" in each for each in linked)
        assert any("groups" in each for each in linked), text(clerk.opens(address))
        for each in linked:
            assert address in clerk.opens(each).get_data(as_text=True), (address, each)
    ride = text(clerk.opens(rides_on(clerk, f"q={member}")[0]))
    assert "480円" in ride
    assert "運賃収入 fares earned" in ride
    assert f"会員 member {member}" in ride


def test_a_correction_stands_beside_its_ride_with_who_and_why(clerk: Clerk) -> None:
    member, _, _ = played(clerk)
    (address,) = rides_on(clerk, f"q={member}")
    number = address.rpartition("-")[2]
    form = {"kind": "stops", "board": 0, "alight": 2, "why": "wrong-stop", "note": "本人と確認"}
    looked = clerk.opens(f"/counter/rides/{number}?kind=stops&board=0&alight=2")
    clerk.sends(f"/counter/rides/{number}/correct", form | {"seen": value_of(looked, "seen")})
    page = text(clerk.opens(address))
    assert "480円 → 240円" in page
    assert "本人と確認" in page
    assert "訂正ずみ 区間 stops" in page
    assert "停留所がちがう" in page
    assert "cashier" in page
    said = "前の運賃 480円、内容 区間、メモ 本人と確認、後の運賃 240円、理由 停留所がちがう"
    assert f"cashier 乗車の訂正 ride corrected {said}" in page
    assert "ride-corrected" not in page


def followed(clerk: Clerk, kind: str) -> str:
    """What the page says of the last record of that kind."""
    with clerk.office.database.read() as connection:
        newest = select(records.c.id).where(records.c.kind == kind).order_by(records.c.id.desc())
        return text(clerk.opens(f"/logs/records/{connection.scalars(newest).first()}"))


def test_a_record_is_followed_to_the_head_of_the_chain(clerk: Clerk) -> None:
    played(clerk)
    page = followed(clerk, "tapped")
    steps = ("機器で書かれた", "役場に届いた", "乗車 ride", "元帳 ledger", "元帳の鎖")
    assert all(step in page for step in steps), page
    assert [page.index(step) for step in steps] == sorted(page.index(step) for step in steps)


def test_what_is_missing_on_the_way_is_said(clerk: Clerk) -> None:
    _, pass_id, bus = played(clerk)
    tap = bus.write(on(pass_id, 0))
    send(clerk.office.database, bus, first=tap.number)
    assert "降りるまでお金は動きません" in followed(clerk, "tapped")
    assert "乗車やお金にはかかわらない記録です" in followed(clerk, "started")


def test_a_record_that_changes_what_others_made_is_not_said_to_move_nothing(clerk: Clerk) -> None:
    _, pass_id, bus = played(clerk)
    tap = bus.write(on(pass_id, 0))
    bus.write(settled(1, tap))
    send(clerk.office.database, bus, first=tap.number)
    page = followed(clerk, "stop-settled")
    assert "停留所を決め直す記録です" in page
    assert "お金にはかかわらない" not in page


def test_a_refused_record_and_one_beside_another_of_its_number_say_so(clerk: Clerk) -> None:
    _, pass_id, bus = played(clerk)
    with clerk.office.database.write() as connection:
        row = connection.execute(select(records).where(records.c.kind == "tapped").limit(1)).one()
        connection.execute(
            quarantine.insert().values(
                device=row.device,
                epoch=row.epoch,
                number=row.number,
                hash="f" * 64,
                received_at=NOW,
                body=b"{}",
            )
        )
    assert "同じ番号の別の記録" in text(clerk.opens(f"/logs/records/{row.id}"))
    tap = bus.write(on(pass_id, 0))
    for _ in range(2):
        bus.write(off(pass_id, tap, 4, 480))
    send(clerk.office.database, bus, first=tap.number)
    assert "入りませんでした" in followed(clerk, "tapped")


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


@pytest.mark.parametrize("name", ["rides", "records"])
def test_a_months_file_is_the_sum_of_its_days(tmp_path: Path, name: str) -> None:
    with found(tmp_path) as village:
        morning(village)
        village.ride(service_date="2026-10-31", board_wall=morning_at(8) + 28 * 86_400)
        village.ride(service_date="2026-11-01", board_wall=morning_at(8) + 29 * 86_400)
        client = app_of(village).test_client()
        month = rows_of(client.get(f"/logs/{name}.csv?month=2026-10"))
        days = [
            row
            for number in range(1, 32)
            for row in rows_of(client.get(f"/today/{name}.csv?date=2026-10-{number:02}"))[1:]
        ]
        assert month[1:] == days
        assert month[0] == list(RIDE_COLUMNS if name == "rides" else RECORD_COLUMNS)
        assert len(days) > 1


def test_the_dictionary_has_every_column_that_is_written_and_no_other(tmp_path: Path) -> None:
    written = {"rides": RIDE_COLUMNS, "records": RECORD_COLUMNS}
    assert {each.slug: tuple(column.name for column in each.columns) for each in FILES} == written
    with found(tmp_path) as village:
        client = app_of(village).test_client()
        listed = rows_of(client.get("/logs/dictionary.csv"))[1:]
        page = says(client, "/logs/dictionary")
    assert len(listed) == len(RIDE_COLUMNS) + len(RECORD_COLUMNS)
    assert all(column in page for column in (*RIDE_COLUMNS, *RECORD_COLUMNS))


@pytest.fixture(name="client")
def _client(tmp_path: Path) -> Iterator[FlaskClient]:
    with found(tmp_path) as village:
        morning(village)
        yield app_of(village).test_client()


def test_bad_dates_are_refused_with_what_to_write(client: FlaskClient) -> None:
    assert Odd.DATE.partition(" / ")[0] in says(client, "/logs?from=tomorrow", 400)
    assert "前です" in says(client, "/logs?from=2026-10-03&to=2026-10-01", 400)
    assert "366日" in says(client, "/logs?from=2020-01-01&to=2026-10-01", 400)
    assert "2026-10 の形" in says(client, "/logs/rides.csv?month=2026-13", 400)
    for address in ("/logs/rides/code-999", "/logs/records/999", "/logs/groups/999", f"/logs/groups/{2**70}"):
        assert "このページはありません" in says(client, address, 404)
    assert "この期間の乗車はありません" in says(client, "/logs?from=2026-01-01&to=2026-01-02")


def test_without_days_the_last_month_is_meant_and_the_address_moves_on(client: FlaskClient) -> None:
    wanted = read_wanted({}, MORNING)
    assert isinstance(wanted, Wanted)
    assert (wanted.last - wanted.first).days == DAYS - 1
    assert wanted.last == MORNING
    assert wanted.query(bus="bus-001") == {"bus": "bus-001"}


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    asked=st.dictionaries(
        st.sampled_from(["q", "from", "to", "bus", "trip", "stop", "state", "means", "after"]),
        st.one_of(
            st.text(max_size=30),
            st.dates().map(str),
            st.sampled_from(["#1", "bus-001#99999999999999999", "YP1:", "2026-10-03_1_hand_2", "0a1b-2c3d"]),
        ),
    )
)
def test_whatever_an_address_says_is_answered_or_refused_in_words(
    client: FlaskClient, asked: dict[str, str]
) -> None:
    answer = client.get("/logs", query_string=asked)
    assert answer.status_code in {200, 400}, answer.get_data(as_text=True)


@given(first=st.dates(date(2000, 1, 1), date(2099, 12, 1)), days=st.integers(0, MOST_DAYS - 1))
def test_an_address_says_what_was_asked_for(first: date, days: int) -> None:
    last = min(first + timedelta(days), date(2099, 12, 31))
    wanted = Wanted(first, last, dated=True, text="山田", bus="b", stop="s")
    assert read_wanted(wanted.query(), TODAY) == wanted
