"""The guests' page in a real Chromium, and the real desk on its table behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import cv2
import numpy as np

from device.journal import Journal
from device.reader.decode import read_texts
from device.screen.board import Board
from device.screen.server import ScreenServer
from kiosk.ports import Snapshot
from kiosk.screen.pages import create_app
from kiosk.screen.watch import PageWatch
from tests.kiosk.desk_bench import UNIT, Table, World

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page, ViewportSize

SMALL: ViewportSize = {"width": 1024, "height": 600}
LARGE: ViewportSize = {"width": 1920, "height": 1080}
SIZES = (SMALL, LARGE)
KEY = "a-key-made-at-start"
DEAF_MS = 400
WAIT_TURNS = 400
STEP_S = 5
EMPTY = Snapshot(
    unit=UNIT,
    now_text="",
    clock_known=False,
    link_up=False,
    waiting=0,
    open=True,
    codes=(),
    recent=(),
    visits=(),
    message=None,
    today=(),
)


class Screened(Table):
    """A kiosk on a table, with its screen."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.board = Board(EMPTY)
        super().__init__(world, journal)
        self.watch = PageWatch(world.time, self.desk.report)
        self.server = self.serve()

    def app(self, key: str = KEY) -> Flask:
        """The page."""
        return create_app(
            self.board.latest, self.board.wait, self.desk.report, self.watch.beat, screen_key=key
        )

    def serve(self, key: str = KEY, port: int = 0) -> ScreenServer:
        """A server of the page, as every start of the program makes one."""
        return ScreenServer(self.app(key), port=port)

    def _look(self, snapshot: Snapshot) -> None:
        super()._look(snapshot)
        self.board.publish(snapshot)


@contextmanager
def screened(world: World) -> Iterator[Screened]:
    """The program with its screen, begun."""
    with Journal(world.folder, UNIT, any_disk=True).open() as journal:
        table = Screened(world, journal)
        table.server.start()
        try:
            table.desk.begin()
            table.desk.turn()
            yield table
        finally:
            table.server.stop()


class Guest:
    """Who stands before the screen."""

    def __init__(self, page: Page, table: Screened) -> None:
        self.page = page
        self.table = table

    def touch(self, selector: str) -> None:
        """Touch it, and let the desk answer. Two seconds of the kiosk's later, so that it is no trembling finger."""
        self.table.world.time.move(2)
        self.page.wait_for_timeout(DEAF_MS)
        self.page.locator(selector).click()
        self.turn()

    def until(self, holds: Callable[[], bool], why: str) -> None:
        """Let desk and page work until something is so."""
        for _ in range(WAIT_TURNS):
            if holds():
                return
            self.turn()
        raise AssertionError(why)

    def turn(self) -> None:
        """A turn of the desk, and a moment for the page."""
        self.table.desk.turn()
        self.page.wait_for_timeout(25)

    def stop_the_clock(self) -> None:
        """From here on the page's time passes only in `pass_time`."""
        self.page.clock.install()
        self.page.reload()
        self.sees(".bar time")

    def pass_time(self, seconds: int) -> None:
        """The page's time passes, not so fast that it hears nothing in between."""
        for _ in range(seconds // STEP_S):
            self.page.clock.run_for(STEP_S * 1000)
            for _ in range(4):
                self.turn()

    def sees(self, selector: str) -> None:
        """It comes to stand there."""
        self.until(self.page.locator(selector).first.is_visible, f"no {selector} to be seen")

    def misses(self, selector: str) -> None:
        """It goes."""
        self.until(lambda: not self.page.locator(f"{selector}:visible").count(), f"{selector} stays")

    def codes(self) -> set[str]:
        """What the terminal's own reader finds in a picture of the screen."""
        return set(read_texts(picture(self.page)))


def picture(page: Page) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The screen in shades of grey."""
    png = np.frombuffer(page.screenshot(), np.uint8)
    return np.asarray(cv2.imdecode(png, cv2.IMREAD_GRAYSCALE), np.uint8)


@contextmanager
def guest_at(browser: Browser, table: Screened, size: ViewportSize) -> Iterator[Guest]:
    """Before the screen; the page must not complain of anything."""
    context = browser.new_context(viewport=size, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.goto(table.server.url)
    guest = Guest(page, table)
    guest.sees(".bar time")
    yield guest
    context.close()
    assert complaints == []
