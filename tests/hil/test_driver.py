"""The bench's driver touches the real page: riders by hand, and the stop where it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from device.screen.server import ScreenServer
from hil.driver import Driver
from hil.reconcile import Reconciliation
from hil.riders import HandRider
from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass
from terminal.facts import HandAlighting, HandBoarding, StopSaid, StopSet
from terminal.screen.pages import create_app
from terminal.screen.snapshot import FaresFrom
from tests.terminal.screen_bench import KEY, Loop
from tests.terminal.screen_states import ASKED, TRIP

COUPLE = HandRider("現金の夫婦", "couple", 0.0, 1.0, Means.CASH, people=2)


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def driver(loop: Loop) -> Iterator[Driver]:
    app = create_app(loop.board.latest, loop.board.wait, loop.report, screen_key=KEY)
    server = ScreenServer(app, port=0)
    server.start()
    yield Driver(server.url)
    server.stop()


def test_riders_by_hand_go_to_the_loop(loop: Loop, driver: Driver) -> None:
    loop.board.publish(replace(TRIP, at_index=1, fares_from=(FaresFrom(0, ()),)))
    assert driver.board(COUPLE)
    assert driver.alight(COUPLE, 0)
    assert loop.facts == [
        HandBoarding(Means.CASH, RiderClass.ADULT, 2),
        HandAlighting(0, Means.CASH, RiderClass.ADULT, 2),
    ]


def test_a_touch_that_the_page_does_not_take_is_none(loop: Loop, driver: Driver) -> None:
    loop.board.publish(replace(TRIP, fares_from=()))
    assert not driver.alight(COUPLE, 4)
    assert loop.facts == []


@pytest.mark.parametrize(("stop", "said"), [(3, StopSaid(7, 3)), (1, StopSet(1))])
def test_a_question_that_stands_is_answered_with_the_stop_where_the_bus_is(
    loop: Loop, driver: Driver, stop: int, said: StopSaid | StopSet
) -> None:
    loop.board.publish(ASKED)
    driver.answer(stop)
    assert loop.facts == [said]


def test_where_nothing_is_asked_nothing_is_said(loop: Loop, driver: Driver) -> None:
    loop.board.publish(TRIP)
    driver.answer(1)
    assert loop.facts == []


@pytest.mark.parametrize("lost", [{"by_hand_central": 3}, {"cash_by_hand_posted": 1200}])
def test_riders_by_hand_that_differ_do_not_agree(lost: dict[str, Any]) -> None:
    same = Reconciliation(1, 1, 1, 1, 1, 600, 600, 4, 4, 2400, 2400)
    assert same.agree
    assert not replace(same, **lost).agree
