"""What the demo says to guests: the symbol in the terminal, the page about trust, the browser that is not there."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from central.access.members.mailbox import FileMailbox
from device.reader.decode import read_codes
from device.screen.server import ScreenServer
from hil.guests import chromium_or_none
from hil.lan.authority import open_authority
from hil.lan.pages import create_app
from hil.lan.tell import MailTeller, qr
from tests.accessible import faults_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
NOW = 1_795_900_000
CELL = 8
LIT = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0), "\xa0": (0, 0)}
"""Upper and lower half of a character, light on dark."""


def test_the_symbol_in_the_terminal_says_the_address() -> None:
    url = "http://192.168.100.200:8804/"
    lines = qr(url).splitlines()
    halves = np.array([[LIT[sign] for sign in line] for line in lines], np.uint8)
    modules = halves.transpose(0, 2, 1).reshape(-1, halves.shape[1]) * 255
    picture = np.kron(modules, np.ones((CELL, CELL), np.uint8))
    assert read_codes(np.ascontiguousarray(picture, np.uint8)) == [url.encode()]


def test_the_codes_that_are_mailed_are_said_once_and_nothing_else_of_a_mail(tmp_path: Path) -> None:
    told: list[str] = []
    folder = tmp_path / "mail"
    teller = MailTeller(folder, told.append)
    teller.start()
    try:
        mailbox = FileMailbox(folder)
        mailbox.send("hanako@example.jp", "Yukemuri 123456", "secret words", NOW)
        mailbox.send("taro@example.jp", "A receipt", "secret words", NOW)
        half = folder / f"{NOW + 1:012}-000003.eml"
        half.touch()
        time.sleep(1.5)
        mail = EmailMessage()
        mail["To"], mail["Subject"] = "taro@example.jp", "Yukemuri 654321"
        half.write_bytes(mail.as_bytes())
        until = time.monotonic() + 10
        while len(told) < 2 and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        teller.stop()
    assert [("hanako" in told[0], "123456" in told[0]), ("taro" in told[1], "654321" in told[1])] == [
        (True, True)
    ] * 2
    assert len(told) == 2
    assert "secret" not in "".join(told)


def test_without_chromium_the_demo_says_that_all_codes_are_made_in_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hil.browser.find_chromium", lambda: None)
    said = io.StringIO()
    with chromium_or_none(Console(file=said, width=400)) as browser:
        assert browser is None
    assert "Chromiumがない" in said.getvalue()
    assert "Python" in said.getvalue()


@pytest.fixture
def trust_url(tmp_path: Path) -> Iterator[str]:
    server = ScreenServer(create_app(open_authority(tmp_path, NOW), "https://192.168.1.5:8803/"), port=0)
    server.start()
    yield server.url
    server.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_about_trust_fits_360_pixels_and_axe_finds_nothing(
    browser: Browser, trust_url: str, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme="dark" if scheme == "dark" else "light"
    )
    try:
        page = context.new_page()
        page.goto(trust_url)
        assert faults_of(page) == []
        for size in ("100%", "200%"):
            page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, size
    finally:
        context.close()
