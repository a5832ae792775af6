"""路線と運賃: a feed comes in, its problems and differences are told, it is published and withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from central.database import tables
from central.network.draft import Drafts
from central.network.editions.store import find_edition
from central.network.fares.store import say
from central.network.feeds.pages import MAX_ZIP_BYTES
from central.network.feeds.store import KEPT
from central.network.publish_draft import NotPublished, publish_draft
from rules.money import Yen
from rules.network.feed.corrections import FareDecision
from rules.network.feed.problems import FeedUnreadable
from tests.central.office_pages import OWN, field, post, says, text
from tests.central.today_village import Village, app_of, found, seal
from tests.network.feeds import SMALL, feed, with_line, zipped

TWO_PRICES = with_line("fare_rules", "f200,r1,za,zb")
TODAY = date(2026, 10, 3)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield village


@pytest.fixture
def app(village: Village) -> Flask:
    return app_of(village)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def upload(client: FlaskClient, files: dict[str, bytes], name: str = "feed.zip") -> int:
    """Take a feed in; its id."""
    answer = post(client, "/network/feeds", {"feed": (BytesIO(zipped(files)), name)})
    assert answer.status_code == 303, text(answer)
    return int(answer.location.rsplit("/", 1)[1])


def publish(client: FlaskClient, feed_id: int, day: date = TODAY) -> int:
    """Publish a feed as its page offers it; the edition's number."""
    version = field(client.get(f"/network/feeds/{feed_id}"), "version")
    answer = post(client, f"/network/feeds/{feed_id}/publish", {"version": version, "from": day.isoformat()})
    assert answer.status_code == 303, text(answer)
    return int(answer.location.rsplit("=", 1)[1])


def count(village: Village, table: str) -> int:
    with village.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[table])) or 0


def test_an_empty_office_says_what_to_do_first(client: FlaskClient) -> None:
    page = says(client, "/network")
    assert "まだ版がありません" in page
    assert "まだ何も受け取っていません" in page
    assert "api.gtfs-data.jp/v2/organizations/ohkuravillage" in client.get("/network").get_data(as_text=True)


def test_a_feed_taken_in_changes_nothing_until_it_is_published(client: FlaskClient, village: Village) -> None:
    feed_id = upload(client, feed(), "大蔵村 2026秋.zip")
    page = says(client, f"/network/feeds/{feed_id}")
    assert "大蔵村 2026秋.zip" in page
    assert "問題はありません" in page
    assert count(village, "editions") == count(village, "down_log") == 0
    assert publish(client, feed_id) == 1
    assert "第1版を公開しました" in says(client, "/network?published=1")
    with village.database.read() as connection:
        edition = find_edition(connection, 1)
    assert edition is not None
    assert (edition.valid_from, sorted(edition.trips)) == (TODAY, ["t1", "t2"])
    assert count(village, "down_log") == 1


def test_the_same_feed_again_is_the_same_feed(client: FlaskClient, village: Village) -> None:
    assert upload(client, feed()) == upload(client, feed())
    assert upload(client, feed(stops=SMALL["stops.txt"] + "p4,塩,38.6,140.2,,,,\n")) == 2
    assert count(village, "feeds") == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "zipが壊れているか開けません"),
        (b"<html>not found</html>", "zipが壊れているか開けません"),
        (zipped({"../stops.txt": b""}), "外を指すパス"),
        (zipped({"readme.txt": b"hello"}), "がありません"),
        (zipped(feed(trips="route_id,service_id,trip_id\n")), "使える便が一つもありません"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason_and_nothing_is_kept(
    client: FlaskClient, village: Village, data: bytes, reason: str
) -> None:
    answer = post(client, "/network/feeds", {"feed": (BytesIO(data), "feed.zip")})
    assert answer.status_code == 422
    assert reason in text(answer)
    assert count(village, "feeds") == 0


def test_a_form_without_a_file_is_asked_for_one(client: FlaskClient) -> None:
    for form in ({}, {"feed": (BytesIO(b""), "")}):
        answer = post(client, "/network/feeds", form)
        assert answer.status_code == 422
        assert "zipファイルを選んでください" in text(answer)


def test_a_file_that_is_too_large_is_refused_in_words(client: FlaskClient, village: Village) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="feed"; filename="feed.zip"\r\n\r\n'
    body = head + bytes(MAX_ZIP_BYTES + 100_000) + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    answer = client.post("/network/feeds", data=body, content_type=kind, headers=OWN)
    assert answer.status_code == 413
    assert "大きすぎます" in text(answer)
    assert count(village, "feeds") == 0


def test_a_feed_is_fetched_from_its_address(village: Village) -> None:
    asked: list[str] = []

    def download(address: str) -> bytes:
        asked.append(address)
        return zipped(feed())

    client = app_of(village, download=download).test_client()
    answer = post(client, "/network/feeds/fetch", {"address": " https://example.com/feed.zip "})
    assert (answer.status_code, asked) == (303, ["https://example.com/feed.zip"])
    assert "https://example.com/feed.zip" in says(client, "/network")


def test_an_address_that_gives_nothing_stays_in_its_field_beside_the_reason(village: Village) -> None:
    def download(_address: str) -> bytes:
        raise FeedUnreadable("相手が答えません。", "No answer.")

    client = app_of(village, download=download).test_client()
    answer = post(client, "/network/feeds/fetch", {"address": "https://example.com/x"})
    assert answer.status_code == 422
    assert "相手が答えません" in text(answer)
    assert field(answer, "address") == "https://example.com/x"


def test_problems_are_told_with_file_and_line_in_both_languages(client: FlaskClient) -> None:
    feed_id = upload(client, feed(stops=SMALL["stops.txt"] + "p2,清水,38.69,140.21,zb,0,,\n"))
    page = says(client, f"/network/feeds/{feed_id}")
    assert "stops.txt:6" in page
    assert "4行目にもあります" in page
    assert "is also on line 4" in page


def test_a_feed_with_two_prices_cannot_be_published_until_each_is_decided(
    client: FlaskClient, village: Village
) -> None:
    feed_id = upload(client, feed(**TWO_PRICES))
    page = client.get(f"/network/feeds/{feed_id}")
    assert "直すまで公開できないもの 1件" in text(page)
    assert f"/network/feeds/{feed_id}/fares?show=open" in page.get_data(as_text=True)
    # The page offers no form for it; this is what the form would send.
    answer = post(
        client, f"/network/feeds/{feed_id}/publish", {"version": "1-0-0-0", "from": TODAY.isoformat()}
    )
    assert answer.status_code == 409
    assert count(village, "editions") == 0


def test_a_correction_made_in_another_window_stops_a_page_that_has_not_seen_it(
    client: FlaskClient, village: Village
) -> None:
    feed_id = upload(client, feed())
    version = field(client.get(f"/network/feeds/{feed_id}"), "version")
    village.put(
        tables.fare_decisions,
        route_id="r1",
        from_stop_id="p1",
        to_stop_id="p2",
        yen=180,
        among="150",
        said_at=0,
    )
    answer = post(
        client, f"/network/feeds/{feed_id}/publish", {"version": version, "from": TODAY.isoformat()}
    )
    assert answer.status_code == 409
    assert "訂正が変わりました" in text(answer)
    assert count(village, "editions") == 0
    again = {"version": field(answer, "version"), "from": TODAY.isoformat()}
    assert post(client, f"/network/feeds/{feed_id}/publish", again).status_code == 303


def test_what_is_said_in_the_very_moment_of_publishing_stops_it_too(
    client: FlaskClient, village: Village
) -> None:
    feed_id = upload(client, feed())
    with village.database.read() as connection:
        draft = Drafts().of(connection, feed_id, TODAY)
    with village.database.write() as connection:
        say(connection, {("r1", "p1", "p2"): FareDecision(Yen(180), (Yen(150),))}, 0)
        assert publish_draft(connection, draft, seal, TODAY, 0) is NotPublished.CHANGED
    assert count(village, "editions") == 0


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-10-02", "過ぎた日"),
        ("2027-12-01", "1年より先"),
        ("10/5", "2026-10-01 のように"),
        ("", "2026-10-01 のように"),
        ("2027-04-01", "便は2027-03-31で終わります"),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused_where_it_is_typed(
    client: FlaskClient, village: Village, day: str, reason: str
) -> None:
    feed_id = upload(client, feed())
    version = field(client.get(f"/network/feeds/{feed_id}"), "version")
    answer = post(client, f"/network/feeds/{feed_id}/publish", {"version": version, "from": day})
    assert answer.status_code == 409
    assert reason in text(answer)
    assert field(answer, "from") == day
    assert count(village, "editions") == 0


def test_what_differs_from_the_running_edition_is_told(client: FlaskClient) -> None:
    first = upload(client, feed())
    assert "比べるものがありません" in says(client, f"/network/feeds/{first}")
    publish(client, first)
    assert "違いはありません" in says(client, f"/network/feeds/{first}")
    attributes = SMALL["fare_attributes.txt"].replace("f150,150", "f150,170")
    stops = SMALL["stops.txt"].replace("温泉口", "肘折温泉口")
    second = upload(client, feed(fare_attributes=attributes, stops=stops))
    page = says(client, f"/network/feeds/{second}")
    assert "肘折温泉口" in page
    assert "150円" in page
    assert "170円" in page


def test_unpublished_changes_are_said_until_they_are_published(client: FlaskClient, village: Village) -> None:
    publish(client, upload(client, feed()))
    assert "公開していない変更" not in says(client, "/network")
    village.put(
        tables.fare_decisions,
        route_id="r1",
        from_stop_id="p1",
        to_stop_id="p2",
        yen=180,
        among="150",
        said_at=0,
    )
    assert "公開していない変更" in says(client, "/network")
    publish(client, 1)
    assert "公開していない変更" not in says(client, "/network")


def test_an_edition_is_withdrawn_after_a_look_at_what_that_means(client: FlaskClient) -> None:
    feed_id = upload(client, feed())
    publish(client, feed_id)
    assert "先に代わりの版を公開してください" in says(client, "/network/editions/1")
    assert post(client, "/network/editions/1/withdraw").status_code == 409
    publish(client, feed_id)
    assert "今日からの現行は第1版です" in says(client, "/network/editions/2")
    answer = post(client, "/network/editions/2/withdraw")
    assert answer.status_code == 303
    assert "第2版を取り下げました" in says(client, answer.location)
    assert "取り下げてあります" in says(client, "/network/editions/2")
    assert post(client, "/network/editions/9/withdraw").status_code == 404
    assert says(client, "/network/editions/9", 404)


def test_days_without_any_edition_are_said_before_withdrawing(client: FlaskClient) -> None:
    feed_id = upload(client, feed())
    publish(client, feed_id, TODAY + timedelta(days=3))
    publish(client, feed_id, TODAY)
    assert "2026年10月6日（火）まで有効な版がありません" in says(client, "/network/editions/2")


def test_feeds_that_became_nothing_are_let_go_and_those_that_became_editions_stay(
    client: FlaskClient, village: Village
) -> None:
    publish(client, upload(client, feed()))
    for number in range(KEPT + 3):
        upload(client, feed(agency=SMALL["agency.txt"].replace("村営バス", f"村営バス{number}")))
    assert count(village, "feeds") == KEPT + 1
    assert says(client, "/network/feeds/1")
    assert says(client, "/network/feeds/2", 404)


def test_a_form_sent_from_elsewhere_does_nothing(client: FlaskClient, village: Village) -> None:
    for headers in (
        {},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        OWN | {"Sec-Fetch-Site": "cross-site"},
        OWN | {"Sec-Fetch-Site": "same-site"},
    ):
        data = {"feed": (BytesIO(zipped(feed())), "feed.zip")}
        assert client.post("/network/feeds", data=data, headers=headers).status_code == 403
    assert count(village, "feeds") == 0
    data = {"feed": (BytesIO(zipped(feed())), "feed.zip")}
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/network/feeds", data=data, headers=own).status_code == 303
