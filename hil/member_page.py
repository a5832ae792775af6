"""How the demo's riders come to their codes: as every member does, by the member's page.

One of them has the page in a real Chromium, and its screen is what comes before the bus's camera. The others do by the
same questions to the office and the same rules for the code what the page's scripts do, with a key made in Python.
"""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from playwright.sync_api import Error as BrowserError

from central.access.browser import COOKIES
from central.access.sessions import Kind
from device.reader.decode import read_codes
from hil.riders import Person
from hil.virtual.scenes import screen_frame
from rules.passes import base45
from rules.passes.rider_pass import IssuedPass, ReadPass, read_code, unpack_pass

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

    from hil.riders import Gray

SCREEN: ViewportSize = {"width": 360, "height": 740}
SCALE = 2
"""Device pixels a CSS pixel, and what `screen_frame` takes."""
FRESH_S = 5.0
"""The page opens with the time it knew last, and asks the office for the present one."""
PATIENCE_S = 10.0
_PREFIX = "YP1:"


class NoCode(Exception):
    """The page showed no fresh code in time. The text says what was on it."""


def enrol(url: str, secret: str, public: bytes) -> IssuedPass:
    """The pass of a phone with this public key: what the page asks for once it has made its key.

    `url` is the office's, `secret` what the cookie of the member's session holds.
    """
    answer = ask(url, secret, "pass", id=str(uuid.uuid4()), key=base45.encode(public), party=1, began="new")
    packed = base45.decode(answer["passes"][-1])
    assert packed is not None
    return unpack_pass(packed)


def ask(url: str, secret: str, what: str, **said: object) -> Any:
    """What the office answers to `/m/api/<what>`. Raises HTTPError for a refusal."""
    request = urllib.request.Request(
        f"{url}m/api/{what}",
        json.dumps(said).encode(),
        {
            "Content-Type": "application/json",
            "Cookie": f"{COOKIES[Kind.OWN]}={secret}",
            "Origin": url.rstrip("/"),
        },
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)


def signed_in(browser: Browser, url: str, secret: str) -> BrowserContext:
    """A phone's browser as that session has it."""
    context = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE, locale="ja-JP")
    # As if by https: no browser lets a __Host- cookie be put anywhere else.
    url = url.replace("http:", "https:")
    context.add_cookies([{"name": COOKIES[Kind.OWN], "value": secret, "url": url, "secure": True}])
    return context


@dataclass(slots=True)
class PageRider:
    """Somebody with the member's page in a Chromium of this machine."""

    person: Person
    browser: Browser = field(repr=False)
    url: str
    secret: str = field(repr=False)
    code: bytes = field(default=b"", repr=False)
    """What was on the screen last."""
    _page: Page | None = field(default=None, repr=False)

    def seen(self, wall: Callable[[], float], rng: np.random.Generator) -> Gray:
        """What the camera sees when they hold up the phone; `wall` gives Unix seconds. Raises NoCode."""
        try:
            return self._hold_up(wall, rng)
        except BrowserError as error:
            raise NoCode(f"{self.person.name} / {self.person.name_en}: {error.message}") from error

    def _hold_up(self, wall: Callable[[], float], rng: np.random.Generator) -> Gray:
        page = self._page = self._page or self._open()
        page.goto(f"{self.url}m/")
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            screen = _gray(page.screenshot())
            for text in read_codes(screen):
                read = read_code(text)
                if (
                    isinstance(read, ReadPass)
                    and read.showing
                    and abs(read.showing.moment - wall()) <= FRESH_S
                ):
                    self.code = read.shown + read.showing.signature
                    return screen_frame(screen, rng)
        raise NoCode(f"{self.person.name} / {self.person.name_en}: {page.inner_text('body')[:200]!r}")

    def _open(self) -> Page:
        return signed_in(self.browser, self.url, self.secret).new_page()


def _gray(png: bytes) -> Gray:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
