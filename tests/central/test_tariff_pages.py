"""運賃のきまり: classes, ages and commuter passes are set from a day on, sealed into an edition, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from central.network.editions.store import find_edition
from central.network.tariff.store import newest_word, tariff_in_use
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.tariff.share import Rounding, Share
from rules.tariff.tariff import STANDARD, Tariff
from tests.central.office_pages import field, post, says, text
from tests.central.test_feed_pages import publish, upload
from tests.central.today_village import Village, app_of, found
from tests.network.feeds import SMALL, feed

PAGE = "/network/tariff"
TODAY, SOON = date(2026, 10, 3), date(2027, 4, 1)
SENIOR = {
    "what": "class", "class": "2", "numerator": "2", "denominator": "3", "step": "10", "rounding": "nearest",
    "first_day": SOON.isoformat(),
}  # fmt: skip
AGES = {
    "what": "ages",
    "child_from": "6",
    "child_below": "13",
    "infants_free": "1",
    "first_day": SOON.isoformat(),
}
COMMUTER = {
    "what": "product", "name": "通学1か月", "name_en": "school", "class": "3", "from": "役場前", "to": "清水",
    "days": "30", "price": "6000", "first_day": TODAY.isoformat(), "last_day": "",
}  # fmt: skip

RETURN = COMMUTER | {
    "what": "return-ticket",
    "name": "往復 役場前〜清水",
    "class": "0",
    "days": "2",
    "price": "1100",
}
BOOK = {
    "what": "bus-ticket", "name": "回数券", "name_en": "", "price": "1000", "value": "1100", "days": "",
    "first_day": TODAY.isoformat(), "last_day": "",
}  # fmt: skip


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def save(client: FlaskClient, form: dict[str, Any]) -> TestResponse:
    """Send one of the page's forms as the page offers it now."""
    return post(client, PAGE, {"version": field(client.get(PAGE), "version")} | form)


def tariff(village: Village) -> Tariff:
    with village.database.read() as connection:
        return tariff_in_use(connection)


def test_before_anything_is_said_the_usual_rules_hold_and_are_shown(
    client: FlaskClient, village: Village
) -> None:
    page = says(client, PAGE)
    assert "小児 child 1/2" in page
    assert "330円→170円" in page
    assert "定期券はまだありません" in page
    assert tariff(village) == STANDARD


def test_a_class_pays_another_share_from_its_day_on_and_not_before(
    client: FlaskClient, village: Village
) -> None:
    assert save(client, SENIOR).status_code == 303
    rules = tariff(village)
    assert rules.class_on(RiderClass.SENIOR, SOON).share == Share(2, 3, 10, Rounding.NEAREST)
    assert rules.class_on(RiderClass.SENIOR, date(2027, 3, 31)).share.of(Yen(600)) == 600
    assert "予定" in says(client, PAGE)


def test_the_same_class_and_day_again_is_a_correction(client: FlaskClient, village: Village) -> None:
    save(client, SENIOR)
    save(client, SENIOR | {"numerator": "1", "denominator": "2"})
    assert tariff(village).class_on(RiderClass.SENIOR, SOON).share.of(Yen(600)) == 300
    assert len(tariff(village).classes) == len(STANDARD.classes) + 1


def test_an_attendant_s_share_is_set_with_the_class_that_has_one(
    client: FlaskClient, village: Village
) -> None:
    attendant = {
        f"attendant_{name}": SENIOR[name] for name in ("numerator", "denominator", "step", "rounding")
    }
    assert save(client, SENIOR | {"class": "5"} | attendant).status_code == 303
    rule = tariff(village).class_on(RiderClass.HANDBOOK_ATTENDED, SOON)
    assert rule.attendant == Share(2, 3, 10, Rounding.NEAREST)


def test_ages_change_from_a_day_on(client: FlaskClient, village: Village) -> None:
    assert save(client, AGES).status_code == 303
    assert tariff(village).ages_on(SOON).child_below == 13
    assert tariff(village).ages_on(TODAY).child_below == 12


def test_a_commuter_pass_is_numbered_ended_and_its_number_never_given_twice(
    client: FlaskClient, village: Village
) -> None:
    upload(client, feed())
    assert '<option value="清水">' in client.get(PAGE).get_data(as_text=True)
    save(client, COMMUTER)
    save(client, COMMUTER | {"name": "全線", "whole": "1", "from": "", "to": ""})
    one, other = tariff(village).products
    assert isinstance(one, CommuterPass) and isinstance(other, CommuterPass)
    assert (one.number, one.section, one.price) == (1, ("役場前", "清水"), 6000)
    assert (other.number, other.section) == (2, None)
    assert save(client, {"what": "end", "rule": "0", "last_day": "2027-03-31"}).status_code == 303
    assert tariff(village).products[0].last_day == date(2027, 3, 31)


def test_return_tickets_and_bus_tickets_are_set_shown_ended_and_sealed_with_the_edition(
    client: FlaskClient, village: Village
) -> None:
    feed_id = upload(client, feed())
    assert "往復券はまだありません" in says(client, PAGE)
    assert "バス回数券はまだありません" in says(client, PAGE)
    for form in (RETURN, BOOK, BOOK | {"name": "半年券", "days": "180"}):
        assert save(client, form).status_code == 303
    back, book, half_year = tariff(village).products
    assert isinstance(back, ReturnTicket) and isinstance(book, BusTicket) and isinstance(half_year, BusTicket)
    assert (back.number, back.section, back.days, back.price) == (1, ("役場前", "清水"), 2, 1100)
    assert (book.number, book.premium, book.days, half_year.days) == (2, 100, None, 180)
    page = says(client, PAGE)
    assert "役場前 ⇄ 清水" in page
    assert "1,000円 1,100円 期限なし" in page
    assert save(client, {"what": "end", "rule": "1", "last_day": "2027-03-31"}).status_code == 303
    assert tariff(village).products[1].last_day == date(2027, 3, 31)
    publish(client, feed_id)
    with village.database.read() as connection:
        edition = find_edition(connection, 1)
    assert edition is not None
    assert edition.tariff == tariff(village)


def test_what_has_not_begun_can_be_taken_back_and_what_holds_cannot(
    client: FlaskClient, village: Village
) -> None:
    save(client, SENIOR)
    coming = len(STANDARD.classes)
    assert save(client, {"what": "back", "rule": str(coming)}).status_code == 303
    assert tariff(village) == STANDARD
    save(client, SENIOR | {"first_day": TODAY.isoformat()})
    answer = save(client, {"what": "back", "rule": str(coming)})
    assert answer.status_code == 422
    assert "もう始まっている" in text(answer)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (SENIOR | {"first_day": "2026-10-02"}, "過ぎた日"),
        (SENIOR | {"first_day": "2036-10-02"}, "2年より先"),
        (SENIOR | {"first_day": "10/5"}, "2026-10-01 のように"),
        (SENIOR | {"numerator": "4"}, "割合になりません"),
        (SENIOR | {"denominator": "0"}, "割合の分母"),
        (SENIOR | {"step": "7"}, "まるめてください"),
        (SENIOR | {"rounding": "sideways"}, "端数の扱い"),
        (SENIOR | {"class": "9"}, "区分を"),
        (AGES | {"child_from": "14"}, "若い順"),
        (AGES | {"infants_free": "-1"}, "無料の幼児"),
        (COMMUTER | {"name": " "}, "名前を付けて"),
        (COMMUTER | {"to": "役場前"}, "別々の停留所"),
        (COMMUTER | {"price": "abc"}, "値段"),
        (COMMUTER | {"last_day": "2026-10-01"}, "最終日"),
        (RETURN | {"to": "役場前"}, "別々の停留所"),
        (RETURN | {"days": "0"}, "有効日数"),
        (BOOK | {"value": "900"}, "バス回数券の額面は1000から"),
        (BOOK | {"name": ""}, "バス回数券に名前"),
        (BOOK | {"days": "many"}, "有効日数"),
        ({"what": "end", "rule": "5", "last_day": "2027-03-31"}, "きまりが変わりました"),
        ({"what": "end", "rule": "²", "last_day": "2027-03-31"}, "きまりが変わりました"),
        ({"what": "back"}, "きまりが変わりました"),
        ({}, "区分を"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words_and_changes_nothing(
    client: FlaskClient, village: Village, form: dict[str, str], reason: str
) -> None:
    answer = save(client, form)
    assert answer.status_code == 422
    assert reason in text(answer)
    with village.database.read() as connection:
        assert newest_word(connection) == 0


def test_a_form_that_has_not_seen_the_last_change_is_not_taken(client: FlaskClient, village: Village) -> None:
    old = field(client.get(PAGE), "version")
    save(client, SENIOR)
    answer = post(client, PAGE, AGES | {"version": old})
    assert answer.status_code == 422
    assert "ほかの画面" in text(answer)
    assert tariff(village).ages == STANDARD.ages


def test_the_rules_are_sealed_into_the_next_edition(client: FlaskClient, village: Village) -> None:
    feed_id = upload(client, feed())
    publish(client, feed_id)
    save(client, COMMUTER)
    assert "公開していない変更" in says(client, "/network")
    publish(client, feed_id)
    with village.database.read() as connection:
        first, second = find_edition(connection, 1), find_edition(connection, 2)
    assert first is not None
    assert second is not None
    assert first.tariff == STANDARD
    assert second.tariff == tariff(village)


def test_a_pass_whose_stop_is_not_in_the_feed_stops_publishing_until_its_last_day_is_over(
    client: FlaskClient, village: Village
) -> None:
    save(client, COMMUTER)
    feed_id = upload(client, feed(stops=SMALL["stops.txt"].replace("清水", "清水神社前")))
    page = says(client, f"/network/feeds/{feed_id}")
    assert "停留所「清水」がデータにありません" in page
    assert "公開できます" in page
    save(client, {"what": "end", "rule": "0", "last_day": TODAY.isoformat()})
    assert "停留所「清水」" in says(client, f"/network/feeds/{feed_id}")
    village.now += 86_400
    assert "停留所「清水」" not in says(client, f"/network/feeds/{feed_id}")
