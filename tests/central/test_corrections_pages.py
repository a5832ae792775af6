"""運賃の訂正 in the office's browser: what waits, what to press, what became of it; on a laptop and on a phone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from central.audit.store import all_entries
from central.devices.data_folder import Office
from tests.central.corrections_desk import busy, pages_of, with_long_names
from tests.central.office import Bus, money
from tests.central.office_pages import post, says, serving, watched_page
from tests.central.settled_bench import waiting
from tests.ride.builders import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)

FILLS: dict[str, Callable[[Office, Bus], Office]] = {
    "busy": busy,
    "long": with_long_names,
    "empty": lambda office, _bus: office,
}


@pytest.fixture
def client(office: Office, bus: Bus) -> FlaskClient:
    return pages_of(busy(office, bus)).test_client()


def test_an_office_without_corrections_is_told_what_would_appear(office: Office) -> None:
    page = says(pages_of(office).test_client(), "/corrections")
    assert "確認待ちの訂正はありません。" in page
    assert "返金" not in page


def test_what_waits_is_told_with_stops_fares_and_what_to_do(client: FlaskClient) -> None:
    page = says(client, "/corrections")
    assert "確認待ち waiting 3 " in page
    assert "A → E 8:00発 E これまで: C → E 後の位置から停留所が確定" in page
    assert "運賃が上がります。利用者に確かめ、" in page
    assert "240 → 480円" in page
    assert "この区間の運賃がありません。" in page
    assert "360 → ？" in page
    assert "当日のうちではないか、" in page


def test_what_was_corrected_is_kept_with_who_decided_it(client: FlaskClient) -> None:
    page = says(client, "/corrections?state=applied")
    assert "訂正ずみ 自動 9/21 23:13" in page
    assert "480 → 240円" in page


def test_a_ride_and_the_record_that_settled_it_are_a_click_away(client: FlaskClient) -> None:
    page = client.get("/corrections").get_data(as_text=True)
    assert f"/today?date={DAY}&amp;q=bus-001%234" in page
    assert "停留所の確定" in says(client, "/today/records/6")
    assert '<a href="/today/records/6">停留所の確定の記録</a>' in page


def test_staff_apply_dismiss_and_think_again(client: FlaskClient, office: Office) -> None:
    dearer, without_fare, _late = waiting(office)
    assert post(client, f"/corrections/{dearer}/apply").status_code == HTTPStatus.SEE_OTHER
    assert post(client, f"/corrections/{without_fare}/dismiss").status_code == HTTPStatus.SEE_OTHER
    assert "却下 職員 00:13" in says(client, "/corrections?state=dismissed")
    assert post(client, f"/corrections/{without_fare}/reopen").status_code == HTTPStatus.SEE_OTHER
    assert without_fare in waiting(office)
    assert money(office)["member", "n"] == 1000 - 480
    with office.database.read() as connection:
        acts = [(each.who, each.what, each.about) for each in all_entries(connection)]
    assert acts == [
        ("staff:administrator", "correction-apply", f"correction:{dearer}"),
        ("staff:administrator", "correction-dismiss", f"correction:{without_fare}"),
        ("staff:administrator", "correction-reopen", f"correction:{without_fare}"),
    ]


def test_a_form_sent_twice_says_that_it_was_done(client: FlaskClient, office: Office) -> None:
    dearer = waiting(office)[0]
    post(client, f"/corrections/{dearer}/apply")
    answer = post(client, f"/corrections/{dearer}/apply")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "先にほかの操作がありました" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/corrections/99/apply", HTTPStatus.NOT_FOUND),
        ("/corrections/1/forget", HTTPStatus.NOT_FOUND),
        ("/corrections/rides/1/refund", HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
def test_what_is_no_decision_changes_nothing(
    client: FlaskClient, office: Office, path: str, status: HTTPStatus
) -> None:
    before = money(office)
    assert post(client, path).status_code == status
    assert money(office) == before


def test_a_form_from_elsewhere_decides_nothing(client: FlaskClient, office: Office) -> None:
    waits = waiting(office)
    assert client.post(f"/corrections/{waits[0]}/apply").status_code == HTTPStatus.FORBIDDEN
    assert waiting(office) == waits


@pytest.mark.parametrize(
    "address", ["/corrections?state=none", "/corrections?page=x", "/corrections?page=999999"]
)
def test_an_odd_address_shows_what_waits(client: FlaskClient, address: str) -> None:
    assert "240 → 480円" in says(client, address)


def test_cash_is_given_back_by_the_button_for_it(client: FlaskClient, office: Office) -> None:
    form = {"amount": "240", "before": "0", "how": "account"}
    assert "返金 Cash to give back 2件" in says(client, "/corrections")
    assert post(client, "/corrections/rides/5/refund", form).status_code == HTTPStatus.SEE_OTHER
    assert post(client, "/corrections/rides/5/refund", form).status_code == HTTPStatus.CONFLICT
    assert "返金 Cash to give back 1件" in says(client, "/corrections")
    assert money(office)["member", "q"] == 1_140


def test_the_day_counts_what_waits_and_marks_what_was_corrected(client: FlaskClient) -> None:
    page = says(client, f"/today?date={DAY}")
    assert "訂正待ち To correct 5 件" in page
    assert "訂正ずみ 払いすぎ 240円" in page


def test_the_days_file_has_the_corrections_beside_one_another(client: FlaskClient) -> None:
    answer = client.get(f"/today/rides.csv?date={DAY}")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert list(rows[0])[-7:-4] == ["訂正の回数", "停留所は推定", "払いすぎた現金"]
    found = {row["乗車の記録"]: (row["訂正の回数"], row["運賃"], row["払いすぎた現金"]) for row in rows}
    assert found["1"] == ("1", "240", "0")
    assert found["4"] == ("0", "240", "0")
    assert found["13"] == ("1", "240", "240")


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("fill", FILLS)
def test_nothing_stands_beyond_the_screens_edge_or_over_its_neighbour(
    browser: Browser, office: Office, bus: Bus, width: int, fill: str
) -> None:
    with serving(pages_of(FILLS[fill](office, bus))) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 800})
        for state in ("waiting", "applied"):
            page.goto(f"{own}/corrections?state={state}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            crowded = """() => [...document.querySelectorAll(".case")].flatMap((row) =>
                [...row.children].filter((cell) => cell.scrollWidth > cell.clientWidth + 1
                    || cell.getBoundingClientRect().right > row.getBoundingClientRect().right + 1)
                .map((cell) => `${row.id} ${cell.className}`))"""
            assert page.evaluate(crowded) == []


def test_a_clerk_applies_and_gives_back_with_the_mouse(browser: Browser, office: Office, bus: Bus) -> None:
    busy(office, bus)
    with serving(pages_of(office)) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/corrections")
        page.locator("li.case", has_text="240 → 480円").get_by_role("button", name="適用する").click()
        page.locator("li.case", has_text="360円").get_by_role("button", name="現金で返した").click()
        page.get_by_role("link", name="訂正ずみ").click()
        page.get_by_text("職員").first.wait_for()
    assert money(office)["member", "n"] == 1000 - 480
