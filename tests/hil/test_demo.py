"""The demo's promise: whatever is killed on the way, riders, bus and office end with the same taps and the same yen."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.network.feeds.open_feed import read_feed
from hil.bench import BUS, Bench, Plan
from hil.demo import LINE, Demo, settle
from hil.member_page import PageRider
from hil.reconcile import Reconciliation, health_at_central
from hil.riders import Carried
from hil.rounds import Round, first_day, rounds
from hil.virtual.ports import free_port
from provisioning.broker import find_mosquitto
from rules.passes.rider_pass import to_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from hil.riders import Rider

pytest_plugins = ("tests.browser",)
pytestmark = [
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(240),
]
MONDAY = date(2026, 11, 23)
SPEED = 600.0
RED = ("forged", "screenshot")


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Round]]:
    this = replace(next(rounds(read_feed(LINE).draft, MONDAY)), back=None)
    # A Unix socket's path has room for 107 bytes; pytest's own folders are long.
    with Bench(Plan(tmp_path_factory.mktemp("b"), LINE, "test", MONDAY, this.out.departures[0])) as bench:
        yield bench, this


@pytest.fixture
def browser_if_any(request: pytest.FixtureRequest) -> Browser | None:
    try:
        browser: Browser = request.getfixturevalue("browser")
    except pytest.skip.Exception:
        return None
    return browser


def drive_out(
    bench: Bench,
    this: Round,
    at_stop: Callable[[int], object] | None = None,
    browser: Browser | None = None,
) -> tuple[Reconciliation, list[str], list[Rider]]:
    """Drive everybody out once; the reconciliation, who was answered how, and who they were."""
    told: list[str] = []
    demo = Demo(bench, SPEED, told.append)
    riders = bench.hand_out(browser)
    assert isinstance(riders[0], PageRider) is (browser is not None)
    demo.drive_round(this, riders, at_stop)
    return settle(demo), told, riders


def told_in_logs(bench: Bench, riders: Iterable[Rider]) -> set[str]:
    """The programs whose logs hold a pass, a card or what lets somebody in."""
    logs = {path.stem: path.read_bytes() for path in bench.folder.glob("*.log")}
    assert all(logs[name] for name in ("mosquitto", "central", "bus"))
    secrets = {bench.office_link().rpartition("#")[2]}
    for issued in (rider.issued for rider in riders if isinstance(rider, Carried)):
        packed = issued.pack()
        secrets |= {to_text(packed), packed.hex(), b64encode(packed).decode(), issued.body.pass_id.hex()}
    assert len(secrets) > 1
    return {name for name, log in logs.items() for each in secrets if each.encode() in log}


def test_after_a_spell_without_network_all_agree_and_every_kind_of_rider_has_had_its_answer(
    bench: tuple[Bench, Round], browser_if_any: Browser | None
) -> None:
    result, told, riders = drive_out(*bench, browser=browser_if_any)
    assert result.agree, result
    assert (result.green, result.rides, result.by_hand) == (11, 6, 2)
    assert result.cash_by_hand > 0
    red = [line for line in told if "[red]" in line]
    assert len(red) == len(RED)
    assert all(any(kind in line for kind in RED) for line in red), red
    assert not [line for line in told if "○" in line]
    alive = health_at_central(bench[0].office.data, BUS)
    assert alive is not None
    assert not alive.online
    assert told_in_logs(bench[0], riders) == set()


def test_a_broker_killed_and_started_again_loses_and_doubles_nothing(bench: tuple[Bench, Round]) -> None:
    broker = bench[0].broker
    at = {4: broker.kill, 9: broker.start}
    result, *_ = drive_out(*bench, lambda index: at.get(index, int)())
    assert result.agree, result
    assert result.green == 11


def test_a_bus_killed_with_riders_on_board_goes_on_where_it_was(bench: tuple[Bench, Round]) -> None:
    def power_cut() -> None:
        bench[0].bus.kill()
        bench[0].bus.start()

    at = {3: power_cut, 8: power_cut}
    result, *_ = drive_out(*bench, lambda index: at.get(index, int)())
    assert result.agree, result
    assert result.green == 11


def test_the_link_that_is_shown_lets_the_administrator_in_once(
    bench: tuple[Bench, Round], browser: Browser
) -> None:
    link = bench[0].office_link()
    for lets_in in (True, False):
        page = browser.new_context().new_page()
        page.goto(f"{bench[0].office_url}today")
        assert "/staff/sign-in" in page.url
        page.goto(link)
        page.click("button.main")
        page.wait_for_url("**/desk" if lets_in else "**/staff/invitation")
        page.context.close()


@pytest.mark.parametrize("feed", ["jrbus_kusatsu", "uenomura"])
def test_the_demo_drives_another_operators_feed(feed: str, shared_data: Path) -> None:
    done = demo_command("--once", "--speed", "600", "--json", "--feed", str(shared_data / "gtfs" / feed))
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert result["agree"] is True
    assert result["green"] == result["acknowledged"] == result["central"] > 5
    assert result["yen_decided"] == result["yen_posted"] > 0
    assert set(result) >= {
        "green",
        "acknowledged",
        "central",
        "rides",
        "yen_decided",
        "yen_posted",
        "by_hand",
        "by_hand_central",
        "cash_by_hand",
        "cash_by_hand_posted",
        "agree",
        "seconds",
    }


def test_a_busy_port_is_said_in_one_sentence_with_the_remedy() -> None:

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = demo_command("--once", "--port", str(port))
    assert done.returncode == 1
    assert f"ポート {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_feed_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    done = demo_command("--once", "--feed", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "nothing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_day_outside_an_expired_calendar_falls_back_to_the_feeds_own(shared_data: Path) -> None:
    edition = read_feed(shared_data / "gtfs" / "jrbus_kusatsu").draft
    day = first_day(edition, MONDAY)
    assert day.year in (2019, 2020)
    assert edition.trips_on(day)


def demo_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    port = () if "--port" in arguments else ("--port", str(free_port()))
    return subprocess.run(
        [sys.executable, "-m", "hil.demo", *port, *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
