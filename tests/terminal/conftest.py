"""What the tests of the terminal share: a driver's page before a stand-in for the loop, a world for the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from device.screen.server import ScreenServer
from terminal import loop as loop_module
from terminal.screen.pages import create_app
from tests.terminal.loop_bench import World
from tests.terminal.screen_bench import KEY, Loop, open_page

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page


@pytest.fixture
def bus_loop() -> Loop:
    return Loop()


@pytest.fixture
def screen_client(bus_loop: Loop) -> FlaskClient:
    app = create_app(bus_loop.board.latest, bus_loop.board.wait, bus_loop.report, screen_key=KEY)
    return app.test_client()


@pytest.fixture
def screen_server(bus_loop: Loop) -> Iterator[ScreenServer]:
    app = create_app(bus_loop.board.latest, bus_loop.board.wait, bus_loop.report, screen_key=KEY)
    screen = ScreenServer(app, port=0)
    screen.start()
    yield screen
    screen.stop()


@pytest.fixture
def driver_page(browser: Browser, screen_server: ScreenServer) -> Iterator[Page]:
    yield from open_page(browser, screen_server, "light")


@pytest.fixture
def night_driver_page(browser: Browser, screen_server: ScreenServer) -> Iterator[Page]:
    yield from open_page(browser, screen_server, "dark")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The real loop's, in which a turn without a fact does not wait for one."""
    monkeypatch.setattr(loop_module, "TICK_S", 0.0)
    return World(tmp_path)
