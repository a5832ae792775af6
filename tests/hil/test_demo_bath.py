"""The bath's promise: whatever is cut on the way, guests, kiosk, office and ledger end with the same points."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from central.devices.data_folder import open_office
from central.japan import day_of
from central.kiosks.keep_kiosks import KioskWanted, change_kiosk
from central.kiosks.store import put_kiosk
from central.network.feeds.open_feed import read_feed
from central.points.grant_points import grant_points
from hil.bath import ADULT, CHILD
from hil.bench import Bench, Plan
from hil.demo import LINE, Demo
from hil.office import BATH, KIOSK
from hil.reconcile_bath import BathReconciliation, reconcile_bath
from hil.rounds import rounds
from hil.touch import TouchPage
from provisioning.broker import find_mosquitto

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
pytestmark = [
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(240),
]
MONDAY = date(2026, 11, 23)


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    this = next(rounds(read_feed(LINE).draft, MONDAY))
    # A Unix socket's path has room for 107 bytes; pytest's own folders are long.
    with Bench(Plan(tmp_path_factory.mktemp("b"), LINE, "test", MONDAY, this.out.departures[0])) as bench:
        bench.hand_out()
        yield Demo(bench, 600.0, print, bath=bench.open_bath(print))


def settled(demo: Demo) -> BathReconciliation:
    assert demo.bath is not None
    assert demo.bath_drained()
    bench = demo.bench
    bench.kiosk.stop()
    return reconcile_bath(demo.bath.told, bench.kiosk_folder(), KIOSK.device, bench.office.data)


def test_codes_and_cards_arrive_once_though_link_and_power_are_cut(demo: Demo, browser: Browser) -> None:
    assert demo.bath is not None
    demo.bathe(browser)
    demo.bath.visit_without_network(demo.bench.welcome_guests())
    demo.bench.kiosk.kill()
    demo.bench.kiosk.start()
    demo.bath.restore()
    demo.bath.claim_kept(browser)
    found = settled(demo)
    assert found.agree
    points = 3 * ADULT.points + 2 * CHILD.points + 2 * ADULT.points
    assert (found.codes, found.cards, found.undone, found.points_posted) == (6, 2, 1, points)


def test_points_that_nobody_was_told_of_are_found(demo: Demo) -> None:
    assert demo.bath is not None
    demo.bathe(None)
    office = open_office(demo.bench.office.data, int(demo.bench.clock.wall()))
    try:
        with office.database.write() as connection:
            (member,) = connection.exec_driver_sql("SELECT member FROM kiosk_claims LIMIT 1").one()
            now = int(demo.bench.clock.wall())
            grant_points(connection, BATH.id, member, 50, KIOSK.device, "planted", now)
    finally:
        office.database.close()
    found = settled(demo)
    assert not found.agree
    assert found.points_posted == found.points_told + 50


def test_what_the_office_sets_reaches_the_kiosk_over_the_link_and_holds_from_its_day(demo: Demo) -> None:
    page, now = TouchPage(demo.bench.kiosk_url), int(demo.bench.clock.wall())
    assert f">{ADULT.points}<" in page.picture()["regions"]["keys"]
    dear, tomorrow = replace(ADULT, points=77), day_of(now) + timedelta(days=1)
    office = open_office(demo.bench.office.data, now)
    try:
        with office.database.write() as connection:
            # As if it had been said yesterday for today, and now again for tomorrow.
            put_kiosk(connection, replace(KIOSK, visits=(dear, CHILD)), "demo", now, day_of(now))
            wanted = KioskWanted(
                replace(KIOSK, visits=(ADULT, CHILD), cap_per_day=500), tomorrow, "test", "demo"
            )
            assert change_kiosk(connection, wanted, now) is None
    finally:
        office.database.close()
    deadline = time.monotonic() + 90
    while ">77<" not in page.picture()["regions"]["keys"]:
        assert time.monotonic() < deadline, "the kiosk has heard nothing"
        time.sleep(0.5)


@pytest.mark.parametrize(
    "lost",
    ["codes_central", "cards_central", "undone_central", "points_told", "points_given", "points_posted"],
)
def test_what_differs_anywhere_does_not_agree(lost: str) -> None:
    same = BathReconciliation(5, 5, 5, 2, 2, 2, 1, 1, 240, 240, 240)
    assert same.agree
    assert not replace(same, **{lost: 0}).agree
