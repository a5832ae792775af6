"""Who may speak to the page's routes, and how its server comes and goes."""

from __future__ import annotations

import socket
from dataclasses import replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from device.screen.guard import HEADERS
from device.screen.server import PortBusy, ScreenServer
from terminal.screen.board import Board
from terminal.screen.snapshot import Snapshot
from terminal.screen.touches import TOUCHES
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import (
    KEY,
    OWN,
    Loop,
    show,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page
    from werkzeug.test import TestResponse

pytest_plugins = ("tests.browser",)

ALL_AT_ONCE = replace(
    states.MAY_OVERRULE,
    choices=states.CHOOSE.choices,
    question=states.ASKED.question,
    stop_said="清水",
    by_hand=states.BY_HAND.by_hand,
    hand_done=states.BOARDED_BY_HAND.hand_done,
)
"""A page on which every touch has its place."""


def touch(client: FlaskClient, path: str, **form: str) -> TestResponse:
    headers = {"Origin": OWN, "X-Screen-Key": KEY}
    return client.post(path, base_url=OWN, headers=headers, data=form)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "X-Screen-Key": KEY},
        {"Origin": "http://127.0.0.1:9", "X-Screen-Key": KEY},
        {"Origin": "null", "X-Screen-Key": KEY},
        {"X-Screen-Key": KEY},
        {"Origin": OWN},
        {"Origin": OWN, "X-Screen-Key": "guessed"},
        {"Origin": OWN, "X-Screen-Key": "鍵"},
    ],
)
@pytest.mark.parametrize("path", TOUCHES)
def test_a_post_from_elsewhere_is_refused(
    screen_client: FlaskClient, bus_loop: Loop, path: str, headers: dict[str, str]
) -> None:
    bus_loop.board.publish(ALL_AT_ONCE)
    first = states.CHOOSE.choices[0]
    form = {
        "trip_id": first.trip_id,
        "service_date": first.service_date,
        "opening": "7",
        "stop_index": "3",
        "means": "cash",
        "rider_class": "adult",
        "people": "1",
        "board_index": "1",
        "number": str(states.MAY_OVERRULE.last.number) if states.MAY_OVERRULE.last else "",
    }
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    answer = screen_client.post(path, base_url=OWN, headers=sent, data=form)
    assert answer.status_code == 403
    assert bus_loop.facts == []
    own = {"Origin": OWN, "X-Screen-Key": KEY}
    assert screen_client.post(path, base_url=OWN, headers=own, data=form).status_code == 204
    assert len(bus_loop.facts) == 1


def test_a_page_of_another_site_cannot_end_the_trip(
    browser: Browser, screen_server: ScreenServer, bus_loop: Loop
) -> None:
    bus_loop.board.publish(states.RIDE)
    context = browser.new_context()
    driver_page = context.new_page()
    driver_page.route(
        "http://evil.example/", lambda route: route.fulfill(body="<p>hello", content_type="text/html")
    )
    driver_page.goto("http://evil.example/")
    driver_page.evaluate(
        "url => fetch(url, {method: 'POST', mode: 'no-cors'}).catch(() => 0)", screen_server.url + "trip/end"
    )
    driver_page.evaluate(
        "url => fetch(url, {method: 'POST', headers: {'X-Screen-Key': 'x'}}).catch(() => 0)",
        screen_server.url + "trip/end",
    )
    context.close()
    assert bus_loop.facts == []


def test_a_name_that_only_points_here_is_refused(screen_client: FlaskClient) -> None:
    assert screen_client.get("/now", base_url="http://evil.example").status_code == 400
    assert screen_client.get("/now", base_url="http://localhost:8080").status_code == 200


def test_only_trips_on_offer_can_be_chosen(screen_client: FlaskClient, bus_loop: Loop) -> None:
    bus_loop.board.publish(states.CHOOSE)
    headers = {"Origin": OWN, "X-Screen-Key": KEY}
    form = {"trip_id": "平日_06:35", "service_date": "1999-01-01"}
    assert screen_client.post("/trip", base_url=OWN, headers=headers, data=form).status_code == 409
    assert screen_client.post("/trip", base_url=OWN, headers=headers).status_code == 409
    assert screen_client.post("/trip/end", base_url=OWN, headers=headers).status_code == 409
    assert bus_loop.facts == []


@pytest.mark.parametrize(
    ("snapshot", "opening", "stop_index"),
    [
        (replace(states.ASKED, question=None), "7", "3"),
        (states.ASKED, "6", "3"),
        (states.ASKED, "7", "4"),
        (states.ASKED, "7", "-1"),
        (states.ASKED, "", "3"),
        (states.ASKED, "7", "三"),
        (states.ASKED, "7", "9" * 4000),
    ],
)
def test_only_the_question_that_stands_can_be_answered(
    screen_client: FlaskClient, bus_loop: Loop, snapshot: Snapshot, opening: str, stop_index: str
) -> None:
    bus_loop.board.publish(snapshot)
    answer = touch(screen_client, "/stop/answer", opening=opening, stop_index=stop_index)
    assert answer.status_code == 409
    assert "その質問は終わりました" in answer.get_json()["error"]
    assert bus_loop.facts == []


@pytest.mark.parametrize("stop_index", ["9", "-1", "", "1.0", "１", "9" * 4000])
def test_only_a_stop_of_the_trip_can_be_set(
    screen_client: FlaskClient, bus_loop: Loop, stop_index: str
) -> None:
    bus_loop.board.publish(states.RIDE)
    answer = touch(screen_client, "/stop/set", stop_index=stop_index)
    assert answer.status_code == 409
    assert "今の便にありません" in answer.get_json()["error"]
    bus_loop.board.publish(states.CHOOSE)
    assert touch(screen_client, "/stop/set", stop_index="0").status_code == 409
    assert bus_loop.facts == []


def test_only_what_was_said_can_be_undone(screen_client: FlaskClient, bus_loop: Loop) -> None:
    bus_loop.board.publish(states.RIDE)
    answer = touch(screen_client, "/stop/undo")
    assert answer.status_code == 409
    assert "今は取り消せません" in answer.get_json()["error"]
    assert bus_loop.facts == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": "0"},
        {"people": "16"},
        {"people": "-1"},
        {"means": "gold"},
        {"rider_class": "king"},
        {"rider_class": ""},
        {},
    ],
)
@pytest.mark.parametrize("path", ["/hand/board", "/hand/alight"])
def test_only_riders_there_can_be_are_recorded(
    screen_client: FlaskClient, bus_loop: Loop, path: str, wrong: dict[str, str]
) -> None:
    bus_loop.board.publish(ALL_AT_ONCE)
    form = {"means": "cash", "rider_class": "adult", "people": "15", "board_index": "1"}
    answer = touch(screen_client, path, **(form | wrong if wrong else {}))
    assert answer.status_code == 409
    assert "選び直して" in answer.get_json()["error"]
    assert bus_loop.facts == []
    assert touch(screen_client, path, **form).status_code == 204


@pytest.mark.parametrize(
    ("snapshot", "path", "why"),
    [
        (states.CHOOSE, "/hand/board", "便を選んで"),
        (replace(states.AT_STOP, at_index=8), "/hand/board", "終点"),
        (states.TRIP, "/hand/alight", "停留所が変わりました"),
        (states.RIDE, "/hand/undo", "今は取り消せません"),
        (replace(states.MAY_OVERRULE, may_overrule=False), "/overrule", "もう次のお客様"),
        (replace(states.MAY_OVERRULE, last=states.RIDE.last), "/overrule", "もう次のお客様"),
    ],
)
def test_what_cannot_be_recorded_by_hand_is_refused_in_words(
    screen_client: FlaskClient, bus_loop: Loop, snapshot: Snapshot, path: str, why: str
) -> None:
    bus_loop.board.publish(snapshot)
    form = {"means": "cash", "rider_class": "adult", "people": "1", "board_index": "7", "number": "14"}
    answer = touch(screen_client, path, **form)
    assert answer.status_code == 409
    assert why in answer.get_json()["error"]
    assert bus_loop.facts == []


def test_a_huge_post_is_refused(screen_client: FlaskClient) -> None:
    headers = {"Origin": OWN, "X-Screen-Key": KEY}
    answer = screen_client.post("/trip", base_url=OWN, headers=headers, data={"trip_id": "x" * 10_000})
    assert answer.status_code == 413


def test_a_full_queue_answers_503(screen_client: FlaskClient, bus_loop: Loop) -> None:
    bus_loop.full = True
    bus_loop.board.publish(states.RIDE)
    answer = screen_client.post("/trip/end", base_url=OWN, headers={"Origin": OWN, "X-Screen-Key": KEY})
    assert answer.status_code == 503
    assert "もう一度" in answer.get_json()["error"]


def test_every_route_carries_the_security_headers(screen_client: FlaskClient) -> None:
    pages = {"/", "/now", "/events", "/rider", "/rider/now", "/rider/events"}
    paths = [*pages, "/static/screen.js", "/live/live.js", "/static/none.js", "/nowhere"]
    answers = [screen_client.get(path) for path in paths] + [screen_client.post(path) for path in TOUCHES]
    rules = {rule.rule for rule in screen_client.application.url_map.iter_rules()}
    assert rules == {*pages, *TOUCHES, "/static/<path:filename>", "/live/<path:filename>"}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        answer.close()


def test_the_page_asks_no_other_host_for_anything(
    driver_page: Page, bus_loop: Loop, screen_server: ScreenServer
) -> None:
    asked: list[str] = []
    driver_page.on("request", lambda request: asked.append(request.url))
    driver_page.reload()
    show(bus_loop, driver_page, states.LONG)
    assert asked
    assert all(url.startswith(screen_server.url) for url in asked)


def test_the_board_wakes_its_reader_and_counts() -> None:
    board = Board()
    assert board.latest() == Snapshot()
    assert board.wait(-1, 0.0) == 0
    assert board.wait(0, 0.01) == 0
    board.publish(states.RIDE)
    assert board.version == 1
    assert board.wait(0, 60.0) == 1
    assert board.latest() is states.RIDE


def test_a_busy_port_is_one_clear_sentence(screen_client: FlaskClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortBusy, match=f"使用中.*{port}.* in use|{port}.*使用中.*in use"):
            ScreenServer(screen_client.application, port=port).start()


def test_a_stopped_server_gives_its_port_back_and_stop_twice_is_harmless(screen_client: FlaskClient) -> None:
    first = ScreenServer(screen_client.application, port=0)
    first.start()
    first.stop()
    first.stop()
    second = ScreenServer(screen_client.application, port=first.port)
    second.start()
    asked = HTTPConnection(second.host, second.port, timeout=10)
    asked.request("GET", "/now")
    assert asked.getresponse().status == 200
    asked.close()
    second.stop()
