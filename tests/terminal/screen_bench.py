"""The driver's page with a stand-in for the loop behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Literal

from device.screen.server import ScreenServer
from terminal.facts import Fact
from terminal.screen.board import Board
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


INSIDE = [
    ("main > *, .bar > *", "body"),
    (".badge", ".bar"),
    (".name, .tags > *, .along", ".here"),
    (".here", ".strip"),
    (".headsign", ".heading"),
    (".verdict > *, .key-en > *, .cash, .sums > *, .say, .at", ".answer"),
    (".cash > *", ".cash"),
    (".camera .former, .camera p", ".camera"),
    (".counts dd, .counts dt", ".counts"),
    (".alights, .alights li, .alights .next-page", ".on-board"),
    (".owed, .whence, .alight .people", ".alight"),
    (".recorded p, .recorded button", ".recorded"),
    (".hand header, .who-rides > *, .who-rides button, .from-where, .from-where li", ".hand"),
    (".from-where .named, .sum", ".from-where li"),
    (".hint > *", ".hint"),
    (".overrule, .rider", ".right"),
    (".choice, .proposed > *, .start", ".trip"),
    (".question > *", ".asks"),
    (".candidate > *", ".candidate"),
    (".undo p, .undo button", ".undo"),
    (".actions button", ".left"),
    (".reason p", ".reason"),
    (".fault > *", ".fault"),
]
SMALL_TARGETS = """[...document.querySelectorAll("button, summary")].filter(node => {
  const box = node.getBoundingClientRect();
  return node.checkVisibility() && (box.width < 48 || box.height < 48);
}).map(node => node.className)"""
PALE = """least => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (layers) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const layer of layers) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    const stack = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!stack.includes(node)) continue;
    const under = stack.slice(stack.indexOf(node)).map(at => getComputedStyle(at).backgroundColor).reverse();
    const back = light(rgb(under)), front = light(rgb([...under, style.color]));
    const ratio = (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
    if (ratio < least) pale.push(`${walker.currentNode.data.trim()} ${ratio.toFixed(2)}`);
  }
  return pale;
}"""


SMALL_TEXT = """[...document.querySelectorAll("body *")].filter(node => node.checkVisibility()
  && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())
  && parseFloat(getComputedStyle(node).fontSize) < 16).map(node => node.textContent)"""
WHOLE = ".actions button *, .recorded .take, .recorded button *, .owed b, .hand button, .overrule *, .help"
CLIPPED = """selector => [...document.querySelectorAll(selector)]
  .filter(node => node.checkVisibility() && node.clientWidth && node.scrollWidth > node.clientWidth + 1)
  .map(node => node.textContent.trim())"""


def assert_legible(page: Page, name: str, contrast: float) -> None:
    """Nothing scrolls, spills, is pale, or too small to touch or to read, whatever the page shows now."""
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size[0] <= 800, name
    assert size[1] <= 480, name
    for inner, outer in INSIDE:
        assert_within(page, inner, outer)
    assert page.evaluate(PALE, contrast) == [], name
    assert page.evaluate(SMALL_TARGETS) == [], name
    assert page.evaluate(SMALL_TEXT) == [], name
    assert page.evaluate(CLIPPED, WHOLE) == [], name


def choose_theme(page: Page, theme: str) -> None:
    """Touch the theme's button until it is that one."""
    while page.get_attribute("html", "data-theme") != theme:
        page.tap(".theme")
