"""停留所の位置: geofences are corrected, kept across feeds, carried over or taken back, with and without a map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from central.network.editions.store import find_edition
from central.network.geofences.map_data import THINNED_M, thinned
from central.network.geofences.store import geofences_corrected, said_of
from central.settings import MapSettings
from rules.network.feed.corrections import SAME_PLACE_M
from rules.network.geofence import Geofence, GeofenceSource
from rules.network.stops import EARTH_METRES_PER_DEGREE, distance_m
from tests.central.office_pages import field, post, says, serving, text, watched_page
from tests.central.test_feed_pages import publish, upload
from tests.central.today_village import Village, app_of, found
from tests.network.feeds import SMALL, feed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)
PAGE = "/network/geofences"
MOVED = {"stop": "p2", "lat": "38.6905", "lon": "140.2105", "radius": "35"}


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    client = app_of(village).test_client()
    upload(client, feed())
    return client


def corrected(village: Village) -> dict[str, tuple[float, float, float]]:
    with village.database.read() as connection:
        found = geofences_corrected(connection)
    return {stop_id: (each.lat, each.lon, each.radius_m) for stop_id, each in found.items()}


def stops_with(old: str, new: str) -> dict[str, str]:
    """The small feed after a change in stops.txt, and wherever an id stands."""
    assert old in SMALL["stops.txt"]
    return {"stops": SMALL["stops.txt"].replace(old, new)}


def test_without_a_feed_the_page_leads_to_where_one_comes_from(village: Village) -> None:
    client = app_of(village).test_client()
    assert "先にGTFS-JPのデータを受け取ってください" in says(client, PAGE)
    assert client.get(f"{PAGE}/map.json").get_json() == {"lines": [], "poles": []}
    assert post(client, PAGE, MOVED).status_code == 404


def test_a_corrected_geofence_is_in_the_next_edition_and_the_pole_stays_where_the_feed_has_it(
    client: FlaskClient, village: Village
) -> None:
    answer = post(client, PAGE, MOVED)
    assert answer.status_code == 303
    page = says(client, answer.location)
    assert "次に公開する版から" in page
    assert "標柱から71m" in page
    assert "補正" in page
    publish(client, 1)
    with village.database.read() as connection:
        edition = find_edition(connection, 1)
    assert edition is not None
    assert edition.stops["p2"].geofence == Geofence(38.6905, 140.2105, 35.0, GeofenceSource.OFFICE)
    assert (edition.stops["p2"].lat, edition.stops["p2"].lon) == (38.69, 140.21)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"radius": "9"}, "半径を10から200m"),
        ({"radius": "201"}, "半径を10から200m"),
        ({"lat": "38.70"}, "500m以上離れています"),
        ({"lat": "x"}, "数字で"),
        ({"lat": "nan"}, "数字で"),
        ({"lon": "inf"}, "数字で"),
        ({"radius": "-5"}, "数字で"),
        ({"lat": ""}, "数字で"),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_what_was_typed(
    client: FlaskClient, village: Village, change: dict[str, str], reason: str
) -> None:
    answer = post(client, PAGE, MOVED | change)
    assert answer.status_code == 422
    assert reason in text(answer)
    ((name, typed),) = change.items()
    assert field(answer, name) == typed
    assert corrected(village) == {}


def test_an_unknown_stop_is_not_found_whatever_it_is_called(client: FlaskClient) -> None:
    for stop in ("", "p9", "../p2", "清水", "x" * 5000):
        assert post(client, PAGE, MOVED | {"stop": stop}).status_code == 404
        assert "停留所を選んでください" in says(client, f"{PAGE}?stop={stop}")


def test_ids_with_slashes_spaces_and_japanese_are_ids(village: Village) -> None:
    client = app_of(village).test_client()
    odd = "清水 1/上り"
    changed = {name: SMALL[f"{name}.txt"].replace("p2", odd) for name in ("stops", "stop_times")}
    upload(client, feed(**changed))
    answer = post(client, PAGE, MOVED | {"stop": odd})
    assert "保存しました" in says(client, answer.location)
    assert list(corrected(village)) == [odd]


def test_the_same_again_is_no_new_word_and_taking_it_back_is(client: FlaskClient, village: Village) -> None:
    for _ in range(2):
        post(client, PAGE, MOVED)
    post(client, f"{PAGE}/back", {"stop": "p2"})
    post(client, f"{PAGE}/back", {"stop": "p2"})
    with village.database.read() as connection:
        words = said_of(connection, "p2")
    assert [word.correction is None for word in words] == [True, False]
    assert corrected(village) == {}
    assert "データのとおり" in says(client, f"{PAGE}?stop=p2")


def test_a_correction_is_kept_for_the_next_feed(client: FlaskClient, village: Village) -> None:
    post(client, PAGE, MOVED)
    upload(client, feed(**stops_with("温泉口", "肘折温泉口")))
    assert "役場が補正" in says(client, f"{PAGE}?stop=p2")


def renamed_ids() -> dict[str, bytes]:
    return feed(**{name: SMALL[f"{name}.txt"].replace("p2", "n2") for name in ("stops", "stop_times")})


def test_where_only_the_id_changed_the_correction_is_carried_over_by_one_touch(
    client: FlaskClient, village: Village
) -> None:
    post(client, PAGE, MOVED)
    upload(client, renamed_ids())
    page = says(client, PAGE)
    assert "今のデータでは使われない補正" in page
    assert "「清水」(n2)に移す" in page
    assert post(client, f"{PAGE}/carry", {"stop": "p2"}).status_code == 303
    assert corrected(village) == {"n2": (38.6905, 140.2105, 35.0)}
    assert "使われない補正" not in says(client, PAGE)
    assert post(client, f"{PAGE}/carry", {"stop": "p2"}).status_code == 404


def test_a_correction_too_far_from_its_new_pole_is_not_said_to_be_carried_over(
    client: FlaskClient, village: Village
) -> None:
    post(client, PAGE, MOVED | {"lat": "38.6944", "lon": "140.21"})
    changed = {name: SMALL[f"{name}.txt"].replace("p2", "n2") for name in ("stops", "stop_times")}
    changed["stops"] = changed["stops"].replace("38.69,140.21", "38.6893,140.21")
    upload(client, feed(**changed))
    answer = post(client, f"{PAGE}/carry", {"stop": "p2"})
    assert answer.status_code == 422
    assert "500m以上離れています" in text(answer)
    assert field(answer, "lat") == "38.694400"
    assert list(corrected(village)) == ["p2"]


def test_nothing_is_taken_back_of_a_stop_that_nobody_knows(client: FlaskClient) -> None:
    for stop in ("", "p9", "清水"):
        assert post(client, f"{PAGE}/back", {"stop": stop}).status_code == 404


def test_a_pole_that_moved_far_is_offered_only_to_be_looked_at_anew(
    client: FlaskClient, village: Village
) -> None:
    post(client, PAGE, MOVED)
    far = 38.69 + (SAME_PLACE_M + 5) / EARTH_METRES_PER_DEGREE
    upload(client, feed(**stops_with("38.69,140.21", f"{far:.6f},140.21")))
    page = says(client, PAGE)
    assert "清水 p2" in page
    assert "に移す" not in page
    post(client, f"{PAGE}/back", {"stop": "p2"})
    assert "使われない補正" not in says(client, PAGE)


def test_two_poles_that_may_be_the_old_one_are_not_guessed_between(client: FlaskClient) -> None:
    post(client, PAGE, MOVED)
    twins = {name: SMALL[f"{name}.txt"].replace("p2", "n2") for name in ("stops", "stop_times")}
    twins["stops"] += "n3,清水,38.6901,140.21,zb,0,,\n"
    upload(client, feed(**twins))
    assert "に移す" not in says(client, PAGE)


def test_a_circle_that_reaches_the_next_stop_is_warned_of(village: Village) -> None:
    client = app_of(village).test_client()
    upload(client, feed(**stops_with("38.68,140.22", "38.6904,140.21")))
    post(client, PAGE, {"stop": "p2", "lat": "38.69", "lon": "140.21", "radius": "60"})
    assert "隣の停留所「温泉口」" in says(client, f"{PAGE}?stop=p2")
    post(client, PAGE, {"stop": "p2", "lat": "38.69", "lon": "140.21", "radius": "40"})
    assert "隣の停留所" not in says(client, f"{PAGE}?stop=p2")


def test_the_map_draws_every_pole_and_every_line_once(client: FlaskClient) -> None:
    post(client, PAGE, MOVED)
    drawn = client.get(f"{PAGE}/map.json").get_json()
    assert {pole["id"]: pole["office"] for pole in drawn["poles"]} == {"p1": False, "p2": True, "p3": False}
    assert len(drawn["lines"]) == 2


TILES = MapSettings(tiles="https://tiles.example:8443/{z}/{x}/{y}.png", attribution="<地理院>")


def test_tiles_are_asked_for_only_where_the_settings_name_them(village: Village) -> None:
    for tiles, allowed in ((None, "img-src 'self';"), (TILES, "img-src 'self' https://tiles.example:8443;")):
        client = app_of(village, tiles=tiles).test_client()
        upload(client, feed())
        answer = client.get(PAGE)
        assert allowed in answer.headers["Content-Security-Policy"]
        assert ("data-tiles" in answer.get_data(as_text=True)) is (tiles is not None)


points = st.tuples(st.floats(38.6, 38.61), st.floats(140.2, 140.21))


@given(st.lists(points, min_size=2, max_size=30))
def test_a_thinned_line_keeps_its_ends_and_strays_no_further_than_its_step(
    line: list[tuple[float, float]],
) -> None:
    kept = thinned(line)
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert all(min(distance_m(*point, *other) for other in kept) < THINNED_M for point in line)


@pytest.fixture
def page(browser: Browser, village: Village) -> Iterator[Page]:
    app = app_of(village)
    upload(app.test_client(), feed())
    with serving(app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}{PAGE}")
        yield page


def test_a_geofence_is_dragged_nudged_and_saved_on_the_map(page: Page, village: Village) -> None:
    page.locator(".poles a", has_text="清水").click()
    handle = page.locator(".handle")
    handle.wait_for()
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 10, steps=5)
    page.mouse.up()
    dragged = float(page.input_value("[name=lon]"))
    assert dragged > 140.2102
    before = float(page.input_value("[name=lat]"))
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    assert (float(page.input_value("[name=lat]")) - before) * EARTH_METRES_PER_DEGREE == pytest.approx(
        5, abs=0.2
    )
    page.fill("[name=radius]", "35")
    page.get_by_role("button", name="この位置にする").click()
    page.get_by_text("保存しました").wait_for()
    page.locator(".circle-office").wait_for()
    ((lat, lon, radius),) = corrected(village).values()
    assert lat == pytest.approx(before + 0.000045, abs=1e-6)
    assert (lon, radius) == (dragged, 35.0)


def test_a_stranger_s_markup_in_a_name_stays_text_on_the_map(page: Page, village: Village) -> None:
    client = app_of(village).test_client()
    upload(client, feed(**stops_with("p2,清水", "p2,<img src=x>清水")))
    page.reload()
    page.locator(".poles a", has_text="清水").click()
    page.locator(".stop-name", has_text="<img src=x>清水").wait_for()
    assert page.locator("#map img").count() == 0


def test_a_touch_on_the_map_chooses_a_stop_and_the_list_is_searched(page: Page) -> None:
    page.locator(".post").nth(1).click()
    page.get_by_role("heading", name="清水").wait_for()
    page.get_by_placeholder("名前でさがす").fill("温泉")
    assert page.locator(".poles li:visible").all_inner_texts() == ["温泉口"]
