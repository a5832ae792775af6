"""端末の証明書 in the office's browser: how each machine stands, codes, revoking, and who may."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from central.access.who import Role
from central.app import create_app
from central.audit.store import all_entries
from central.devices.store import find_device
from central.enrolment import store
from central.enrolment.authority import DAY_S
from rules.messages.enrolment import read_code
from tests.accessible import faults_of
from tests.central.office import NOW, new_office
from tests.central.office_pages import post, says, serving, watched_page
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal
from tests.provisioning.desk import Desk, Machine, asked, certificate_in, desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
SHOTS = os.environ.get("YUKEMURI_SHOTS")
"""A folder for pictures of the states that matter."""


def pages_of(office: Desk, role: Role = Role.ADMINISTRATOR) -> Flask:
    return as_staff(create_app(office.office.database, Shown(), lambda: office.now, seal), role)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


def enrolled(office: Desk, unit: str, secret: int) -> None:
    certificate_in(asked(office.client, "enrol", Machine(unit, secret).request(office.code(unit))))


def test_without_an_authority_the_page_says_who_makes_one(tmp_path: Path) -> None:
    with new_office(tmp_path) as office:
        app = as_staff(create_app(office.database, Shown(), lambda: NOW, seal))
        client = app.test_client()
        assert "yukemuri-provision init" in says(client, "/units")
        refused = post(client, "/units/code", {"unit": "bus-001", "kind": "bus"})
        assert refused.status_code == HTTPStatus.CONFLICT


def test_a_code_is_shown_once_and_lets_that_machine_in(office: Desk) -> None:
    client = pages_of(office).test_client()
    page = post(client, "/units/code", {"unit": "bus-001", "kind": "bus"})
    letters = re.search(r'<p class="letters">(.*?)</p>', page.get_data(as_text=True), re.DOTALL)
    assert letters
    typed = re.sub(r"<[^>]*>|\s", "", letters[1])
    code = read_code(typed)
    assert code is not None and code.authority == office.authority.mark
    assert page.headers["Cache-Control"] == "no-store"
    waiting = says(client, "/units")
    assert "bus-001 （バス）" in waiting or "bus-001（バス）" in waiting.replace(" （", "（")
    assert typed not in waiting
    certificate_in(asked(office.client, "enrol", Machine().request(code)))
    after = says(client, "/units")
    assert "not used yet" not in after
    assert "90日" in after
    with office.office.database.read() as connection:
        acts = [(each.who, each.what, each.about) for each in all_entries(connection)]
        assert all(typed not in each.detail for each in all_entries(connection))
    assert ("staff:administrator", "unit-code-made", "unit:bus-001") in acts


@pytest.mark.parametrize(("unit", "kind"), [("central", "bus"), ("Bus", "bus"), ("bus-001", "ship")])
def test_what_cannot_be_a_machine_gets_no_code(office: Desk, unit: str, kind: str) -> None:
    answer = post(pages_of(office).test_client(), "/units/code", {"unit": unit, "kind": kind})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    with office.office.database.read() as connection:
        assert store.codes_since(connection, 0) == []


def test_revoking_needs_a_reason_happens_once_and_stands_in_the_log_with_who(office: Desk) -> None:
    enrolled(office, "bus-001", 7)
    client = pages_of(office).test_client()
    assert post(client, "/units/bus-001/revoke", {"why": " "}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert post(client, "/units/bus-001/revoke", {"why": "盗難"}).status_code == HTTPStatus.SEE_OTHER
    assert post(client, "/units/bus-001/revoke", {"why": "盗難"}).status_code == HTTPStatus.CONFLICT
    assert post(client, "/units/bus-009/revoke", {"why": "盗難"}).status_code == HTTPStatus.CONFLICT
    assert "revoked" in says(client, "/units")
    with office.office.database.read() as connection:
        device = find_device(connection, "bus-001")
        (certificate,) = store.certificates_of(connection, "bus-001")
        acts = [each.who for each in all_entries(connection) if each.what == "unit-revoked"]
    assert device is not None and device.revoked
    assert (certificate.revoked_by, certificate.why) == ("staff:administrator", "revoked")
    assert acts == ["staff:administrator"]


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMINISTRATOR])
def test_others_see_the_machines_and_change_nothing(office: Desk, role: Role) -> None:
    enrolled(office, "bus-001", 7)
    client = pages_of(office, role).test_client()
    page = client.get("/units").get_data(as_text=True)
    assert "bus-001" in page and "<form" not in page
    assert post(client, "/units/code", {"unit": "b", "kind": "bus"}).status_code == HTTPStatus.FORBIDDEN
    assert post(client, "/units/bus-001/revoke", {"why": "x"}).status_code == HTTPStatus.FORBIDDEN


def test_late_renewals_ended_certificates_and_an_old_list_are_said(office: Desk) -> None:
    enrolled(office, "bus-001", 7)
    office.authority.write_list([], NOW)
    client = pages_of(office).test_client()
    assert "renewal late" not in says(client, "/units")
    assert "list of withdrawn certificates is old" not in says(client, "/units")
    office.now = NOW + 15 * DAY_S
    assert "list of withdrawn certificates is old" in says(client, "/units")
    office.now = NOW + 66 * DAY_S
    assert "renewal late" in says(client, "/units")
    office.now = NOW + 90 * DAY_S
    assert "expired" in says(client, "/units")
    office.now = office.authority.ends - 300 * DAY_S
    assert "The authority ends soon" in says(client, "/units")


def village(office: Desk) -> None:
    for number, unit in enumerate(("bus-001", "bus-002", "kiosk-1", "bus-003"), 7):
        office.now = NOW - (80, 40, 2, 20)[number - 7] * DAY_S
        enrolled(office, unit, number)
    office.now = NOW
    office.authority.write_list([], NOW)
    office.code("bus-004")


def test_the_page_by_keyboard_alone_with_nothing_for_axe_to_find(office: Desk, browser: Browser) -> None:
    village(office)
    app = pages_of(office)
    with serving(app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/units")
        assert faults_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366
        shoot(page, "units")
        page.get_by_label("端末の名前").focus()
        page.keyboard.type("bus-009")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="bus-009").wait_for()
        assert faults_of(page) == []
        shoot(page, "unit-code")
        page.go_back()
        row = page.locator("#unit-bus-003")
        row.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("盗難")
        assert faults_of(page) == []
        shoot(page, "unit-revoking")
        page.keyboard.press("Enter")
        row.get_by_text("revoked").wait_for()
        shoot(page, "unit-revoked")


def shoot(page: object, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)  # type: ignore[attr-defined]
