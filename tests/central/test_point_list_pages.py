"""名簿でポイント in the office's browser: looked at first, given once, refused lines with what to do."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from central.app import create_app
from central.audit.store import all_entries
from central.devices.data_folder import Office
from central.members.store import Profile, add_member, put_profile
from tests.accessible import faults_of
from tests.central.kiosk_bench import bath_office, points
from tests.central.office import NOW, new_office
from tests.central.office_pages import post, says, serving, text, watched_page
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown, seal

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
SHOTS = os.environ.get("YUKEMURI_SHOTS")
"""A folder for pictures of the states that matter."""
FORM = {"programme": "bath", "event": "fest-1", "amount": "10", "text": "member\r\nm1\r\nnobody\r\nm2\r\n"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        with made.database.write() as connection:
            add_member(connection, "m1", "register", "", NOW)
            put_profile(connection, "m1", Profile("山田 花子"), NOW)
        yield made


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return as_staff(create_app(office.database, Shown(), lambda: NOW, seal).test_client())


def test_looking_gives_nothing_and_shows_names_and_what_is_refused(
    office: Office, client: FlaskClient
) -> None:
    page = text(post(client, "/points/list/look", FORM))
    assert "これからつける to be given 2人・20ポイント" in page
    assert "山田 花子 m1 2 10 つける" in page
    assert "その会員はいません。番号を窓口で確かめ" in page
    assert points(office) == {}
    with office.database.read() as connection:
        assert list(all_entries(connection)) == []


def test_a_list_pressed_twice_is_given_once_and_both_are_written_down(
    office: Office, client: FlaskClient
) -> None:
    assert "つけた given 2人・20ポイント" in text(post(client, "/points/list", FORM))
    assert "前につけた given before 2人" in text(post(client, "/points/list", FORM))
    assert points(office) == {"m1": 10, "m2": 10}
    with office.database.read() as connection:
        entries = [each for each in all_entries(connection) if each.what == "points-list"]
    assert [(each.who, json.loads(each.detail)["given"]) for each in entries] == [
        ("staff:administrator", 2),
        ("staff:administrator", 0),
    ]


def test_a_file_comes_before_what_is_typed(office: Office, client: FlaskClient) -> None:
    file = (io.BytesIO("\ufeffmember,amount\nm3,30\n".encode()), "list.csv")
    form = FORM | {"amount": "", "file": file}
    assert "1人・30ポイント" in text(post(client, "/points/list/look", form))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": ""}, "列 member がありません"),
        ({"amount": "-5"}, "1以上の整数"),
        ({"event": "祭り"}, "英小文字"),
        ({"amount": ""}, "列 amount がありません"),
        ({"text": "member\nm1\nm1\n"}, "同じ会員です"),
    ],
)
def test_what_cannot_be_read_is_said_and_gives_nothing(
    office: Office, client: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    answer = post(client, "/points/list", FORM | wrong)
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert points(office) == {}


def test_an_office_without_programmes_of_its_own_still_shows_the_form(tmp_path: Path) -> None:
    with new_office(tmp_path) as office:
        client = as_staff(create_app(office.database, Shown(), lambda: NOW, seal).test_client())
        assert "まだ何もつきません。" in says(client, "/points/list")


def test_from_the_list_to_the_points_on_a_laptop(browser: Browser, office: Office) -> None:
    app = as_staff(create_app(office.database, Shown(), lambda: NOW, seal))
    with serving(app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/kiosks")
        page.get_by_role("link", name="名簿でポイントをつける").click()
        page.get_by_label("制度").select_option("bath")
        page.get_by_label("行事の番号").fill("fest-1")
        page.get_by_label("名簿。").fill(f"member,amount\nm1,50\nm2,70\n{'9' * 60},5\n")
        for name, button in (("new", "確かめる"), ("look", "2人につける")):
            assert faults_of(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 1366
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/list-{name}.png", full_page=True)
            page.get_by_role("button", name=button).first.click()
        page.get_by_text("つけました").wait_for()
        assert faults_of(page) == []
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/list-given.png", full_page=True)
    assert points(office) == {"m1": 50, "m2": 70}
