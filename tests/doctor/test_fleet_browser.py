"""The machines' health as the office sees it, in a real browser: every state that matters, nothing for axe to find."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from central.access.who import Role
from rules.instant import ClockQuality
from rules.messages.link import Health
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office_pages import serving, watched_page
from tests.central.today_events import well
from tests.central.today_village import Village

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
DAY_S = 86_400
OFFICE = 1366
SIDEWAYS = """[...document.querySelectorAll("main .scroll")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.textContent.slice(0, 80))"""
"""Tables that one has to push sideways to read them."""
TALLEST = "Math.max(...[...document.querySelectorAll('#devices tbody tr')].map(row => row.offsetHeight), 0)"
MOST_TALL = 100
"""Pixels: a row stays a row, whatever a machine says."""


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.client(Role.ADMINISTRATOR)
        yield made


def fleet(clerk: Clerk) -> None:
    """One machine for each thing that may be wrong with it."""
    village = Village(clerk.office.database, now=clerk.now)
    now = clerk.now
    body: dict[str, Any] = {"temperature_c": 51.0, "disk_free_mb": 9_200, "undervoltage": False}
    body |= {"certificate_until": now + 60 * DAY_S, "version": "0.1.0"}
    said = {
        "bus-001": well(**body),
        "bus-002": well(**body | {"camera": "カメラがつながっていません / the camera is not connected"}),
        "bus-003": well(**body | {"undervoltage": True, "temperature_c": 88.0, "disk_free_mb": 3}),
        "bus-004": well(**body | {"certificate_until": now - DAY_S, "clock": ClockQuality.FLOOR}),
        "bus-005": well(**body | {"queue": 12, "oldest_queued_wall": now - 5 * 3_600}),
        "bus-006": Health(online=False),
        "bus-007": well(**body | {"certificate_until": now + 9 * DAY_S}),
    }
    for device, health in said.items():
        village.machine(device)
        village.says(health, device=device)
    # As wide as a row gets in service: a long trip, a problem in many words, an old edition, a queue, a full date.
    long = "カメラの映像が止まったままです。レンズの曇りか線の緩みか、給電の不足かもしれません。" * 3
    wide = body | {"camera": long, "edition": 12, "queue": 1_234, "oldest_queued_wall": now - 90 * 3_600}
    village.machine("bus-with-a-very-long-name-011")
    village.says(well(**wide), device="bus-with-a-very-long-name-011", heard_at=now - 26 * 3_600)
    village.machine("bus-008")
    village.machine("bus-009")
    village.says(well(**body), device="bus-009", heard_at=now - 600)
    village.machine("bus-010", revoked=True)


@pytest.mark.parametrize("width", [OFFICE, 360])
@pytest.mark.parametrize("path", ["/desk", "/today"])
def test_every_state_of_a_machine_is_said_in_words_and_axe_finds_nothing(
    browser: Browser, clerk: Clerk, path: str, width: int
) -> None:
    fleet(clerk)
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(f"{own}{path}")
        text = page.inner_text("main")
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/fleet-{width}{path.replace('/', '-')}.png", full_page=True)
        assert faults_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == OFFICE:
            assert page.evaluate(SIDEWAYS) == []
            assert page.evaluate(TALLEST) <= MOST_TALL
    for word in ("カメラがつながっていません", "電圧不足", "88°C", "3MB", "期限切れ", "12件・5時間", "9日"):
        assert word in text, word
