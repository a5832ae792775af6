"""The office's pages as a clerk drives them: forms without a browser, and a server for a real one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from central.access.browser import COOKIES
from central.access.sessions import Kind
from central.access.who import Role
from device.screen.server import ScreenServer
from tests.central.signed_in import cookie

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam
    from playwright.sync_api import Browser, Page

OWN = {"Origin": "http://localhost"}
"""What a browser says of a form that comes from the pages themselves."""


def post(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
    """Send a form of the pages' own."""
    return client.post(path, data=data or {}, headers=OWN, **more)


def says(client: FlaskClient, path: str, status: int = 200) -> str:
    """What a page says, without its tags, single-spaced."""
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return text(answer)


def text(answer: Response) -> str:
    """What an answer says, without its tags and its furigana, single-spaced."""
    said = re.sub(r"<rt>.*?</rt>|</?ruby>", "", answer.get_data(as_text=True))
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", said)).split())


def field(answer: Response, name: str) -> str:
    """The value of the first input of that name."""
    page = answer.get_data(as_text=True)
    tag = next(tag for tag in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in tag)
    found = re.search(r'value="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The pages on the server they run on in earnest, in the one wrapper of it that can be stopped; its address."""
    server = ScreenServer(app, port=0)
    server.start()
    try:
        yield server.url.rstrip("/")
    finally:
        app.extensions["streams"].close()
        server.stop()


def browser_cookie(own: str, kind: Kind = Kind.STAFF, name: str = Role.ADMINISTRATOR) -> SetCookieParam:
    """For a real browser's context: signed in at `own` as whom `as_staff` or `as_member` has let in."""
    return {
        "name": COOKIES[kind],
        "value": cookie(kind, name),
        "url": own.replace("http://", "https://"),
        "secure": True,
        "httpOnly": True,
    }


@contextmanager
def watched_page(browser: Browser, own: str) -> Iterator[Page]:
    """A page of a real browser on a laptop; fails at the end if its console complained or it asked another host."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    context.add_cookies([browser_cookie(own)])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(own) else faults.append(asked.url))
    try:
        yield page
    finally:
        context.close()
    assert faults == []
