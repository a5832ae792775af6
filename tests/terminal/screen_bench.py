"""The driver's page with a stand-in for the loop behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Literal

from terminal.facts import Fact
from terminal.screen.board import Board
from terminal.screen.server import ScreenServer
from terminal.screen.snapshot import Snapshot

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

KEY = "a-key-made-at-start"
SIZE: ViewportSize = {"width": 800, "height": 480}
Scheme = Literal["light", "dark"]
OWN = "http://127.0.0.1"
STAMPS = count(1)


@dataclass
class Loop:
    """Stands for the loop: what it is told, and whether its queue has room."""

    board: Board = field(default_factory=Board)
    facts: list[Fact] = field(default_factory=list)
    full: bool = False

    def report(self, fact: Fact, /) -> bool:
        if not self.full:
            self.facts.append(fact)
        return not self.full


def open_page(browser: Browser, server: ScreenServer, scheme: Scheme) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZE, has_touch=True, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.goto(server.url)
    yield page
    context.close()
    assert complaints == []


def show(loop: Loop, page: Page, snapshot: Snapshot) -> None:
    """Publish and wait until the page has drawn it, told by a clock no other snapshot has."""
    stamp = f"{next(STAMPS):02}:00"
    loop.board.publish(replace(snapshot, clock=stamp))
    page.wait_for_function("stamp => document.querySelector('.clock').textContent === stamp", arg=stamp)


def assert_within(page: Page, inner: str, outer: str) -> None:
    """No visible part of `inner` sticks out of the `outer` around it."""
    spilt = page.evaluate(
        """([inner, outer]) => [...document.querySelectorAll(inner)].filter(node => {
          const around = node.parentElement.closest(outer);
          if (!around || !node.checkVisibility()) return false;
          const box = node.getBoundingClientRect(), edge = around.getBoundingClientRect();
          return box.width && (box.left < edge.left - 1 || box.top < edge.top - 1
            || box.right > edge.right + 1 || box.bottom > edge.bottom + 1
            || (node.matches(".key, .tag, .cash > *, dd, dt, .badge") && node.scrollWidth > node.clientWidth + 1));
        }).map(node => `${node.className || node.tagName}: ${node.textContent.trim()}`)""",
        [inner, outer],
    )
    assert spilt == []


def background(page: Page, selector: str) -> str:
    return str(page.locator(selector).evaluate("node => getComputedStyle(node).backgroundColor"))
