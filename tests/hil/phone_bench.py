"""The member's page on a phone of 360 pixels, an office behind it and a bus before it.

For `pytest_plugins`; test modules import from it before pytest does, hence PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from device.reader.decode import Gray, read_codes
from device.screen.server import ScreenServer
from hil.phone.app import create_app
from hil.phone.door import BenchDoor
from hil.phone.office import PhoneOffice
from rules.instant import ClockQuality, Instant
from rules.passes import base45
from rules.passes.rider_pass import ReadPass, Showing, read_code

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

PATIENCE_MS = 30_000
SCREEN: ViewportSize = {"width": 360, "height": 740}
SCALE = 2
"""Device pixels a CSS pixel, and what `screen_frame` takes."""


@dataclass
class Village:
    """Office and server, with clocks that can be wrong: seconds that the server and the bus are ahead of the truth."""

    office: PhoneOffice
    url: str = ""
    server_ahead: float = 0.0
    bus_ahead: float = 0.0

    def bus(self) -> BenchDoor:
        """A bus that has not seen anybody yet."""
        return BenchDoor(self.office.door(), self.office.word(), self._at)

    def is_denied(self, pass_id: bytes) -> bool:
        """Whether the office has told the buses to refuse a pass."""
        return self.office.is_denied(pass_id)

    def _at(self) -> Instant:
        now = time.time() + self.bus_ahead
        return Instant("boot", int(now * 1000), int(now), ClockQuality.GPS)


class Phone:
    """One tab of the page in somebody's browser."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def shown(self) -> bytes:
        """What the symbol on the screen says, read by the door's reader."""
        self.page.wait_for_selector("#symbol path", state="attached", timeout=PATIENCE_MS)
        (code,) = read_codes(self.symbol())
        return code

    def screen(self) -> Gray:
        """The screen as it is held up, the symbol in full view, in gray."""
        # To reach a choice further down the page was scrolled, by as much as the fonts of this machine made it longer.
        self.page.evaluate("scrollTo(0, 0)")
        return _gray(self.page.screenshot())

    def symbol(self) -> Gray:
        """The symbol alone, quiet zone included."""
        return _gray(self.page.locator("#symbol").screenshot())

    def read(self) -> ReadPass:
        """The long code on the screen, taken apart."""
        return taken_apart(self.shown())

    def showing(self) -> Showing:
        """The showing of the long code on the screen."""
        return showing_of(self.read())

    def next_after(self, act: Callable[[], object]) -> bytes:
        """The first code that `act` brings up in place of the one on the screen."""
        drawn = "document.querySelector('#symbol path')?.getAttribute('d')"
        before = self.page.evaluate(drawn)
        act()
        self.page.wait_for_function(f"(old) => {drawn} && {drawn} !== old", arg=before, timeout=PATIENCE_MS)
        return self.shown()

    def choose(self, **choices: str) -> bytes:
        """The code after a choice of `adults` or `children`."""

        def act() -> None:
            for name, value in choices.items():
                self.page.select_option(f"select[name={name}]", value)

        return self.next_after(act)

    def run(self, script: str, arg: Any = None) -> Any:
        """The answer of a function in the page that has central's modules at hand as `m`."""
        modules = ("base45", "live_code", "passes", "phone", "showing", "symbol")
        imports = ", ".join(f"import('/passes/static/{name}.js')" for name in modules)
        start = f"const m = Object.assign({{}}, ...(await Promise.all([{imports}])));"
        return self.page.evaluate(f"async (arg) => {{ {start} return await ({script})(arg); }}", arg)

    def hide(self, *, hidden: bool) -> None:
        """Stands in for the phone's own screen: a browser without a window never hides a page."""
        self.page.evaluate(
            "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
            " document.dispatchEvent(new Event('visibilitychange')); }",
            hidden,
        )


def _gray(png: bytes) -> Gray:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def taken_apart(data: bytes) -> ReadPass:
    """A long code, taken apart. Raises TypeError for any other."""
    read = read_code(data)
    if not isinstance(read, ReadPass):
        raise TypeError(read)
    return read


def showing_of(read: ReadPass) -> Showing:
    """What the phone said in it."""
    if read.showing is None:
        raise TypeError(read)
    return read.showing


def order(data: bytes) -> tuple[int, int]:
    """What the buses' memory of replays compares."""
    showing = showing_of(taken_apart(data))
    return showing.moment, showing.counter


def unpacked(data: bytes) -> bytes:
    """The code's bytes."""
    code = base45.decode(data.decode("ascii").removeprefix("YP1:"))
    if code is None:
        raise ValueError(data)
    return code


@contextmanager
def village_in(folder: Any) -> Iterator[Village]:
    """An office in an empty folder, and its server."""
    office = PhoneOffice(folder, time.time)
    village = Village(office)
    server = ScreenServer(create_app(office, lambda: time.time() + village.server_ahead), port=0)
    server.start()
    village.url = server.url
    try:
        yield village
    finally:
        server.stop()
        office.close()


@pytest.fixture(scope="module")
def _village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    with village_in(tmp_path_factory.mktemp("phone")) as village:
        yield village


@pytest.fixture
def village(_village: Village) -> Village:
    """One office for a module's tests; every test begins with clocks that are right."""
    _village.server_ahead = _village.bus_ahead = 0.0
    return _village


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own for each test: another phone."""
    context = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE, locale="ja-JP")
    try:
        yield context
    finally:
        context.close()


def opened(context: BrowserContext, village: Village) -> Phone:
    """The page in a new tab."""
    page = context.new_page()
    page.goto(f"{village.url}m/")
    return Phone(page)


@pytest.fixture
def phone(context: BrowserContext, village: Village) -> Phone:
    """The page, opened; its clock stands still, so that no code comes up but by what a test does."""
    context.clock.install(time=time.time())
    phone = opened(context, village)
    phone.shown()
    context.clock.pause_at(time.time() + 1)
    return phone
