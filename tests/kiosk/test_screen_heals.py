"""A page that lost its server, a browser that hangs, and who else may say anything to the desk."""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from pwd import getpwnam
from typing import TYPE_CHECKING

import pytest

from device.control import Control
from device.screen import live
from device.screen.guard import HEADERS, KEY_HEADER
from device.screen.server import THREADS
from kiosk.facts import PageState
from kiosk.screen.pages import LIVE_STREAMS
from kiosk.screen.touches import TOUCHES
from kiosk.screen.watch import SILENT, SILENT_S, PageWatch
from kiosk.screen_state import NOBODY, SCREEN, Is, ScreenState, ask_screen, screen_handler
from rules.messages.stick import StickRefused
from tests.fakes.time import FakeTime
from tests.kiosk.desk_bench import ADULT, ONE, World
from tests.kiosk.screen_bench import KEY, SMALL, Screened, guest_at, screened

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)

OWN = {"Origin": "http://localhost", KEY_HEADER: KEY}
WANTED = {"visit": str(ADULT.id), "count": "1"}


@pytest.fixture
def table(world: World) -> Iterator[Screened]:
    with screened(world) as begun:
        yield begun


@pytest.fixture
def client(table: Screened) -> FlaskClient:
    return table.app().test_client()


def test_a_page_finds_its_killed_server_again(browser: Browser, table: Screened) -> None:
    with guest_at(browser, table, SMALL) as guest:
        guest.touch(f'[data-visit="{ADULT.id}"]')
        guest.sees(".card")
        shown = guest.codes()
        port = table.server.port
        table.server.stop()
        guest.page.wait_for_selector(".lost:not([hidden])", timeout=20_000)
        table.server = table.serve("another-key", port)
        table.server.start()
        guest.page.wait_for_selector('html[data-key="another-key"]', state="attached", timeout=20_000)
        guest.sees(".card")
        assert guest.codes() == shown
        guest.touch('[data-act="hide"]')
        guest.misses(".card")


def test_a_page_whose_stream_falls_silent_loads_itself_anew(
    browser: Browser, table: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 600.0)
    with guest_at(browser, table, SMALL) as guest:
        guest.page.evaluate("() => { window.isTheFormer = true; }")
        guest.page.wait_for_function("() => !window.isTheFormer", timeout=30_000)
        guest.sees(".keys")
    table.board.wake()


def test_the_page_says_that_it_draws(browser: Browser, table: Screened) -> None:
    table.watch.start()
    try:
        before = table.watch.heard_at
        table.world.time.move(30)
        with guest_at(browser, table, SMALL) as guest:
            guest.until(lambda: table.watch.heard_at > before, "the page does not say that it draws")
    finally:
        table.watch.stop()


def test_a_page_that_falls_silent_is_told_once_and_again_when_it_draws() -> None:
    time, told = FakeTime(), list[PageState]()
    has_room = [False]

    def report(state: PageState) -> bool:
        if has_room[0]:
            told.append(state)
        return has_room[0]

    watch = PageWatch(time, report)
    watch.beat()
    time.move(SILENT_S - 1)
    watch.look()
    time.move(1)
    watch.look()
    assert told == []
    has_room[0] = True
    watch.look()
    watch.look()
    watch.beat()
    watch.look()
    assert told == [PageState(SILENT), PageState("")]


@pytest.mark.parametrize("problem", [SILENT, ""])
def test_the_desk_counts_a_silent_page_among_its_faults(table: Screened, problem: str) -> None:
    table.do(PageState(SILENT), PageState(problem))
    assert list(table.page.faults) == [problem] * bool(problem)


@pytest.mark.parametrize("path", [*TOUCHES, "/beat"])
@pytest.mark.parametrize(
    "headers",
    [{}, {KEY_HEADER: KEY}, {**OWN, KEY_HEADER: "guessed"}, {**OWN, "Origin": "https://elsewhere.example"}],
)
def test_only_the_page_itself_may_say_anything(
    client: FlaskClient, table: Screened, path: str, headers: dict[str, str]
) -> None:
    assert client.post(path, data=WANTED, headers=headers).status_code == 403
    table.desk.turn()
    assert table.offers() == []


def test_the_page_itself_may(client: FlaskClient, table: Screened) -> None:
    assert client.post("/offer", data=WANTED, headers=OWN).status_code == 204
    table.desk.turn()
    assert len(table.offers()) == 1
    assert client.post("/beat", headers=OWN).status_code == 204
    assert client.post("/hide", data={"number": "9"}, headers=OWN).status_code == 409


def test_a_full_queue_is_said(client: FlaskClient, table: Screened) -> None:
    while table.desk.report(PageState("")):
        pass
    answer = client.post("/offer", data=WANTED, headers=OWN)
    assert (answer.status_code, "Busy" in answer.text) == (503, True)


def test_every_route_carries_the_security_headers(client: FlaskClient) -> None:
    paths = ("/", "/now", "/events", "/static/kiosk.js", "/live/live.js", "/nowhere")
    answers = [*map(client.get, paths), *map(client.post, (*TOUCHES, "/beat"))]
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert rules == {
        "/",
        "/now",
        "/events",
        *TOUCHES,
        "/beat",
        "/static/<path:filename>",
        "/live/<path:filename>",
    }
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        answer.close()
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|javascript:", page)


def test_another_hosts_name_is_not_answered(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "kiosk.example"}).status_code == 400


def test_live_pages_are_few_and_leave_threads_for_touches(client: FlaskClient) -> None:
    streams = [client.get("/events") for _ in range(LIVE_STREAMS)]
    assert {each.status_code for each in streams} == {200}
    assert client.get("/events").status_code == 503
    streams[0].close()
    assert client.get("/events").status_code == 200
    assert LIVE_STREAMS < THREADS


def test_whoever_starts_the_browser_anew_hears_whether_codes_are_shown_and_the_page_draws(
    table: Screened,
) -> None:
    asked = screen_handler(table.board.latest, table.watch.draws)
    table.watch.beat()
    assert list(asked(b"")) == [NOBODY]
    table.do(ONE)
    table.world.time.move(SILENT_S)
    (state,) = asked(b"")
    assert state == ScreenState(codes=1, draws=False)
    assert [state.is_so(wanted) for wanted in (Is.IDLE, Is.STUCK)] == [False, True]
    assert [NOBODY.is_so(wanted) for wanted in (Is.IDLE, Is.STUCK)] == [True, False]


def test_its_own_user_is_answered_without_any_right_of_roots(table: Screened) -> None:
    """As the units that look after the screen ask: the socket is that user's, and nobody else may connect."""
    if os.geteuid():
        pytest.skip("rootが要ります / needs root")
    user = getpwnam("nobody")
    table.do(ONE)
    fork = multiprocessing.get_context("fork")

    def become(heard: Connection, data: Path, uid: int) -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(uid)
        try:
            heard.send(ask_screen(data).codes)
        except StickRefused as refused:
            heard.send(str(refused))

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        control = Control(data, {SCREEN: screen_handler(table.board.latest, table.watch.draws)})
        control.start()
        for path in (data, *data.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
        data.chmod(0o711)
        answers = list[object]()
        for uid in (user.pw_uid, user.pw_uid - 1):
            ours, theirs = fork.Pipe()
            asking = fork.Process(target=become, args=(theirs, data, uid))
            asking.start()
            answers.append(ours.recv())
            asking.join()
        control.stop()
    assert answers[0] == 1
    assert "Permission denied" in str(answers[1])
