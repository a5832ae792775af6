"""Whoever takes part in the demo from outside: phones on the local network, and the browser in one rider's hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Error as BrowserError
from rich.text import Text

from central.app import MAILS
from device.screen.server import ScreenServer
from hil.bench import Bench, Phones
from hil.browser import chromium
from hil.lan.addresses import find_lan
from hil.lan.authority import home, open_authority
from hil.lan.pages import create_app
from hil.lan.tell import MailTeller, phone_lines, qr
from hil.virtual.ports import claim_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from rich.console import Console


def expect_phones(wanted: str, port: int) -> Phones:
    """What the bench needs to serve phones at `wanted` (see `find_lan`). Raises NoLan or AuthorityBroken."""
    return Phones(find_lan(wanted), open_authority(home(), int(time.time())), port)


@contextmanager
def chromium_or_none(console: Console) -> Iterator[Browser | None]:
    """The browser in which one rider holds the member's page."""
    with ExitStack() as closing:
        browser = None
        try:
            browser = closing.enter_context(chromium())
        except (FileNotFoundError, BrowserError):
            console.print(
                "  Chromiumがないため、乗客は全員、同じ規則をPythonで計算したコードを見せます / "
                "no Chromium here: all riders show codes that Python makes by the page's rules"
            )
        yield browser


@contextmanager
def guests(bench: Bench, phones: Phones | None, console: Console) -> Iterator[None]:
    """Say where everything is; to whoever brings a phone how to come in, and the codes that are mailed to them."""
    console.print(f"[bold]ゆけむり デモ / demo[/bold]  {bench.notice}")
    console.print(f"  役場の画面 / office        {bench.office_link()}  （一度だけ / once）")
    console.print(f"  運転席の画面 / driver      {bench.screen_url}")
    mails = MailTeller(bench.office.data / MAILS, console.print)
    mails.start()
    try:
        if phones is None:
            yield
            return
        trust = ScreenServer(
            create_app(phones.authority, bench.lan_url),
            str(phones.lan.address),
            claim_port(phones.port + 1 if phones.port else 0, str(phones.lan.address)),
        )
        trust.start()
        try:
            for line in phone_lines(phones.lan, phones.authority, bench.lan_url, trust.url):
                console.print(line)
            console.print(Text(qr(trust.url), "bright_white on black"))
            yield
        finally:
            trust.stop()
    finally:
        mails.stop()
