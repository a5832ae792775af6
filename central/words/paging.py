"""Long lists, a page at a time, and what an address asks of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TEXT = 80
MAX_PAGE = 100_000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `total` counts all pages; `complete` is False if a search gave up before the end."""

    number: int
    pages: int
    total: int
    complete: bool = True


def page_of(asked: int, total: int, rows: int, *, complete: bool = True) -> Page:
    """The page asked for of `total` entries, `rows` on each; the last page for a number beyond it."""
    pages = max(-(-total // rows), 1)
    return Page(min(asked, pages), pages, total, complete)


def page_asked(text: str) -> int:
    """The page's number in an address; the first for whatever is none."""
    digits = re.fullmatch(r"[0-9]{1,6}", text)
    return min(max(int(text), 1), MAX_PAGE) if digits else 1


def clean(text: str) -> str:
    """What somebody has typed, without control characters and not longer than anything that can be meant."""
    return _CONTROLS.sub("", text)[:MAX_TEXT].strip()
